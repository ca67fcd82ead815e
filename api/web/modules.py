"""Pages made of JavaScript modules: where their imports lead, and how data stands in their HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from maps.assets import asset_url


def import_map(base_path: str, scripts: Sequence[str]) -> dict[str, dict[str, str]]:
    """Map the addresses by which our modules import one another to those that carry their hashes."""
    return {"imports": {f"{base_path}/assets/{name}": asset_url(base_path, name) for name in scripts}}


def embedded(value: Any) -> str:
    """Write JSON so that nothing in it can end the script element it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")
