"""A made-up moment of the real places: every state, every freshness, with and without a point."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, NamedTuple

from shapely.geometry import LineString, mapping
from shapely.ops import substring

from geo.chainage import format_chainage
from tests.maps import flood_season

DATA = Path(__file__).resolve().parents[2] / "data" / "erqi"
AS_OF = "2020-08-15T09:30:00+08:00"
Feature = dict[str, Any]
Collection = list[Feature]


class Word(NamedTuple):
    code: str
    label_zh: str
    label_en: str
    colour: str | None


def vocabularies() -> dict[str, list[Word]]:
    schemes: dict[str, list[Word]] = {}
    with (DATA / "vocabularies.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            word = Word(row["code"], row["label_zh"], row["label_en"], row["colour"] or None)
            schemes.setdefault(row["scheme"], []).append(word)
    return schemes


def _word(scheme: str, code: str) -> Word:
    return next(word for word in vocabularies()[scheme] if word.code == code)


def _labels(stem: str, scheme: str, code: str) -> dict[str, str]:
    word = _word(scheme, code)
    return {stem: code, f"{stem}_zh": word.label_zh, f"{stem}_en": word.label_en}


def seed(name: str) -> Collection:
    """Return a seed file's features with their id at the top level and the demonstration mark."""
    features = json.loads((DATA / f"{name}.geojson").read_text(encoding="utf-8"))["features"]
    return [
        {
            "type": "Feature",
            "id": feature["properties"].get("id", name),
            "geometry": feature["geometry"],
            "properties": {**feature["properties"], "demonstration": False},
        }
        for feature in features
    ]


STATES = ("on_plan", "behind", "unconfirmed", "done", "seriously_behind", "not_due", "on_plan", "blocked")
PERCENTS = {
    "on_plan": (55, 58), "behind": (70, 52), "seriously_behind": (80, 35), "blocked": (60, 20), "done": (100, 100),
    "not_due": (0, None), "unconfirmed": (40, None),
}  # fmt: skip
WHY = {
    "on_plan": ("计划55%，实际58%，差距不到10个百分点。", "Planned 55%, seen 58%: less than 10 points behind."),
    "behind": ("计划70%，实际52%，落后18个百分点，超过10。", "Planned 70%, seen 52%: 18 points behind, more than 10."),
    "seriously_behind": ("计划80%，实际35%，落后45个百分点，超过30。", "Planned 80%, seen 35%: 45 points behind."),
    "blocked": ("8月3日起管线迁改受阻，尚未解除。", "Blocked since 3 August: a gas main has to be moved first."),
    "done": ("全部节点已完成并移交。", "Every stage is finished and handed over."),
    "not_due": ("计划开工日期未到。", "The planned start has not come yet."),
    "unconfirmed": ("计划开工日期已过15天，尚无人上报。", "The planned start passed and nobody reported."),
}


def _tasks(state: str) -> list[dict[str, Any]]:
    stages = [("tender", 100), ("site_entry", 100), ("carriageway", 60), ("facade", 30), ("handover", None)]
    return [
        {
            "id": f"task-{stage}",
            **_labels("stage", "stage", stage),
            "planned_start": f"2020-0{5 + index}-01",
            "planned_finish": f"2020-0{5 + index}-28",
            "actual_start": f"2020-0{5 + index}-03" if percent is not None else None,
            "actual_finish": f"2020-0{5 + index}-27" if percent == 100 else None,
            "progress_percent": percent,
            "blocked_reason": "燃气管线待迁改" if state == "blocked" and stage == "carriageway" else None,
            "unit_id": "development_reform" if stage == "tender" else "construction_transport",
            "programme_id": "road_phase_one",
            "begin_due": True,
            "is_overdue": percent == 30 and state == "behind",
            "is_unseen": percent is None and state == "unconfirmed",
        }
        for index, (stage, percent) in enumerate(stages)
    ]


def _progress(state: str) -> dict[str, Any]:
    planned, actual = PERCENTS[state]
    seen = actual is not None
    lag = planned - actual if planned is not None and actual is not None else None
    return {
        **_labels("state", "progress_state", state),
        "colour": _word("progress_state", state).colour,
        "planned_percent": planned,
        "actual_percent": actual,
        "lag_points": lag,
        "baseline_zh": "区指挥部2020年5月计划",
        "baseline_en": "District plan of May 2020",
        "rule": f"progress-{STATES.index(state) + 1}",
        "why_zh": WHY[state][0],
        "why_en": WHY[state][1],
        "last_report_at": "2020-08-14T16:20:00+08:00" if seen else None,
        "last_report_note": "东侧人行道铺装完成，西侧管沟开挖。" if seen else None,
        "tasks": _tasks(state),
        "as_of": AS_OF,
        "demonstration": True,
    }


