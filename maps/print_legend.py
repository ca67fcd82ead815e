"""The legend of a printed map, drawn by the same hands as the map, with how many there are of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from maps import theme
from maps.context import PageContext
from maps.print_symbols import line, styled_line, symbol
from maps.print_words import word

Feature = Mapping[str, Any]
Data = Mapping[str, Sequence[Feature]]
WIDTH, HEIGHT = 40, 22  # of a sample, in pixels of the line styles


class Row(NamedTuple):
    """A sample, what it stands for, and how many there are (None: not counted)."""

    sample: Markup
    text: str
    number: int | None = None


class Group(NamedTuple):
    """Rows under one heading."""

    heading: str
    rows: list[Row]


def legend(map_name: str, context: PageContext, data: Data, pixel: float) -> list[Group]:
    """Return the groups of the legend; ``pixel`` is what a pixel of a line style measures in millimetres."""
    build = {"progress": _progress, "hazard": _hazard}[map_name]
    return list(build(context, data, pixel))


def _progress(context: PageContext, data: Data, pixel: float) -> Iterator[Group]:
    lang, counts = context.lang, _count(data, "segment_progress", "state")
    terms = context.vocabularies.get("progress_state", ())
    lines = [
        Row(
            _sample(styled_line(f"M{pixel:.2f} 0 H{(WIDTH - 1) * pixel:.2f}", _token(term.colour), pixel), pixel),
            getattr(term, f"label_{lang}"),
            counts[term.code],
        )
        for term in terms
    ]
    yield Group(word("segments", lang), lines)
    site = symbol("site", WIDTH / 2 * pixel, 0, pixel, colour=theme.PALETTE["site"])
    lanes = Markup("").join(_lane(token, side, pixel) for token, side in (("on-plan", -1), ("behind", 1)))
    stop = symbol("stop", WIDTH / 2 * pixel, 0, 0.8 * pixel, colour=theme.PALETTE["stop"])
    yield Group(
        word("others", lang),
        [
            Row(_sample(lanes, pixel), word("carriageways", lang)),
            Row(_sample(site, pixel), word("sites", lang), len(data.get("site_progress", ()))),
            Row(_sample(stop, pixel), word("stops", lang)),
            _error(lang, pixel),
        ],
    )


def _lane(token: str, side: int, pixel: float) -> Markup:
    """Draw one of two carriageways that differ, ``side`` 1 the right one."""
    path = f"M{pixel:.2f} {side * theme.CARRIAGEWAY['apart'] * pixel:.2f} H{(WIDTH - 1) * pixel:.2f}"
    return styled_line(path, f"progress-{token}", pixel * theme.CARRIAGEWAY["narrow"])


def _hazard(context: PageContext, data: Data, pixel: float) -> Iterator[Group]:
    lang, middle = context.lang, WIDTH / 2 * pixel
    counts = _count(data, "checkpoint_status", "state")
    yield Group(
        word("checkpoints", lang),
        [
            Row(_dot(term.colour, pixel), getattr(term, f"label_{lang}"), counts[term.code])
            for term in context.vocabularies.get("checkpoint_state", ())
        ],
    )
    kinds = _count(data, "checkpoint_status", "kind")
    yield Group(
        word("kinds", lang),
        [
            Row(
                _sample(symbol(term.code, middle, 0, 0.85 * pixel, colour=theme.PALETTE["site"]), pixel),
                getattr(term, f"label_{lang}"),
                kinds[term.code],
            )
            for term in context.vocabularies.get("checkpoint_kind", ())
        ],
    )
    yield Group(
        word("rings", lang),
        [
            Row(
                _sample(
                    symbol("inverted_siphon", middle, 0, 0.6 * pixel, colour=theme.PALETTE["muted"], freshness=ring),
                    pixel,
                ),
                word(ring, lang),
            )
            for ring in ("fresh", "stale", "never")
        ],
    )
    statuses = _count(data, "cases", "status")
    entries = [
        Row(
            _sample(symbol("case", middle, 0, 0.8 * pixel, colour=theme.TOKENS[_token(term.colour)]), pixel),
            getattr(term, f"label_{lang}"),
            statuses[term.code],
        )
        for term in context.vocabularies.get("case_status", ())
        if statuses[term.code]
    ]
    yield Group(word("cases", lang), entries)
    water = line(f"M0 0 H{WIDTH * pixel:.2f}", theme.PALETTE["canal-case"], 11 * pixel) + line(
        f"M0 0 H{WIDTH * pixel:.2f}", theme.PALETTE["canal"], 4 * pixel
    )
    store = symbol("store", middle, 0, 0.85 * pixel, colour=theme.PALETTE["supply"])
    fences = _count(data, "conflicts", "certainty")
    others = [
        Row(_sample(water, pixel), word("canal", lang)),
        *(
            Row(_sample(styled_line(f"M0 0 H{WIDTH * pixel:.2f}", f"conflict-{code}", pixel), pixel), said, number)
            for code, said, number in (
                ("sure", word("conflict_sure", lang), fences["sure"]),
                ("possible", word("conflict_possible", lang), fences["possible"]),
            )
            if number
        ),
        *([Row(_sample(store, pixel), word("store", lang))] if data.get("supply_points") else []),
        _error(lang, pixel),
    ]
    yield Group(word("others", lang), others)


def _error(lang: str, pixel: float) -> Row:
    form = Markup(
        '<circle cx="{0}" cy="0" r="{1}" fill="none" stroke="{2}" stroke-width="{3}" stroke-dasharray="{4}"/>'
    )
    drawn = form.format(
        round(WIDTH / 2 * pixel, 3),
        round(9 * pixel, 3),
        theme.PALETTE["muted"],
        round(1.3 * pixel, 3),
        f"{3 * pixel:.3f} {3 * pixel:.3f}",
    )
    return Row(_sample(drawn, pixel), word("error", lang))


def _dot(colour: str | None, pixel: float) -> Markup:
    token = _token(colour)
    hollow = theme.PALETTE["surface"] if token == theme.FALLBACK_TOKEN else theme.TOKENS[token]
    form = Markup('<circle cx="{}" cy="0" r="{}" fill="{}" stroke="{}" stroke-width="{}"/>')
    drawn = form.format(
        round(WIDTH / 2 * pixel, 3), round(6.5 * pixel, 3), hollow, theme.TOKENS[token], round(2 * pixel, 3)
    )
    return _sample(drawn, pixel)


def _sample(drawn: Markup, pixel: float) -> Markup:
    width, height = WIDTH * pixel, HEIGHT * pixel
    return Markup(
        '<svg width="{0:.2f}mm" height="{1:.2f}mm" viewBox="0 {2:.2f} {0:.2f} {1:.2f}" aria-hidden="true">{3}</svg>'
    ).format(width, height, -height / 2, drawn)


def _token(colour: str | None) -> str:
    return colour if colour is not None and colour in theme.TOKENS else theme.FALLBACK_TOKEN


def _count(data: Data, collection: str, name: str) -> Counter[str]:
    return Counter(str(feature["properties"][name]) for feature in data.get(collection, ()))
