"""`datetime` as an interval (decision 10): by valid time where a layer has one, else by what existed in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

A, B = "2020-06-10T00:00:00+08:00", "2020-07-20T12:00:00+08:00"


def features(client: httpx.Client, collection: str, **query: str) -> list[dict[str, Any]]:
    answer = client.get(f"/ogc/collections/{collection}/items", params={"limit": "10000", **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["features"]
    return found


@pytest.mark.parametrize(("start", "end"), [(A, B), (A, ".."), ("..", B), (A, ""), ("", B), (A, A)])
def test_interval_holds_the_reports_observed_in_it(season_client: httpx.Client, start: str, end: str) -> None:
    low, high = (None if each in {"", ".."} else datetime.fromisoformat(each) for each in (start, end))
    expected = [
        each["id"]
        for each in features(season_client, "reports")
        for seen in [datetime.fromisoformat(each["properties"]["observed_at"])]
        if (low is None or low <= seen) and (high is None or seen <= high)
    ]
    assert [each["id"] for each in features(season_client, "reports", datetime=f"{start}/{end}")] == expected


def test_interval_holds_the_cases_open_in_it(season_client: httpx.Client) -> None:
    def is_open(case: dict[str, Any]) -> bool:
        opened, closed = case["properties"]["opened_at"], case["properties"]["closed_at"]
        over = closed is not None and datetime.fromisoformat(closed) < datetime.fromisoformat(A)
        return datetime.fromisoformat(opened) <= datetime.fromisoformat(B) and not over

    cases = features(season_client, "cases")
    found = [each["id"] for each in features(season_client, "cases", datetime=f"{A}/{B}")]
    assert found == [each["id"] for each in cases if is_open(each)]
    assert 0 < len(found) < len(cases)


def test_layer_without_a_time_of_its_own_is_as_of_the_end(season_client: httpx.Client) -> None:
    assert features(season_client, "checkpoints", datetime=f"{A}/{B}") == features(
        season_client, "checkpoints", datetime=B
    )
    assert features(season_client, "checkpoints", datetime="../2019-01-01T00:00:00Z") == []
    assert features(season_client, "checkpoints", datetime=f"{A}/..") == features(season_client, "checkpoints")


@pytest.mark.parametrize("interval", ["../..", "/", "..", f"{B}/{A}", f"{A}/{B}/{B}", f"{A}/x", "2020-06-01/.."])
def test_interval_that_is_none_is_refused(season_client: httpx.Client, interval: str) -> None:
    answer = season_client.get("/ogc/collections/reports/items", params={"datetime": interval})
    assert (answer.status_code, answer.json()["field"]) == (400, "datetime")
