"""Features written one by one: a checked body, and the statements that keep it.

A *feature* (POST, PUT) says everything: what it leaves out takes its default, or is empty. A *patch* (JSON merge
patch, RFC 7396) says only what changes. Properties that the service keeps itself may stand in a feature that replaces
one, which was often read here before, as long as they say what is so; a patch never has them.

What is not as the layer's schema says (OGC 23-058r2, /conf/returnables-and-receivables/response-2) is an
InvalidInputError; what is missing, or breaks a rule that the schema has no words for, is an UnprocessableError
(OGC 20-002, table of status codes).
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from typing import cast as cast_type

import numpy as np
from sqlalchemy import Column, ColumnElement, Table, bindparam, func, literal_column
from sqlalchemy.types import Text as SqlText

from geo.crs import Crs
from geo.errors import InvalidInputError, UnprocessableError
from geo.intake.geometry import FIELD as GEOMETRY
from geo.intake.geometry import read_geometry
from geo.intake.values import is_same, read_value
from geo.query.layer import Layer
from geo.types import Text

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # without what is mistaken for something else
MADE_OF = {"planned_dates": ("baseline_id", "task_id")}  # a check of the table holds their ids to it
BEGINS_WITH = {"cases": ("status", "registered")}  # further only by the steps of the workflow
DEFAULT: ColumnElement[Any] = literal_column("DEFAULT")
# Members of a feature that say nothing about it that is kept here.
ENVELOPE = {"type", "id", "properties", GEOMETRY, "bbox", "links", "timeStamp"}
OTHER_CRS = {"crs", "coordRefSys"}
SAME_PLACE = 2e-7  # degrees, 2 cm: what a geometry may lose on the way into another CRS and back


@dataclass(frozen=True)
class Content:
    """What a body says of a feature: the id that it carries, what each column is to hold, and what is not a writer's.

    ``kept`` has the values, none of them null, that the body gives for what the service keeps itself; a geometry
    among them is GeoJSON in WGS 84.
    """

    feature_id: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)


def table_of(layer: Layer) -> Table:
    """Return the table that a layer's writers write to."""
    assert layer.edits is not None  # noqa: S101 - nobody is let in to write to a read-only layer
    return cast_type(Table, layer.edits.__table__)


def read_feature(layer: Layer, body: Mapping[str, Any], crs: Crs) -> Content:
    """Return what a GeoJSON feature with coordinates in ``crs`` says; every column that writers may set is in it.

    Raises InvalidInputError or UnprocessableError, naming the member, for what does not fit the layer.
    """
    if body.get("type") != "Feature":
        raise InvalidInputError(Text("应为一个 GeoJSON Feature。", "This takes one GeoJSON Feature."), field="type")
    _refuse_other_crs(body)
    properties = body.get("properties")
    if not isinstance(properties, dict | None):
        raise _no_object("properties")
    given = dict(properties or {})
    _refuse_unknown(layer, given)
    table, writable = table_of(layer), layer.writable()
    columns = {name: _stored(table.c[name], given.get(name)) for name in sorted(writable)}
    kept = {name: value for name, value in given.items() if name not in writable and value is not None}
    if layer.geometry_is_writable:
        columns |= _geometry(layer, body.get(GEOMETRY), crs)
    else:
        kept |= _kept_geometry(layer, body.get(GEOMETRY), crs)
    return Content(_id_of(body), columns, kept)


def read_patch(layer: Layer, body: Mapping[str, Any], crs: Crs, feature_id: str) -> Content:
    """Return what a merge patch changes; null empties a property.

    The patch has the members of a GeoJSON feature, or the names of properties and of the geometry side by side as
    the layer's schema has them, or both. Raises errors as ``read_feature`` does, and InvalidInputError for a property
    that is not a writer's to change and for another id than the feature's.
    """
    _refuse_other_crs(body)
    if "id" in body and str(body["id"]) != feature_id:
        raise InvalidInputError(Text("要素的 id 不能修改。", "The id of a feature never changes."), field="id")
    properties = body.get("properties", {})
    if not isinstance(properties, dict):
        raise _no_object("properties")
    given = {name: value for name, value in body.items() if name not in ENVELOPE} | properties
    _refuse_unknown(layer, given)
    for name in given:
        if name not in layer.writable():
            raise _read_only(name)
    table = table_of(layer)
    columns = {name: _stored(table.c[name], value) for name, value in given.items()}
    if GEOMETRY not in body:
        return Content(None, columns)
    if not layer.geometry_is_writable:
        raise _read_only(GEOMETRY)
    return Content(None, columns | _geometry(layer, body[GEOMETRY], crs))


