"""JSON from outside: read as any parser reads it, or refused."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidInputError
from geo.intake.json_body import read_object

NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5), st.booleans())
def test_object_is_read_as_it_was_written(value: dict[str, Any], escaped: bool) -> None:  # noqa: FBT001 - hypothesis
    text = json.dumps(value, ensure_ascii=escaped)
    try:
        body = text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can write
        body = json.dumps(value).encode()
    assert read_object(body) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(InvalidInputError):
        assert isinstance(read_object(body), dict)


def test_byte_order_mark_is_passed_over() -> None:
    assert read_object(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize("body", [b'{"a":1,"b":2,"a":3}', b'{"p":{"a":1,"a":1}}'])
def test_name_that_is_there_twice_is_named(body: bytes) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        read_object(body)
    assert refusal.value.field == "a"


def test_one_name_twice_among_many_is_found_without_comparing_all() -> None:
    names = ",".join(f'"n{number}":0' for number in range(100_000))
    with pytest.raises(InvalidInputError) as refusal:
        read_object(f'{{{names},"n99999":1}}'.encode())
    assert refusal.value.field == "n99999"


@pytest.mark.parametrize("number", ["1" * 41, "-" + "1" * 40, "0." + "1" * 39, "1e309", "-1e309"])
def test_number_that_nothing_can_hold_is_refused(number: str) -> None:
    with pytest.raises(InvalidInputError):
        read_object(f'{{"a":{number}}}'.encode())
