"""GET /api/v1/locate: the words of a place give a point, and the chainage where it is on a road of ours."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

FIELDS = {
    "kind",
    "name_zh",
    "name_en",
    "lon",
    "lat",
    "road_id",
    "measure_m",
    "offset_m",
    "confidence",
    "collection",
    "id",
}


def locate(client: httpx.Client, words: str) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/locate", params={"q": words})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["query"] == words
    results: list[dict[str, Any]] = body["results"]
    return results


# Which place each text means, by the brief; positions are those of the published list of places.
@pytest.mark.parametrize(
    ("words", "kind", "road", "near"),
    [
        ("嵩山路汝河路口", "crossing", "songshan", (113.6220, 34.7339)),
        ("京广路与淮河路交叉口", "crossing", "jingguang", (113.6510, 34.7301)),
        ("航海路K2+300", "chainage", "hanghai", None),
        ("郑州106中学门前", "landmark", None, None),
    ],
)
def test_text_of_a_field_team_is_found(
    client: httpx.Client, words: str, kind: str, road: str | None, near: tuple[float, float] | None
) -> None:
    best = locate(client, words)[0]
    assert best.keys() >= FIELDS | {"position_accuracy_m", "position_status"}
    assert best["kind"] == kind
    assert 0.5 <= best["confidence"] <= 1
    assert best["position_accuracy_m"] > 0
    assert 113.5 < best["lon"] < 113.75
    assert 34.6 < best["lat"] < 34.8
    if road is not None:
        assert best["road_id"] == road
        assert best["measure_m"] >= 0
    if near is not None:
        assert (best["lon"], best["lat"]) == pytest.approx(near, abs=0.0005)


def test_k_post_has_the_measure_that_it_says(client: httpx.Client) -> None:
    best = locate(client, "航海路K2+300")[0]
    assert best["measure_m"] == pytest.approx(2300)
    assert best["offset_m"] == pytest.approx(0, abs=0.01)
    feature = client.get(f"/ogc/collections/{best['collection']}/items/{best['id']}")
    assert feature.json()["properties"]["name_zh"] == "航海路"


def test_school_of_the_inspection_is_an_estimate(client: httpx.Client) -> None:
    best = locate(client, "郑州106中学门前")[0]
    assert best["position_status"] == "estimated"
    assert best["position_accuracy_m"] >= 500


def test_k_post_beyond_the_end_of_the_road_is_not_found(client: httpx.Client) -> None:
    answer = client.get("/api/v1/locate", params={"q": "航海路K99+000"})
    assert answer.status_code == 200
    assert answer.json()["results"] == []


@pytest.mark.parametrize(
    "words", ["火星路", "<script>alert(1)</script>", "'; DROP TABLE roads; --", "%_%", "👷", "a" * 200]
)
def test_words_that_name_nothing_find_nothing_or_are_refused(client: httpx.Client, words: str) -> None:
    answer = client.get("/api/v1/locate", params={"q": words})
    assert answer.status_code in {200, 400}
    assert answer.status_code == 400 or answer.json()["results"] == []


@pytest.mark.parametrize(
    "words",
    ["", " ", "　", "，。", "\0", "嵩山路\0", "\n\t", "\u0007路", "K2+300", "航海路K2+3000", "路" * 201, "a" * 10_000],
)
def test_words_that_cannot_be_a_place_are_refused_by_name(client: httpx.Client, words: str) -> None:
    answer = client.get("/api/v1/locate", params={"q": words})
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    assert problem["detail_zh"]
    assert problem["detail_en"]
    assert problem["field"] in {"q", "chainage"}


def test_no_words_are_refused_by_name(client: httpx.Client) -> None:
    answer = client.get("/api/v1/locate")
    assert answer.status_code == 400
    assert answer.json()["field"] == "q"
