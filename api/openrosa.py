"""Answers in OpenRosa's own words, and the way of a submission from the request into the intake."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from email.utils import formatdate
from typing import Any, NamedTuple

import orjson
from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from api.errors import answer_to
from api.intake import checked, take
from api.ogc.links import base_url
from api.openrosa_bodies import Envelope
from api.openrosa_media import recall, remember
from api.photos import store_photo
from api.report_bodies import MAX_FORM
from api.state import State
from geo.access.rules import Caller
from geo.exchange.openrosa import Submission, read_submission
from geo.exchange.openrosa_forms import message
from geo.intake.verdicts import PHOTOS_OUTSTANDING
from geo.types import Text

XML = "text/xml; charset=utf-8"
UNAUTHORIZED = 401
ROOT = "/openrosa"
# What OpenRosa 1.0 wants of every answer, and by which a phone learns to ask for name and password.
CHALLENGE = 'Basic realm="erqi", charset="UTF-8"'


class OpenRosaRoute(APIRoute):
    """A route that says by an OpenRosa message what it refuses, and why."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with the headers of OpenRosa on whatever it answers."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                response = await inner(request)
            except Exception as error:  # noqa: BLE001 - each kind has its answer, as elsewhere
                response = refusal(await answer_to(error, request))
            response.headers.update({"X-OpenRosa-Version": "1.0", "Date": formatdate(usegmt=True)})
            response.headers["Cache-Control"] = "private, no-cache"
            return response

        return handler


def refusal(problem: Response) -> Response:
    """Return a problem document as an OpenRosa message, with its status and headers."""
    said = orjson.loads(problem.body)
    kind = said["type"].rpartition(":")[2]
    response = Response(message(Text(said["detail_zh"], said["detail_en"]), kind), problem.status_code, media_type=XML)
    kept = {name: value for name, value in problem.headers.items() if name in {"retry-after", "connection"}}
    response.headers.update(kept)
    if problem.status_code == UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = CHALLENGE
    return response


def address_of_server(request: Request) -> str:
    """Return the address that ODK Collect is given."""
    return f"{base_url(request)}{ROOT}"


def submission_headers(request: Request) -> dict[str, str]:
    """Return where to send submissions, and how many bytes one request may have."""
    return {
        "Location": f"{address_of_server(request)}/submission",
        "X-OpenRosa-Accept-Content-Length": str(MAX_FORM),
    }


class Outcome(NamedTuple):
    """What to say of a submission, and with which status."""

    status: int
    text: Text
    nature: str


async def receive(state: State, caller: Caller, envelope: Envelope) -> Outcome:
    """Take a submission in, or keep its photos until the others have come.

    Raises what refuses a report or a photo. A file that the form does not name is passed over: a phone sends all
    that lies in the form's folder.
    """
    submission = read_submission(envelope.xml)
    checked(caller, submission.report({}))
    photos = await _photos(state, caller, envelope, submission)
    missing = [name for name in submission.media if name not in photos]
    if missing and envelope.incomplete:
        return Outcome(
            PHOTOS_OUTSTANDING,
            Text(
                f"照片已存 {len(photos)} 张，等待其余 {len(missing)} 张。",
                f"{len(photos)} photos are stored; {len(missing)} are still to come.",
            ),
            "submit_incomplete",
        )
    (verdict,) = await take(state, caller, [submission.report(photos)], channel="openrosa")
    if verdict.problem is not None:
        raise verdict.problem
    return Outcome(verdict.status, _stored(len(photos), len(missing)), "submit_success")


def _stored(photos: int, missing: int) -> Text:
    if missing:
        return Text(
            f"上报已存，照片 {photos} 张；有 {missing} 张没有传来。",
            f"The report is stored with {photos} photos; {missing} did not come.",
        )
    return Text(f"上报已存，照片 {photos} 张。", f"The report is stored, with {photos} photos.")


async def _photos(state: State, caller: Caller, envelope: Envelope, submission: Submission) -> dict[str, str]:
    """Store the photos that came, and return them with those of earlier requests, by file name."""
    names, known = submission.media, (state.settings, caller.token_id, envelope.xml)
    earlier = await asyncio.to_thread(recall, *known, names) if names else {}
    came: dict[str, str] = {}
    for name in names:
        if name in envelope.files:
            came[name] = (await store_photo(state, caller, await envelope.files[name].read())).sha256
    photos = {**earlier, **came}
    if came and (envelope.incomplete or earlier):  # also the last one's, which may have to be sent again
        await asyncio.to_thread(remember, *known, came)
    return photos
