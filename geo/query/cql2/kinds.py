"""Rules on kinds of values: which go together, and how one is brought to another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from geo.errors import InvalidInputError
from geo.query.cql2.nodes import Call, Constant, Node
from geo.query.cql2.refusal import refusal
from geo.query.queryables import Kind


def exactly(number: int, args: Sequence[Any]) -> Sequence[Any]:
    """Return the operands when there are so many of them."""
    if len(args) != number:
        raise wrong_number(number)
    return args


def wrong_number(wanted: int) -> InvalidInputError:
    """Return the error for an operator with too few or too many operands."""
    return refusal(f"运算的参数个数不对，应为 {wanted}。", f"An operator has not the {wanted} operands that it takes.")


def wrong_kind(given: Kind, wanted: Kind) -> InvalidInputError:
    """Return the error for an operand that is of another kind than the operator or its other operand."""
    return refusal(
        f"类型不符：这里应为{wanted.value.zh}，而不是{given.value.zh}。",
        f"The types do not fit: here {wanted.value.en} is wanted, not {given.value.en}.",
    )


def of_kind(node: Node, wanted: Kind) -> Node:
    """Return the node when it is of that kind; an identifier passes for text."""
    node = as_text(node) if wanted is Kind.TEXT else node
    if node.kind is not wanted:
        raise wrong_kind(node.kind, wanted)
    return node


def scalar(node: Node) -> Node:
    """Return the node unless it is a geometry, which has no order."""
    if node.kind is Kind.GEOMETRY:
        raise refusal("几何只能用空间函数比较。", "Geometries are compared by spatial functions only.")
    return node


def as_text(node: Node) -> Node:
    """Return an identifier as its text, and everything else as it is."""
    return Call("text", (node,), Kind.TEXT) if node.kind is Kind.UUID else node


def same_grain(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Bring instants to days where one of them is a day."""
    if all(node.kind is not Kind.DATE for node in nodes):
        return tuple(nodes)
    return tuple(_as_day(node) for node in nodes)


def _as_day(node: Node) -> Node:
    if node.kind is Kind.DATE:
        return node
    return replace(node, kind=Kind.DATE) if isinstance(node, Constant) else Call("day", (node,), Kind.DATE)


def same_kind(nodes: Sequence[Node]) -> list[Node]:
    """Bring operands of a comparison to one kind, or refuse them."""
    if all(node.kind.is_instant for node in nodes):
        return list(same_grain(nodes))
    if any(node.kind is not nodes[0].kind for node in nodes):
        nodes = [as_text(node) for node in nodes]
    return [of_kind(node, nodes[0].kind) for node in nodes]


def finite(number: float) -> float:
    """Return a number as a double; refuse what is beyond their range."""
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise refusal("数字超出范围。", "A number is out of range.")
    return value
