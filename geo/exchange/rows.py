"""Rows of a table as report bodies: flat names, cells of text, and an id made of the content where there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from geo.chainage import SIDES
from geo.errors import InvalidInputError
from geo.intake.canonical import canonical
from geo.intake.report_body import ReportBody

NAMESPACE = UUID("b0e9a9ac-7f5e-4b0e-9c7a-3b1f4f0f7a52")  # drawn once; ids made of rows hang on it
MOST_ROWS = 10_000

_POSITION = ("x", "y", "datum", "accuracy_m", "fixed_at", "heading_deg", "source")
_CHAINAGE = ("road", "at", "side")
_EXTENT = {"extent_from": "from", "extent_to": "to", "carriageway": "carriageway"}
_NESTED = {"position", "chainage", "extent", "contact"}

# Where the value of a column belongs in a report; a dot leads into a member that is an object.
PATHS: dict[str, str] = {
    **{name: name for name in ReportBody.model_fields if name not in _NESTED},
    **{name: f"position.{name}" for name in _POSITION},
    **{name: f"chainage.{name}" for name in _CHAINAGE},
    **{name: f"extent.{member}" for name, member in _EXTENT.items()},
    **{f"contact_{name}": f"contact.{name}" for name in ("name", "phone")},
    "chainage": "chainage.at",
}
# What people call the columns, in Chinese and in English.
CALLED: dict[str, str] = {
    "编号": "id",
    "类别": "kind",
    "时间": "observed_at",
    "观测时间": "observed_at",
    "单位": "unit_id",
    "经度": "x",
    "纬度": "y",
    "坐标系": "datum",
    "精度": "accuracy_m",
    "方向": "heading_deg",
    "道路": "road",
    "桩号": "at",
    "侧": "side",
    "地点": "place",
    "说明": "note",
    "备注": "note",
    "照片": "photos",
    "节点": "task_id",
    "路段": "segment_id",
    "项目点": "site_id",
    "防汛点位": "checkpoint_id",
    "台账条目": "case_id",
    "进度": "progress_percent",
    "起点桩号": "extent_from",
    "终点桩号": "extent_to",
    "幅": "carriageway",
    "幅别": "carriageway",
    "受阻原因": "blocked_reason",
    "点位状态": "checkpoint_state",
    "水位": "water_level_m",
    "高程基准": "vertical_datum",
    "隐患类型": "hazard_kind",
    "物资储备": "supplies_state",
    "预案演练": "drill_state",
    "隐患排查": "hazard_survey_state",
    "联系人": "contact_name",
    "电话": "contact_phone",
    "lon": "x",
    "lng": "x",
    "longitude": "x",
    "lat": "y",
    "latitude": "y",
    "heading": "heading_deg",
}
NUMBERS = {
    "position.x",
    "position.y",
    "position.accuracy_m",
    "position.heading_deg",
    "progress_percent",
    "water_level_m",
}
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_WHOLE = re.compile(r"[0-9]{1,15}")


def path_for(column: str) -> str | None:
    """Return where a column's values belong in a report, None where no report has such a member."""
    name = column.strip()
    return PATHS.get(CALLED.get(name) or CALLED.get(name.lower()) or name.lower())


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Put a value into a report body at its path."""
    outer, _, inner = path.partition(".")
    if inner:
        body.setdefault(outer, {})[inner] = value
    else:
        body[outer] = value


def cell_value(path: str, text: str) -> Any:
    """Return the text of a cell as its member holds it; what is no number stays text, which the check names."""
    clean = text.strip()
    if path in NUMBERS and _NUMBER.fullmatch(clean):
        return float(clean)
    if path == "base_version" and _WHOLE.fullmatch(clean):
        return int(clean)
    if path == "extent.carriageway":
        return SIDES.get(clean, clean)
    if path == "photos":
        return [each.lower() for each in re.split(r"[\s;,]+", clean) if each]
    return clean


def completed(district: str, body: dict[str, Any], defaults: Mapping[str, str | None]) -> object:
    """Return a row's report with defaults by path where it has nothing, and an id made of its content.

    The same content gives the same id, so that a file sent again stores nothing twice; so do two equal rows.
    Returns the InvalidInputError of content that has no canonical form.
    """
    for path, value in defaults.items():
        outer, _, inner = path.partition(".")
        holder = body.get(outer) if inner else body
        if value is not None and isinstance(holder, dict) and (inner or outer) not in holder:
            holder[inner or outer] = value
    if "id" in body:
        return body
    try:
        return {"id": str(uuid5(NAMESPACE, f"{district} {canonical(body).decode()}")), **body}
    except InvalidInputError as error:
        return error
