"""How a filter is refused: with a sentence in both languages, and the parameter at fault."""

from __future__ import annotations

from geo.errors import InvalidInputError
from geo.types import Text

FIELD = "filter"
MAX_LENGTH = 65_536  # characters
MAX_DEPTH = 40  # levels of brackets, NOT, signs and operators within one another
MAX_WORDS = 1_000  # operators, words and names
MAX_VALUES = 10_000  # numbers and texts outside geometries
MAX_POSITIONS = 10_000  # vertices of all geometries together


def refusal(zh: str, en: str, *, field: str = FIELD) -> InvalidInputError:
    """Return the error that refuses a filter."""
    return InvalidInputError(Text(zh, en), field=field)


def too_deep() -> InvalidInputError:
    """Return the error for what is nested too deep."""
    return refusal(f"筛选条件嵌套超过 {MAX_DEPTH} 层。", f"The filter is nested more than {MAX_DEPTH} levels deep.")


def too_long() -> InvalidInputError:
    """Return the error for what has too many parts."""
    return refusal(
        f"筛选条件太长：最多 {MAX_WORDS} 个运算或名称、{MAX_VALUES} 个值。",
        f"The filter is too long: at most {MAX_WORDS} operators and names, and {MAX_VALUES} values.",
    )


def too_many_positions() -> InvalidInputError:
    """Return the error for a geometry with too many vertices."""
    return refusal(
        f"几何顶点超过 {MAX_POSITIONS} 个。", f"The filter's geometries have more than {MAX_POSITIONS} vertices."
    )
