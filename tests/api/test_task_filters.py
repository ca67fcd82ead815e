"""The filters of the maps that look at a place's tasks, as parameters of items and tiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from geo.store.engine import make_engine
from tests.api.serving import serving_copy
from tests.conftest import TestServer
from tests.tile_reading import decode

ITEMS, TILES = "/ogc/collections/{}/items", "/ogc/collections/{}/tiles/WebMercatorQuad/{}"
AROUND = "9/203/417"  # the tile of the whole district


def asked(client: httpx.Client, collection: str, **query: str) -> set[str]:
    answer = client.get(ITEMS.format(collection), params={"limit": "1000", **query})
    assert answer.status_code == 200, answer.text
    return {str(feature["id"]) for feature in answer.json()["features"]}


def drawn(client: httpx.Client, collection: str, **query: str) -> set[str]:
    answer = client.get(TILES.format(collection, AROUND), params={"properties": "state", **query})
    assert answer.status_code in {200, 204}, answer.text
    return {feature["properties"]["id"] for feature in decode(answer.content).get(collection, [])}


# What is finished is another unit's: as it stands today all the rest is overdue.
FINISHED = "UPDATE tasks SET unit_id = (SELECT max(id) FROM units) WHERE progress_percent = 100"


@pytest.fixture(scope="module")
def client(server: TestServer, demonstration_url: str) -> Iterator[httpx.Client]:
    """Open the season's works as they stand now, shared out between two units."""
    assert demonstration_url
    engine = make_engine(server.create("two_units", template="demonstration"))
    with engine.begin() as connection:
        connection.exec_driver_sql(FINISHED)
    engine.dispose()
    with serving_copy(server, "two_units", "task_filters") as address, httpx.Client(base_url=address) as opened:
        yield opened


@pytest.fixture(scope="module")
def places(client: httpx.Client) -> list[dict[str, Any]]:
    found = client.get(ITEMS.format("segment_progress"), params={"limit": "1000"}).json()
    return [{"id": each["id"], **each["properties"]} for each in found["features"]]


def with_task(places: list[dict[str, Any]], **members: Any) -> set[str]:
    """Return the places with one task that has all of these."""
    return {
        place["id"]
        for place in places
        if any(all(task[name] == value for name, value in members.items()) for task in place["tasks"])
    }


def test_task_filter_finds_places_with_such_a_task(client: httpx.Client, places: list[dict[str, Any]]) -> None:
    units = {task["unit_id"] for place in places for task in place["tasks"] if task["unit_id"]}
    assert len(units) == 2
    for unit in units:
        expected = with_task(places, unit_id=unit)
        assert asked(client, "segment_progress", unit=unit) == expected
        assert drawn(client, "segment_progress", unit=unit) == expected
    overdue = with_task(places, is_overdue=True)
    assert 0 < len(overdue) < len(places)
    assert asked(client, "segment_progress", task="overdue") == overdue
    assert asked(client, "segment_progress", unit=",".join(units)) == set().union(
        *(with_task(places, unit_id=unit) for unit in units)
    )


def test_task_filters_together_ask_for_one_task_that_meets_all(
    client: httpx.Client, places: list[dict[str, Any]]
) -> None:
    pairs = {(task["unit_id"], place["road_id"]) for place in places for task in place["tasks"] if task["unit_id"]}
    apart = False
    for unit, road in sorted(pairs):
        both = with_task(places, unit_id=unit, is_overdue=True)
        apart = apart or both != with_task(places, unit_id=unit) & with_task(places, is_overdue=True)
        assert asked(client, "segment_progress", unit=unit, task="overdue") == both
        on_road = both & {place["id"] for place in places if place["road_id"] == road}
        query = {"unit": unit, "task": "overdue", "filter": f"road_id='{road}'"}
        assert asked(client, "segment_progress", **query) == on_road
        assert drawn(client, "segment_progress", **query) == on_road
    assert apart  # the season has a place whose overdue task is another unit's


@pytest.mark.parametrize("codes", ["", ",", "x," * 51, "x&unit=y"])
def test_task_filter_that_cannot_be_read_is_named(client: httpx.Client, codes: str) -> None:
    answer = client.get(f"{ITEMS.format('segment_progress')}?unit={codes}")
    assert answer.status_code == 400
    assert "unit" in answer.text


@pytest.mark.parametrize("code", ["nobody", "x' OR 1=1--", "很" * 40])
def test_unknown_code_finds_nothing(client: httpx.Client, code: str) -> None:
    assert asked(client, "segment_progress", unit=code) == set()
    assert asked(client, "segment_progress", task=code) == set()


@pytest.mark.parametrize("collection", ["segments", "checkpoint_status", "reports"])
def test_layer_without_tasks_has_no_task_filter(client: httpx.Client, collection: str) -> None:
    for path in (ITEMS.format(collection), TILES.format(collection, AROUND)):
        answer = client.get(path, params={"unit": "x"})
        assert answer.status_code == 400
        assert "unit" in answer.text


@pytest.mark.parametrize("moment", [None, "2020-07-20T01:00:00Z", "2019-01-01T00:00:00Z"])
def test_numbers_of_choices_are_those_of_the_places(client: httpx.Client, moment: str | None) -> None:
    query = {} if moment is None else {"datetime": moment}
    counts = client.get("/api/v1/progress/choices", params=query).json()["counts"]
    assert counts.keys() <= {"state", "task", "programme", "unit"}
    for param, codes in counts.items():
        for code, number in codes.items():
            wanted = {"filter": f"state='{code}'"} if param == "state" else {param: code}
            assert len(asked(client, "segment_progress", **query, **wanted)) == number, (param, code)
    whole = asked(client, "segment_progress", **query)
    assert sum(counts.get("state", {}).values()) == len(whole) == (0 if moment == "2019-01-01T00:00:00Z" else 30)


def test_choices_are_not_sent_again_while_nothing_changed(client: httpx.Client) -> None:
    path = "/api/v1/progress/choices?datetime=2020-07-20T01:00:00Z"
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
