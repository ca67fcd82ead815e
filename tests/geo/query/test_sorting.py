"""Sorted pages: each row that existed throughout comes exactly once, in order, whatever is written between them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Select, text

from geo.collections import layer_of
from geo.errors import InvalidInputError
from geo.query.features import Shape, items_statement
from geo.query.sorting import SortKey, mark_values, sortable_names
from geo.query.view import View
from tests.geo.sample import DISTRICT, add

VIEW = View(DISTRICT)
REPORTS, TASKS = layer_of("reports"), layer_of("tasks")
START = datetime(2020, 6, 1, 4, tzinfo=timezone.utc)
# Few values, so that many rows are equal; a microsecond apart, and a float that no short decimal is.
INSTANTS = st.sampled_from([START, START + timedelta(microseconds=1), START + timedelta(milliseconds=100)])
LEVELS = st.sampled_from([None, 0.1, 0.1 + 0.2, 1 / 3, -0.0, 1e-300, 5e300])
AMOUNTS = st.sampled_from([None, Decimal(0), Decimal("12.34"), Decimal("12.35"), Decimal("100.00")])
NOTES = st.sampled_from(["", "'\"`\\", "长" * 300, "长" * 299, "\u2028,[]", "a"])
ROWS = st.tuples(INSTANTS, LEVELS, AMOUNTS, NOTES)
NAMES = ("observed_at", "water_level_m", "progress_percent", "note")
SORTS = st.lists(
    st.tuples(st.sampled_from([*NAMES, "kind_zh", "demonstration"]), st.booleans()),
    min_size=1,
    max_size=3,
    unique_by=lambda pair: pair[0],
).map(lambda pairs: tuple(SortKey(*pair) for pair in pairs))


@cache
def _statement(sort: tuple[SortKey, ...], after: bool) -> Select[Any]:  # noqa: FBT001 - part of the key
    return items_statement(REPORTS, VIEW, Shape(sort=sort, after=after))


def _insert(world: Connection, number: int, row: tuple[Any, ...]) -> str:
    key = UUID(int=number)
    add(world, "reports", id=key, **dict(zip(NAMES, row, strict=True)))
    return str(key)


def _order(feature: dict[str, Any], sort: tuple[SortKey, ...]) -> list[Any]:
    """Return what Python sorts features by as PostgreSQL should; the text column has C's collation."""
    terms: list[Any] = []
    for key in sort:
        value = feature["properties"][key.name]
        if isinstance(value, str):
            value = value[:120].encode() if key.name != "observed_at" else datetime.fromisoformat(value)
        terms.append((value is None, _Reversed(value) if key.descending and value is not None else value))
    return [*terms, feature["id"]]


class _Reversed:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Reversed) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and self.value == other.value

    __hash__ = None  # type: ignore[assignment] # only compared


@example_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(ROWS, min_size=1, max_size=12),
    more=st.lists(ROWS, max_size=8),
    gone=st.sets(st.integers(0, 11), max_size=6),
    sort=SORTS,
    limit=st.integers(1, 4),
)
def test_rows_that_exist_throughout_come_exactly_once_in_order(
    world: Connection, rows: list[Any], more: list[Any], gone: set[int], sort: tuple[SortKey, ...], limit: int
) -> None:
    with world.begin_nested() as savepoint:
        world.execute(text("DELETE FROM reports"))
        keys = [_insert(world, 2 * number, row) for number, row in enumerate(rows)]
        leaving = [keys[number] for number in gone if number < len(keys)]
        coming = list(enumerate(more))
        found: list[dict[str, Any]] = []
        mark = None
        while True:
            values = {"limit": limit} | ({} if mark is None else mark_values(REPORTS, sort, mark))
            page = world.execute(_statement(sort, mark is not None).params(values)).one()
            features = json.loads(f"[{page.body.decode()}]")
            assert page.returned == len(features) <= limit
            found += features
            mark = page.next_mark
            if mark is None:
                break
            if leaving:
                world.execute(text("DELETE FROM reports WHERE id = :id"), {"id": leaving.pop()})
            if coming:
                number, row = coming.pop()
                _insert(world, 2 * number + 1, row)
        savepoint.rollback()
    seen = [feature["id"] for feature in found]
    assert len(seen) == len(set(seen))
    assert {key for number, key in enumerate(keys) if number not in gone} <= set(seen)
    assert found == sorted(found, key=lambda feature: _order(feature, sort))


@pytest.mark.parametrize(
    "mark",
    [
        *("", "x", "[]", "[1]", "[1,2,3]", "{}", "null", '["2020-06-01T00:00:00Z"]', '[null,null,"a"]', "[" * 5000),
        *('["now","00000000-0000-0000-0000-000000000001"]', '["2020-06-01","00000000-0000-0000-0000-000000000001"]'),
        *('["0001-01-01T00:00:00+23:59","00000000-0000-0000-0000-000000000001"]', '[true,"a"]', '[1e999999,"a"]'),
        '["2020-06-01T00:00:00+00:00","\\ud800"]',
    ],
)
def test_mark_that_is_none_of_the_order_is_refused(mark: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        mark_values(REPORTS, (SortKey("observed_at"),), mark)
    assert refused.value.field == "after"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("version", value) for value in ("1.5", "2147483648", "true", '"1"', "1e2")),
        *(("progress_percent", value) for value in ('"sNaN"', '"1"', "1e500", "true", "[1]")),
        *(("demonstration", value) for value in ("1", '"true"')),
        *(("actual_start", value) for value in ('"2020-02-30"', "20200101", '"infinity"')),
        *(("name_zh", value) for value in ("1", '"a\\u0000b"', '"\\udc00"', "{}")),
    ],
)
def test_mark_of_another_type_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidInputError):
        mark_values(TASKS, (SortKey(name),), f'[{value},"task"]')


def test_lists_and_objects_cannot_be_sorted_by() -> None:
    assert "tasks" not in sortable_names(layer_of("segment_progress"))
    assert "aliases" not in sortable_names(layer_of("roads"))
    assert {"name_zh", "length_m", "changed_at"} <= set(sortable_names(layer_of("roads")))