def segment_progress() -> Collection:
    roads = {road["id"]: road for road in seed("roads")}
    with (DATA / "segments.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    lengths = {row["road_id"]: float(row["to_m"]) for row in rows}
    return [_segment(index, row, roads[row["road_id"]], lengths) for index, row in enumerate(rows)]


def _segment(index: int, row: dict[str, str], road: Feature, lengths: dict[str, float]) -> Feature:
    total, start, end = lengths[row["road_id"]], float(row["from_m"]), float(row["to_m"])
    line = substring(LineString(road["geometry"]["coordinates"]), start / total, end / total, normalized=True)
    properties = {
        **{key: row[key] for key in ("name_zh", "name_en", "road_id", "position_status")},
        "road_zh": road["properties"]["name_zh"],
        "road_en": road["properties"]["name_en"],
        "from_m": start,
        "to_m": end,
        "chainage": f"{format_chainage(start)}–{format_chainage(end)}",
        "position_accuracy_m": float(row["position_accuracy_m"]),
        **_progress(STATES[index % len(STATES)]),
    }
    return {"type": "Feature", "id": row["id"], "geometry": mapping(line), "properties": properties}


PARTS = (  # of songshan-02, K1+160.7 to K1+970.6, which runs from north to south
    ("both", 1160.7, 1400.0, "behind"), ("left", 1400.0, 1700.0, "on_plan"), ("right", 1400.0, 1700.0, "blocked"),
    ("both", 1700.0, 1970.6, "behind"),
)  # fmt: skip
CARRIAGEWAYS = {"left": ("左幅", "Left carriageway"), "right": ("右幅", "Right carriageway"), "both": ("全幅", "Both")}


def progress_parts() -> Collection:
    segment = next(each for each in segment_progress() if each["id"] == "songshan-02")
    return [_part(segment, *part) for part in PARTS]


def _part(segment: Feature, carriageway: str, start: float, end: float, state: str) -> Feature:
    own = segment["properties"]
    first, last = ((metres - own["from_m"]) / (own["to_m"] - own["from_m"]) for metres in (start, end))
    line = substring(LineString(segment["geometry"]["coordinates"]), first, last, normalized=True)
    properties = {
        **{name: own[name] for name in ("name_zh", "name_en", "road_id", "road_zh", "road_en")},
        **{
            name: value
            for name, value in _progress(state).items()
            if not name.startswith(("tasks", "last_report_note"))
        },
        "segment_id": segment["id"],
        "carriageway": carriageway,
        "carriageway_zh": CARRIAGEWAYS[carriageway][0],
        "carriageway_en": CARRIAGEWAYS[carriageway][1],
        "from_m": start,
        "to_m": end,
        "chainage": f"{format_chainage(start)}–{format_chainage(end)}",
        "stages_zh": "车行道与管网 80%",
        "stages_en": "Carriageway and pipes 80%",
    }
    key = f"{segment['id']}:{carriageway}:{start:g}"
    return {"type": "Feature", "id": key, "geometry": mapping(line), "properties": properties}


def site_progress() -> Collection:
    sites = seed("sites")
    for site, state in zip(sites, ("seriously_behind", "unconfirmed"), strict=True):
        site["properties"].update(_progress(state))
    return sites


CHECKS = (("normal", "fresh"), ("attention", "stale"), ("danger", "fresh"), ("unconfirmed", "never"))
FRESHNESS = {"fresh": ("新鲜", "fresh"), "stale": ("过期", "stale"), "never": ("从未", "never seen")}


def checkpoint_status() -> Collection:
    checkpoints = seed("checkpoints")
    for checkpoint, (state, freshness) in zip(checkpoints, CHECKS, strict=True):
        seen = freshness != "never"
        checkpoint["properties"].update(
            {
                **_labels("kind", "checkpoint_kind", checkpoint["properties"]["kind"]),
                **_labels("state", "checkpoint_state", state),
                "colour": _word("checkpoint_state", state).colour,
                "canal_zh": "南水北调中线总干渠（二七段）",
                "canal_en": "South-to-North main canal (Erqi reach)",
                "seen_at": "2020-08-15T07:10:00+08:00" if seen else None,
                "freshness": freshness,
                "freshness_zh": FRESHNESS[freshness][0],
                "freshness_en": FRESHNESS[freshness][1],
                "freshness_hours": 24,
                "age_hours": 2.3 if seen else None,
                **_labels("supplies_state", "inspection_state", "satisfactory" if seen else "unconfirmed"),
                **_labels("hazard_survey_state", "inspection_state", "deficient" if seen else "unconfirmed"),
                **_labels("drill_state", "inspection_state", "unconfirmed"),
                **flood_season.level(known=state == "danger"),
                "water_level_m": 121.34 if state == "danger" else None,
                "water_level_at": "2020-08-15T07:00:00+08:00",
                "vertical_datum": "1985国家高程基准",
                "last_report_at": "2020-08-15T07:10:00+08:00" if seen else None,
                "last_report_note": "进口有漂浮物，已通知清理。" if seen else None,
                "open_cases": 1,
                "why_zh": "隐患排查有一项不足，条目尚未销号。",
                "why_en": "One item of the survey was deficient and its entry is still open.",
                "rule": "checkpoint-2",
                "as_of": AS_OF,
                "demonstration": True,
            }
        )
    return checkpoints


CASES = (
    ("assigned", "hazard", "canal_line", (113.6421, 34.6896), "左岸围网破损约6米", "Fence of the left bank torn, 6 m"),
    ("in_progress", "river_clearing", "river_reach", (113.6112, 34.6941), "河道内堆放建筑垃圾", "Rubble in the river"),
    ("registered", "hazard", "urban_flooding", (113.6512, 34.7217), "航海路下穿积水", "Water under a bridge"),
    ("struck_off", "supplies", None, (113.6318, 34.6929), "编织袋数量不足", "Too few sandbags"),
    ("registered", "position_check", None, None, "沿河路北闸口位置待核实", "Yanhe Road sluice: position unknown"),
)  # fmt: skip


def cases() -> Collection:
    return [_case(number, *case) for number, case in enumerate(CASES, start=1)]


def _case(
    number: int, status: str, category: str, hazard: str | None, point: tuple[float, float] | None, zh: str, en: str
) -> Feature:
    properties = {
        "number": f"2020-{number:03d}",
        **_labels("category", "case_category", category),
        **(_labels("hazard", "hazard_kind", hazard) if hazard else {"hazard_zh": None, "hazard_en": None}),
        "hazard_kind": hazard,
        "title_zh": zh,
        "title_en": en,
        "description_zh": "巡查发现，已拍照。需在汛期前处理完毕。",
        **_labels("status", "case_status", status),
        "colour": _word("case_status", status).colour,
        "opened_at": "2020-05-09T10:00:00+08:00",
        **_deadline(number, status),
        "closed_at": "2020-06-02T10:00:00+08:00" if status == "struck_off" else None,
        "place_zh": "干渠左岸",
        "place_en": "Left bank of the canal",
        "territorial_zh": "嵩山路街道",
        "sector_zh": "应急管理局",
        "position_accuracy_m": 30 if point else None,
        "demonstration": True,
    }
    geometry = {"type": "Point", "coordinates": list(point)} if point else None
    return {"type": "Feature", "id": f"case-{number}", "geometry": geometry, "properties": properties}


def _named(key: str, zh: str, en: str) -> Feature:
    return {"type": "Feature", "id": key, "geometry": None, "properties": {"name_zh": zh, "name_en": en}}


def _deadline(number: int, status: str) -> dict[str, Any]:
    """Return when a case is due, as on 15 August; the second was to be done before the season began."""
    late, is_open = number == 2, status != "struck_off"
    return {
        "due_on": "2020-05-14" if late else "2020-08-20",
        "days_left": (-93 if late else 5) if is_open else None,
        "overdue": late,
        "due_in_week": is_open and not late,
        "due_before_season": late,
    }


def collections() -> dict[str, Collection]:
    """Return every collection that the two maps ask for."""
    segments = segment_progress()
    return {
        "districts": seed("districts"),
        "roads": seed("roads"),
        "canals": seed("canals"),
        "landmarks": seed("landmarks"),
        "segment_progress": segments,
        "progress_parts": progress_parts(),
        "site_progress": site_progress(),
        "checkpoint_status": checkpoint_status(),
        "cases": cases(),
        "units": seed("units"),
        "programmes": [_named("road_phase_one", "道路整治一期", "Roads, phase one")],
        "flood_status": flood_season.flood_status(),
        "conflicts": flood_season.conflicts(next(each for each in segments if each["id"] == "songshan-10")),
        "supply_points": flood_season.supply_points(),
        "supply_routes": flood_season.supply_routes(),
    }
