"""Locate on the district's real places; positions from the published facts, measures from pyproj.Geod."""

from __future__ import annotations

from typing import Any

import pytest
from pyproj import Geod
from sqlalchemy import Connection, text, update

from geo.model import Landmark
from geo.query.locate import locate_statement, parse_place

DISTRICT = "410103"
GEOD = Geod(ellps="WGS84")
# vertices from the first to the place in question, as published
SONGSHAN_TO_RUHE = [
    (113.625, 34.7662), (113.6232, 34.7597), (113.6223, 34.7568), (113.6221, 34.7502), (113.6221, 34.7487),
    (113.622, 34.7432), (113.622, 34.7376), (113.622, 34.73385),
]  # fmt: skip
HANGHAI_TO_2300 = [
    (113.615, 34.7217), (113.6193, 34.7216), (113.6221, 34.7216), (113.6241, 34.72159), (113.6289, 34.72157),
    (113.6328, 34.72159), (113.638, 34.7216), (113.643, 34.72157),
]  # fmt: skip


def locate(connection: Connection, words: str) -> list[dict[str, Any]]:
    rows = connection.execute(locate_statement(DISTRICT, parse_place(words))).mappings()
    return [dict(row) for row in rows]


def length_m(vertices: list[tuple[float, float]]) -> float:
    metres: float = GEOD.line_length([lon for lon, _ in vertices], [lat for _, lat in vertices])
    return metres


def test_crossing_gives_its_point_road_and_measure(seeded_connection: Connection) -> None:
    [place] = locate(seeded_connection, "嵩山路汝河路口")
    assert (place["kind"], place["collection"], place["name_zh"]) == ("crossing", "landmarks", "嵩山路×汝河路")
    assert (place["lon"], place["lat"]) == (113.622, 34.7339)
    assert (place["position_accuracy_m"], place["position_status"]) == (25, "surveyed")
    assert (place["road_id"], place["confidence"]) == ("songshan", 1.0)
    # the published crossing lies 0.00005 degrees (5.5 m) short of the line's vertex
    assert place["measure_m"] == pytest.approx(length_m(SONGSHAN_TO_RUHE) - 5.5, abs=0.2)
    assert place["offset_m"] == pytest.approx(0, abs=0.01)


def test_crossing_written_with_and_is_found(seeded_connection: Connection) -> None:
    [place] = locate(seeded_connection, "京广路与淮河路交叉口")
    assert (place["lon"], place["lat"], place["road_id"]) == (113.651, 34.7301, "jingguang")
    assert (place["confidence"], place["position_accuracy_m"]) == (1.0, 25)


def test_k_post_gives_the_point_at_its_measure(seeded_connection: Connection) -> None:
    [place] = locate(seeded_connection, "航海路K2+300")
    assert (place["kind"], place["collection"], place["id"]) == ("chainage", "roads", "hanghai")
    assert (place["name_zh"], place["name_en"]) == ("航海路 K2+300", "Hanghai Road K2+300")
    assert (place["measure_m"], place["confidence"], place["position_accuracy_m"]) == (2300, 1.0, 15)
    last, after = HANGHAI_TO_2300[-2:]
    rest_m = 2300 - length_m(HANGHAI_TO_2300[:-1])
    expected_lon, expected_lat, _ = GEOD.fwd(*last, GEOD.inv(*last, *after)[0], rest_m)
    assert GEOD.inv(expected_lon, expected_lat, place["lon"], place["lat"])[2] < 0.01


def test_school_gate_gives_an_estimate_and_the_nearest_road(seeded_connection: Connection) -> None:
    [place] = locate(seeded_connection, "郑州106中学门前")
    assert (place["kind"], place["lon"], place["lat"]) == ("landmark", 113.64, 34.7485)
    assert (place["position_accuracy_m"], place["position_status"]) == (1000, "estimated")
    assert (place["road_id"], place["confidence"]) == ("jingguang", 1.0)
    assert 0 < place["offset_m"] < 1000


