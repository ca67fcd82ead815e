"""What a level means: compared with the thresholds of its own datum, said in words, and never when it is old."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection

from geo.query.view import View
from tests.geo.reading import properties_of, read_page
from tests.geo.sample import DISTRICT, OTHER, add, settings

NOW = datetime(2030, 6, 5, 8, tzinfo=timezone.utc)
OPENING = datetime.fromisoformat("2020-07-20T09:00:00+08:00")


def status(connection: Connection, at: datetime = NOW) -> dict[str, Any]:
    return properties_of(connection, "checkpoint_status", View(DISTRICT, at), "checkpoint")


def reading(connection: Connection, value: float, *, hours: float = 1, datum: str | None = "1985") -> None:
    add(connection, "readings", value=value, observed_at=NOW - timedelta(hours=hours), vertical_datum=datum)


def thresholds(connection: Connection, **values: float) -> None:
    for kind, value in values.items():
        add(connection, "thresholds", id=kind, kind=kind, value_m=value)


def test_level_says_nothing_without_a_threshold(world: Connection) -> None:
    assert (status(world)["level_state"], status(world)["level_zh"]) == ("none", "没有水位读数")
    reading(world, 118.2)
    found = status(world)
    assert (found["level_state"], found["level_freshness"], found["thresholds"]) == ("no_threshold", "fresh", [])
    assert found["level_en"] == "No threshold known: a level says nothing alone"


# by hand: 设防 2.00, 警戒 2.50, 保证 3.00 m in the datum "1985"
@pytest.mark.parametrize(
    ("value", "state", "zh", "en"),
    [
        (1.75, "below", "低于设防水位 0.25 m，未达任何特征水位", "0.25 m below the defence level, the lowest"),
        (2.0, "defence", "高于设防水位 0.00 m", "0.00 m above the defence level"),
        (2.62, "warning", "高于警戒水位 0.12 m", "0.12 m above the warning level"),
        (14.0, "guarantee", "高于保证水位 11.00 m", "11.00 m above the guaranteed level"),
        (-3.5, "below", "低于设防水位 5.50 m，未达任何特征水位", "5.50 m below the defence level, the lowest"),
    ],
)
def test_highest_threshold_that_is_reached_is_named(
    world: Connection, value: float, state: str, zh: str, en: str
) -> None:
    thresholds(world, guarantee=3.0, defence=2.0, warning=2.5)
    reading(world, value)
    found = status(world)
    assert (found["level_state"], found["level_zh"], found["level_en"]) == (state, zh, en)
    assert [each["kind"] for each in found["thresholds"]] == ["defence", "warning", "guarantee"]


@pytest.mark.parametrize("datum", ["1956", None, ""])
def test_other_datum_is_never_compared(world: Connection, datum: str | None) -> None:
    thresholds(world, warning=2.5)
    reading(world, 99.0, datum=datum)
    found = status(world)
    assert found["level_state"] == "other_datum"
    assert "不能比较" in found["level_zh"]
    assert "1985" in found["level_en"]


def test_threshold_in_the_datum_counts_beside_one_in_another(world: Connection) -> None:
    thresholds(world, warning=2.5)
    add(world, "thresholds", id="old", kind="guarantee", value_m=1.0, vertical_datum="1956")
    add(world, "thresholds", id="far", kind="guarantee", value_m=1.0, district=OTHER)
    reading(world, 2.6)
    assert status(world)["level_state"] == "warning"


@pytest.mark.parametrize(("hours", "said"), [(25, "25 小时"), (47.4, "47 小时"), (72, "3 天")])
def test_old_level_is_called_old(world: Connection, hours: float, said: str) -> None:
    thresholds(world, warning=2.5)
    reading(world, 1.0, hours=hours)
    found = status(world)
    assert found["level_freshness"] == "stale"
    assert found["level_zh"].endswith(f"；读数已过 {said}，现在的水位不明")


def test_reading_counts_from_when_it_was_taken_in(world: Connection) -> None:
    settings(world, clock=(NOW - timedelta(hours=2)).isoformat())
    reading(world, 2.0, hours=5)
    seen = {hours: status(world, NOW - timedelta(hours=hours))["water_level_m"] for hours in (5, 3, 2, 0)}
    assert seen == {5: None, 3: None, 2: 2.0, 0: 2.0}
    pages = [read_page(world, "readings", View(DISTRICT, NOW - timedelta(hours=hours))) for hours in (3, 2)]
    assert [page.ids for page in pages] == [[], ["checkpoint:water_level:20300605T030000.000000Z"]]


def test_chart_holds_the_last_seven_days(world: Connection) -> None:
    for days in (0, 3, 6.99, 7, 8):
        reading(world, days, hours=24 * days)
    assert [each["value_m"] for each in status(world)["levels"]] == [6.99, 3, 0]


def test_season_has_one_of_each_case(demonstration_connection: Connection) -> None:
    features = read_page(demonstration_connection, "checkpoint_status", View(DISTRICT, OPENING)).features
    found = {each["id"]: each["properties"] for each in features}
    assert {key: each["level_state"] for key, each in found.items()} == {
        "xingyuan_aqueduct": "warning",
        "jinghu_aqueduct": "defence",
        "jiazhai_siphon": "other_datum",
        "yanhe_north_sluice": "none",
    }
    # data/demo: 116.87 read at 05:10, 警戒 116.75; 117.94 and 设防 117.70
    assert found["xingyuan_aqueduct"]["level_zh"] == "高于警戒水位 0.12 m"
    assert found["jinghu_aqueduct"]["level_zh"] == "高于设防水位 0.24 m"
    assert found["jiazhai_siphon"]["level_zh"].endswith("；读数已过 4 天，现在的水位不明")
