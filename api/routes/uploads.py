"""Photos sent in parts that a lost connection does not lose: a server of tus 1.0.0."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.background import BackgroundTask

from api import tus
from api.auth import FieldCaller
from api.describing import describe
from api.errors import answer_to
from api.finishing import finish, sweep
from api.ogc.links import base_url
from api.ogc.schemas import COUNT, Schema, response
from api.photos import find_photo
from api.receiving import receive, too_long
from api.state import State, state_of
from api.uploads import Upload
from geo.access.rules import Caller
from geo.errors import ConflictError, NotFoundError
from geo.types import Text

BYTES: Schema = {"type": "string", "format": "binary"}
TEXT_HEADERS = {tus.METADATA, tus.CHECKSUM, "Tus-Resumable"}
PROGRESS: Schema = {
    "type": "object",
    "required": ["offset", "length", "complete"],
    "properties": {"offset": COUNT, "length": COUNT, "complete": {"type": "boolean"}},
}
UploadId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="From the Location of a creation.")]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class TusRoute(APIRoute):
    """A route that says in every answer, errors too, which protocol it speaks."""

    def get_route_handler(self) -> Handler:
        """Return the handler of the framework with the protocol's headers on whatever it answers."""
        answered = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                found = await answered(request)
            except Exception as error:  # noqa: BLE001 - each kind has its answer, as everywhere
                found = await answer_to(error, request)
            found.headers.update({**tus.RESUMABLE, "Tus-Version": tus.VERSION})
            return found

        return handler


router = APIRouter(prefix="/api/v1/uploads", tags=["photos"], route_class=TusRoute)


def _described(status: int, text: str, *headers: str, body: bool = False, **options: Any) -> dict[str, Any]:
    """Describe an operation with the headers that it reads."""
    found = describe({status: response(text, options.pop("answer", {}))}, **options)
    extra = found["openapi_extra"]
    extra["parameters"] = [
        {
            "name": name,
            "in": "header",
            "required": name != tus.CHECKSUM,
            "schema": {"type": "string"} if name in TEXT_HEADERS else COUNT,
        }
        for name in ("Tus-Resumable", *headers)
    ]
    if body:
        extra["requestBody"] = {"content": {tus.CONTENT: {"schema": BYTES}}}
    return found


@router.options("", **describe({204: response("Tus-Version, Tus-Extension, Tus-Max-Size", {})}, token=False))
async def upload_options(request: Request) -> Response:
    """Say what the server of uploads can do."""
    return Response(status_code=204, headers=tus.capabilities(state_of(request).photos.limits.max_bytes))


@router.post(
    "",
    **_described(
        201, "Made; its address is in Location", tus.LENGTH, tus.METADATA, body=True, errors=(408, 412, 413, 422, 460)
    ),
)
async def create_upload(request: Request, caller: FieldCaller) -> Response:
    """Begin the upload of a photo by its length and its sha256; one that is stored already is complete at once."""
    tus.refuse_other_versions(request.headers)
    state = state_of(request)
    length = tus.read_length(request.headers, state.photos.limits.max_bytes)
    sha256 = tus.read_sha256(request.headers)
    known = await find_photo(state, bytes.fromhex(sha256))
    stored = known is not None and known.size_bytes == length
    upload = await asyncio.to_thread(state.uploads.create, caller.token_id, length, sha256, stored=stored)
    offset = length if stored else 0
    if tus.is_content(request.headers) and not stored:
        offset = await _append(request, state, upload, 0)
    where = f"{base_url(request)}/api/v1/uploads/{upload.id}"
    headers = {"Location": where, **tus.state_headers(upload, offset)}
    return Response(status_code=201, headers=headers, background=BackgroundTask(sweep, state))


@router.get(
    "/{uploadId}",
    **_described(200, "How far it is", answer={"application/json": PROGRESS}, errors=(404, 412, 422, 423, 460)),
)
async def upload_state(
    request: Request, caller: FieldCaller, upload_id: Annotated[UploadId, Path(alias="uploadId")]
) -> Response:
    """Say how many bytes of an upload are here, in Upload-Offset too; HEAD is answered alike."""
    tus.refuse_other_versions(request.headers)
    return await _state(state_of(request), caller, upload_id)