@pytest.mark.parametrize(
    ("words", "id_", "confidence"),
    [
        ("嵩山路×汝河路", "songshan_x_ruhe", 1.0),
        ("汝河路与嵩山路口", "songshan_x_ruhe", 1.0),
        ("Songshan Road x Ruhe Road", "songshan_x_ruhe", 1.0),
        ("航海中路郑密路口", "hanghai_x_zhengmi", 0.95),  # 航海中路 is an alias
        ("航海东路与郑密路交汇处", "hanghai_x_zhengmi", 0.8),  # another direction word
        ("京广路×康复前街向南50米路东", "jingguang_x_kangfuqian", 0.9),  # words that lead away
        ("航海路K1+000附近", "hanghai", 0.9),
        ("106中学", "zhengzhou_106_middle_school", 0.95),
        ("106中学附近", "zhengzhou_106_middle_school", 0.86),  # 0.95 x 0.9 = 0.855
        ("嵩山路街道", "songshanlu", 1.0),
        ("刘砦社区", "liuzhai_phase2", 0.45),  # four of eight characters: 0.9 x 4 / 8
        ("荆胡渡槽", "jinghu_aqueduct", 1.0),
        ("荆胡渡槽管理所", "jinghu_aqueduct", 0.4),  # the name is four of seven characters: 0.7 x 4 / 7
    ],
)
def test_confidence_follows_the_stated_rule(
    seeded_connection: Connection, words: str, id_: str, confidence: float
) -> None:
    best = locate(seeded_connection, words)[0]
    assert (best["id"], best["confidence"]) == (id_, confidence)


def test_range_answers_with_its_middle(seeded_connection: Connection) -> None:
    [place] = locate(seeded_connection, "京广路 K3+250-K3+480 左幅")
    assert (place["measure_m"], place["name_zh"]) == (3365, "京广路 K3+250-K3+480")


def test_unlocated_place_is_answered_without_a_point(seeded_connection: Connection) -> None:
    [place] = locate(seeded_connection, "沿河路北闸口")
    assert (place["collection"], place["position_status"]) == ("checkpoints", "unlocated")
    assert [place[name] for name in ("lon", "lat", "road_id", "measure_m", "offset_m")] == [None] * 5


@pytest.mark.parametrize("words", ["火星路K1+000", "航海路K99", "嵩山路火星路口", "火星", "'; DROP TABLE roads; --"])
def test_unknown_place_gives_nothing(seeded_connection: Connection, words: str) -> None:
    assert locate(seeded_connection, words) == []


def test_end_of_a_road_printed_to_the_metre_is_still_on_it(seeded_connection: Connection) -> None:
    length = seeded_connection.execute(text("SELECT length_m FROM roads WHERE id = 'hanghai'")).scalar_one()
    up = int(length) + 1 if length % 1 >= 0.5 else int(length)
    [place] = locate(seeded_connection, f"航海路K{up // 1000}+{up % 1000:03d}")
    assert place["measure_m"] == pytest.approx(length, abs=0.5)
    assert locate(seeded_connection, f"航海路K{(up + 1) // 1000}+{(up + 1) % 1000:03d}") == []


def test_at_most_five_answers_come_best_first(seeded_connection: Connection) -> None:
    places = locate(seeded_connection, "嵩山路")
    grades = [place["confidence"] for place in places]
    assert len(places) == 5
    assert grades == sorted(grades, reverse=True)


def test_full_width_name_in_the_database_is_found(seeded_connection: Connection) -> None:
    seeded_connection.execute(
        update(Landmark).where(Landmark.id == "zhengzhou_106_middle_school").values(name_zh="郑州１０６ 中学")
    )
    assert locate(seeded_connection, "郑州106中学对面")[0]["id"] == "zhengzhou_106_middle_school"


def test_place_far_from_our_roads_has_no_road(seeded_connection: Connection) -> None:
    [place] = locate(seeded_connection, "马寨站")
    assert (place["lon"], place["lat"]) == (113.510321, 34.704494)
    assert (place["road_id"], place["measure_m"], place["offset_m"]) == (None, None, None)


def test_other_district_sees_none_of_it(seeded_connection: Connection) -> None:
    place = parse_place("嵩山路汝河路口")
    assert seeded_connection.execute(locate_statement("410102", place)).all() == []
