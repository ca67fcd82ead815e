"""The MapLibre style of the combined tiles, in the colours of our maps; it asks for nothing but tiles."""

from __future__ import annotations

from typing import Any

from api.ogc import tile_matrix
from geo.query.tile_grid import MAX_ZOOM
from maps.theme import FALLBACK_TOKEN, LINE_STYLES, PALETTE, TOKENS

SOURCE = "erqi"
LINES = ("districts", "canals", "roads", "segment_progress")
POINTS = ("landmarks", "reports", "site_progress", "checkpoint_status", "cases")  # from below to the top
RADIUS_PX = {"landmarks": 3, "reports": 3.5, "site_progress": 6, "checkpoint_status": 7, "cases": 5}
CROWD = ["has", "point_count"]
# The area of a circle grows with what it stands for, up to 10,000.
CROWD_RADIUS = ["interpolate", ["linear"], ["sqrt", ["get", "point_count"]], 1, 3, 100, 22]

Layer = dict[str, Any]


def map_style(base: str) -> dict[str, Any]:
    """Write the style document (version 8) with the addresses of the service at ``base``."""
    collections = ",".join((*LINES, *POINTS))
    return {
        "version": 8,
        "name": "二七 Erqi",
        "sources": {
            SOURCE: {
                "type": "vector",
                "tiles": [f"{base}/ogc/tiles/{tile_matrix.ID}/{{z}}/{{y}}/{{x}}?collections={collections}"],
                "minzoom": 0,
                "maxzoom": MAX_ZOOM,
            }
        },
        "layers": [
            {"id": "paper", "type": "background", "paint": {"background-color": PALETTE["paper"]}},
            _layer("districts", "land", "fill", {"fill-color": PALETTE["land"]}),
            _line("districts", "outline", PALETTE["district"], 1.5, [6, 3]),
            _line("canals", "case", PALETTE["canal-case"], 7),
            _line("canals", "water", PALETTE["canal"], 3),
            _line("roads", "line", PALETTE["road"], 5),
            *_progress(),
            *(layer for name in POINTS for layer in _points(name)),
        ],
    }


def _layer(of: str, part: str, kind: str, paint: dict[str, Any], **more: Any) -> Layer:
    return {"id": f"{of}-{part}", "type": kind, "source": SOURCE, "source-layer": of, "paint": paint, **more}


def _line(of: str, part: str, colour: str, width: float, dash: list[float] | None = None, **more: Any) -> Layer:
    paint = {"line-color": colour, "line-width": width, **({} if dash is None else {"line-dasharray": dash})}
    return _layer(of, part, "line", paint, **more)


def _progress() -> list[Layer]:
    """Lay the strokes of each state over each other, as on the progress map."""
    return [
        _line(
            "segment_progress",
            f"{token}-{number}",
            stroke.colour,
            stroke.width,
            # In a style dashes are counted in widths of the line.
            None if stroke.dash is None else [round(float(part) / stroke.width, 3) for part in stroke.dash.split()],
            filter=["==", ["get", "colour"], token],
        )
        for token, strokes in LINE_STYLES.items()
        for number, stroke in enumerate(strokes)
    ]


def _points(of: str) -> list[Layer]:
    """Draw single features in the colour of their state, crowds as circles with an area by their number."""
    tokens = [part for token, colour in TOKENS.items() for part in (token, colour)]
    colour = ["match", ["coalesce", ["get", "colour"], FALLBACK_TOKEN], *tokens, TOKENS[FALLBACK_TOKEN]]
    single = {
        "circle-radius": RADIUS_PX[of],
        "circle-color": colour,
        "circle-stroke-color": PALETTE["surface"],
        "circle-stroke-width": 1.5,
    }
    crowd = {
        "circle-radius": CROWD_RADIUS,
        "circle-color": PALETTE["accent"],
        "circle-opacity": 0.6,
        "circle-stroke-color": PALETTE["surface"],
        "circle-stroke-width": 1,
    }
    return [
        _layer(of, "crowds", "circle", crowd, filter=CROWD),
        _layer(of, "single", "circle", single, filter=["!", CROWD]),
    ]
