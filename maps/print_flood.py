"""Signal and response level in the heading of a printed hazard map: two things, each with since when and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from markupsafe import Markup

from maps import theme
from maps.i18n import moment_in_words
from maps.print_words import word

NUMERALS = {"IV": "Ⅳ", "III": "Ⅲ", "II": "Ⅱ", "I": "Ⅰ"}
NOTHING = Markup()


class Part(NamedTuple):
    """One half of the badge: what it is, its sign, its name, and since when and by whom ('': not in force)."""

    heading: str
    icon: Markup
    numeral: str
    name: str
    since: str


def flood_parts(data: Mapping[str, Sequence[Mapping[str, Any]]], lang: str) -> list[Part]:
    """Return the two halves, signal first; nothing for a map that is not told of them."""
    rows = data.get("flood_status", ())
    if not rows:
        return []
    said, none = rows[0]["properties"], word("none_in_force", lang)
    signal = Part(
        word("signal", lang),
        _icon(said["colour"]) if said["signal"] else NOTHING,
        "",
        said[f"signal_{lang}"] or none,
        _since(said["signal_at"], said["signal_issuer"], lang),
    )
    response = Part(
        word("response", lang),
        NOTHING,
        NUMERALS.get(said["level"], "—"),
        said[f"level_{lang}"] or none,
        _since(said["level_at"], said["level_issuer"], lang),
    )
    return [signal, response]


def _since(at: str | None, issuer: str | None, lang: str) -> str:
    if at is None:
        return ""
    moment = datetime.fromisoformat(at.replace("Z", "+00:00"))  # Python 3.10 reads no Z
    return word("since_by", lang).format(moment_in_words(moment, lang), issuer)


def _icon(token: str | None) -> Markup:
    drawn, ink = theme.SYMBOLS["signal"], theme.PALETTE["ink"]
    colour = theme.TOKENS.get(token or "", theme.PALETTE["surface"])
    return Markup(
        '<svg class="signal" viewBox="-12 -12 24 24" aria-hidden="true"><path d="{}" fill="{}" stroke="{}"'
        ' stroke-width="1.2"/><path d="{}" fill="none" stroke="{}" stroke-width="1.8" stroke-linecap="round"/></svg>'
    ).format(drawn["shape"], colour, ink, drawn["glyph"], ink)
