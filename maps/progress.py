"""The progress map: roads and sites by how the work stands against the plan."""

from __future__ import annotations

from maps.context import PageContext
from maps.filters import PROGRAMME, TASK, UNIT, WORKS
from maps.page import MapPage, MapSpec, draw_map

# message key, way of drawing, collections; from bottom to top
LAYERS = (
    ("layer.district", "district", ("districts",)),
    ("layer.uncertainty", "uncertainty", ("site_progress", "landmarks")),
    ("layer.roads", "roads", ("roads",)),
    ("layer.segments", "segments", ("segment_progress", "progress_parts")),
    ("layer.ticks", "ticks", ("segment_progress",)),
    ("layer.landmarks", "landmarks", ("landmarks",)),
    ("layer.reports", "reports", ()),
    ("layer.stops", "stops", ("landmarks",)),
    ("layer.sites", "sites", ("site_progress",)),
)

SPEC = MapSpec(
    map_id="progress",
    title_key="progress.title",
    settings={
        # what opens in view
        "fit": ["segment_progress"],
        "legend": ["progress", "parts", "stop", "site", "reports", "uncertainty"],
        "filters": [
            {
                "param": "state",
                "property": "state",
                "scheme": "progress_state",
                "collections": ["segment_progress", "site_progress"],
                "symbol": "line",
            },
            {
                "param": "road",
                "property": "road_id",
                "names": "roads",
                # a site lies on none of the roads: one who chooses a road does not see it
                "collections": WORKS,
            },
            TASK,
            PROGRAMME,
            UNIT,
        ],
        "sections": [
            {"collection": "segment_progress", "heading": "segments", "group": "road"},
            {"collection": "site_progress", "heading": "sites"},
            {"collection": "landmarks", "heading": "stops", "only": "inspected_on"},
        ],
        "summary": ["segment_progress", "site_progress"],
    },
)


def progress_page(context: PageContext) -> MapPage:
    """Return the HTML of the progress map; its data are fetched by URL when it opens."""
    return draw_map(context, SPEC, LAYERS)
