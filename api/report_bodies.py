"""What senders of reports send: one report, with or without its photos, many at once, or a file of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from api.ogc.bodies import CLOSE, accepted, limited, read_body, refuse_longer
from api.ogc.links import JSON
from geo.errors import ErqiError, InvalidInputError, UnprocessableError
from geo.intake.body_errors import shown
from geo.intake.json_body import read_list_in_object, read_object
from geo.intake.report_body import MAX_PHOTOS
from geo.intake.storing import MOST
from geo.types import Text

MULTIPART = "multipart/form-data"
NDJSON = "application/x-ndjson"
ONE_TYPES, BATCH_TYPES = (JSON, MULTIPART), (JSON, NDJSON)
REPORT, PHOTO = "report", "photo"  # the parts of a form
MAX_REPORT = 200_000  # bytes of one report
MAX_BATCH = 10_000_000
MAX_FORM = 100_000_000  # one report with its photos
BATCH_S, FORM_S = 60.0, 180.0  # for the whole of a body, from a phone with a weak signal


@dataclass(frozen=True)
class Parcel:
    """One report as a JSON object, and the photos that came with it."""

    value: dict[str, Any]
    photos: Sequence[bytes] = ()


async def read_parcel(request: Request) -> Parcel:
    """Return the report of a request, JSON or a form of the parts ``report`` and ``photo``.

    Raises HTTPException 400, 408, 413 or 415, and InvalidInputError for what is no report by its form.
    """
    if media_type(request) != MULTIPART:
        return Parcel(read_object(await read_body(request, ONE_TYPES, most=MAX_REPORT)))
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, headers=accepted(ONE_TYPES))
    refuse_longer(request, MAX_FORM)
    try:
        return await asyncio.wait_for(_form(request), FORM_S)
    except asyncio.TimeoutError as error:
        raise HTTPException(408, headers=CLOSE) from error
    except ClientDisconnect as error:
        raise HTTPException(400) from error
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:  # KeyError: it names no boundary
        raise InvalidInputError(Text("表单无法读取。", "The form cannot be read.")) from error


async def read_many(request: Request) -> list[object]:
    """Return the reports of a batch: JSON values, or the ErqiError of one that cannot be read."""
    body = await read_body(request, BATCH_TYPES, most=MAX_BATCH, within_s=BATCH_S)
    values = _lines(body) if media_type(request) == NDJSON else _listed(body)
    if len(values) > MOST:
        raise UnprocessableError(
            Text(
                f"一次最多 {MOST} 份上报，收到 {len(values)} 份。",
                f"At most {MOST} reports at once, not {len(values)}.",
            ),
            field="reports",
        )
    return values


def media_type(request: Request) -> str:
    """Return the media type of a body without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _listed(body: bytes) -> list[object]:
    given = read_list_in_object(body)
    for name in given:
        if name != "reports":
            said = shown(name)
            raise UnprocessableError(Text(f"没有“{said}”这一项。", f"There is no member “{said}” here."), field=said)
    if not isinstance(given.get("reports"), list):
        raise UnprocessableError(Text("“reports”应为列表。", "“reports” should be a list."), field="reports")
    reports: list[object] = given["reports"]
    return reports


def _lines(body: bytes) -> list[object]:
    return [_line(each) for each in body.splitlines() if each.strip()]


def _line(line: bytes) -> object:
    try:
        return read_object(line)
    except ErqiError as error:
        return error


async def _form(request: Request) -> Parcel:
    parser = MultiPartParser(
        request.headers, limited(request, MAX_FORM), max_files=MAX_PHOTOS + 1, max_fields=1, max_part_size=MAX_REPORT
    )
    form = await parser.parse()
    try:
        for name in form:
            if name not in {REPORT, PHOTO}:
                said = shown(name)
                raise UnprocessableError(Text(f"表单没有“{said}”部分。", f"A form has no part “{said}”."), field=said)
        reports, photos = form.getlist(REPORT), form.getlist(PHOTO)
        if len(reports) != 1:
            raise UnprocessableError(Text("表单须有一个“report”部分。", "A form has one part “report”."), field=REPORT)
        value = read_object(await _content(reports[0], MAX_REPORT))
        return Parcel(value, [await _content(each, MAX_FORM) for each in photos])
    finally:
        await form.close()


async def _content(part: UploadFile | str, most: int) -> bytes:
    if isinstance(part, str):
        return part.encode()
    if (part.size or 0) > most:
        raise HTTPException(413, headers=CLOSE)
    return await part.read()


def refuse_unnamed(parcel: Parcel, named: Sequence[str]) -> None:
    """Raise UnprocessableError for a photo that its report does not name by its hash."""
    for photo in parcel.photos:
        if sha256(photo).hexdigest() not in named:
            raise UnprocessableError(
                Text(
                    "照片的 SHA-256 不在上报的“photos”中。",
                    "The report does not name this photo by its SHA-256 in “photos”.",
                ),
                field=PHOTO,
            )
