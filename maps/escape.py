"""The one escape for text inside a ``script`` element, where HTML's own escapes do not work."""

from __future__ import annotations

import json
import re
from typing import Any

from markupsafe import Markup


def script_text(text: str) -> Markup:
    r"""Return JSON text with every character that could end a ``script`` element as a ``\u`` escape."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped in the loop above


def script_json(value: Any) -> Markup:
    """Return ``value`` as JSON that may stand inside a ``script`` element; keys are in sorted order."""
    return script_text(json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True))


def script_source(source: str) -> Markup:
    r"""Return JavaScript of ours that may stand inline: in its strings ``<\/script`` means the same."""
    escaped = re.sub(r"<(/script|!--)", r"<\\\1", source, flags=re.IGNORECASE)
    return Markup(escaped)  # noqa: S704 - escaped in the line above
