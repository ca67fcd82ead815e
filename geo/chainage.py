"""Chainage: K-posts as text, and the measure of a LINESTRING M (M in metres) as SQL expressions.

Written forms: ``K3+250``, ``k3+250.5``, ``K3``, ``3+250`` (the plus says that it is a K-post; a bare ``3250`` could be
metres or a house number and is refused), full-width characters, spaces, ``桩号`` in front, ``m`` or ``米`` behind.
``K3+50`` is 3050 m: the metres part is a number, not a fraction.
"""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, SQLColumnExpression, case, func

from geo.errors import ChainageError
from geo.types import Metres, Text

Expression: TypeAlias = SQLColumnExpression[Any]  # a mapped column or anything built from one
Side: TypeAlias = Literal["left", "right", "both"]

# Looking up the chainage: 左幅 is the carriageway on the left hand.
SIDES: dict[str, Side] = {"左幅": "left", "右幅": "right", "全幅": "both"}
MAX_TEXT = 60
MAX_KM = 9_999  # the longest road of China has 5 500 km
METRES_PER_KM = 1000
METRES_PER_DEGREE = 111_320.0  # along a meridian, to half a percent; only compared with ON_LINE_M
ON_LINE_M = 0.05
STRETCH_M = 0.5  # how far to both sides of the foot the road's course is taken

K_POST = r"(?:K[0-9]+(?:\+[0-9]+(?:\.[0-9]+)?)?|[0-9]+\+[0-9]+(?:\.[0-9]+)?)(?:M|米)?"
RANGE_DASH = r"[-~至到—–―〜−]+"
_PREFIX = re.compile(r"^(?:里程)?桩号:?")
_POST = re.compile(r"(?=K|[0-9]+\+)K?(?P<km>[0-9]+)(?:\+(?P<metres>[0-9]+(?:\.[0-9]+)?))?(?:M|米)?")
_RANGE = re.compile(rf"(?P<start>{K_POST}){RANGE_DASH}(?P<end>{K_POST})")
_NEGATIVE = re.compile(r"[-−]K?[0-9]|K[-−][0-9]|K[0-9]+\+?[-−][0-9]")


class ChainageRange(NamedTuple):
    """A range of a road's measure, ``from_m < to_m``, and the side of the road if the text named one."""

    from_m: Metres
    to_m: Metres
    side: Side | None


def parse_chainage(text: str) -> Metres:
    """Return the measure in metres of one K-post; ChainageError says what is wrong with the text."""
    post = _folded(text)
    if _RANGE.fullmatch(post):
        raise _error(text, "这是一段范围，这里只要一个桩号", "this is a range, one K-post is wanted")
    if _NEGATIVE.match(post):
        raise _error(text, "桩号不能为负", "a chainage cannot be negative")
    match = _POST.fullmatch(post)
    if match is None:
        raise _error(text, "不是桩号，应写作 K3+250", "not a K-post; write it like K3+250")
    if len(match["km"]) > len(str(MAX_KM)):
        raise _error(text, f"公里数不能超过 {MAX_KM}", f"the kilometres cannot exceed {MAX_KM}")
    metres = float(match["metres"] or 0)
    if metres >= METRES_PER_KM:
        raise _error(text, "加号后的米数必须小于 1000", "the metres after the plus must be below 1000")
    return int(match["km"]) * METRES_PER_KM + metres


def parse_chainage_range(text: str) -> ChainageRange:
    """Return the range of ``K3+250-K3+480`` (also ``～``, ``至``, ``到``, ``—``), and of its side (左幅, 右幅, 全幅).

    The ends may stand in either order, as on a road that is walked backwards. ChainageError as ``parse_chainage``,
    and for a range without length.
    """
    rest, side = split_side(_folded(text))
    match = _RANGE.fullmatch(rest)
    if match is None:
        raise _error(text, "不是桩号范围，应写作 K3+250-K3+480", "not a range; write it like K3+250-K3+480")
    ends = sorted((parse_chainage(match["start"]), parse_chainage(match["end"])))
    if ends[0] == ends[1]:
        raise _error(text, "起点与终点相同", "the range has no length")
    return ChainageRange(ends[0], ends[1], side)


def split_side(text: str) -> tuple[str, Side | None]:
    """Return ``text`` without its word for the side of the road, and the side; None if it has no such word."""
    for word, side in SIDES.items():
        if word in text:
            return text.replace(word, "", 1).strip(), side
    return text, None


