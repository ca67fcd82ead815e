"""What the API's definition says of what waits for a decision, of one report on the desk, and of decisions."""

from __future__ import annotations

from typing import Any

from api.ogc.schemas import TEXT, Schema, schema_ref
from api.report_schemas import MAYBE, MOMENT, TEXTS, UUID
from geo.intake.decision import STEPS
from geo.intake.queue import FLAGS, QUEUED

MOST_DECISIONS = 200  # of one request
MULTI_STATUS = 207
NUMBER: Schema = {"type": "number", "nullable": True}
COUNT: Schema = {"type": "integer", "minimum": 0}
OBJECT: Schema = {"type": "object"}
STATUS: Schema = {"type": "string", "enum": list(STEPS)}
MAYBE_MOMENT: Schema = {**MOMENT, "nullable": True}
CANDIDATES: Schema = {"type": "array", "items": OBJECT}
REASONS = ["along_road", "near", "same_place", "same_time", "photo_alike"]


def _object(members: dict[str, Schema], *, optional: dict[str, Schema] | None = None) -> Schema:
    return {"type": "object", "required": list(members), "properties": {**members, **(optional or {})}}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


NAMES: dict[str, Schema] = {f"{what}_{lang}": MAYBE for what in ("unit", "task", "place") for lang in ("zh", "en")}
WAITING: dict[str, Schema] = {
    "id": UUID,
    "kind": TEXT,
    "status": {"type": "string", "enum": list(STEPS)},
    "observed_at": MOMENT,
    "received_at": MOMENT,
    "unit_id": MAYBE,
    "task_id": MAYBE,
    "segment_id": MAYBE,
    "site_id": MAYBE,
    "checkpoint_id": MAYBE,
    "road_id": MAYBE,
    "measure_m": NUMBER,
    "note": MAYBE,
    "placement": MAYBE,
    "flags": TEXTS,
    "suspected_datum": MAYBE,
    "lon": NUMBER,
    "lat": NUMBER,
    "suspected_lon": NUMBER,
    "suspected_lat": NUMBER,
    **NAMES,
}
QUEUE = _object(
    {"reports": _list(_object({**WAITING, "candidates": CANDIDATES, "photos": COUNT, "reviews": COUNT}))},
    optional={"next": TEXT, "matched": COUNT},
)
FIGURE = _object({"code": TEXT, "name_zh": MAYBE, "name_en": MAYBE, "reports": COUNT})
FIGURES = _object({**{facet: _list(FIGURE) for facet in ("status", "kind", "unit", "flag")}, "oldest": MAYBE_MOMENT})

PHOTO = _object(
    {
        "sha256": TEXT,
        "is_here": {"type": "boolean"},
        "width": NUMBER,
        "height": NUMBER,
        "taken_at": MAYBE_MOMENT,
        "heading_deg": NUMBER,
        "lon": NUMBER,
        "lat": NUMBER,
        "distance_m": NUMBER,
        "seconds_apart": NUMBER,
    }
)
THING = _object(
    {"collection": TEXT, "id": TEXT},
    optional={"name_zh": TEXT, "name_en": TEXT, "lon": NUMBER, "lat": NUMBER, "accuracy_m": NUMBER},
)
TAKEN = _object(
    {
        "number": {"type": "integer", "minimum": 1},
        "from": STATUS,
        "to": STATUS,
        "reason": TEXT,
        "decided_at": MOMENT,
        "decided_by": TEXT,
        "by": MAYBE,
        "applied": OBJECT,
        "conflicts": _list(OBJECT),
    }
)
ACCEPTANCE = _object(
    {
        "changes": OBJECT,
        "conflicts": _list(OBJECT),
        "fields": OBJECT,
        "moved": {**OBJECT, "nullable": True},
        "refused": {"type": "object", "nullable": True},
    }
)
DESK = _object(
    {
        "report": _object(WAITING),
        "sent": {"type": "object", "nullable": True},
        "is_own": {"type": "boolean"},
        "may_become": _list(STATUS),
        "candidates": _list(THING),
        "things": _list(THING),
        "photos": _list(PHOTO),
        "reviews": _list(TAKEN),
        "acceptance": ACCEPTANCE,
    }
)

SUGGESTION = _object(
    {
        "id": UUID,
        "kind": TEXT,
        "status": STATUS,
        "observed_at": MOMENT,
        "note": MAYBE,
        "unit_id": MAYBE,
        "lon": NUMBER,
        "lat": NUMBER,
        "distance_m": {**NUMBER, "minimum": 0},
        "hours_apart": {"type": "number", "minimum": 0},
        "photo_bits": {"type": "integer", "minimum": 0, "maximum": 64, "nullable": True},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "reasons": _list({"type": "string", "enum": REASONS}),
    }
)
SUGGESTIONS = _object({"reports": _list(SUGGESTION)})

DECIDED = _object(
    {
        "report_id": UUID,
        "number": {"type": "integer", "minimum": 1},
        "from": STATUS,
        "to": STATUS,
        "reason": TEXT,
        "decided_at": MOMENT,
        "applied": OBJECT,
        "conflicts": _list(OBJECT),
    }
)
CHOICES: dict[str, Any] = {
    "to": {"type": "string", "enum": sorted(set(STEPS) - {"received"})},
    "reason": {"type": "string", "minLength": 1, "maxLength": 2000},
    "duplicate_of": UUID,
    "fields": {"type": "object", "additionalProperties": {"type": "string", "enum": ["sent", "current"]}},
    "position": {"type": "string", "enum": ["declared", "suspected"]},
    "case": {"type": "object", "required": ["programme_id", "category"]},
    "reviews_seen": COUNT,
}
DECISION: Schema = {
    "type": "object",
    "required": ["to", "reason"],
    "additionalProperties": False,
    "properties": CHOICES,
}
DECISIONS: Schema = {
    "type": "object",
    "required": ["decisions"],
    "additionalProperties": False,
    "properties": {"decisions": {"type": "array", "minItems": 1, "maxItems": MOST_DECISIONS, "items": {}}},
}
VERDICT = _object(
    {
        "index": COUNT,
        "report_id": {**UUID, "nullable": True},
        "status": {"type": "integer", "enum": [201, 400, 403, 404, 409, 422, 503]},
    },
    optional={"decision": DECIDED, "problem": schema_ref("problem")},
)
VERDICTS = _object({"verdicts": _list(VERDICT)})

FLAG_CODES = list(FLAGS)
QUEUED_STATUSES = list(QUEUED)