def id_for(layer: Layer, content: Content) -> str:
    """Return the id of a new feature: that of its body, one made of its parts, or a short one of our own.

    Raises InvalidInputError for an id that would not do as a part of an address.
    """
    parts = MADE_OF.get(layer.id)
    if content.feature_id is None and parts:
        return ":".join(str(content.columns[part]) for part in parts)
    if content.feature_id is None:
        return f"{layer.id.removesuffix('s')}-{''.join(secrets.choice(ALPHABET) for _ in range(8))}"
    if not ID.fullmatch(content.feature_id):
        raise InvalidInputError(
            Text(
                "id 只能用字母、数字和 _ . : -，以字母或数字开头，不超过 100 个字符。",
                "An id is made of letters, digits and _ . : -, begins with a letter or digit, and has at most 100.",
            ),
            field="id",
        )
    return content.feature_id


def refuse_late_beginning(layer: Layer, content: Content) -> None:
    """Refuse a new feature that stands in the middle of its workflow already: nobody would have taken the steps."""
    name, first = BEGINS_WITH.get(layer.id, ("", ""))
    if name and content.columns[name] not in (DEFAULT, first):
        raise UnprocessableError(
            Text(f"新条目的“{name}”只能是 {first}。", f"“{name}” of a new feature is {first}."), field=name
        )


def refuse_kept(content: Content) -> None:
    """Refuse a new feature that says what the service is to keep itself: there is no value yet that it could repeat."""
    for name in content.kept:
        raise _read_only(name)


def refuse_changed(content: Content, feature: Mapping[str, Any]) -> None:
    """Refuse content whose ``kept`` is not what the GeoJSON ``feature``, as it is now, says too."""
    for name, value in content.kept.items():
        if name == GEOMETRY and not _is_same_place(value, feature[GEOMETRY]):
            raise _read_only(name)
        if name != GEOMETRY and not is_same(value, feature["properties"][name]):
            raise _read_only(name)


def _id_of(body: Mapping[str, Any]) -> str | None:
    given = body.get("id")
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise InvalidInputError(Text("id 应为文本。", "The id should be a text."), field="id")
    return str(given)


def _refuse_other_crs(body: Mapping[str, Any]) -> None:
    for name in OTHER_CRS & body.keys():
        raise InvalidInputError(
            Text("坐标参考系请用 Content-Crs 头说明。", "Declare the CRS in the header Content-Crs."), field=name
        )


def _refuse_unknown(layer: Layer, given: Mapping[str, Any]) -> None:
    known = layer.property_names()
    for name in given:
        if name not in known:
            shown = name[:100].replace("\0", "")
            raise InvalidInputError(
                Text(f"图层没有属性“{shown}”。", f"The layer has no property “{shown}”."), field=shown
            )


def _no_object(name: str) -> InvalidInputError:
    return InvalidInputError(Text(f"“{name}”应为 JSON 对象。", f"“{name}” should be a JSON object."), field=name)


def _read_only(name: str) -> InvalidInputError:
    return InvalidInputError(
        Text(f"“{name}”由系统维护，不能修改。", f"“{name}” is kept by the service and cannot be changed."), field=name
    )


def _stored(column: Column[Any], value: Any) -> Any:
    return _unset(column, column.name) if value is None else read_value(column, value)


def _unset(column: Column[Any], name: str) -> Any:
    """Return what a column holds when it is given nothing; raise UnprocessableError where it needs something."""
    if column.server_default is not None:
        return DEFAULT
    if not column.nullable:
        raise UnprocessableError(Text(f"缺少“{name}”。", f"“{name}” is missing."), field=name)
    return None


def _kept_geometry(layer: Layer, value: Any, crs: Crs) -> dict[str, Any]:
    """Return the geometry that a feature gives, in WGS 84, where another thing gives the layer its own."""
    if value is None:
        return {}
    if layer.geometry_type is None:
        raise InvalidInputError(
            Text("这个图层没有几何，geometry 应为 null。", "Features here have no geometry: it should be null."),
            field=GEOMETRY,
        )
    return {GEOMETRY: json.loads(read_geometry(value, layer.geometry_type, crs) or "null")}


def _is_same_place(given: Mapping[str, Any], present: Mapping[str, Any] | None) -> bool:
    """Tell whether two geometries of one type have the same vertices."""
    if present is None:
        return False
    here, there = (np.array(each["coordinates"], dtype=np.float64) for each in (given, present))
    return here.shape == there.shape and bool(np.allclose(here, there, rtol=0, atol=SAME_PLACE))


def _geometry(layer: Layer, value: Any, crs: Crs) -> dict[str, Any]:
    assert layer.geometry_type is not None  # noqa: S101 - its geometry is writable
    column: Column[Any] = table_of(layer).c.geom
    text = read_geometry(value, layer.geometry_type, crs)
    if text is None:
        return {"geom": _unset(column, GEOMETRY)}
    shape = func.ST_GeomFromGeoJSON(bindparam(None, text, type_=SqlText()))
    measured: bool = column.type.geometry_type == "LINESTRINGM"  # type: ignore[attr-defined] # GeoAlchemy's Geometry
    return {"geom": func.erqi_measured(shape) if measured else shape}
