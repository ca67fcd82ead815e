"""The page that shows a map as of two moments side by side: each side is the map's own page in a frame."""

from __future__ import annotations

from datetime import datetime

from maps.context import PageContext
from maps.hazard import SPEC as HAZARD
from maps.i18n import SHANGHAI, message
from maps.page import MapPage, render, script_config, script_tags, style_tags
from maps.progress import SPEC as PROGRESS

STYLES = ("theme.css", "erqi.css", "erqi-map.css", "erqi-time.css", "erqi-compare.css")
# Leaflet is there for the sides in any case; the ground of our scripts names it
SCRIPTS = (
    "leaflet.js",
    "locate.js",
    "erqi-live.js",
    "erqi-core.js",
    "erqi-data.js",
    "erqi-symbols.js",
    "erqi-compare.js",
)
SPECS = {"progress": PROGRESS, "hazard": HAZARD}
# What is listed beside each map, by the names of geo/differences.py
LISTED = {"progress": ("segments", "sites"), "hazard": ("checkpoints", "cases")}


def compare_page(context: PageContext, map_id: str, earlier: datetime, later: datetime | None) -> MapPage:
    """Return the HTML of a comparison; ``later`` None means now. Its maps and its list are fetched when it opens."""
    title = message(SPECS[map_id].title_key, context.lang)
    moments = {
        "earlier": earlier.astimezone(SHANGHAI).isoformat(),
        "later": None if later is None else later.astimezone(SHANGHAI).isoformat(),
        "layers": LISTED[map_id],
        "params": [each["param"] for each in SPECS[map_id].settings["filters"]],
    }
    html = render(
        "compare.html",
        context,
        map_id,
        message("compare.title", context.lang).format(title=title),
        styles=style_tags(context, STYLES),
        scripts=script_tags(context, SCRIPTS),
        config=script_config(context, map_id, moments),
    )
    return MapPage.of(html, "")
