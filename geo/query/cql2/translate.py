"""The tree of CQL2 JSON, checked name by name and type by type, as nodes; its values go into a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

from geo.crs import Crs
from geo.query.cql2.instants import read_date, read_instant, read_moment
from geo.query.cql2.kinds import exactly, finite, of_kind, same_grain, same_kind, scalar, wrong_kind, wrong_number
from geo.query.cql2.nodes import (
    ARITHMETIC,
    COMPARISONS,
    SPATIAL,
    TEMPORAL,
    Call,
    Constant,
    Node,
    Property,
    Value,
    columns_in,
)
from geo.query.cql2.refusal import MAX_DEPTH, MAX_VALUES, MAX_WORDS, refusal, too_deep, too_long
from geo.query.cql2.shapes import read_bbox, read_geometry
from geo.query.layer import Layer
from geo.query.queryables import Kind, queryables

OPEN_END = ".."
EITHER = frozenset({"t_after", "t_before", "t_disjoint", "t_equals", "t_intersects"})  # for instants too


class Interval(NamedTuple):
    """A stretch of time from ``start`` to ``end``, both included."""

    start: Node
    end: Node
    is_instant: bool


class Translator:
    """Translate one filter on ``layer``; ``values`` holds what its parameters are."""

    def __init__(self, layer: Layer, crs: Crs) -> None:
        self._known = queryables(layer)
        self._layer = layer
        self._crs = crs
        self._depth = 0
        self._words = 0
        self._numbers = count()
        self.values: dict[str, Any] = {}

    def condition(self, tree: Any) -> Node:
        """Translate what must be true or false."""
        return of_kind(self._expression(tree), Kind.BOOLEAN)

    def equality(self, name: str, value: Any) -> Node:
        """Translate that a property has a value."""
        return self._comparison("=", [{"property": name}, value])

    def _count_word(self) -> None:
        self._words += 1
        if self._words > MAX_WORDS:
            raise too_long()

    def _keep(self, kind: Kind, value: Any, *, many: bool = False) -> Value:
        if len(self.values) >= MAX_VALUES:
            raise too_long()
        name = f"filter_{next(self._numbers)}"
        self.values[name] = value
        return Value(name, kind, many)

    def _expression(self, tree: Any) -> Node:
        """Translate anything that has a value."""
        if isinstance(tree, bool):
            return Constant("true" if tree else "false", Kind.BOOLEAN)
        if isinstance(tree, int | float):
            return self._keep(Kind.NUMBER, finite(tree))
        if isinstance(tree, str):
            return self._keep(Kind.TEXT, _storable(tree))
        if not isinstance(tree, dict):
            raise refusal(
                "筛选条件中有无法识别的部分；判断空值用 IS NULL。",
                "The filter has a part that is no expression; to ask for NULL write IS NULL.",
            )
        if "op" in tree:
            return self._call(tree)
        if "property" in tree:
            return self.property(tree["property"])
        return self._literal(tree)

    def _literal(self, tree: dict[str, Any]) -> Node:
        if "date" in tree:
            return self._keep(Kind.DATE, read_date(tree["date"]))
        if "timestamp" in tree:
            return self._keep(Kind.TIMESTAMP, read_moment(tree["timestamp"]))
        if "bbox" in tree:
            return self._keep(Kind.GEOMETRY, read_bbox(tree["bbox"], self._crs))
        if "interval" in tree:
            raise refusal("时段只能用于时间函数。", "An interval can only be an operand of a temporal function.")
        return self._keep(Kind.GEOMETRY, read_geometry(tree, self._crs))

    def property(self, name: Any) -> Property:
        """Translate the name of a property."""
        self._count_word()
        found = self._known.get(name) if isinstance(name, str) else None
        if found is None:
            said = str(name)[:100]
            raise refusal(
                f"图层“{self._layer.title.zh}”没有可筛选的属性“{said}”。",
                f"“{self._layer.title.en}” has no property “{said}” to filter by.",
            )
        return Property(found.column, found.kind)

    def _call(self, tree: dict[str, Any]) -> Node:
        name, args = tree["op"], tree.get("args")
        if not isinstance(name, str) or not isinstance(args, list) or not args:
            raise refusal("运算缺少名称或参数。", "An operator lacks its name or its operands.")
        translate = self._translators().get(name.lower())
        if translate is None:
            raise refusal(f"不支持函数“{name[:100]}”。", f"There is no function “{name[:100]}”.")
        self._count_word()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise too_deep()
        node = translate(name.lower(), args)
        self._depth -= 1
        return node

    def _translators(self) -> dict[str, Callable[[str, list[Any]], Node]]:
        return {
            **dict.fromkeys(("and", "or"), self._logical),
            "not": lambda name, args: Call(name, (self.condition(*exactly(1, args)),)),
            "isnull": self._is_null,
            "like": self._like,
            "between": self._between,
            "in": self._in,
            "casei": self._casei,
            **dict.fromkeys(COMPARISONS, self._comparison),
            **dict.fromkeys(ARITHMETIC, self._arithmetic),
            **dict.fromkeys(SPATIAL, self._spatial),
            **dict.fromkeys(TEMPORAL, self._temporal),
        }

    def _logical(self, name: str, args: list[Any]) -> Node:
        if len(args) < 2:  # noqa: PLR2004 - a pair at least
            raise wrong_number(2)
        return Call(name, tuple(self.condition(each) for each in args))

    def _is_null(self, name: str, args: list[Any]) -> Node:
        (tree,) = exactly(1, args)
        if isinstance(tree, dict) and "interval" in tree:
            return Call(name, self._period(tree)[:2])
        return Call(name, (self._expression(tree),))

    def _comparison(self, name: str, args: list[Any]) -> Node:
        return Call(name, tuple(self._alike(exactly(2, args))))

    def _between(self, name: str, args: list[Any]) -> Node:
        return Call(name, tuple(self._alike(exactly(3, args))))

    def _in(self, name: str, args: list[Any]) -> Node:
        tree, listed = exactly(2, args)
        if not isinstance(listed, list) or not listed:
            raise refusal("IN 后面应有取值列表。", "IN is followed by a list of values.")
        first, *others = self._alike([tree, *listed])
        given = [each for each in others if isinstance(each, Value)]
        if len(given) == len(others):
            # One array, so that lists of any length share a statement.
            values = [self.values.pop(each.name) for each in given]
            return Call(name, (first, self._keep(given[0].kind, values, many=True)))
        equal = tuple(Call("=", (first, each)) for each in others)
        return equal[0] if len(equal) == 1 else Call("or", equal)

    def _like(self, name: str, args: list[Any]) -> Node:
        tree, pattern = exactly(2, args)
        return Call(name, (of_kind(self._expression(tree), Kind.TEXT), self._pattern(pattern)))

    def _pattern(self, tree: Any) -> Node:
        if isinstance(tree, dict) and str(tree.get("op")).lower() == "casei" and isinstance(tree.get("args"), list):
            (inner,) = exactly(1, tree["args"])
            if isinstance(inner, str):
                return Call("casei", (self._pattern(inner),), Kind.TEXT)
        if not isinstance(tree, str):
            raise refusal("LIKE 后面应为带引号的样式。", "LIKE is followed by a pattern in quotes.")
        pattern = _storable(getattr(tree, "pattern", tree))
        if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
            raise refusal("LIKE 的样式不能以单个反斜杠结尾。", "A pattern of LIKE cannot end in a single backslash.")
        return self._keep(Kind.TEXT, pattern)

    def _casei(self, name: str, args: list[Any]) -> Node:
        (tree,) = exactly(1, args)
        return Call(name, (of_kind(self._expression(tree), Kind.TEXT),), Kind.TEXT)

    def _arithmetic(self, name: str, args: list[Any]) -> Node:
        nodes = tuple(of_kind(self._expression(each), Kind.NUMBER) for each in exactly(2, args))
        return Call(name, nodes, Kind.NUMBER)

    def _spatial(self, name: str, args: list[Any]) -> Node:
        return Call(name, tuple(of_kind(self._expression(each), Kind.GEOMETRY) for each in exactly(2, args)))

    def _temporal(self, name: str, args: list[Any]) -> Node:
        periods = [self._period(each) for each in exactly(2, args)]
        if name not in EITHER and any(each.is_instant for each in periods):
            raise refusal(
                f"{name.upper()} 的两个参数都应为时段 INTERVAL(…)。",
                f"{name.upper()} takes two intervals, INTERVAL(…).",
            )
        found = Call(name, same_grain([node for each in periods for node in each[:2]]))
        # An interval with an end that is NULL is not known, whichever of its ends the function looks at.
        ends = [end for each in periods if not each.is_instant for end in each[:2] if any(columns_in(end))]
        return Call("given", (found, *ends)) if ends else found

    def _period(self, tree: Any) -> Interval:
        if isinstance(tree, dict) and "interval" in tree:
            if not isinstance(tree["interval"], list):
                raise wrong_number(2)
            return self._interval(*exactly(2, tree["interval"]))
        node = self._instant(tree)
        return Interval(node, node, is_instant=True)

    def _interval(self, first: Any, last: Any) -> Interval:
        start, end = same_grain([self._end(first, "-infinity"), self._end(last, "infinity")])
        if isinstance(start, Value) and isinstance(end, Value) and self.values[start.name] > self.values[end.name]:
            raise refusal("时段的起点晚于终点。", "An interval ends before it starts.")
        return Interval(start, end, is_instant=False)

    def _end(self, tree: Any, open_end: str) -> Node:
        if isinstance(tree, str) and tree == OPEN_END:
            return Constant(open_end, Kind.TIMESTAMP)
        return self._instant(tree)

    def _instant(self, tree: Any) -> Node:
        if isinstance(tree, str):
            found = read_instant(tree)
            return self._keep(Kind.TIMESTAMP if isinstance(found, datetime) else Kind.DATE, found)
        node = self._expression(tree)
        if not node.kind.is_instant:
            raise wrong_kind(node.kind, Kind.TIMESTAMP)
        return node

    def _alike(self, trees: Sequence[Any]) -> list[Node]:
        """Translate operands that must be of one kind; a text beside a date, moment or identifier is read as one."""
        others = [None if isinstance(tree, str) else self._expression(tree) for tree in trees]
        kinds = {node.kind for node in others if node is not None}
        return same_kind(
            [
                scalar(self._beside(kinds, tree) if node is None else node)
                for node, tree in zip(others, trees, strict=True)
            ]
        )

    def _beside(self, kinds: Collection[Kind], tree: str) -> Node:
        if any(kind.is_instant for kind in kinds):
            return self._instant(tree)
        text = _storable(tree)
        if Kind.UUID in kinds and _is_uuid(text):
            return self._keep(Kind.UUID, UUID(text))  # so that an index on identifiers serves
        return self._keep(Kind.TEXT, text)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _storable(text: str) -> str:
    """Refuse the character NUL, which PostgreSQL's text cannot hold."""
    if "\0" in text:
        raise refusal("文本含有空字符（NUL）。", "A text holds the character NUL.")
    return str(text)  # the driver takes no kind of text but this
