"""Line styles and point symbols of the maps as SVG for paper; sizes in millimetres."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from maps import theme
from maps.print_frame import Points

WHITE = theme.PALETTE["surface"]
GLYPH_WIDTH = 1.9
RING = 17.5
NOTHING = Markup()


def token_of(feature: Mapping[str, Any]) -> str:
    """Return the colour token of a feature."""
    token = feature["properties"].get("colour")
    return token if token in theme.TOKENS else theme.FALLBACK_TOKEN


def path_of(points: Points, *, closed: bool = False) -> str:
    """Write points as the data of a path, to the hundredth of a millimetre."""
    return "M" + " L".join(f"{x:.2f} {y:.2f}" for x, y in points) + ("Z" if closed else "")


def line(path: str, colour: str, width: float, *, dash: str | None = None, more: Markup = NOTHING) -> Markup:
    """Draw a path as a line; ``dash`` is in millimetres."""
    dashes = Markup(' stroke-dasharray="{}"').format(dash) if dash else Markup()
    return Markup('<path d="{}" fill="none" stroke="{}" stroke-width="{:.3f}"{}{}/>').format(
        path, colour, width, dashes, more
    )


def styled_line(path: str, token: str, pixel: float) -> Markup:
    """Draw a path in the style of a token, strokes laid over each other."""
    strokes = theme.LINE_STYLES.get(token, theme.LINE_STYLES[theme.FALLBACK_TOKEN])
    return Markup("").join(
        line(path, stroke.colour, stroke.width * pixel, dash=_scaled(stroke.dash, pixel)) for stroke in strokes
    )


def _scaled(dash: str | None, pixel: float) -> str | None:
    return None if dash is None else " ".join(f"{float(part) * pixel:.3f}" for part in dash.split())


def symbol(
    kind: str, x: float, y: float, pixel: float, *, colour: str, freshness: str | None = None, hollow: bool = False
) -> Markup:
    """Draw a symbol: shape by kind, fill by state, ring by freshness."""
    drawn = theme.SYMBOLS.get(kind, theme.SYMBOLS["checkpoint"])
    hollow = hollow or freshness in {"stale", "never"}
    fill, ink = (WHITE, colour) if hollow else (colour, WHITE)
    ring = Markup()
    if freshness is not None:
        style = theme.FRESHNESS_RINGS.get(freshness, theme.FRESHNESS_RINGS["never"])
        dash = Markup(' stroke-dasharray="{}"').format(style["dash"]) if style["dash"] else Markup()
        ring = Markup(
            '<circle r="{}" fill="{}" fill-opacity="0.85" stroke="{}" stroke-width="2" stroke-linecap="round"{}/>'
        ).format(RING, WHITE, colour, dash)
    return Markup(
        '<g transform="translate({:.2f} {:.2f}) scale({:.4f})">{}'
        '<path d="{}" fill="{}" stroke="{}" stroke-width="1.6"/>'
        '<path d="{}" fill="none" stroke="{}" stroke-width="{}" stroke-linecap="round" stroke-linejoin="round"/></g>'
    ).format(x, y, pixel, ring, drawn["shape"], fill, ink if hollow else WHITE, drawn["glyph"], ink, GLYPH_WIDTH)


def badge(number: int, x: float, y: float, em: float) -> Markup:
    """Draw the number by which the table beside the map names a place."""
    return Markup(
        '<circle cx="{0:.2f}" cy="{1:.2f}" r="{2:.2f}" fill="{3}" stroke="{4}" stroke-width="{5:.2f}"/>'
        '<text x="{0:.2f}" y="{6:.2f}" font-size="{7:.2f}" font-weight="700" text-anchor="middle" fill="{4}">{8}</text>'
    ).format(
        *(x, y, 0.78 * em, theme.PALETTE["alert"], WHITE, 0.1 * em, y + 0.33 * em, 0.92 * em, number),
    )


def text(x: float, y: float, words: str, size: float, **how: str) -> Markup:
    """Write a text with a white edge, so that it reads on lines; ``how`` are further attributes, _ for -."""
    more = Markup("").join(Markup(' {}="{}"').format(name.replace("_", "-"), value) for name, value in how.items())
    return Markup(
        '<text x="{:.2f}" y="{:.2f}" font-size="{:.2f}" paint-order="stroke" stroke="{}" stroke-width="{:.2f}"'
        ' stroke-linejoin="round"{}>{}</text>'
    ).format(x, y, size, WHITE, 0.28 * size, more, words)
