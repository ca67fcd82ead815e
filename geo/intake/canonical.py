"""One way to write a JSON value as bytes (RFC 8785), so that its hash and its signature do not hang on spelling."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson
import rfc8785

from geo.errors import UnprocessableError
from geo.types import Text

WHOLE = 2**53  # beyond it a double no longer holds every whole number
PLAIN_LOW, PLAIN_HIGH = 1e-4, 1e15  # where orjson and ECMAScript both write a number without an exponent


class _OutOfTheOrdinaryError(Exception):
    """A value that only the slow way writes rightly."""


def canonical(value: Any) -> bytes:
    """Return the canonical form of a JSON value; UnprocessableError for what has none (RFC 8785, 3.2.2.3)."""
    try:
        return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS)
    except (_OutOfTheOrdinaryError, TypeError):  # TypeError: orjson's of half a surrogate pair
        return _slowly(value)


def body_sha256(value: Any) -> bytes:
    """Return the SHA-256 of the canonical form of a report as it was sent."""
    return sha256(canonical(value)).digest()


def _plain(value: Any) -> Any:
    """Return the value with its numbers as orjson has to see them to write them as ECMAScript does.

    The two differ in whole numbers with a fraction of zero, in exponents, and in the order of names beyond ASCII.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, dict):
        if not all(isinstance(name, str) and name.isascii() for name in value):
            raise _OutOfTheOrdinaryError
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return _number(value)


def _number(value: Any) -> int | float:
    if isinstance(value, int) and -WHOLE < value < WHOLE:
        return value
    if isinstance(value, float) and -WHOLE < value < WHOLE and value.is_integer():
        return int(value)
    if isinstance(value, float) and PLAIN_LOW <= abs(value) < PLAIN_HIGH:
        return value
    raise _OutOfTheOrdinaryError


def _slowly(value: Any) -> bytes:
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise UnprocessableError(
            Text("内容没有规范的 JSON 写法。", "The content has no canonical form as JSON.")
        ) from error
