"""Read CQL2 text into the tree of CQL2 JSON, within limits that hold before the parser sees it.

The parser recurses and would end the process on deep nesting, so the text is counted through first. Its literals are
taken out: it gets their numbers instead, so no text of a client can be anything but a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import cql2

from geo.query.cql2.refusal import (
    MAX_DEPTH,
    MAX_POSITIONS,
    MAX_VALUES,
    MAX_WORDS,
    refusal,
    too_deep,
    too_long,
    too_many_positions,
)

TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>'(?:[^'\\]|''|\\.)*')
    |(?P<name>"[^"'\\]{1,100}")
    |(?P<number>\d[\d.]*(?:[eE][+-]?\d+)?)
    |(?P<word>[:\w][\w.:]*)
    |(?P<open>\()
    |(?P<close>\))
    |(?P<sign>[-+])
    |(?P<operator><>|<=|>=|!=|[=<>*/%^])
    |(?P<comma>,)""",
    re.VERBOSE | re.DOTALL,
)
ESCAPE = re.compile(r"''|\\(.)", re.DOTALL)
CONTROL = {"a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "'": "'"}
GEOMETRIES = frozenset(
    ["POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION", "BBOX"]
)
DIMENSIONS = frozenset({"Z", "M", "ZM"})
MAX_ORDINATES = 4
OPERANDS = frozenset({"string", "name", "number", "word", "close"})


class Written(str):
    """A text literal's value, which also knows itself as a ``pattern`` of LIKE."""

    __slots__ = ("pattern",)

    pattern: str


def read_text(text: str) -> Any:
    """Return the tree of a CQL2 text as in CQL2 JSON, with :class:`Written` for its texts."""
    scan = _Scan()
    position = 0
    while position < len(text):
        token = TOKEN.match(text, position)
        if token is None:
            raise _unreadable(text, position)
        scan.take(str(token.lastgroup), token.group())
        position = token.end()
    try:
        tree = cql2.parse_text("".join(scan.parts)).to_json()
    except Exception as error:  # the parser raises bare exceptions too
        raise _unreadable(text, 0) from error
    return _restored(tree, scan.literals)


def _restored(tree: Any, literals: list[str], depth: int = 0) -> Any:
    """Put the literals back in the places of their numbers."""
    if depth > MAX_DEPTH:
        raise too_deep()
    if isinstance(tree, str):
        return _written(literals[int(tree)])
    if isinstance(tree, list):
        return [_restored(each, literals, depth) for each in tree]
    if isinstance(tree, dict) and not tree.keys() & {"property", "type", "bbox"}:
        return {name: each if name == "op" else _restored(each, literals, depth + 1) for name, each in tree.items()}
    return tree


def _written(literal: str) -> Written:
    """Unescape a literal; in its pattern a backslash still escapes the wildcards and itself."""
    text = Written(ESCAPE.sub(_plain, literal))
    text.pattern = ESCAPE.sub(_unescaped, literal)
    return text


def _plain(found: re.Match[str]) -> str:
    return "\\" if found[1] == "\\" else _unescaped(found)


def _unescaped(found: re.Match[str]) -> str:
    return "'" if found[1] is None else CONTROL.get(found[1], found[0])


def _unreadable(text: str, position: int) -> Exception:
    near = text[position : position + 20]
    return refusal(
        f"无法识别筛选条件“{near}”。写法例如 kind='hazard' AND position_accuracy_m<25。",
        f"The filter cannot be read at “{near}”. Write for example kind='hazard' AND position_accuracy_m<25.",
    )


@dataclass
class _Scan:
    """What has been read so far: the parts for the parser, the literals, and how deep and long it is."""

    parts: list[str] = field(default_factory=list)
    literals: list[str] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    base: int = 0
    level: int = 0
    words: int = 0
    values: int = 0
    positions: int = 0
    ordinates: int = 0
    last: str = ""
    shape_named: bool = False
    shape_level: int | None = None  # how many brackets were open before those of the geometry being read

    def take(self, kind: str, text: str) -> None:
        """Count one token and keep it."""
        if kind == "string":
            self.literals.append(text[1:-1])
            text = f"'{len(self.literals) - 1}'"
        self.parts.append(text)
        if kind == "space":
            return
        if self.shape_level is None:
            self._count(kind, text)
        else:
            self._count_ordinates(kind, text)
        self._nest(kind, text)
        self.last = kind

    def _count(self, kind: str, text: str) -> None:
        self.values += kind in {"string", "number"}
        self.words += kind in {"word", "name", "operator", "sign"}
        if self.words > MAX_WORDS or self.values > MAX_VALUES:
            raise too_long()
        named = kind == "word" and text.upper() in GEOMETRIES
        if kind == "open" and self.shape_named:
            self.shape_level, self.ordinates = len(self.levels), 0
        self.shape_named = named or (self.shape_named and kind == "word" and text.upper() in DIMENSIONS)

    def _count_ordinates(self, kind: str, text: str) -> None:
        """Let nothing but positions into a geometry, so that what fails as one is no expression either."""
        bracket = kind in {"open", "close", "comma"}
        self.ordinates = 0 if bracket else self.ordinates + (kind == "number")
        self.positions += kind == "comma"
        known = kind != "word" or text.upper() in GEOMETRIES | DIMENSIONS
        if kind in {"string", "name", "operator"} or not known or self.ordinates > MAX_ORDINATES:
            raise refusal("几何中只能有坐标。", "A geometry holds nothing but coordinates.")
        if self.positions > MAX_POSITIONS:
            raise too_many_positions()

    def _nest(self, kind: str, text: str) -> None:
        if kind == "open":
            self.levels.append(self.base)
            self.level += 1
            self.base = self.level
        elif kind == "close":
            self.base = self.level = self.levels.pop() if self.levels else 0
            if self.shape_level is not None and len(self.levels) <= self.shape_level:
                self.shape_level = None
        elif (kind == "sign" and self.last not in OPERANDS) or text.upper() == "NOT":
            self.level += 1
        elif kind in OPERANDS:
            self.level = self.base
        if self.level > MAX_DEPTH:
            raise too_deep()
