"""Filters as statements take them: the structure, hashable, apart from the values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement
from sqlalchemy.sql.expression import FromClause

from geo.crs import Crs
from geo.errors import InvalidInputError
from geo.query.cql2.instants import read_date, read_instant
from geo.query.cql2.nodes import Call, Node, columns_in, renamed
from geo.query.cql2.refusal import MAX_LENGTH, refusal
from geo.query.cql2.scan import read_text
from geo.query.cql2.translate import Translator
from geo.query.layer import Layer
from geo.query.queryables import Kind, queryables

Language = Literal["cql2-text", "cql2-json"]
NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class StructuredFilter:
    """A condition whose values are parameters ``filter_0``, ``filter_1`` …; ``columns`` are those it reads."""

    node: Node
    columns: frozenset[str] = field(compare=False)
    number: int = field(compare=False)

    def condition(self, _: Layer, rows: FromClause) -> ColumnElement[bool]:
        """Return the condition on ``rows``."""
        return self.node.sql(rows)

    def __hash__(self) -> int:
        """Return the number of the structure, counted once: a filter is looked up with every request."""
        return self.number


def read_filter(
    layer: Layer,
    text: str | None,
    *,
    language: Language = "cql2-text",
    crs: Crs = Crs.WGS84,
    equal: Mapping[str, str] | None = None,
) -> tuple[StructuredFilter, dict[str, Any]]:
    """Read a filter, and properties that must ``equal`` a value; return its structure and the values of its parameters.

    Coordinates in the text are in ``crs`` and its axis order. Raises InvalidInputError, naming ``filter`` or the
    property, for what cannot be read, does not fit the layer, or is too long, too deep or too large.
    """
    translator = Translator(layer, crs)
    nodes = [] if text is None else [translator.condition(_tree_of(text, language))]
    nodes += [_equality(layer, translator, name, value) for name, value in (equal or {}).items()]
    names: dict[str, str] = {}
    node = renamed(nodes[0] if len(nodes) == 1 else Call("and", tuple(nodes)), names)
    values = {name: translator.values[old] for old, name in names.items()}
    return StructuredFilter(node, frozenset(columns_in(node)), hash(node)), values


def _tree_of(text: str, language: Language) -> Any:
    if len(text) > MAX_LENGTH:
        raise refusal(f"筛选条件超过 {MAX_LENGTH} 个字符。", f"The filter is longer than {MAX_LENGTH} characters.")
    if language == "cql2-text":
        return read_text(text)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise refusal("筛选条件不是有效的 JSON。", "The filter is no valid JSON.") from error


def _equality(layer: Layer, translator: Translator, name: str, text: str) -> Node:
    try:
        return translator.equality(name, _value_of(queryables(layer)[name].kind, text))
    except InvalidInputError as error:
        raise InvalidInputError(error.text, field=name) from error


def _value_of(kind: Kind, text: str) -> Any:
    """Read a value as its property's schema has it, as a tree of CQL2 JSON."""
    if kind is Kind.NUMBER:
        if not NUMBER.fullmatch(text):
            raise refusal("这里应为数字。", "Here a number is wanted.")
        return float(text)
    if kind is Kind.BOOLEAN:
        if text not in {"true", "false"}:
            raise refusal("这里应为 true 或 false。", "Here true or false is wanted.")
        return text == "true"
    if kind is Kind.DATE:
        read_date(text)
    elif kind is Kind.TIMESTAMP:
        text = text.replace(" ", "+")  # the sign of an offset that was not escaped
        read_instant(text)
    return text
