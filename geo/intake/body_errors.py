"""What is wrong with a report, in sentences that somebody in the field understands; each names its member."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from geo.errors import UnprocessableError
from geo.types import Text

MAX_SHOWN = 100  # characters of a name that the sender made up
MOST = 20  # faults of one report that are told

Context = Mapping[str, Any]


def refusal_of(error: ValidationError) -> UnprocessableError:
    """Return the refusal with the first fault as its sentence, and all of them, at most 20, in ``errors``."""
    found = [_told(each) for each in error.errors(include_url=False, include_input=False)[:MOST]]
    field, text = found[0]
    errors = [{"field": each, "detail_zh": said.zh, "detail_en": said.en} for each, said in found]
    return UnprocessableError(text, field=field or None, extras={"errors": errors})


def _told(fault: Any) -> tuple[str, Text]:
    context: Context = fault.get("ctx", {})
    path = context.get("path") or path_of(fault["loc"])
    kind = fault["type"]
    if kind == "erqi_needs":
        return path, Text(f"{context['zh']}。", f"{context['en'].capitalize()}.")
    if not path:
        return path, Text("一份上报应为一个 JSON 对象。", "A report should be one JSON object.")
    said = Text(context["zh"], context["en"]) if kind == "erqi" else _SENTENCES.get(kind, _unknown)(context)
    return path, Text(f"“{path}”{said.zh}。", f"“{path}” {said.en}.")


def path_of(places: Sequence[str | int]) -> str:
    """Write where a member stands, such as ``position.accuracy_m`` or ``photos.3``."""
    return ".".join(shown(str(place)) for place in places)


def shown(name: str) -> str:
    """Return a name that the sender made up so that it can be said: short, without what no text can hold."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:MAX_SHOWN])


def _unknown(_: Context) -> Text:
    return Text("写法不对", "is not written as it should be")


def _said(zh: str, en: str) -> Callable[[Context], Text]:
    return lambda context: Text(zh.format(**context), en.format(**context))


def _choice(words: str) -> Text:
    return Text(f"应为以下之一：{words.replace(', ', '、')}", f"should be one of {words}")


_NUMBER = _said("应为数字", "should be a number")
_OBJECT = _said("应为 JSON 对象", "should be a JSON object")
_LIST = _said("应为列表", "should be a list")
_TEXT = _said("应为文本", "should be a text")
_SENTENCES: Mapping[str, Callable[[Context], Text]] = {
    "missing": _said("不能缺少", "is missing"),
    "extra_forbidden": _said("不是上报中的项目，请检查名称", "is no member of a report; check its name"),
    "literal_error": lambda context: _choice(context["expected"].replace("'", "").replace(" or ", ", ")),
    "float_type": _NUMBER,
    "finite_number": _said("应为有限的数字", "should be a finite number"),
    "int_type": _said("应为整数", "should be a whole number"),
    "greater_than": _said("应大于 {gt:g}", "should be above {gt:g}"),
    "greater_than_equal": _said("不能小于 {ge:g}", "cannot be below {ge:g}"),
    "less_than_equal": _said("不能大于 {le:g}", "cannot be above {le:g}"),
    "string_type": _TEXT,
    "string_unicode": _said("含有不能保存的字符", "holds a character that cannot be stored"),
    "string_too_long": _said("不能超过 {max_length} 个字", "cannot have more than {max_length} characters"),
    "string_pattern_mismatch": _said(
        "应为照片的 SHA-256（64 位小写十六进制）", "should be the SHA-256 of a photo: 64 small hexadecimal digits"
    ),
    "tuple_type": _LIST,
    "too_long": _said("不能超过 {max_length} 项", "cannot have more than {max_length} entries"),
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
}
