"""What a new token shall open, as it is asked for."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from geo.access.rules import Role
from geo.access.wishes import REPORT_KINDS, end_of, read_wish
from geo.errors import UnprocessableError

VOCABULARIES = Path(__file__).parents[3] / "data" / "erqi" / "vocabularies.csv"
TOLERANCE = timedelta(minutes=1)


def test_kinds_are_those_of_the_vocabulary() -> None:
    with VOCABULARIES.open(encoding="utf-8") as file:
        kinds = [row["code"] for row in csv.DictReader(file) if row["scheme"] == "report_kind"]
    assert list(REPORT_KINDS) == kinds


def test_wish_is_read_whole() -> None:
    scope = {"unit": "u", "person": "p", "checkpoint": "c", "kinds": ["note", "hazard"], "trusted": ["note"]}
    grant, days = read_wish({"role": "field", **scope, "days": 3, "label": "一组"})
    assert (grant.role, grant.unit_id, grant.person_id, grant.checkpoint_id) == (Role.field, "u", "p", "c")
    assert grant.report_kinds == frozenset({"note", "hazard"})
    assert grant.trusted_kinds == {"note"}
    assert (grant.label, days) == ("一组", 3)


def test_role_alone_is_enough_and_limits_nothing() -> None:
    grant, days = read_wish({"role": "admin"})
    assert (grant.unit_id, grant.checkpoint_id, grant.report_kinds, days) == (None, None, None, None)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "role"),
        ({"role": "root"}, "role"),
        ({"role": 5}, "role"),
        ({"role": ["admin"]}, "role"),
        ({"role": "field", "unit": ""}, "unit"),
        ({"role": "field", "unit": 7}, "unit"),
        ({"role": "field", "unit": "a\0b"}, "unit"),
        ({"role": "field", "unit": "a\ud800"}, "unit"),
        ({"role": "field", "label": "x" * 201}, "label"),
        ({"role": "field", "label": "a\nb"}, "label"),
        ({"role": "field", "kinds": []}, "kinds"),
        ({"role": "field", "kinds": "note"}, "kinds"),
        ({"role": "field", "kinds": ["gossip"]}, "kinds"),
        ({"role": "field", "kinds": [{}]}, "kinds"),
        ({"role": "field", "kinds": ["note"], "trusted": ["hazard"]}, "trusted"),
        ({"role": "field", "days": 0}, "days"),
        ({"role": "field", "days": 3651}, "days"),
        ({"role": "field", "days": True}, "days"),
        ({"role": "field", "days": 1.5}, "days"),
        ({"role": "field", "secret": "mine"}, "secret"),
    ],
)
def test_wrong_wish_is_refused_by_its_member(wish: dict[str, Any], field: str) -> None:
    with pytest.raises(UnprocessableError) as refusal:
        read_wish(wish)
    assert refusal.value.field == field
    assert refusal.value.text.zh
    assert refusal.value.text.en


@pytest.mark.parametrize(
    ("days", "own", "expected"), [(None, None, 90), (None, 7, 7), (None, 365, 90), (3, 7, 3), (30, 7, 30)]
)
def test_usual_time_ends_with_the_makers_own_and_an_asked_one_does_not(
    days: int | None, own: int | None, expected: int
) -> None:
    now = datetime.now(timezone.utc)
    wish = read_wish({"role": "field"} | ({} if days is None else {"days": days}))
    end = end_of(wish, None if own is None else now + timedelta(days=own))
    assert abs(end - now - timedelta(days=expected)) < TOLERANCE
