"""GET /api/v1/progress: figures, forecasts and curves agree with each other, with the map and with what is written."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

OPENING = "2020-07-20T09:00:00+08:00"


def progress(client: httpx.Client, path: str = "", **query: str) -> Any:
    answer = client.get(f"/api/v1/progress{path}", params={"datetime": OPENING, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["groups"]


def refused(client: httpx.Client, path: str = "", **query: str) -> tuple[int, str]:
    answer = client.get(f"/api/v1/progress{path}", params=query)
    return answer.status_code, answer.json().get("field", "")


def test_roads_are_weighted_by_their_length(season_client: httpx.Client) -> None:
    roads = progress(season_client, by="road")
    assert [road["id"] for road in roads] == ["hanghai", "jingguang", "songshan"]
    (whole,) = [group for group in progress(season_client, by="programme") if group["id"] == "road_phase_one"]
    for name in ("budget", "planned_value", "earned_value"):
        assert sum(road[name] for road in roads) == pytest.approx(whole[name], abs=0.01)
    assert whole["actual_percent"] == pytest.approx(100 * whole["earned_value"] / whole["budget"], abs=0.051)
    lengths = dict.fromkeys((road["id"] for road in roads), 0.0)
    for segment in season_client.get("/ogc/collections/segments/items?limit=1000").json()["features"]:
        said = segment["properties"]
        lengths[said["road_id"]] += said["to_m"] - said["from_m"]
    assert lengths == pytest.approx({road["id"]: road["budget"] for road in roads}, abs=0.01)


def test_late_programme_says_by_how_many_days_and_when_it_will_end(season_client: httpx.Client) -> None:
    (whole,) = [group for group in progress(season_client, by="programme") if group["id"] == "road_phase_one"]
    (curve,) = progress(season_client, "/curve", by="programme", id="road_phase_one")
    assert {name: value for name, value in curve.items() if name not in {"curve", "as_of"}} == {
        name: value for name, value in whole.items() if name != "as_of"
    }
    (today,) = [n for n, point in enumerate(curve["curve"]) if point["day"] == "2020-07-20"]
    reached = max(n for n, point in enumerate(curve["curve"]) if point["planned"] <= whole["earned_value"])
    assert today - reached - 1 <= whole["slip_days"] <= today - reached
    assert whole["forecast_finish"] > whole["planned_finish"]
    assert all(point["earned"] is None for point in curve["curve"][today + 1 :])


def test_csv_holds_the_same_figures(season_client: httpx.Client) -> None:
    answer = season_client.get("/api/v1/progress", params={"datetime": OPENING, "by": "unit", "f": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    units = progress(season_client, by="unit")
    assert [(row["id"], row["name_zh"], float(row["budget"])) for row in rows] == [
        (unit["id"], unit["name_zh"], unit["budget"]) for unit in units
    ]


def test_other_baseline_is_another_plan(season_client: httpx.Client) -> None:
    (older,) = progress(season_client, by="programme", baseline="road_city_2019_12")[-1:]
    assert "2019" in older["baseline_en"]
    (current,) = progress(season_client, by="programme")[-1:]
    assert older["earned_value"] == current["earned_value"]
    assert older["planned_finish"] == "2020-07-31"


def test_unchanged_figures_are_304(season_client: httpx.Client) -> None:
    address = "/api/v1/progress?by=road&datetime=2020-07-20T01:00:00Z"
    tag = season_client.get(address).headers["etag"]
    again = season_client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "query", "wanted"),
    [
        ("", {"by": "person"}, (400, "by")),
        ("", {"baseline": "no-such"}, (400, "baseline")),
        ("", {"datetime": "yesterday"}, (400, "datetime")),
        ("", {"f": "xml"}, (400, "f")),
        ("/curve", {}, (400, "id")),
        ("/curve", {"id": "no-such"}, (404, "id")),
    ],
)
def test_senseless_request_is_refused_by_name(
    season_client: httpx.Client, path: str, query: dict[str, str], wanted: tuple[int, str]
) -> None:
    assert refused(season_client, path, **query) == wanted
