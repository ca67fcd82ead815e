"""Tags and dates of one feature."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ogc.tags import feature_tag, http_date, is_match, is_none_match, read_http_date

VERSIONS = st.integers(1, 2**31 - 1)


@given(VERSIONS, VERSIONS, st.binary(), st.binary())
def test_tag_names_its_version_in_any_representation(one: int, other: int, first: bytes, second: bytes) -> None:
    tag = feature_tag(one, first)
    assert tag.startswith('"')  # strong
    assert is_match(tag, one)
    assert is_match(f'"else", {feature_tag(one, second)}', one)
    assert is_match(tag, other) == (one == other)
    assert (tag == feature_tag(other, second)) == ((one, first) == (other, second))


@given(VERSIONS, st.binary())
def test_weak_tag_matches_only_where_weak_comparison_is_asked(version: int, sent: bytes) -> None:
    weak = "W/" + feature_tag(version, sent)
    assert not is_match(weak, version)
    assert is_none_match(weak, version)


@pytest.mark.parametrize("coding", ["-gzip", "-zstd"])
def test_coding_on_the_end_of_a_tag_is_a_representation(coding: str) -> None:
    assert is_match(f'{feature_tag(3, b"a")[:-1]}{coding}"', 3)


@given(st.text())
def test_any_text_is_read_without_breaking(text: str) -> None:
    assert is_match(text, 2**31) == (text.strip() == "*")
    assert is_none_match(text, 2**31) == (text.strip() == "*")
    assert read_http_date(text) is None or read_http_date(text) is not None


@given(st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1)))  # noqa: DTZ001 - the zone is added
def test_date_is_read_as_it_was_written_to_the_second(moment: datetime) -> None:
    utc = moment.replace(tzinfo=timezone.utc)
    read = read_http_date(http_date(utc))
    assert read is not None
    assert timedelta(0) <= utc - read < timedelta(seconds=1)


def test_date_is_written_as_the_standard_shows_it() -> None:
    # RFC 9110, 5.6.7
    assert http_date(datetime(1994, 11, 6, 8, 49, 37, 999_999, tzinfo=timezone.utc)) == "Sun, 06 Nov 1994 08:49:37 GMT"
    for text in ("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"):
        assert read_http_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=timezone.utc)
