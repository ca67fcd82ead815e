"""The register: every layer answers, says what it promised, and keeps people out of it."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from geojson_pydantic import FeatureCollection
from sqlalchemy import Connection

from geo.collections import LAYERS, layer_of
from geo.errors import NotFoundError
from geo.query.layer import Layer
from geo.query.view import View
from tests.conftest import DISTRICT
from tests.data.seed import UNTOLD
from tests.geo.reading import Page, read_page
from tests.geo.sample import POINT, REPORT, add, set_values, settings

SHANGHAI = timezone(timedelta(hours=8))
AUGUST = datetime(2020, 8, 1, 12, tzinfo=SHANGHAI)
MAY = datetime(2020, 5, 8, 12, tzinfo=SHANGHAI)
# The shapes in the brief's own words: what each layer is drawn as.
SHAPES = {
    "Point": "sites site_progress checkpoints checkpoint_status readings supply_points landmarks units reports cases",
    "LineString": "roads segments segment_progress progress_parts canals supply_routes conflicts",
    "MultiPolygon": "districts",
    None: (
        "thresholds warnings responses response_rules flood_status tasks task_status programmes baselines planned_dates"
    ),
}
every_layer = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)


def check(page: Page, layer: Layer) -> None:
    """A page is RFC 7946, its properties are those announced, and its shapes are of the layer's type."""
    collection: FeatureCollection[Any] = FeatureCollection.model_validate_json(page.text)
    assert len(collection.features) == len(page.features)
    names = layer.property_names()
    for feature in page.features:
        assert tuple(feature["properties"]) == names
        shape = feature["geometry"]
        assert shape is None or shape["type"] == layer.geometry_type
        assert isinstance(feature["id"], str)


@every_layer
def test_layer_answers_when_empty(connection: Connection, layer: Layer) -> None:
    assert read_page(connection, layer.id, View(DISTRICT)).features == []


@every_layer
@pytest.mark.parametrize("moment", [MAY, MAY - timedelta(days=365)], ids=["may", "before"])
def test_layer_answers_from_the_seed(seeded_connection: Connection, layer: Layer, moment: datetime) -> None:
    page = read_page(seeded_connection, layer.id, View(DISTRICT, moment))
    check(page, layer)
    assert bool(page.features) == (layer.id not in UNTOLD and moment == MAY)


@every_layer
@pytest.mark.parametrize("moment", [None, AUGUST], ids=["now", "august"])
def test_layer_answers_in_the_season(
    demonstration_connection: Connection, layer: Layer, moment: datetime | None
) -> None:
    page = read_page(demonstration_connection, layer.id, View(DISTRICT, moment))
    check(page, layer)
    assert bool(page.features) == ((layer.id, moment) != ("conflicts", None))  # no works are under way any more


def test_shapes_are_those_of_the_brief() -> None:
    assert {layer.id: layer.geometry_type for layer in LAYERS.values()} == {
        name: shape for shape, names in SHAPES.items() for name in names.split()
    }


@every_layer
def test_layer_is_named_in_both_languages(layer: Layer) -> None:
    assert re.fullmatch("[a-z_]+", layer.id)
    assert LAYERS[layer.id] is layer
    for said in (layer.title, layer.description):
        assert re.search(r"[\u4e00-\u9fff]", said.zh)
        assert re.fullmatch(r"[ -~]+", said.en)


@every_layer
def test_every_label_stands_in_both_languages(layer: Layer) -> None:
    names = layer.property_names()
    chinese = {name[:-3] for name in names if name.endswith("_zh")} - {"description"}
    assert chinese == {name[:-3] for name in names if name.endswith("_en")}
    assert len(names) == len(set(names))


def test_unknown_layer_is_named_in_the_error() -> None:
    with pytest.raises(NotFoundError, match="people") as refused:
        layer_of("people")
    assert refused.value.field == "collectionId"


@every_layer
def test_nobody_is_named_in_a_layer(world: Connection, layer: Layer) -> None:
    secrets = ["secret-person", "绝密人", "13912345678", "secret-actor"]
    settings(world, actor="secret-actor", reason="secret-actor")
    add(world, "people", id="secret-person", name="绝密人", phone="13912345678")
    add(world, "cases", person_id="secret-person", geom=POINT, position_accuracy_m=9.0)
    add(world, "reports", reporter_id="secret-person", unit_id="unit", task_id="task", segment_id="segment")
    stretch = {"from_m": 120, "to_m": 150, "carriageway": "left", "task_id": "task", "progress_percent": 10}
    done = {"id": UUID(int=2), "kind": "task_progress", "status": "accepted", "reporter_id": "secret-person"}
    add(world, "reports", **done, **stretch)
    set_values(world, "cases", "case", "person_id = 'secret-person'")
    begun = "actual_start = '2020-06-01', progress_percent = 10"
    set_values(world, "tasks", "task", f"person_id = 'secret-person', {begun}")
    for table in ("readings", "thresholds", "warnings", "responses", "response_rules", "supply_routes"):
        add(world, table)
    set_values(world, "checkpoints", "checkpoint", "last_report_id = :report", report=REPORT)
    for moment in (None, datetime.now(timezone.utc) + timedelta(days=1)):
        page = read_page(world, layer.id, View(DISTRICT, moment))
        assert page.features or layer.id in {"landmarks", "planned_dates"}
        assert not [secret for secret in secrets if secret in json.dumps(page.features, ensure_ascii=False)]
    private = {"person_id", "reporter_id", "phone", "name", "changed_by", "reason", "last_report_id"}
    assert not private & set(layer.property_names())


def test_case_is_drawn_on_its_place_for_want_of_a_point(world: Connection) -> None:
    add(world, "cases", id="own", geom="SRID=4326;POINT (1 2)", position_accuracy_m=9.0, site_id="site", number="1")
    add(world, "cases", id="on_site", site_id="site", number="2")
    add(world, "cases", id="on_segment", segment_id="segment", number="3")
    add(world, "cases", id="nowhere", number="4")
    found = {feature["id"]: feature for feature in read_page(world, "cases", View(DISTRICT)).features}
    assert found["own"]["geometry"]["coordinates"] == [1, 2]
    assert found["own"]["properties"]["position_accuracy_m"] == 9
    assert found["on_site"]["geometry"]["coordinates"] == [113.65, 34.74]
    assert found["on_site"]["properties"]["position_accuracy_m"] == 50
    lon, lat = found["on_segment"]["geometry"]["coordinates"]
    assert lat == 34.74
    assert 113.651 <= lon <= 113.652  # somewhere on K0+100 to K0+200
    assert found["nowhere"]["geometry"] is None


@pytest.mark.parametrize(
    ("from_m", "to_m", "chainage"),
    [
        (200, 1000, "K0+200–K1+000"),
        (200.49, 999.5, "K0+200–K1+000"),
        (0, 99.99, "K0+000–K0+100"),
        (210, 220.5, "K0+210–K0+221"),
    ],
)
def test_chainage_is_written_as_k_posts(world: Connection, from_m: float, to_m: float, chainage: str) -> None:
    add(world, "segments", from_m=from_m, to_m=to_m)
    for layer in ("segments", "segment_progress"):
        features = read_page(world, layer, View(DISTRICT)).features
        assert next(each for each in features if each["id"] == "new")["properties"]["chainage"] == chainage
