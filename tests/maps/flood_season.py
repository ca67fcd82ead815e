"""Signal and level, levels against thresholds, supplies and works in their way, for the made-up moment of the maps."""

from __future__ import annotations

from typing import Any

Feature = dict[str, Any]
DATUM = "1985国家高程基准"

# by hand: the chart spans 7 days up to 09:30 on 15 August; 警戒 121.50, 设防 121.00
LEVELS = [
    {"at": "2020-08-12T09:30:00+08:00", "value_m": 120.5, "vertical_datum": DATUM},
    {"at": "2020-08-14T09:30:00+08:00", "value_m": 121.2, "vertical_datum": DATUM},
    {"at": "2020-08-15T07:10:00+08:00", "value_m": 121.34, "vertical_datum": DATUM},
]
THRESHOLDS = [
    {"kind": "defence", "kind_zh": "设防水位", "kind_en": "Defence level", "value_m": 121.0, "vertical_datum": DATUM},
    {"kind": "warning", "kind_zh": "警戒水位", "kind_en": "Warning level", "value_m": 121.5, "vertical_datum": DATUM},
    {"kind": "warning", "kind_zh": "警戒水位", "kind_en": "Warning level", "value_m": 9.9, "vertical_datum": "旧基准"},
]


def level(*, known: bool) -> dict[str, Any]:
    """Return what a checkpoint says of its water level."""
    if not known:
        words = {"level_zh": "没有水位读数", "level_en": "No water level has been read"}
        return {"level_state": "none", "level_freshness": None, **words, "thresholds": [], "levels": []}
    words = {"level_zh": "高于设防水位 0.34 m", "level_en": "0.34 m above the defence level"}
    return {"level_state": "defence", "level_freshness": "fresh", **words, "thresholds": THRESHOLDS, "levels": LEVELS}


def flood_status() -> list[Feature]:
    signals = [("暴雨橙色预警", "Orange rainstorm signal"), ("洪水蓝色预警", "Blue flood signal")]
    properties = {
        "signal": "rainstorm",
        "signal_zh": signals[0][0],
        "signal_en": signals[0][1],
        "signal_colour": "orange",
        "colour": "signal-orange",
        "signal_issuer": "气象台",
        "signal_at": "2020-08-15T06:00:00+08:00",
        "signals": [{"signal_zh": zh, "signal_en": en} for zh, en in signals],
        "level": "IV",
        "level_zh": "Ⅳ级",
        "level_en": "Level IV",
        "level_issuer": "指挥部",
        "level_at": "2020-08-14T20:00:00+08:00",
        "proposed_level": "III",
        "proposed_level_zh": "Ⅲ级",
        "proposed_level_en": "Level III",
        "agreement": "below",
        "agreement_zh": "低于规则建议",
        "agreement_en": "lower than the rule proposes",
        "why_zh": "暴雨橙色预警；规则建议Ⅲ级响应；现行Ⅳ级响应。",
        "why_en": "Orange rainstorm signal; the rule proposes Level III; in force: Level IV.",
        "demonstration": True,
    }
    return [{"type": "Feature", "id": "410103", "geometry": None, "properties": properties}]


def conflicts(segment: Feature) -> list[Feature]:
    """Return one stretch: the whole of a segment."""
    said = segment["properties"]
    properties = {
        "name_zh": f"{said['name_zh']} × 干渠",
        "name_en": f"{said['name_en']} × Canal",
        "kind": "canal",
        "kind_zh": "临近干渠",
        "kind_en": "Near the canal",
        "certainty": "possible",
        "certainty_zh": "可能（在误差之内）",
        "certainty_en": "possible, within the errors",
        **{name: said[name] for name in ("road_zh", "road_en", "chainage", "from_m", "to_m")},
        "distance_m": 88,
        "position_accuracy_m": 460,
        "since": "2020-06-29",
        "under_way_zh": "车行道与管网",
        "under_way_en": "Carriageway and pipes",
        "rule": "conflict-1",
        "why_zh": "自 2020-06-29 起施工未完，距干渠 88 m",
        "why_en": "Work since 2020-06-29, not finished, 88 m from the canal",
        "demonstration": True,
    }
    geometry = segment["geometry"]
    return [{"type": "Feature", "id": "songshan-10:canal:1", "geometry": geometry, "properties": properties}]


def supply_points() -> list[Feature]:
    properties = {"name_zh": "物资库", "name_en": "Store", "contents": "编织袋", "position_accuracy_m": 30}
    return [
        {
            "type": "Feature",
            "id": "store",
            "geometry": {"type": "Point", "coordinates": [113.6212, 34.7098]},
            "properties": {**properties, "position_status": "estimated", "demonstration": True},
        }
    ]


def supply_routes() -> list[Feature]:
    properties = {
        "name_zh": "路线",
        "name_en": "Route",
        "supply_point_zh": "物资库",
        "supply_point_en": "Store",
        "checkpoint_zh": "杏园渡槽",
        "checkpoint_en": "Xingyuan aqueduct",
        "length_m": 1650.4,
        "position_accuracy_m": 30,
        "position_status": "estimated",
        "demonstration": True,
    }
    line = [[113.6212, 34.7098], [113.6222, 34.7098], [113.6228, 34.6996], [113.6165, 34.6967]]
    geometry = {"type": "LineString", "coordinates": line}
    return [{"type": "Feature", "id": "route", "geometry": geometry, "properties": properties}]
