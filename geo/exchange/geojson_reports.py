"""Reports as GeoJSON (RFC 7946): features with a point or none; properties are a report's members, flat or nested."""

from __future__ import annotations

from typing import Any

from geo.errors import ErqiError, InvalidInputError, UnprocessableError
from geo.exchange.rows import MOST_ROWS, completed, path_for, put
from geo.intake.json_body import read_list_in_object
from geo.intake.report_body import as_uuid
from geo.types import Text

NESTED = ("position", "chainage", "extent", "contact")


def read_geojson(data: bytes, district: str, *, kind: str | None = None) -> list[object]:
    """Return a report body for each feature, or the InvalidInputError that says why it is none.

    Coordinates are WGS 84 longitude, latitude, as the standard has it, unless the property ``datum`` says otherwise.
    ``kind`` is that of features that name none. Raises InvalidInputError for what is no FeatureCollection.
    """
    collection = read_list_in_object(data)
    features = collection.get("features")
    if collection.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise InvalidInputError(
            Text("应为 GeoJSON FeatureCollection。", "This takes a GeoJSON FeatureCollection."), field="features"
        )
    if len(features) > MOST_ROWS:
        raise UnprocessableError(
            Text(f"一个文件最多 {MOST_ROWS} 个要素。", f"A file has at most {MOST_ROWS} features."), field="features"
        )
    defaults = {"kind": kind, "position.datum": "wgs84"}
    bodies = (_body(feature) for feature in features)
    return [each if isinstance(each, ErqiError) else completed(district, each, defaults) for each in bodies]


def _body(feature: Any) -> dict[str, Any] | InvalidInputError:
    if isinstance(feature, InvalidInputError):
        return feature
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return _wrong("type", Text("应为 GeoJSON Feature", "should be a GeoJSON Feature"))
    properties, geometry = feature.get("properties") or {}, feature.get("geometry")
    if not isinstance(properties, dict):
        return _wrong("properties", Text("应为 JSON 对象", "should be a JSON object"))
    body: dict[str, Any] = {}
    for name, value in properties.items():
        if isinstance(value, dict) and name in NESTED:
            body[name] = {**value, **body.get(name, {})}
        elif value is not None:
            put(body, path_for(name) or name, value)
    if as_uuid(feature.get("id")) is not None:
        body.setdefault("id", feature["id"])
    return _with_position(body, geometry)


def _with_position(body: dict[str, Any], geometry: Any) -> dict[str, Any] | InvalidInputError:
    if geometry is None:
        return body
    point = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    if not isinstance(point, list) or len(point) not in {2, 3}:
        return _wrong("geometry", Text("应为 Point 或 null", "should be a Point or null"))
    position = body.setdefault("position", {})
    if isinstance(position, dict):
        position.setdefault("x", point[0])
        position.setdefault("y", point[1])
    return body


def _wrong(field: str, said: Text) -> InvalidInputError:
    return UnprocessableError(Text(f"“{field}”{said.zh}。", f"“{field}” {said.en}."), field=field)
