"""Readers of the other doors against whatever comes: a report body, or a refusal in both languages, never a crash."""

from __future__ import annotations

from datetime import datetime, timezone
from uuid import uuid4
from xml.etree.ElementTree import Element, SubElement, tostring

from hypothesis import example, given
from hypothesis import strategies as st

from geo.errors import ErqiError
from geo.exchange.open311 import FIELDS, read_request
from geo.exchange.openrosa import KINDS, read_submission
from geo.exchange.rows import PATHS
from geo.intake.canonical import canonical
from geo.intake.report_body import read_report

NOW = datetime(2020, 6, 1, tzinfo=timezone.utc)
HAZARDS = [{"code": "urban_flooding", "label_zh": "城市防汛", "label_en": "Urban flooding"}]
NAMES = st.sampled_from([*sorted(PATHS), "location", "photo", "photo_1", "position", "chainage.x", "other"])
WORDS = st.one_of(
    st.sampled_from(
        ["1", "-4.0E-5", "34.7 113.6 1 6.5", "34.7 113.6", "1e99 0 0 0", "2020-06-01T12:00:00+08:00", "K3+250"]
    ),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=30),
)


def judged(body: object) -> None:
    """Let the intake check what a door has read: it has a canonical form, and a report or a refusal comes of it."""
    canonical(body)
    try:
        read_report(body)
    except ErqiError as error:
        assert error.text.zh  # noqa: PT017 - either way is right
        assert error.text.en  # noqa: PT017 - as above


@given(st.sampled_from(sorted(KINDS)), st.lists(st.tuples(NAMES, WORDS), max_size=8), st.booleans())
@example("erqi_note", [("location", "34.7 113.6 1 6.5"), ("x", "1")], False)
@example("erqi_note", [("x", "1"), ("location", "34.7 113.6 1 6.5")], True)
def test_any_answers_are_read_or_refused(form: str, answers: list[tuple[str, str]], grouped: bool) -> None:  # noqa: FBT001 - hypothesis draws it
    root = Element("data", id=form)
    holder = SubElement(root, "group") if grouped else root
    for name, text in answers:
        SubElement(holder, name).text = text
    SubElement(SubElement(root, "meta"), "instanceID").text = f"uuid:{uuid4()}"
    try:
        submission = read_submission(tostring(root))
    except ErqiError as error:
        assert error.text.zh  # noqa: PT017 - either way is right
        return
    judged(submission.report(dict.fromkeys(submission.media, "0" * 64)))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_as_a_submission(data: bytes) -> None:
    try:
        read_submission(data)
    except ErqiError as error:
        assert error.kind in {"xml-unreadable", "xml-declares-entities", "form-unknown"}  # noqa: PT017 - most bytes, not all
    else:
        raise AssertionError(data)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), WORDS, max_size=10), st.booleans())
def test_any_fields_are_read_or_refused(fields: dict[str, str], named: bool) -> None:  # noqa: FBT001 - hypothesis draws it
    given_fields = {**fields, "service_code": "urban_flooding"} if named else fields
    try:
        body = read_request({**given_fields, "media_url": ""}, HAZARDS, "t", NOW)
    except ErqiError as error:
        assert error.text.zh  # noqa: PT017 - either way is right
        return
    judged(body)
