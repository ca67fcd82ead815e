"""What a phone sends to OpenRosa: the XML of a form, files beside it, and whether more of them will follow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from api.ogc.bodies import CLOSE, limited, refuse_longer
from api.report_bodies import FORM_S, MAX_FORM, MAX_REPORT, MULTIPART, media_type
from geo.errors import InvalidInputError, UnprocessableError
from geo.exchange.openrosa import FIELD, refuse_path
from geo.types import Text

INCOMPLETE, YES = "*isIncomplete*", "yes"
MOST_FILES = 100  # a phone sends the whole folder of a form
MOST_FIELDS = 10  # such as the date that some clients add


@dataclass(frozen=True)
class Envelope:
    """One POST of a submission: its XML, files by name, and whether its sender says that others will follow."""

    xml: bytes
    files: Mapping[str, UploadFile] = field(default_factory=dict)
    incomplete: bool = False


@asynccontextmanager
async def opened(request: Request) -> AsyncIterator[Envelope]:
    """Open the form of a submission; its files go when it is closed.

    Raises HTTPException 400, 408, 413 or 415, and InvalidInputError for what is no form of a submission.
    """
    if media_type(request) != MULTIPART:
        raise HTTPException(415, headers={"Accept-Post": MULTIPART})
    refuse_longer(request, MAX_FORM)
    form = await _read(request)
    try:
        yield await _envelope(form)
    finally:
        await form.close()


async def _read(request: Request) -> FormData:
    parser = MultiPartParser(
        request.headers,
        limited(request, MAX_FORM),
        max_files=MOST_FILES,
        max_fields=MOST_FIELDS,
        max_part_size=MAX_REPORT,
    )
    try:
        return await asyncio.wait_for(parser.parse(), FORM_S)
    except asyncio.TimeoutError as error:
        raise HTTPException(408, headers=CLOSE) from error
    except ClientDisconnect as error:
        raise HTTPException(400) from error
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:  # KeyError: it names no boundary
        raise InvalidInputError(Text("表单无法读取。", "The form cannot be read.")) from error


async def _envelope(form: FormData) -> Envelope:
    xml = form.getlist(FIELD)
    if len(xml) != 1:
        raise UnprocessableError(Text(f"须有一个“{FIELD}”部分。", f"A submission has one part “{FIELD}”."), field=FIELD)
    files: dict[str, UploadFile] = {}
    for name, part in form.multi_items():
        if name == FIELD or isinstance(part, str):
            continue
        refuse_path(part.filename or "")
        if part.filename in files:
            raise UnprocessableError(
                Text(f"文件“{part.filename}”有两个。", f"Two files are named “{part.filename}”."), field=part.filename
            )
        files[part.filename or ""] = part
    return Envelope(await _xml(xml[0]), files, form.get(INCOMPLETE) == YES)


async def _xml(part: UploadFile | str) -> bytes:
    if isinstance(part, str):
        return part.encode()
    if (part.size or 0) > MAX_REPORT:
        raise HTTPException(413, headers=CLOSE)
    return await part.read()
