"""A map as one SVG drawing for paper: deterministic, without a script, and nothing in it that is loaded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from maps import theme
from maps.print_frame import Frame, Points, along, lines_of
from maps.print_labels import Paper, text_width
from maps.print_parts import segments
from maps.print_sheet import Box
from maps.print_symbols import badge, line, path_of, styled_line, symbol, text, token_of

Feature = Mapping[str, Any]
UNSURE_METRES = 100
NAME_EVERY = 34.0  # em between the names along a line
STEEP = 45.0
LINES = frozenset({"segment_progress", "conflicts"})


@dataclass(frozen=True)
class Drawing:
    """What a map is drawn from. ``numbers`` are those of the table beside it, by collection and id."""

    frame: Frame
    data: Mapping[str, Sequence[Feature]]
    numbers: Mapping[tuple[str, str], int]
    em: float
    pixel: float
    lang: str
    title: str


def draw(drawing: Drawing) -> Markup:
    """Return the SVG of the map, as large as its frame in millimetres."""
    box = drawing.frame.box
    paper = Paper(box.width, box.height)
    _keep_furniture_free(drawing, paper)
    ground = [*_district(drawing), *_lines(drawing), *_uncertainty(drawing)]
    points = [*_numbers(drawing, paper), *_symbols(drawing, paper)]
    lines = list(_line_names(drawing, paper))
    _keep_lines_free(drawing, paper)
    names = [*lines, *_point_names(drawing, paper), *_landmarks(drawing, paper)]
    return Markup(
        '<svg class="print-map" xmlns="http://www.w3.org/2000/svg" width="{0:g}mm" height="{1:g}mm"'
        ' viewBox="0 0 {0:g} {1:g}" role="img" aria-label="{2}"><rect width="{0:g}" height="{1:g}" fill="{3}"/>'
        "{4}</svg>"
    ).format(box.width, box.height, drawing.title, theme.PALETTE["paper"], Markup("").join([*ground, *names, *points]))


def _keep_furniture_free(drawing: Drawing, paper: Paper) -> None:
    """Keep names off the scale bar and the north arrow."""
    box, em = drawing.frame.box, drawing.em
    paper.take(Box(0, box.height - 6 * em, 0.25 * box.width + 3 * em, 6 * em))
    paper.take(Box(box.width - 4.5 * em, 0, 4.5 * em, 6 * em))


def _keep_lines_free(drawing: Drawing, paper: Paper) -> None:
    """Keep the names of points off the lines that the map is about."""
    for collection, pixels in (("segment_progress", 8), ("canals", 8), ("roads", 6)):
        for feature in drawing.data.get(collection, ()):
            for each in lines_of(feature):
                paper.cover_line(drawing.frame.to_mm(each), pixels * drawing.pixel)


def overview(outline: Sequence[Feature], frame: Frame, shown: Sequence[tuple[float, float]]) -> Markup:
    """Draw the district small, with the corners (degrees) of what the map shows as a box."""
    box = frame.box
    parts = [_area(frame, feature, 0.25) for feature in outline]
    corners = frame.to_mm(shown)
    parts.append(line(path_of(corners, closed=True), theme.PALETTE["alert"], 0.5))
    return Markup(
        '<svg class="print-overview" xmlns="http://www.w3.org/2000/svg" width="{0:g}mm" height="{1:g}mm"'
        ' viewBox="0 0 {0:g} {1:g}" aria-hidden="true">{2}</svg>'
    ).format(box.width, box.height, Markup("").join(parts))


def _area(frame: Frame, feature: Feature, width: float) -> Markup:
    path = " ".join(path_of(frame.to_mm(ring), closed=True) for ring in lines_of(feature))
    return Markup('<path d="{}" fill="{}" stroke="{}" stroke-width="{:.2f}" stroke-dasharray="{}"/>').format(
        path, theme.PALETTE["land"], theme.PALETTE["district"], width, f"{6 * width:.2f} {3 * width:.2f}"
    )


def _district(drawing: Drawing) -> Iterator[Markup]:
    for feature in drawing.data.get("districts", ()):
        yield _area(drawing.frame, feature, 1.6 * drawing.pixel)


def _lines(drawing: Drawing) -> Iterator[Markup]:
    pixel = drawing.pixel
    for path in _paths(drawing, "roads"):
        yield line(path[1], theme.PALETTE["road"], 12 * pixel, more=Markup(' stroke-linecap="round" opacity="0.65"'))
    for colour, width in (("canal-case", 11), ("canal", 4)):
        for _, path_text in _paths(drawing, "canals"):
            yield line(path_text, theme.PALETTE[colour], width * pixel)
    yield from segments(drawing.frame, drawing.data, pixel)
    for _, path_text in _paths(drawing, "supply_routes"):
        yield line(path_text, theme.PALETTE["supply"], 3 * pixel, dash=f"{9 * pixel:.2f} {5 * pixel:.2f}")
    for feature, path_text in _paths(drawing, "conflicts"):
        yield styled_line(path_text, f"conflict-{feature['properties']['certainty']}", pixel)


def _paths(drawing: Drawing, collection: str) -> Iterator[tuple[Feature, str]]:
    for feature in drawing.data.get(collection, ()):
        for each in lines_of(feature):
            yield feature, path_of(drawing.frame.to_mm(each))


def _points(drawing: Drawing, collection: str) -> Iterator[tuple[Feature, Points]]:
    """Yield the features of a collection that lie on the map, and where."""
    for feature in drawing.data.get(collection, ()):
        if feature["geometry"] is not None and feature["geometry"]["type"] == "Point":
            (at,) = drawing.frame.to_mm([feature["geometry"]["coordinates"]])
            if drawing.frame.shows(at):
                yield feature, at


def _uncertainty(drawing: Drawing) -> Iterator[Markup]:
    """Draw a circle as wide as the error of a position that is only an estimate, once for each place."""
    circles = set()
    for collection in ("site_progress", "checkpoint_status", "cases"):
        for feature, at in _points(drawing, collection):
            said = feature["properties"]
            metres = said.get("position_accuracy_m") or 0
            if metres >= UNSURE_METRES and said.get("position_status") != "surveyed":
                circles.add((round(float(at[0]), 2), round(float(at[1]), 2), round(drawing.frame.mm(metres), 2)))
    form = Markup(
        '<circle cx="{}" cy="{}" r="{}" fill="{}" fill-opacity="0.06" stroke="{}" stroke-width="{:.2f}"'
        ' stroke-dasharray="{}"/>'
    )
    grey, pixel = theme.PALETTE["muted"], drawing.pixel
    for x, y, radius in sorted(circles):
        yield form.format(x, y, radius, grey, grey, 1.3 * pixel, f"{4 * pixel:.2f} {5 * pixel:.2f}")


def _symbols(drawing: Drawing, paper: Paper) -> Iterator[Markup]:
    busy: dict[tuple[float, float], int] = {}
    for collection, size in (
        ("landmarks", 0.8),
        ("supply_points", 0.9),
        ("site_progress", 1.05),
        ("checkpoint_status", 1.1),
        ("cases", 0.95),
    ):
        for feature, at in _points(drawing, collection):
            said = feature["properties"]
            if collection == "landmarks" and not said["inspected_on"]:
                continue
            place = (round(float(at[0]), 1), round(float(at[1]), 1))
            aside = busy.get(place, 0) if collection == "cases" else 0
            busy[place] = busy.get(place, 0) + 1
            x, y = float(at[0]) + 24 * drawing.pixel * aside, float(at[1]) + (8 * drawing.pixel if aside else 0)
            paper.cover(x, y, 11 * size * drawing.pixel)
            yield _symbol(collection, feature, (x, y), size * drawing.pixel)
    for number, x, y in _badges(drawing, "point"):
        yield badge(number, x, y, drawing.em)


def _symbol(collection: str, feature: Feature, at: tuple[float, float], scale: float) -> Markup:
    said, colour = feature["properties"], theme.TOKENS[token_of(feature)]
    if collection == "checkpoint_status":
        return symbol(said["kind"], *at, scale, colour=colour, freshness=said["freshness"])
    kind = {"landmarks": "stop", "supply_points": "store", "site_progress": "site", "cases": "case"}[collection]
    own = {"landmarks": "stop", "supply_points": "supply"}.get(collection)  # these have no state to be coloured by
    if own is not None:
        return symbol(kind, *at, scale, colour=theme.PALETTE[own])
    return symbol(kind, *at, scale, colour=colour, hollow=token_of(feature) == "neutral")


def _badges(drawing: Drawing, kind: str) -> Iterator[tuple[int, float, float]]:
    """Yield the numbers of the table and where they stand: on a line's middle, or above a symbol's right shoulder."""
    for (collection, key), number in drawing.numbers.items():
        if (collection in LINES) is not (kind == "line"):
            continue
        feature = next((each for each in drawing.data.get(collection, ()) if str(each["id"]) == key), None)
        if feature is None or feature["geometry"] is None:
            continue
        if kind == "line":
            longest = max(lines_of(feature), key=len)
            at, _ = along(drawing.frame.to_mm(longest), 0.5)
            yield number, float(at[0]), float(at[1])
        else:
            (at,) = drawing.frame.to_mm([feature["geometry"]["coordinates"]])
            shoulder = (18 if collection == "checkpoint_status" else 13) * drawing.pixel
            yield number, float(at[0]) + shoulder, float(at[1]) - shoulder


def _numbers(drawing: Drawing, paper: Paper) -> Iterator[Markup]:
    for _, x, y in _badges(drawing, "point"):
        paper.cover(x, y, 0.8 * drawing.em)
    for number, x, y in _badges(drawing, "line"):
        paper.cover(x, y, 0.9 * drawing.em)
        yield badge(number, x, y, drawing.em)


def _name(drawing: Drawing, feature: Feature) -> str:
    said = feature["properties"]
    other = "zh" if drawing.lang == "en" else "en"
    return said.get(f"name_{drawing.lang}") or said.get(f"name_{other}") or said.get("number") or str(feature["id"])


def _point_names(drawing: Drawing, paper: Paper) -> Iterator[Markup]:
    size = 0.95 * drawing.em
    for collection, radius in (("checkpoint_status", 19), ("site_progress", 12)):
        for feature, at in _points(drawing, collection):
            yield from _beside(drawing, paper, feature, at, (radius * drawing.pixel, size), theme.PALETTE["ink"])


def _landmarks(drawing: Drawing, paper: Paper) -> Iterator[Markup]:
    """Name places to find one's way by, where there is still room."""
    size, colour = 0.72 * drawing.em, theme.PALETTE["road-label"]
    for feature, at in _points(drawing, "landmarks"):
        stop = bool(feature["properties"]["inspected_on"])
        drawn = list(_beside(drawing, paper, feature, at, ((9 if stop else 5) * drawing.pixel, size), colour))
        if drawn and not stop:
            yield Markup('<circle cx="{:.2f}" cy="{:.2f}" r="{:.2f}" fill="{}"/>').format(
                *at, 2 * drawing.pixel, theme.PALETTE["landmark"]
            )
        yield from drawn


