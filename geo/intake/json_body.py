"""JSON from outside, read more strictly than the language asks: no name twice, no NaN, no endless numbers."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from geo.errors import InvalidInputError
from geo.types import Text

MAX_DIGITS = 40  # of one number; reading a million digits would take seconds


def read_object(body: bytes) -> dict[str, Any]:
    """Return the object that ``body`` is, in UTF-8; raise InvalidInputError for what is none."""
    return _an_object(
        _loaded(
            body,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_refuse_constant,
        )
    )


def read_list_in_object(body: bytes) -> dict[str, Any]:
    """Return the object that ``body`` is, with faults left to whoever reads its parts.

    In place of a number, or of an object, that ``read_object`` would refuse stands the InvalidInputError that says
    why, so that one bad entry of a list leaves the others as they are.
    """
    return _an_object(
        _loaded(
            body,
            object_pairs_hook=_kept(_object_without_faults),
            parse_int=_kept(_integer),
            parse_float=_kept(_number),
            parse_constant=_kept(_refuse_constant),
        )
    )


def _kept(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the reader with what it raises returned instead."""

    def reading(given: Any) -> Any:
        try:
            return read(given)
        except InvalidInputError as error:
            return error

    return reading


def _object_without_faults(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    for _, value in pairs:
        if isinstance(value, InvalidInputError):
            raise value
    return _object(pairs)


def _loaded(body: bytes, **hooks: Any) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), **hooks)
    except UnicodeDecodeError as error:
        raise InvalidInputError(Text("内容不是 UTF-8 文本。", "The content is not text in UTF-8.")) from error
    except json.JSONDecodeError as error:
        place = f"{error.lineno}:{error.colno}"
        raise InvalidInputError(
            Text(f"内容不是 JSON：第 {place} 处有误。", f"The content is not JSON: it breaks off at {place}.")
        ) from error
    except RecursionError as error:
        raise InvalidInputError(Text("内容嵌套太深。", "The content is nested too deeply.")) from error


def _an_object(value: Any) -> dict[str, Any]:
    if isinstance(value, InvalidInputError):
        raise value
    if not isinstance(value, dict):
        raise InvalidInputError(Text("内容应为一个 JSON 对象。", "The content should be one JSON object."))
    return value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = counts.most_common(1)[0][0][:100]
        raise InvalidInputError(Text(f"“{twice}”出现了两次。", f"“{twice}” is there twice."), field=twice)
    return found


def _integer(digits: str) -> int:
    return int(_not_too_long(digits))


def _number(digits: str) -> float:
    number = float(_not_too_long(digits))
    if not math.isfinite(number):
        raise InvalidInputError(Text(f"数字 {digits} 太大。", f"The number {digits} is too large."))
    return number


def _not_too_long(digits: str) -> str:
    if len(digits) > MAX_DIGITS:
        shown = digits[:10]
        raise InvalidInputError(Text(f"数字 {shown}… 太长。", f"The number {shown}… is too long."))
    return digits


def _refuse_constant(name: str) -> Any:
    raise InvalidInputError(Text(f"JSON 没有数值 {name}。", f"JSON has no number {name}."))