def format_chainage(metres: Metres, decimals: int = 0) -> str:
    """Return ``K3+250`` for 3250 m, rounded (half to even) to ``decimals`` before kilometres are split off.

    ChainageError for a negative, infinite or impossibly long measure.
    """
    rounded = Decimal(f"{metres:.{decimals}f}") if math.isfinite(metres) else Decimal("NaN")
    if rounded.is_nan() or rounded < 0:
        raise _error(str(metres), "里程必须是非负的有限数值", "a measure must be finite and not negative")
    if rounded >= (MAX_KM + 1) * METRES_PER_KM:
        raise _error(str(metres), f"公里数不能超过 {MAX_KM}", f"the kilometres cannot exceed {MAX_KM}")
    kilometres, rest = divmod(abs(rounded), METRES_PER_KM)
    width = 3 if decimals == 0 else 4 + decimals
    return f"K{kilometres:.0f}+{rest:0{width}.{decimals}f}"


def _folded(text: str) -> str:
    """Return the text in half-width capitals without spaces and without 桩号."""
    if len(text) > MAX_TEXT:
        raise _error(text[:10] + "…", f"超过 {MAX_TEXT} 个字符", f"longer than {MAX_TEXT} characters")
    return _PREFIX.sub("", "".join(unicodedata.normalize("NFKC", text).split()).upper())


def _error(given: str, zh: str, en: str) -> ChainageError:
    shown = given.strip() or "''"
    return ChainageError(Text(f"桩号 {shown}：{zh}。", f"Chainage {shown}: {en}."), field="chainage")


def point_at(line_m: Expression, measure: Expression | Metres) -> ColumnElement[Any]:
    """Build the 2D point of a measured line at ``measure``; NULL beyond its ends, the first if it occurs twice."""
    return func.ST_Force2D(func.ST_GeometryN(func.ST_LocateAlong(line_m, measure), 1))


def range_of(line_m: Expression, from_m: Expression | Metres, to_m: Expression | Metres) -> ColumnElement[Any]:
    """Build the 2D line of a measured line between two measures, cut at its ends; empty if it has none of them."""
    between = func.ST_LocateBetween(line_m, from_m, to_m)
    return func.ST_LineMerge(func.ST_Force2D(func.ST_CollectionExtract(between, 2)))


def measure_of(line_m: Expression, point: Expression) -> ColumnElement[float]:
    """Build the measure of the place on the line nearest to ``point`` (WGS 84); beyond an end, that end's.

    Of two equally near places it is the one that PostGIS meets first. The foot is sought after narrowing the degrees
    of longitude to the length of those of latitude: in plain degrees it would slide along a slanting road by up to a
    fifth of the offset.
    """
    return func.ST_InterpolatePoint(locally_metric(line_m, point), locally_metric(point, point))


def offset_m(line_m: Expression, point: Expression) -> ColumnElement[float]:
    """Build the geodesic distance in metres from ``point`` to the line."""
    return func.ST_Distance(func.geography(line_m), func.geography(point))


def side_of(line_m: Expression, point: Expression) -> ColumnElement[str]:
    """Build ``left``, ``right`` or ``on``: the side of the line, looking along rising measure, where ``point`` lies.

    ``on`` is within ``ON_LINE_M`` of the line or of its last stretch drawn on beyond the end, and any point of a line
    without length.
    """
    line, place = locally_metric(line_m, point), locally_metric(point, point)
    measure = func.ST_InterpolatePoint(line, place)
    foot = _place_on(line, measure)
    course = func.ST_Azimuth(_place_on(line, measure - STRETCH_M), _place_on(line, measure + STRETCH_M))
    left_deg = func.sin(course - func.ST_Azimuth(foot, place)) * func.ST_Distance(foot, place)
    left_m = left_deg * METRES_PER_DEGREE
    return case(
        (left_m > ON_LINE_M, "left"), (left_m < -ON_LINE_M, "right"), (line.is_not(None) & place.is_not(None), "on")
    )


def _place_on(line_m: Expression, measure: Expression) -> ColumnElement[Any]:
    """Build the point at ``measure`` as ``point_at``, with a measure beyond an end taken as that end's."""
    ends = (func.ST_M(func.ST_StartPoint(line_m)), func.ST_M(func.ST_EndPoint(line_m)))
    return point_at(line_m, func.greatest(func.least(measure, func.greatest(*ends)), func.least(*ends)))


def locally_metric(geometry: Expression, near: Expression) -> ColumnElement[Any]:
    """Build ``geometry`` with longitudes scaled by the cosine of the latitude of ``near``; measures stay."""
    return func.ST_Scale(geometry, func.cos(func.radians(func.ST_Y(near))), 1.0)