async def _state(state: State, caller: Caller, upload_id: str) -> Response:
    """Say how far an upload is; one whose last byte came before a process was killed is finished now."""
    upload = state.uploads.find(upload_id, caller.token_id)
    offset = await asyncio.to_thread(state.uploads.offset, upload)
    if offset == upload.length and not upload.stored:
        with state.uploads.locked(upload):
            await finish(state, upload)
    progress = {"offset": offset, "length": upload.length, "complete": offset == upload.length}
    headers = tus.state_headers(upload, offset)
    return Response(orjson.dumps(progress), headers=headers, media_type="application/json")


@router.patch(
    "/{uploadId}",
    **_described(
        204,
        "Taken; Upload-Offset says how many bytes are here",
        tus.OFFSET,
        tus.CHECKSUM,
        body=True,
        errors=(404, 408, 409, 412, 413, 415, 422, 423, 460),
    ),
)
async def continue_upload(
    request: Request, caller: FieldCaller, upload_id: Annotated[UploadId, Path(alias="uploadId")]
) -> Response:
    """Append bytes to an upload; with the last one the photo is checked and stored."""
    tus.refuse_other_versions(request.headers)
    return await _continue(request, state_of(request), caller, upload_id)


async def _continue(request: Request, state: State, caller: Caller, upload_id: str) -> Response:
    tus.refuse_other_content(request.headers)
    at = tus.read_offset(request.headers)
    upload = state.uploads.find(upload_id, caller.token_id)
    if upload.stored and at != upload.length:
        raise _elsewhere(upload.length)
    offset = upload.length if upload.stored else await _append(request, state, upload, at)
    return Response(status_code=204, headers=tus.state_headers(upload, offset))


@router.delete("/{uploadId}", **_described(204, "Thrown away", errors=(404, 412, 423)))
async def cancel_upload(
    request: Request, caller: FieldCaller, upload_id: Annotated[UploadId, Path(alias="uploadId")]
) -> Response:
    """Throw an upload away; a photo that is stored stays."""
    tus.refuse_other_versions(request.headers)
    return _cancel(state_of(request), caller, upload_id)


def _cancel(state: State, caller: Caller, upload_id: str) -> Response:
    upload = state.uploads.find(upload_id, caller.token_id)
    if upload.stored:
        state.uploads.remove(upload)
    else:
        with state.uploads.locked(upload):
            state.uploads.remove(upload)
    return Response(status_code=204)


@router.post("/{uploadId}", include_in_schema=False)
async def upload_by_other_method(
    request: Request, caller: FieldCaller, upload_id: Annotated[UploadId, Path(alias="uploadId")]
) -> Response:
    """Do what X-HTTP-Method-Override says, for clients that can only POST (tus 1.0.0, core protocol)."""
    tus.refuse_other_versions(request.headers)
    state, method = state_of(request), request.headers.get("x-http-method-override", "").upper()
    if method == "PATCH":
        return await _continue(request, state, caller, upload_id)
    if method == "DELETE":
        return _cancel(state, caller, upload_id)
    if method == "HEAD":
        return await _state(state, caller, upload_id)
    raise NotFoundError(Text("没有这个地址。", "There is nothing at this address."))


async def _append(request: Request, state: State, upload: Upload, at: int) -> int:
    """Append the request's body as the only writer; return the new offset."""
    checksum = tus.read_checksum(request.headers)
    announced = request.headers.get("content-length", "")
    with state.uploads.locked(upload) as part:
        here = await asyncio.to_thread(state.uploads.offset, upload)
        if at != here:
            raise _elsewhere(here)
        if announced.isdecimal() and at + int(announced[: tus.MOST_DIGITS]) > upload.length:
            raise too_long()
        await receive(request, part, at, upload.length, checksum, state.uploads.root)
        here = await asyncio.to_thread(state.uploads.offset, upload)
        if here == upload.length:
            await finish(state, upload)
    return here


def _elsewhere(offset: int) -> ConflictError:
    return ConflictError(
        Text(f"应从第 {offset} 字节继续。", f"The upload goes on at byte {offset}."),
        field=tus.OFFSET,
        kind="upload-offset",
        extras={"offset": offset},
    )
