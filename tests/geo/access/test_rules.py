"""What a role may do, and what of it may be handed on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from geo.access.rules import Caller, Grant, Role, refuse_giving_more, refuse_managing
from geo.errors import ForbiddenError

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
SOON, LATER = NOW + timedelta(days=1), NOW + timedelta(days=2)
COMMANDER = Caller(role=Role.commander, district="410103", token_id="c", expires_at=LATER)  # noqa: S106 - an id
KINDS = frozenset({"note", "hazard"})


def test_roles_are_ordered_as_each_may_do_what_the_one_before_may() -> None:
    assert [role.name for role in sorted(Role)] == ["viewer", "field", "reviewer", "commander", "admin"]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("least", Role)
def test_role_below_the_least_is_refused(role: Role, least: Role) -> None:
    caller = replace(COMMANDER, role=role)
    if role >= least:
        caller.refuse_less_than(least)
    else:
        with pytest.raises(ForbiddenError):
            caller.refuse_less_than(least)


def test_actor_is_the_person_where_known_and_else_the_token() -> None:
    assert COMMANDER.actor == "token:c"
    assert replace(COMMANDER, person_id="li").actor == "li"


@pytest.mark.parametrize(("own", "other", "covered"), [(None, "a", True), (None, None, True), ("a", "a", True)])
def test_unit_is_covered(own: str | None, other: str | None, *, covered: bool) -> None:
    assert replace(COMMANDER, unit_id=own).covers_unit(other) is covered


@pytest.mark.parametrize("other", ["b", "A", "", None])
def test_what_belongs_to_another_unit_or_to_none_is_not_covered(other: str | None) -> None:
    assert not replace(COMMANDER, unit_id="a").covers_unit(other)


@pytest.mark.parametrize(
    ("scope", "report", "field"),
    [
        ({"report_kinds": KINDS}, ("problem", "a", None), "kind"),
        ({"unit_id": "a"}, ("note", "b", None), "unit_id"),
        ({"unit_id": "a"}, ("note", None, None), "unit_id"),
        ({"checkpoint_id": "x"}, ("note", "a", "y"), "checkpoint_id"),
    ],
)
def test_report_outside_of_a_token_is_refused_by_field(
    scope: dict[str, Any], report: tuple[str, str | None, str | None], field: str
) -> None:
    with pytest.raises(ForbiddenError) as refusal:
        replace(COMMANDER, **scope).refuse_report_outside(*report)
    assert refusal.value.field == field


def test_report_inside_of_every_limit_is_taken() -> None:
    caller = replace(COMMANDER, unit_id="a", checkpoint_id="x", report_kinds=KINDS)
    caller.refuse_report_outside("note", "a", "x")
    caller.refuse_report_outside("hazard", "a", None)


@pytest.mark.parametrize(
    ("giver", "grant", "field"),
    [
        ({}, {"role": Role.reviewer}, "role"),
        ({}, {"role": Role.commander}, "role"),
        ({}, {"role": Role.admin}, "role"),
        ({"unit_id": "a"}, {"unit_id": "b"}, "unit"),
        ({"unit_id": "a"}, {"unit_id": None}, "unit"),
        ({"checkpoint_id": "x"}, {"checkpoint_id": "y"}, "checkpoint"),
        ({"checkpoint_id": "x"}, {"checkpoint_id": None}, "checkpoint"),
        ({"report_kinds": KINDS}, {"report_kinds": KINDS | {"problem"}}, "kinds"),
        ({"report_kinds": KINDS}, {"report_kinds": None}, "kinds"),
        ({"report_kinds": KINDS}, {"report_kinds": KINDS, "trusted_kinds": frozenset({"problem"})}, "trusted"),
        ({"expires_at": SOON}, {}, "days"),
    ],
)
def test_more_than_one_has_cannot_be_given_away(giver: dict[str, Any], grant: dict[str, Any], field: str) -> None:
    given = Grant(**{"role": Role.field, **grant})
    with pytest.raises(ForbiddenError) as refusal:
        refuse_giving_more(replace(COMMANDER, **giver), given, LATER)
    assert refusal.value.field == field


@pytest.mark.parametrize("role", [Role.viewer, Role.field, Role.reviewer])
def test_roles_below_commander_give_nothing_away(role: Role) -> None:
    with pytest.raises(ForbiddenError):
        refuse_giving_more(replace(COMMANDER, role=role), Grant(role=Role.viewer), SOON)


def test_what_one_has_can_be_given_away() -> None:
    narrow = replace(COMMANDER, unit_id="a", checkpoint_id="x", report_kinds=KINDS)
    grant = Grant(Role.field, unit_id="a", checkpoint_id="x", report_kinds=frozenset({"note"}))
    refuse_giving_more(narrow, grant, LATER)
    refuse_giving_more(COMMANDER, grant, LATER)
    refuse_giving_more(replace(COMMANDER, role=Role.admin), Grant(role=Role.admin), LATER)


def test_only_tokens_that_one_could_have_made_are_managed() -> None:
    of_unit = replace(COMMANDER, unit_id="a")
    refuse_managing(of_unit, Grant(Role.field, unit_id="a"))
    refuse_managing(replace(COMMANDER, role=Role.admin), Grant(Role.admin))
    for caller, grant in (
        (of_unit, Grant(Role.field, unit_id="b")),
        (of_unit, Grant(Role.commander, unit_id="a")),
        (replace(COMMANDER, role=Role.field), Grant(Role.viewer)),
    ):
        with pytest.raises(ForbiddenError):
            refuse_managing(caller, grant)
