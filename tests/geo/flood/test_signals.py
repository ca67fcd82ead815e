"""Signal and level are two things: what the tables refuse, what is in force at a moment, and what the rules propose."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, text

from geo.query.view import View
from tests.geo.reading import properties_of, read_page
from tests.geo.sample import DISTRICT, NOON, OTHER, add, reason_of, refused, set_values, settings

HOUR = timedelta(hours=1)
SHANGHAI = timezone(timedelta(hours=8))
OPENING = datetime(2020, 7, 20, 9, tzinfo=SHANGHAI)


def status(connection: Connection, at: datetime | None) -> dict[str, Any]:
    return properties_of(connection, "flood_status", View(DISTRICT, at), DISTRICT)


def responded(connection: Connection, key: str, start: int, end: int | None, **values: Any) -> None:
    ended = None if end is None else NOON + end * HOUR
    add(connection, "responses", id=key, started_at=NOON + start * HOUR, ended_at=ended, **values)


@pytest.mark.parametrize(("start", "end"), [(5, None), (0, 9), (2, 3), (-9, 1), (-9, None), (0, 4)])
def test_second_response_at_the_same_time_is_refused(world: Connection, start: int, end: int | None) -> None:
    responded(world, "first", 0, 4 if start < 5 else None)
    with refused() as error:
        responded(world, "second", start, end)
    assert reason_of(error.value) == "ex_responses_one_at_a_time"


def test_next_level_begins_when_the_last_one_ends(world: Connection) -> None:
    responded(world, "IV", 0, 4, level="IV")
    responded(world, "III", 4, None, level="III")
    responded(world, "elsewhere", 1, None, district=OTHER)
    seen = [status(world, datetime.now(timezone.utc) + HOUR)["level"]]
    assert seen == ["III"]


@pytest.mark.parametrize("colour", ["yellow", "red"])
def test_issuer_has_one_signal_of_a_kind(world: Connection, colour: str) -> None:
    add(world, "warnings", id="first")
    for values in ({"kind": "flood"}, {"issuer": "市台"}, {"district": OTHER}):
        add(world, "warnings", **({"id": str(values)} | values))
    with refused() as error:
        add(world, "warnings", id="second", issued_at=NOON + HOUR, signal_colour=colour)
    assert reason_of(error.value) == "ex_warnings_one_at_a_time"


def test_nothing_in_force_is_said_in_words(world: Connection) -> None:
    found = status(world, None)
    assert (found["agreement"], found["signals"], found["signal"], found["level"]) == ("calm", [], None, None)
    assert found["why_zh"] == "没有生效的预警信号；未启动应急响应。"
    assert found["why_en"] == "No warning signal is in force; no response level is in force."


def rule(connection: Connection, key: str, colour: str, level: str, day: date) -> None:
    add(connection, "response_rules", id=key, signal_colour=colour, level=level, valid_from=day)


def test_rule_proposes_by_the_day_and_the_colour_alone_says_nothing(world: Connection) -> None:
    add(world, "warnings", signal_colour="yellow")
    now = datetime.now(timezone.utc)
    assert status(world, None)["agreement"] == "no_rule"
    today = now.astimezone(SHANGHAI).date()
    rule(world, "old", "yellow", "III", date(2020, 1, 1))
    rule(world, "new", "yellow", "IV", today)
    rule(world, "next", "yellow", "I", today + timedelta(days=2))
    rule(world, "other", "red", "I", date(2020, 1, 1))
    found = status(world, None)
    assert (found["rule"], found["proposed_level"], found["agreement"]) == ("new", "IV", "not_followed")
    for level, agreement in (("IV", "as_proposed"), ("III", "above"), ("I", "above")):
        add(world, "responses", id=level, level=level, started_at=now - HOUR)
        assert status(world, None)["agreement"] == agreement
        world.execute(text("DELETE FROM responses"))
    rule(world, "newest", "yellow", "II", today - timedelta(days=1))
    set_values(world, "response_rules", "new", "valid_from = '2019-01-01'")
    add(world, "responses", level="IV", started_at=now - HOUR)
    assert status(world, None)["agreement"] == "below"


def test_gravest_of_several_signals_comes_first(world: Connection) -> None:
    for key, colour, issuer in (("a", "blue", "甲"), ("b", "red", "乙"), ("c", "orange", "丙")):
        add(world, "warnings", id=key, signal_colour=colour, issuer=issuer)
    rule(world, "blue", "blue", "III", date(2020, 1, 1))
    rule(world, "orange", "orange", "IV", date(2020, 1, 1))
    found = status(world, None)
    assert [each["signal_colour"] for each in found["signals"]] == ["red", "orange", "blue"]
    assert (found["signal_zh"], found["colour"], found["signal_issuer"]) == ("暴雨红色预警", "signal-red", "乙")
    assert (found["proposed_level"], found["rule"]) == ("III", "blue")  # the highest level, whichever the colour


def test_signal_is_in_force_as_known_at_the_moment(world: Connection) -> None:
    """Issued at 12:00, entered at 13:00, lifted at 18:00 by an entry of 19:00 (as of the hours between)."""
    noon = NOON.replace(year=2030)
    settings(world, clock=(noon + HOUR).isoformat())
    add(world, "warnings", issued_at=noon)
    settings(world, clock=(noon + 7 * HOUR).isoformat())
    set_values(world, "warnings", "new", "lifted_at = :at", at=noon + 6 * HOUR)
    seen = [status(world, noon + hours * HOUR)["signal"] is not None for hours in (0, 1, 6, 6.5, 7)]
    assert seen == [False, True, True, True, False]


def test_season_opens_on_a_level_above_what_the_rule_proposes(demonstration_connection: Connection) -> None:
    found = status(demonstration_connection, OPENING)
    said = [found[name] for name in ("signal_colour", "proposed_level", "level", "agreement")]
    assert said == ["yellow", "IV", "III", "above"]
    assert datetime.fromisoformat(found["signal_at"]) == datetime(2020, 7, 20, 6, tzinfo=SHANGHAI)
    assert datetime.fromisoformat(found["level_at"]) == datetime(2020, 7, 19, 17, tzinfo=SHANGHAI)
    for part in ("暴雨黄色预警", "规则建议Ⅳ级", "现行Ⅲ级", "2020年7月19日 17:00", "杏园渡槽"):
        assert part in found["why_zh"]
    assert found["demonstration"] is True
    # before the rain, under blue (for which there is no rule), after everything
    for day, seen in ((17, "calm"), (11, "no_rule"), (25, "calm")):
        moment = datetime(2020, 7, day, 12, tzinfo=SHANGHAI)
        assert status(demonstration_connection, moment)["agreement"] == seen


def test_rules_of_the_city_are_known_from_the_day_they_were_reported(seeded_connection: Connection) -> None:
    days = [datetime(*day, 12, tzinfo=SHANGHAI) for day in ((2022, 7, 24), (2022, 7, 25), (2025, 8, 7))]
    found = [read_page(seeded_connection, "response_rules", View(DISTRICT, day)).features for day in days]
    said = [[(each["properties"]["signal_colour"], each["properties"]["level"]) for each in page] for page in found]
    assert said == [[], [("yellow", "IV")], [("orange", "III"), ("yellow", "IV")]]
