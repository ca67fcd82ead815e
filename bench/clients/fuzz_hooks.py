"""What OpenAPI cannot say of the API, so that schemathesis does not take it for a failure; read by ``fuzz.py``."""

from __future__ import annotations

from typing import Any

import schemathesis

from api.ogc.parsing import MAX_LIMIT
from geo.collections import LAYERS

REJECTED, ACCEPTED, ALLOW = (
    "Schema-valid request rejected",
    "Schema-violating request accepted",
    "Allow header mismatch",
)
URI_TOO_LONG, LONGEST_ADDRESS = 414, 8_000
REFUSALS = {400, 412, 422, 428}


@schemathesis.serializer("application/offset+octet-stream")
def part_of_an_upload(context: Any, value: Any) -> bytes:
    """Send the bytes of a part (tus 1.0.0) as they are."""
    del context
    data = getattr(value, "data", value)
    return data if isinstance(data, bytes) else str(data).encode()


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Keep a failure unless it is one of the rules that a schema of 3.0 has no words for."""
    del context
    if response.status_code == URI_TOO_LONG and len(case.as_curl_command()) > LONGEST_ADDRESS:
        return False  # said by the server of HTTP, before any of ours is asked
    if failure.title in {REJECTED, ALLOW} and _is_read_only(case) and response.status_code in {200, 405}:
        return False
    excuse = {REJECTED: _is_explained, ACCEPTED: _is_clamped}.get(failure.title)
    return excuse is None or not excuse(case, response)


def _is_explained(case: Any, response: Any) -> bool:
    """Accept a refusal that says what is wrong: a south above its north, a day that is none, a name of another layer.

    It has to be a problem document in both languages; one about the address has to name the parameter, too. That what
    is right is accepted, the tests of each parameter hold.
    """
    if response.status_code not in REFUSALS or response.headers["content-type"][0] != "application/problem+json":
        return False
    problem = response.json()
    explained = bool(problem["detail_zh"]) and bool(problem["detail_en"])
    return explained and (case.method.upper() != "GET" or problem.get("field") in _given(case))


def _given(case: Any) -> set[str]:
    return {*(case.query or {}), *(case.path_parameters or {}), *(case.headers or {})}


def _is_clamped(case: Any, response: Any) -> bool:
    """Accept that a limit above the maximum is the maximum (OGC 17-069r4, /req/core/fc-limit-response-1 C)."""
    limit = str((case.query or {}).get("limit", ""))
    return response.status_code < 400 and limit.isdecimal() and int(limit) > MAX_LIMIT  # noqa: PLR2004 - no error


def _is_read_only(case: Any) -> bool:
    """Tell whether the layer is only read: it does not allow what others do, whichever the definition's list was."""
    layer = LAYERS.get(str((case.path_parameters or {}).get("collectionId")))
    return layer is not None and layer.edits is None