def _beside(
    drawing: Drawing, paper: Paper, feature: Feature, at: Points, sizes: tuple[float, float], colour: str
) -> Iterator[Markup]:
    radius, size = sizes
    words = _name(drawing, feature)
    box = paper.place(float(at[0]), float(at[1]), radius, words, size)
    if box is not None:
        yield text(box.x, box.y + 0.78 * box.height, words, size, fill=colour)


def _line_names(drawing: Drawing, paper: Paper) -> Iterator[Markup]:
    """Name roads and canals along their lines, several times where they are long."""
    size = 1.1 * drawing.em
    for collection, colour in (("roads", "road-label"), ("canals", "canal")):
        for feature in drawing.data.get(collection, ()):
            for each in lines_of(feature):
                points = drawing.frame.to_mm(each)
                yield from _names_along(drawing, paper, points, (_name(drawing, feature), size, theme.PALETTE[colour]))


def _names_along(drawing: Drawing, paper: Paper, points: Points, how: tuple[str, float, str]) -> Iterator[Markup]:
    words, size, colour = how
    length = float(np.hypot(*np.diff(points, axis=0).T).sum())
    count = max(1, round(length / (NAME_EVERY * drawing.em)))
    for number in range(count):
        for shift in (0.5, 0.3, 0.7, 0.15, 0.85):
            at, angle = along(points, (number + shift) / count)
            drawn = _along(paper, at, angle, words, size, (colour, drawing.lang))
            if drawn is not None:
                yield drawn
                break


