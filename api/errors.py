"""Errors as RFC 9457 problem details: a stable type, a sentence in Chinese and in English, the field at fault."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

import asyncpg
import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from geo.errors import (
    ConflictError,
    ErqiError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RateLimitedError,
    SpentError,
    StoreUnavailableError,
    UnauthorizedError,
    UnprocessableError,
)
from geo.intake.photo_refusals import TooLargeError
from geo.types import Text

LOG = logging.getLogger("erqi")

Handler: TypeAlias = Callable[[Request, Exception], Awaitable[Response]]


class NotAcceptableError(ErqiError):
    """A client that takes none of the representations there are (RFC 9110, 15.5.7)."""


class LockedError(ErqiError):
    """Something that another request is changing."""


class ChecksumError(ErqiError):
    """Content that does not hash to what its sender says (tus 1.0.0, checksum)."""


class VersionError(ErqiError):
    """A version of a protocol that is not spoken here."""


class PrinterUnavailableError(ErqiError):
    """No browser to print with, or too much to print already; ``retry_after_s`` is when to come again (None: not)."""

    def __init__(self, text: Text, *, kind: str, retry_after_s: int | None = None) -> None:
        super().__init__(text, kind=kind)
        self.retry_after_s = retry_after_s


class PrintFailedError(ErqiError):
    """A browser that came to no end in its time, or made nothing."""


CHECKSUM_MISMATCH = 460  # a status of tus alone
TITLES = {CHECKSUM_MISMATCH: "Checksum Mismatch"}

# The first kind that fits decides.
STATUS_OF: tuple[tuple[type[ErqiError], int], ...] = (
    (UnauthorizedError, HTTPStatus.UNAUTHORIZED),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (RateLimitedError, HTTPStatus.TOO_MANY_REQUESTS),
    (SpentError, HTTPStatus.GONE),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (NotAcceptableError, HTTPStatus.NOT_ACCEPTABLE),
    (ConflictError, HTTPStatus.CONFLICT),
    (LockedError, HTTPStatus.LOCKED),
    (ChecksumError, CHECKSUM_MISMATCH),
    (VersionError, HTTPStatus.PRECONDITION_FAILED),
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (UnprocessableError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (InvalidInputError, HTTPStatus.BAD_REQUEST),
    (StoreUnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (PrinterUnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (PrintFailedError, HTTPStatus.GATEWAY_TIMEOUT),
)

# What PostgreSQL says when the numbers of a client's filter leave the range that it computes in.
BEYOND_NUMBERS = (
    asyncpg.NumericValueOutOfRangeError,
    asyncpg.DivisionByZeroError,
    asyncpg.InvalidArgumentForPowerFunctionError,
)

# What asyncpg and the operating system say while the database is away, starting, stopping or full.
UNREACHABLE = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # how the driver takes a session that ends in the middle of an answer
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
)

SENTENCES: dict[int, Text] = {
    401: Text("需要编辑令牌。", "This takes the token of an editor."),
    404: Text("没有这个地址。", "There is nothing at this address."),
    405: Text("这个地址不支持此操作。", "This address does not take this method."),
    408: Text("提交的内容太久没有传完。", "The content of the request took too long to arrive."),
    412: Text(
        "要素已被别人改过，请重新读取后再改。",
        "The feature has been changed meanwhile; read it again and then change it.",
    ),
    413: Text("提交的内容太大。", "The request is too large."),
    415: Text(
        "不支持这种媒体类型，见 Accept-Post、Accept-Patch。",
        "Content of this media type is not taken; see Accept-Post and Accept-Patch.",
    ),
    428: Text(
        "修改或删除须带 If-Match（所读要素的 ETag）或 If-Unmodified-Since。",
        "A change needs If-Match with the ETag of the feature that you have read, or If-Unmodified-Since.",
    ),
    500: Text("服务出错，已记录，请稍后再试。", "Something went wrong here; it has been logged. Try again later."),
    503: Text("数据库暂时不可用，请稍后再试。", "The database cannot be reached at the moment. Try again later."),
    504: Text("查询时间过长，已停止。请缩小范围。", "The query took too long and was stopped. Ask for less."),
}


# Python 3.13 has renamed these two; a problem's type stays what it is.
NAMES = {413: "content-too-large", 422: "unprocessable-content"}


def problem(status: int, text: Text, *, field: str | None = None) -> Response:
    """Answer with the problem document of a status."""
    return _written(status, problem_of(status, ErqiError(text, field=field)))


def status_of(error: ErqiError) -> int:
    """Return the status that an error is answered with."""
    return next((code for kind, code in STATUS_OF if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def problem_of(status: int, error: ErqiError) -> dict[str, Any]:
    """Return a problem document; ``type`` is a URN that stays the same from release to release."""
    text = error.text
    body: dict[str, Any] = {
        "type": f"urn:erqi:problem:{error.kind or _name(status)}",
        "title": TITLES.get(status) or HTTPStatus(status).phrase,
        "status": int(status),
        "detail": f"{text.zh} {text.en}",
        "detail_zh": text.zh,
        "detail_en": text.en,
    }
    return body | ({} if error.field is None else {"field": error.field}) | error.extras


def _written(status: int, body: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/problem+json")


def _name(status: int) -> str:
    return NAMES.get(status) or HTTPStatus(status).name.lower().replace("_", "-")


def add_error_handlers(app: FastAPI) -> None:
    """Turn every error of the service, of the framework and of the database into a problem document."""
    for kind, handler in _handlers():
        app.add_exception_handler(kind, handler)


async def answer_to(error: Exception, request: Request) -> Response:
    """Answer with the problem document of an error."""
    handler = next(handler for kind, handler in _handlers() if isinstance(error, kind))
    return await handler(request, error)


def _handlers() -> Iterator[tuple[type[Exception], Handler]]:
    """Give each kind of error and who answers to it; the first that fits decides."""
    yield ErqiError, _own
    yield RequestValidationError, _unreadable
    yield HTTPException, _framework
    yield asyncpg.QueryCanceledError, _too_slow
    yield from ((kind, _beyond_numbers) for kind in BEYOND_NUMBERS)
    # Errors of connecting come bare from the driver; those of statements, which we build, are rather our own.
    yield from ((kind, _unreachable) for kind in UNREACHABLE)
    yield Exception, _unexpected


async def _own(_: Request, error: Exception) -> Response:
    assert isinstance(error, ErqiError)  # noqa: S101 - registered for this type
    status = status_of(error)
    response = _written(status, problem_of(status, error))
    if isinstance(error, UnauthorizedError):
        response.headers["WWW-Authenticate"] = _challenge(error)
    elif isinstance(error, RateLimitedError | PrinterUnavailableError) and error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _challenge(error: UnauthorizedError) -> str:
    """Say how to come in (RFC 6750, 3): without a reason to those who brought nothing."""
    wrong = "" if error.kind == "token-missing" else ', error="invalid_token"'
    return f'Bearer realm="erqi"{wrong}'


async def _unreadable(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type
    first = error.errors()[0]
    field = str(first["loc"][-1])
    text = Text(f"参数“{field}”无法识别：请检查它的写法。", f"Parameter “{field}” cannot be read: {first['msg']}.")
    return problem(HTTPStatus.BAD_REQUEST, text, field=field)


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
    response = problem(error.status_code, SENTENCES.get(error.status_code, SENTENCES[500]))
    response.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(sorted(_methods_at(request))) or response.headers.get("Allow", "")
    return response


def _methods_at(request: Request) -> set[str]:
    """Return the methods of all published routes at the address; the framework names those of the first alone."""
    families = (getattr(each, "original_router", None) for each in request.app.routes)
    routes = (route for family in families if family is not None for route in family.routes if route.include_in_schema)
    here = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    return {method for route in here for method in route.methods or ()}


async def _beyond_numbers(_: Request, __: Exception) -> Response:
    text = Text("计算结果超出数字范围。", "A number that is computed is out of range.")
    return problem(HTTPStatus.BAD_REQUEST, text)


async def _too_slow(_: Request, __: Exception) -> Response:
    return problem(HTTPStatus.GATEWAY_TIMEOUT, SENTENCES[504])


async def _unreachable(request: Request, error: Exception) -> Response:
    LOG.error("database unreachable at %s: %s", request.url.path, type(error).__name__)
    response = problem(HTTPStatus.SERVICE_UNAVAILABLE, SENTENCES[503])
    response.headers["Retry-After"] = "5"
    return response


async def _unexpected(request: Request, error: Exception) -> Response:
    LOG.error("unexpected error at %s", request.url.path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, SENTENCES[500])
