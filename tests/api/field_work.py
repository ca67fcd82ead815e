"""People of the field loop for tests: tokens of any role, and reports sent, or put into the store past the service."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg

from geo.access.tokens import Secret, new_secret
from tests.api.holders import Access
from tests.conftest import DISTRICT

OBSERVED = datetime(2020, 6, 1, 4, tzinfo=timezone.utc)


REPORTS = "/api/v1/reports"
SEEN = "2020-06-01T12:00:00+08:00"


def a_report(**members: Any) -> dict[str, Any]:
    """Return a report that may be sent, under a new id."""
    return {"id": str(uuid4()), "kind": "note", "observed_at": SEEN, "note": "路面有坑", **members}


def send(place: Access, sender: Secret | None, value: Any) -> httpx.Response:
    return place.call("POST", REPORTS, sender, json=value)


def stored(site: Access, sender: Secret, /, **members: Any) -> dict[str, Any]:
    """Send a report that is taken, with or without photos outstanding, and return the answer."""
    answer = send(site, sender, a_report(**members))
    assert answer.status_code in {201, 202}, answer.text
    found: dict[str, Any] = answer.json()
    return found


def send_batch(place: Access, sender: Secret, values: list[Any]) -> list[dict[str, Any]]:
    """Send reports together and return their verdicts."""
    answer = place.call("POST", f"{REPORTS}/batch", sender, json={"reports": values})
    assert answer.status_code == 207, answer.text
    verdicts: list[dict[str, Any]] = answer.json()["verdicts"]
    assert [each["index"] for each in verdicts] == list(range(len(values)))
    return verdicts


def read_back(place: Access, reader: Secret, report_id: str) -> dict[str, Any]:
    answer = place.call("GET", f"{REPORTS}/{report_id}", reader)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def token_for(database: str, role: str, **columns: Any) -> str:
    """Make a token that a role holds and return it as its holder keeps it."""
    secret = new_secret()
    values = {
        "district": DISTRICT,
        "id": secret.id,
        "kind": "token",
        "secret_sha256": secret.sha256,
        "role": role,
        "label": role,
        "created_by": "test",
        "expires_at": datetime.now(timezone.utc) + timedelta(days=1),
        **columns,
    }
    insert(database, "access_tokens", values)
    return secret.token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def id_of(token: str) -> str:
    """Return the part of a token that may be shown."""
    return token.split("_")[1]


def put_report(database: str, sender: str, *, flags: list[str] | None = None, **columns: Any) -> UUID:
    """Store a report and its submission as the intake would; ``base_version`` goes into the submission."""
    report_id = uuid4()
    body = {"id": str(report_id), "base_version": columns.pop("base_version", None)}
    evidence: dict[str, Any] = {
        name: columns.pop(name) for name in ("suspected_datum", "suspected_geom") if name in columns
    }
    report: dict[str, Any] = {"district": DISTRICT, "id": report_id, "observed_at": OBSERVED, **columns}
    insert(database, "reports", report)
    submission: dict[str, Any] = {
        "district": DISTRICT,
        "report_id": report_id,
        "received_at": OBSERVED,
        "channel": "json",
        "token_id": id_of(sender),
        "body": json.dumps(body),
        "body_sha256": hashlib.sha256(json.dumps(body).encode()).digest(),
        "placement": "none",
        "flags": flags or [],
        **evidence,
    }
    insert(database, "submissions", submission)
    return report_id


def insert(database: str, table: str, values: dict[str, Any]) -> None:
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(values.values()))  # noqa: S608 - the test's own words
