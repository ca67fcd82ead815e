"""Signal and level in the heading of a printed hazard map."""

from __future__ import annotations

from maps import theme
from maps.print_attention import attention
from maps.print_flood import flood_parts
from tests.maps import season


def test_heading_names_signal_and_level_with_time_and_issuer() -> None:
    signal, level = flood_parts(season.collections(), "zh")
    assert (signal.heading, signal.name, signal.since) == ("预警", "暴雨橙色预警", "自2020年8月15日 6:00起，气象台")
    assert theme.TOKENS["signal-orange"] in signal.icon
    assert (level.heading, level.numeral, level.name) == ("响应", "Ⅳ", "Ⅳ级")
    assert level.since == "自2020年8月14日 20:00起，指挥部"
    assert level.icon == ""  # no colour is ever the level's


def test_heading_says_that_nothing_is_in_force() -> None:
    nothing = dict.fromkeys(season.collections()["flood_status"][0]["properties"])
    parts = flood_parts({"flood_status": [{"properties": nothing}]}, "en")
    assert [(part.name, part.since, part.icon) for part in parts] == [("none in force", "", "")] * 2
    assert parts[1].numeral == "—"
    assert flood_parts({}, "en") == []


def test_works_in_the_way_are_listed_after_what_is_overdue() -> None:
    entries = attention(season.collections(), "2020-08-15", "en")
    flood = [entry for entry in entries if entry.collection in {"checkpoint_status", "cases", "conflicts"}]
    states = [entry.state for entry in flood]
    assert states == ["Danger", "Needs attention", "In progress", "Near the canal", "Unconfirmed"]
    assert "88 m from the canal" in flood[3].why