def _along(paper: Paper, at: Points, angle: float, words: str, size: float, how: tuple[str, str]) -> Markup | None:
    """Set a name beside a line: upright beside steep lines in Chinese, along the line otherwise; None without room."""
    colour, lang = how
    width, x, y = text_width(words, size) * 1.1, float(at[0]), float(at[1])
    steep = abs(angle) > STEEP
    if steep and lang == "zh":
        box = Box(x + 0.9 * size, y - width / 2, 1.3 * size, width)
        if not paper.take(box):
            return None
        return Markup("").join(
            text(
                box.x + 0.65 * size, box.y + (index + 0.9) * 1.1 * size, letter, size, fill=colour, text_anchor="middle"
            )
            for index, letter in enumerate(words)
        )
    turned = math.radians(angle)
    # beside the line, on its upper or right hand side
    off = 1.25 * size if not steep else 1.35 * size
    side = (math.sin(turned), -math.cos(turned)) if angle >= 0 or not steep else (-math.sin(turned), math.cos(turned))
    middle = (x + off * side[0], y + off * side[1])
    steps = max(2, round(width / size))
    along_x, along_y = math.cos(turned) * width, math.sin(turned) * width
    letters = [(number / (steps - 1) - 0.5) for number in range(steps)]
    boxes = (
        Box(middle[0] + part * along_x - size / 2, middle[1] + part * along_y - size / 2, size, size)
        for part in letters
    )
    if not paper.take(*boxes):
        return None
    turn = f"rotate({angle:.1f} {middle[0]:.2f} {middle[1]:.2f})"
    return text(middle[0], middle[1] + 0.35 * size, words, size, fill=colour, text_anchor="middle", transform=turn)
