"""The hazard map: the canal, its checkpoints and the hazard entries of the problem ledger."""

from __future__ import annotations

from maps.context import PageContext
from maps.filters import CASE_PROGRAMME, CASE_UNIT, CATEGORY, DUE, FRESHNESS
from maps.page import MapPage, MapSpec, draw_map

# message key, way of drawing, collections; from bottom to top
LAYERS = (
    ("layer.district", "district", ("districts",)),
    ("layer.uncertainty", "uncertainty", ("checkpoint_status", "cases")),
    ("layer.roads", "roads", ("roads",)),
    ("layer.canals", "canals", ("canals",)),
    ("layer.supplies", "supplies", ("supply_routes", "supply_points")),
    ("layer.conflicts", "conflicts", ("conflicts",)),
    ("layer.landmarks", "landmarks", ("landmarks",)),
    ("layer.heat", "heat", ()),
    ("layer.reports", "reports", ()),
    ("layer.cases", "cases", ("cases",)),
    ("layer.checkpoints", "checkpoints", ("checkpoint_status",)),
)

# What is told beside the map, not drawn on it.
BESIDE = ("flood_status",)

SPEC = MapSpec(
    map_id="hazard",
    title_key="hazard.title",
    settings={
        "fit": ["canals", "checkpoint_status"],
        "beside": list(BESIDE),
        "legend": [
            *("checkpoint_kinds", "freshness", "case", "conflict", "supply", "reports", "heat", "uncertainty"),
        ],
        "filters": [
            {
                "param": "state",
                "property": "state",
                "scheme": "checkpoint_state",
                "collections": ["checkpoint_status"],
                "symbol": "dot",
            },
            {
                "param": "kind",
                "property": "kind",
                "scheme": "checkpoint_kind",
                "collections": ["checkpoint_status"],
                "folded": True,
            },
            FRESHNESS,
            {
                "param": "status",
                "property": "status",
                "scheme": "case_status",
                "collections": ["cases"],
                "symbol": "dot",
            },
            DUE,
            CATEGORY,
            {
                "param": "hazard",
                "property": "hazard_kind",
                "scheme": "hazard_kind",
                "collections": ["cases"],
                "folded": True,
            },
            CASE_PROGRAMME,
            CASE_UNIT,
        ],
        "sections": [
            {"collection": "checkpoint_status", "heading": "checkpoints"},
            {"collection": "conflicts", "heading": "conflicts"},
            {"collection": "cases", "heading": "cases"},
            {"collection": "supply_points", "heading": "supplies"},
        ],
        "summary": ["checkpoint_status", "conflicts", "cases"],
    },
)


def hazard_page(context: PageContext) -> MapPage:
    """Return the HTML of the hazard map; its data are fetched by URL when it opens."""
    return draw_map(context, SPEC, LAYERS)
