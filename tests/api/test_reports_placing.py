"""Where reports land that come by HTTP: matched, ambiguous, doubted; and that nothing is moved without a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import prcoords
import pytest
from pyproj import Transformer

from geo.access.tokens import Secret
from tests.api.field_work import REPORTS, read_back, stored
from tests.api.holders import problem_of
from tests.api.uploading import Site, site
from tests.conftest import TestServer
from tests.geo.intake.test_placing import AQUEDUCT, CROSSING, PARK, SONGSHAN_LON, STRAIGHT_LAT, beside

ON_ROAD = (SONGSHAN_LON, STRAIGHT_LAT)
SOUTH_OF_CROSSING, SEGMENT, TASK = (113.6221, 34.7195), "songshan-08", "songshan-08-carriageway"
UNLOCATED = "yanhe_north_sluice"
WHERE = "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat, datum, road_id, segment_id FROM reports WHERE id = %s"


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "reports_placing", tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field")


@pytest.fixture(scope="module")
def reviewer(place: Site) -> Secret:
    return place.issue("reviewer")


def at(x: float, y: float, datum: str = "wgs84", accuracy_m: float = 10, **more: Any) -> dict[str, Any]:
    return {"position": {"x": x, "y": y, "datum": datum, "accuracy_m": accuracy_m, **more}}


def as_gcj02(lon: float, lat: float) -> tuple[float, float]:
    found = prcoords.wgs_gcj((lat, lon))
    return found[1], found[0]


def as_bd09(lon: float, lat: float) -> tuple[float, float]:
    found = prcoords.wgs_bd((lat, lon))
    return found[1], found[0]


def decide(place: Site, reviewer: Secret, report_id: str, **decision: Any) -> Any:
    path = f"{REPORTS}/{report_id}/reviews"
    return place.call("POST", path, reviewer, json={"to": "accepted", "reason": "已核实", **decision})


def waiting(place: Site, reviewer: Secret, report_id: str) -> dict[str, Any]:
    reports = place.call("GET", "/api/v1/reviews/queue", reviewer, params={"limit": "200"}).json()["reports"]
    (found,) = (each for each in reports if each["id"] == report_id)
    return dict(found)


@pytest.mark.parametrize(
    ("datum", "numbers"),
    [("wgs84", ON_ROAD), ("cgcs2000", ON_ROAD), ("gcj02", as_gcj02(*ON_ROAD)), ("bd09", as_bd09(*ON_ROAD))],
)
def test_position_lands_on_its_road_whatever_its_declared_datum(
    place: Site, sender: Secret, datum: str, numbers: tuple[float, float]
) -> None:
    found = stored(place, sender, **at(*numbers, datum))
    assert (found["placement"], found["road_id"], found["flags"]) == ("matched", "songshan", [])
    (row,) = place.rows(WHERE, found["id"])
    assert (row["lon"], row["lat"]) == pytest.approx(ON_ROAD, abs=2e-7)
    assert row["datum"] == datum


def test_side_chainage_and_segment_are_told(place: Site, sender: Secret) -> None:
    found = stored(place, sender, **at(*beside(*ON_ROAD, 90, 22)))
    assert (found["side"], found["road_id"]) == ("left", "songshan")  # east of a road that runs south
    assert found["chainage"].startswith("K4+")  # 4.7 km down from its north end
    assert found["segment_id"].startswith("songshan-")


@pytest.mark.parametrize(
    ("spot", "member", "name"), [(AQUEDUCT, "checkpoint_id", "jinghu_aqueduct"), (PARK, "site_id", "nanyun_park")]
)
def test_position_at_a_checkpoint_or_site_is_matched_to_it(
    place: Site, sender: Secret, spot: tuple[float, float], member: str, name: str
) -> None:
    found = stored(place, sender, **at(*beside(*spot, 300, 40)))
    assert (found["placement"], found[member], found["road_id"]) == ("matched", name, None)


def test_ambiguity_is_stored_and_shown_to_the_reviewer(place: Site, sender: Secret, reviewer: Secret) -> None:
    found = stored(place, sender, **at(*beside(*CROSSING, 45, 15)))
    assert (found["placement"], found["road_id"], found["segment_id"]) == ("ambiguous", None, None)
    shown = waiting(place, reviewer, found["id"])
    assert {each["id"] for each in shown["candidates"]} == {"songshan", "hanghai"}
    assert (shown["placement"], shown["road_id"]) == ("ambiguous", None)


def test_words_are_located_when_one_answer_is_sure_and_stay_words_else(place: Site, sender: Secret) -> None:
    found = stored(place, sender, place="航海路K2+300")
    assert (found["placement"], found["road_id"], found["chainage"]) == ("declared", "hanghai", "K2+300")
    assert found["flags"] == ["located_by_text"]
    vague = stored(place, sender, place="老张家门口")
    assert (vague["placement"], vague["road_id"], vague["flags"]) == ("none", None, [])
    assert read_back(place, sender, vague["id"])["body"]["place"] == "老张家门口"


def test_chainage_may_be_declared_by_the_name_of_its_road(place: Site, sender: Secret) -> None:
    found = stored(place, sender, chainage={"road": "嵩山路", "at": "K3+250", "side": "right"})
    assert (found["placement"], found["road_id"]) == ("declared", "songshan")
    assert (found["chainage"], found["side"]) == ("K3+250", "right")


def test_doubted_datum_is_told_and_nothing_moves_until_a_person_says_so(
    place: Site, sender: Secret, reviewer: Secret
) -> None:
    numbers = as_gcj02(*SOUTH_OF_CROSSING)  # and said to be WGS 84
    report = {"kind": "task_progress", "task_id": TASK, "progress_percent": 30, **at(*numbers)}
    found = stored(place, sender, **report)
    assert set(found["flags"]) == {"datum_suspect", "far_from_declared"}
    (before,) = place.rows(WHERE, found["id"])
    assert (before["lon"], before["lat"], before["datum"]) == (*numbers, "wgs84")
    shown = waiting(place, reviewer, found["id"])
    assert (shown["lon"], shown["lat"], shown["suspected_datum"]) == (*numbers, "gcj02")
    assert (shown["suspected_lon"], shown["suspected_lat"]) == pytest.approx(SOUTH_OF_CROSSING, abs=2e-7)
    undecided = decide(place, reviewer, found["id"])
    assert (undecided.status_code, problem_of(undecided)) == (422, "unprocessable-content")
    assert undecided.json()["field"] == "position"
    assert place.rows(WHERE, found["id"]) == [before]


def test_position_that_is_accepted_by_its_other_reading_is_placed_anew_with_history(
    place: Site, sender: Secret, reviewer: Secret
) -> None:
    numbers = as_gcj02(*SOUTH_OF_CROSSING)
    report = {"kind": "task_progress", "task_id": TASK, "progress_percent": 35, **at(*numbers)}
    report_id = stored(place, sender, **report)["id"]
    answer = decide(place, reviewer, report_id, position="suspected")
    assert answer.status_code == 201, answer.text
    moved = answer.json()["applied"]["position"]
    assert (moved["before"]["lon"], moved["before"]["lat"], moved["before"]["datum"]) == (*numbers, "wgs84")
    assert (moved["after"]["datum"], moved["after"]["road_id"]) == ("gcj02", "songshan")
    (after,) = place.rows(WHERE, report_id)
    assert (after["lon"], after["lat"]) == pytest.approx(SOUTH_OF_CROSSING, abs=2e-7)
    assert (after["datum"], after["road_id"], after["segment_id"]) == ("gcj02", "songshan", SEGMENT)
    (first, *_, last) = place.rows(
        "SELECT reason, changed_by, ST_X((state->>'geom')::geometry) AS lon FROM changes"
        " WHERE feature_id = %s ORDER BY version",
        report_id,
    )
    assert first["lon"] == numbers[0]
    assert (last["reason"], last["changed_by"]) == ("已核实", f"token:{reviewer.id}")
    assert last["lon"] == pytest.approx(SOUTH_OF_CROSSING[0], abs=2e-7)
    assert read_back(place, sender, report_id)["body"]["position"] == report["position"]  # what was sent stays


def test_position_that_is_accepted_as_declared_stays(place: Site, sender: Secret, reviewer: Secret) -> None:
    numbers = as_gcj02(*SOUTH_OF_CROSSING)
    report = {"kind": "task_progress", "task_id": TASK, "progress_percent": 36, **at(*numbers)}
    report_id = stored(place, sender, **report)["id"]
    before = place.rows(WHERE, report_id)
    answer = decide(place, reviewer, report_id, position="declared")
    assert (answer.status_code, answer.json()["applied"].get("position")) == (201, None)
    assert place.rows(WHERE, report_id) == before


PLANE = Transformer.from_crs(4326, 4547, always_xy=True).transform(*ON_ROAD)


@pytest.mark.parametrize(
    ("numbers", "suspected", "datum"),
    [(ON_ROAD[::-1], "wgs84_swapped", "wgs84"), (PLANE, "epsg4547", "cgcs2000")],
)
def test_numbers_that_are_no_degrees_of_here_have_no_position_until_one_is_chosen(
    place: Site, sender: Secret, reviewer: Secret, numbers: tuple[float, float], suspected: str, datum: str
) -> None:
    found = stored(place, sender, **at(*numbers))
    assert found["placement"] == "none"
    assert {"datum_suspect", "position_impossible"} >= set(found["flags"]) >= {"datum_suspect"}
    assert waiting(place, reviewer, found["id"])["suspected_datum"] == suspected
    assert place.rows(WHERE, found["id"])[0]["lon"] is None
    assert decide(place, reviewer, found["id"], position="suspected").status_code == 201
    (after,) = place.rows(WHERE, found["id"])
    assert (after["lon"], after["lat"]) == pytest.approx(ON_ROAD, abs=2e-7)
    assert (after["road_id"], after["datum"]) == ("songshan", datum)


def test_position_fix_puts_a_place_on_the_map_only_after_review(place: Site, sender: Secret, reviewer: Secret) -> None:
    spot = (113.66, 34.69)
    fix = {"kind": "position_fix", "checkpoint_id": UNLOCATED, "note": "闸口", **at(*as_gcj02(*spot), "gcj02", 6)}
    report_id = stored(place, sender, **fix)["id"]
    there = "SELECT position_status, position_accuracy_m AS m, ST_X(geom) AS lon FROM checkpoints WHERE id = %s"
    assert place.rows(there, UNLOCATED) == [{"position_status": "unlocated", "m": None, "lon": None}]
    assert decide(place, reviewer, report_id).status_code == 201
    (row,) = place.rows(there, UNLOCATED)
    assert (row["position_status"], row["m"]) == ("surveyed", 6)
    assert row["lon"] == pytest.approx(spot[0], abs=2e-7)
    worse = stored(place, sender, **{**fix, **at(113.7, 34.69, accuracy_m=40)})["id"]
    answer = decide(place, reviewer, worse)
    assert (answer.status_code, problem_of(answer)) == (409, "review-no-better")


def test_position_fix_in_a_doubted_datum_improves_by_the_reading_that_was_chosen(
    place: Site, sender: Secret, reviewer: Secret
) -> None:
    spot = beside(*PARK, 20, 30)
    fix = {"kind": "position_fix", "site_id": "nanyun_park", **at(*as_bd09(*spot), "wgs84", 8)}
    found = stored(place, sender, **fix)
    assert "datum_suspect" in found["flags"], found
    assert decide(place, reviewer, found["id"], position="suspected").status_code == 201
    (row,) = place.rows("SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM sites WHERE id = 'nanyun_park'")
    assert (row["lon"], row["lat"]) == pytest.approx(spot, abs=2e-7)
