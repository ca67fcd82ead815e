"""The only home of colours, dash patterns and symbols; scripts and style sheets receive them from here.

Progress runs from teal (well) to purple (late), the two ends of a diverging scale that stay apart for people
with any of the three colour deficiencies and that no flood symbol uses. Flood symbols keep the official
order of green, orange, red. Every line state also has a pattern of its own, so that a grey print still reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

# Surfaces and text. The paper is the map's ground when there is no basemap.
PALETTE: Mapping[str, str] = {
    "paper": "#f4f2ec",
    "land": "#fbfaf6",
    "surface": "#ffffff",
    "raised": "#f8f7f3",
    "ink": "#1f2933",
    "muted": "#57636e",
    "rule": "#dedad0",
    "accent": "#17506b",
    "accent-soft": "#e3edf1",
    "focus": "#0b63ce",
    "badge": "#7a4a00",
    "badge-ground": "#fff1cf",
    "alert": "#8c1d18",
    "alert-ground": "#fdeceb",
    "stale": "#8a4b00",
    "stale-ground": "#ffe7b8",
    "changed": "#ffc933",
    "road": "#c9c5bb",
    "road-label": "#6d6a62",
    "district": "#8a8f93",
    "canal": "#4c8fbd",
    "canal-case": "#cfe3f0",
    "stop": "#17506b",
    "site": "#44525e",
    "landmark": "#8d8a82",
    "supply": "#44525e",
    "fence": "#5a4632",
    "found": "#0b63ce",
    "report": "#3d5a73",
    "report-ground": "#e9eff4",
    "shadow": "rgb(31 41 51 / 15%)",
    "veil": "rgb(255 255 255 / 75%)",
}

# Tokens of the vocabularies (``colour`` of every term).
TOKENS: Mapping[str, str] = {
    "neutral": "#6b7176",
    "progress-not-due": "#b4c6d0",
    "progress-on-plan": "#35b09f",
    "progress-done": "#0a4f4c",
    "progress-behind": "#c77fc0",
    "progress-seriously-behind": "#7b1e7a",
    "progress-blocked": "#17191c",
    "state-normal": "#2b7d5b",
    "state-attention": "#ef8a00",
    "state-danger": "#cf1f1f",
    "state-open": "#a33b1f",
    "state-active": "#17506b",
    "state-review": "#6b5b95",
    "state-closed": "#8f9a8f",
    # the four official colours of warning signals (蓝黄橙红), for signals alone
    "signal-blue": "#1d5fbf",
    "signal-yellow": "#f7d00d",
    "signal-orange": "#f08300",
    "signal-red": "#d7141a",
}
FALLBACK_TOKEN = "neutral"  # noqa: S105 - a colour token, not a secret


@dataclass(frozen=True)
class Stroke:
    """One of the lines laid over each other that make a line style: width in pixels, ``dash`` as in SVG."""

    colour: str
    width: float
    dash: str | None = None


def _plain(token: str, width: float) -> tuple[Stroke, ...]:
    return (Stroke(PALETTE["surface"], width + 3), Stroke(TOKENS[token], width))


# From bottom to top. The casing lifts the line from the grey road below it.
LINE_STYLES: Mapping[str, tuple[Stroke, ...]] = {
    "progress-not-due": _plain("progress-not-due", 4),
    # hatched: a grey ribbon with white between narrow rungs
    "neutral": (
        Stroke(TOKENS["neutral"], 9),
        Stroke(PALETTE["surface"], 6.5),
        Stroke(TOKENS["neutral"], 6.5, "2 4"),
    ),
    # a white thread in the middle
    "progress-on-plan": (*_plain("progress-on-plan", 7), Stroke(PALETTE["surface"], 1.6)),
    "progress-done": _plain("progress-done", 7),
    # long dashes inside an outline
    "progress-behind": (
        Stroke(TOKENS["progress-seriously-behind"], 8.5),
        Stroke(PALETTE["surface"], 6.5),
        Stroke(TOKENS["progress-behind"], 6.5, "12 4"),
    ),
    # short dense dashes without outline
    "progress-seriously-behind": (
        Stroke(PALETTE["surface"], 11),
        Stroke(TOKENS["progress-seriously-behind"], 8.5, "6 3"),
    ),
    # black with white dots
    "progress-blocked": (
        Stroke(PALETTE["surface"], 11),
        Stroke(TOKENS["progress-blocked"], 9),
        Stroke(PALETTE["surface"], 3, "3 7"),
    ),
    # a fence: posts on a rail; an open one where only the errors of the positions make a conflict possible
    "conflict-sure": (
        Stroke(PALETTE["surface"], 14),
        Stroke(PALETTE["fence"], 12, "3 5"),
        Stroke(PALETTE["fence"], 4),
    ),
    "conflict-possible": (
        Stroke(PALETTE["surface"], 14),
        Stroke(PALETTE["fence"], 12, "2 8"),
        Stroke(PALETTE["fence"], 2),
    ),
}

# How the line of a threshold is drawn in the chart of a checkpoint's levels.
THRESHOLD_LINES: Mapping[str, Mapping[str, Any]] = {
    "flood_limit": {"dash": "1 3", "width": 1.2},
    "defence": {"dash": "2 4", "width": 1.2},
    "warning": {"dash": "7 3", "width": 1.4},
    "guarantee": {"dash": None, "width": 1.8},
}

# One carriageway of a line: how far its middle is from the line's, in pixels, and how much of its width it has.
CARRIAGEWAY: Mapping[str, float] = {"apart": 4.4, "narrow": 0.62}

# Symbols in a box from -12 to 12: ``shape`` is filled with the state's colour, ``glyph`` drawn on it in white.
SYMBOLS: Mapping[str, Mapping[str, str]] = {
    "aqueduct": {
        "shape": "M-10 -8.5 Q-10 -10 -8.5 -10 H8.5 Q10 -10 10 -8.5 V8.5 Q10 10 8.5 10 H-8.5 Q-10 10 -10 8.5 Z",
        "glyph": "M-7 -3.5 H7 M-5.5 5.5 V-3.5 M5.5 5.5 V-3.5 M-5.5 4 A5.5 5.5 0 0 1 5.5 4",
    },
    "inverted_siphon": {
        "shape": "M0 -11 A11 11 0 1 1 0 11 A11 11 0 1 1 0 -11 Z",
        "glyph": "M-7 -4.5 H-4.5 V0 A4.5 4.5 0 0 0 4.5 0 V-4.5 H7",
    },
    "sluice": {
        "shape": "M0 -12.5 L12.5 0 L0 12.5 L-12.5 0 Z",
        "glyph": "M-4.5 5 V-5 H4.5 V5 M-4.5 1 H4.5 M0 -5 V1",
    },
    "checkpoint": {"shape": "M0 -11 L10.5 8 H-10.5 Z", "glyph": "M0 -3.5 V2.5 M0 5 V5.4"},
    "case": {"shape": "M-8 -11 H8 V4 L0 12 L-8 4 Z", "glyph": "M0 -7.5 V0 M0 3 V3.4"},
    "site": {"shape": "M-9.5 10 V-3 L0 -10.5 L9.5 -3 V10 Z", "glyph": "M-4 10 V2 H4 V10"},
    "store": {
        "shape": "M-10 -6.5 L0 -11.5 L10 -6.5 V6.5 L0 11.5 L-10 6.5 Z",
        "glyph": "M-6 -4 L0 -1 L6 -4 M0 -1 V6.5",
    },
    "signal": {
        "shape": "M-8.5 -10 H8.5 Q10 -10 10 -8.5 V8.5 Q10 10 8.5 10 H-8.5 Q-10 10 -10 8.5 V-8.5 Q-10 -10 -8.5 -10 Z",
        # rain out of a cloud
        "glyph": (
            "M-5.5 -1.5 A3 3 0 0 1 -4 -6 A4.3 4.3 0 0 1 4 -5.5 A2.9 2.9 0 0 1 4.8 -1.5 Z"
            " M-3.5 2 L-4.8 6 M0.6 2 L-0.7 6 M4.7 2 L3.4 6"
        ),
    },
    "stop": {"shape": "M0 -8 A8 8 0 1 1 0 8 A8 8 0 1 1 0 -8 Z", "glyph": "M-3.4 0.2 L-0.8 2.8 L3.8 -2.4"},
}

# How the ring around a checkpoint is drawn, by the freshness of what was seen.
FRESHNESS_RINGS: Mapping[str, Mapping[str, Any]] = {
    "fresh": {"dash": None, "width": 2},
    "stale": {"dash": "5 3.2", "width": 2},
    "never": {"dash": "1.2 3.4", "width": 2},
}


# The heat of reports, from few to many: one hue, so that it is read as a quantity and never as a state. Each step is a
# share of the densest place in view, a colour and how much of it covers what is below.
HEAT: tuple[tuple[float, str, float], ...] = (
    (0.0, "#8db4d9", 0.0),
    (0.15, "#8db4d9", 0.35),
    (0.45, "#5b7fb5", 0.6),
    (0.75, "#46518f", 0.75),
    (1.0, "#2b2660", 0.85),
)


def css_variables() -> str:
    """Return the style sheet that hands every colour to CSS as ``--name`` and fills ``.swatch-token`` with it."""
    names = {**PALETTE, **TOKENS}
    lines = "\n".join(f"  --{name}: {colour};" for name, colour in names.items())
    swatches = "\n".join(f".swatch-{token} {{ background: var(--{token}); }}" for token in TOKENS)
    return f":root {{\n{lines}\n}}\n{swatches}\n"


def script_theme() -> dict[str, Any]:
    """Return what the scripts draw with: colours, line styles, symbols, rings."""
    return {
        "palette": dict(PALETTE),
        "tokens": dict(TOKENS),
        "fallback": FALLBACK_TOKEN,
        "lines": {token: [asdict(stroke) for stroke in strokes] for token, strokes in LINE_STYLES.items()},
        "carriageway": dict(CARRIAGEWAY),
        "symbols": {name: dict(symbol) for name, symbol in SYMBOLS.items()},
        "heat": [list(step) for step in HEAT],
        "thresholds": {name: dict(line) for name, line in THRESHOLD_LINES.items()},
        "rings": {name: dict(ring) for name, ring in FRESHNESS_RINGS.items()},
    }
