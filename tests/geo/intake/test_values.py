"""JSON values as values of columns."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Float, Integer, Numeric, Text
from sqlalchemy.types import TypeEngine

from geo.errors import InvalidInputError
from geo.intake.values import is_same, read_value

CHINA = timezone(timedelta(hours=8))


def read(kind: TypeEngine[Any], value: Any) -> Any:
    return read_value(Column("name", kind), value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Text(), "文本", "文本"),
        (ARRAY(Text()), [], []),
        (Boolean(), False, False),
        (Float(), 3, 3.0),
        (Numeric(10, 2), 1.005, Decimal("1.00")),  # 1.005 is the shortest text of the number, and its half is even
        (Numeric(10, 2), 99_999_999.99, Decimal("99999999.99")),
        (Numeric(5, 2), 1e-300, Decimal("0.00")),
        (Date(), "2020-02-29", date(2020, 2, 29)),
        (DateTime(), "2020-05-31T09:00:00+08:00", datetime(2020, 5, 31, 9, tzinfo=CHINA)),
        (DateTime(), "2020-05-31t01:00:00.1234567z", datetime(2020, 5, 31, 1, 0, 0, 123456, tzinfo=timezone.utc)),
        (DateTime(), "2020-05-31 01:00:00.5+00:00", datetime(2020, 5, 31, 1, 0, 0, 500000, tzinfo=timezone.utc)),
    ],
)
def test_value_is_read_as_its_column_holds_it(kind: TypeEngine[Any], value: Any, expected: Any) -> None:
    found = read(kind, value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Text(), 1),
        (Text(), "a\0"),
        (Text(), "\udc00"),
        (Text(), "a" * 10_001),
        (ARRAY(Text()), "a"),
        (ARRAY(Text()), [1]),
        (ARRAY(Text()), [["a"]]),
        (Boolean(), 1),
        (Float(), True),
        (Float(), "1"),
        (Numeric(10, 2), 1e8),
        (Numeric(10, 2), 99_999_999.995),
        (Numeric(10, 2), True),
        (Date(), "2020-02-30"),
        (Date(), "2020-W01-1"),
        (Date(), "２０２０-01-01"),
        (Date(), 20200101),
        (DateTime(), "2020-05-31"),
        (DateTime(), "2020-05-31T09:00:00"),
        (DateTime(), "2020-05-31T09:00+08:00"),
        (DateTime(), "2020-05-31T24:00:01Z"),
        (DateTime(), "2020-05-31T09:00:00+99:00"),
        (DateTime(), 1_590_000_000),
        (Integer(), 1),  # no writable column holds whole numbers
    ],
)
def test_value_of_another_kind_is_refused_by_the_name_of_its_column(kind: TypeEngine[Any], value: Any) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        read(kind, value)
    assert refusal.value.field == "name"


@given(st.datetimes(datetime(1900, 1, 2), datetime(8999, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - the zone is added
def test_instant_of_rfc_3339_is_read(moment: datetime, offset: int) -> None:
    instant = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert read(DateTime(), instant.isoformat()) == instant


@given(st.floats(-9_999_999, 9_999_999))
def test_decimal_is_at_most_half_a_unit_off(value: float) -> None:
    assert abs(read(Numeric(10, 2), value) - Decimal(str(value))) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("given", "present", "same"),
    [
        (None, None, True),
        (1, 1.0, True),
        (True, 1, False),
        (0, False, False),
        ("1", 1, False),
        (["又名"], ["又名"], True),
        ("2020-05-31T09:00:00+08:00", "2020-05-31T01:00:00.000Z", True),
        ("2020-05-31T09:00:00+08:00", "2020-05-31T09:00:00Z", False),
        ("2020-05-31", "2020-06-01", False),
        ("2020-05-31T09:00:00+08:00", None, False),
    ],
)
def test_value_is_the_same_whatever_its_offset_and_never_across_types(given: Any, present: Any, *, same: bool) -> None:
    assert is_same(given, present) is same
    assert is_same(present, given) is same
