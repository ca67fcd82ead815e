"""What the API's definition says of reports, verdicts and receipts."""

from __future__ import annotations

from typing import Any

from api.ogc.downgrade import to_openapi_30
from api.ogc.links import GEOJSON, JSON
from api.ogc.schemas import TEXT, Schema, schema_ref
from api.report_bodies import MULTIPART, NDJSON, PHOTO
from api.report_bodies import REPORT as REPORT_PART
from api.report_files import CSV, GPX
from geo.intake.report_body import ReportBody
from geo.intake.storing import MOST

BODY_ERRORS = (408, 413, 415, 422)

MAYBE: Schema = {"type": "string", "nullable": True}
TEXTS: Schema = {"type": "array", "items": TEXT}
BINARY: Schema = {"type": "string", "format": "binary"}
INDEX: Schema = {"type": "integer", "minimum": 0}
MOMENT: Schema = {"type": "string", "format": "date-time"}
UUID: Schema = {"type": "string", "format": "uuid"}


def _object(members: dict[str, Schema], *, optional: dict[str, Schema] | None = None) -> Schema:
    return {"type": "object", "required": list(members), "properties": {**members, **(optional or {})}}


def _body_schema() -> Schema:
    """Return the schema of a report with its parts in place: the definition's shared parts are the service's own."""
    schema: dict[str, Any] = ReportBody.model_json_schema()
    parts = schema.pop("$defs")

    def placed(part: Any) -> Any:
        if isinstance(part, list):
            return [placed(each) for each in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return placed(parts[part["$ref"].rpartition("/")[2]])
        return {name: placed(each) for name, each in part.items() if name not in {"title", "default"}}

    found: Schema = to_openapi_30(placed({**schema, "properties": schema["properties"]}))
    return found


BODY = _body_schema()
RECEIPT = _object(
    {
        "district": TEXT,
        "report_id": UUID,
        "body_sha256": TEXT,
        "photos": TEXTS,
        "sequence": {"type": "integer", "minimum": 1},
        "received_at": MOMENT,
        "key_id": TEXT,
        "signature": TEXT,
    }
)
MADE_OF: dict[str, Schema] = {
    "placement": {"type": "string", "enum": ["declared", "matched", "ambiguous", "unmatched", "none"]},
    "road_id": MAYBE,
    "chainage": MAYBE,
    "side": {"type": "string", "enum": ["left", "right", "on", None], "nullable": True},
    "segment_id": MAYBE,
    "checkpoint_id": MAYBE,
    "site_id": MAYBE,
    "flags": TEXTS,
    "photos_outstanding": TEXTS,
    "receipt": RECEIPT,
}
STORED = _object({"id": UUID, "status": {"type": "string", "enum": ["stored", "accepted"]}, **MADE_OF})
VERDICT = _object(
    {
        "index": INDEX,
        "id": {**UUID, "nullable": True},
        "status": {"type": "integer", "enum": [201, 202, 403, 409, 422]},
    },
    optional={**MADE_OF, "problem": schema_ref("problem")},
)
VERDICTS = _object({"verdicts": {"type": "array", "items": VERDICT}})
REVIEW = _object({"number": INDEX, "from": TEXT, "to": TEXT, "reason": TEXT, "decided_at": MOMENT})
AS_READ: dict[str, Schema] = {
    "id": UUID,
    "kind": TEXT,
    "status": TEXT,
    "observed_at": MOMENT,
    "received_at": MOMENT,
    "unit_id": MAYBE,
    "task_id": MAYBE,
    "case_id": MAYBE,
    "note": MAYBE,
    "reason": MAYBE,
    "reviews": {"type": "array", "items": REVIEW},
}
OWN = _object(AS_READ, optional={**MADE_OF, "photos": TEXTS})
OWN_PAGE = _object({"reports": {"type": "array", "items": OWN}}, optional={"next": TEXT})
REPORT = _object(
    {**AS_READ, "body": {"type": "object", "nullable": True}, "channel": MAYBE}, optional={**MADE_OF, "photos": TEXTS}
)

_FORM = {
    "type": "object",
    "required": [REPORT_PART],
    "properties": {REPORT_PART: BODY, PHOTO: {"type": "array", "items": BINARY}},
}
_BATCH = {
    "type": "object",
    "required": ["reports"],
    "additionalProperties": False,
    "properties": {"reports": {"type": "array", "maxItems": MOST, "items": {}}},
}
ONE_CONTENT = {JSON: BODY, MULTIPART: _FORM}
BATCH_CONTENT = {JSON: _BATCH, NDJSON: TEXT}
FILE_CONTENT = {CSV: TEXT, GEOJSON: schema_ref("featureCollection"), GPX: TEXT}
