"""Every operator of CQL2 against plain Python and shapely over the same features."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import shapely
from shapely.geometry import shape
from sqlalchemy import Connection

from geo.crs import Crs
from tests.geo.filtering import everything, matching

Properties = dict[str, Any]
Truth = Callable[[Properties], "bool | None"]


def known(*names: str) -> Callable[[Callable[..., bool]], Truth]:
    """Ask only where none of the properties is NULL: a predicate on NULL is neither true nor false."""

    def wrap(ask: Callable[..., bool]) -> Truth:
        def asked(each: Properties) -> bool | None:
            values = [each[name] for name in names]
            return None if None in values else ask(*values)

        return asked

    return wrap


def both(*truths: Truth) -> Truth:
    """Connect by AND in three values (OGC 21-065r2, table 1)."""

    def asked(each: Properties) -> bool | None:
        found = [truth(each) for truth in truths]
        return False if False in found else None if None in found else True

    return asked


def either(*truths: Truth) -> Truth:
    return negated(both(*(negated(truth) for truth in truths)))


def negated(truth: Truth) -> Truth:
    def asked(each: Properties) -> bool | None:
        found = truth(each)
        return None if found is None else not found

    return asked


accuracy, level, measure, progress = (
    known(name) for name in ("position_accuracy_m", "water_level_m", "measure_m", "progress_percent")
)
note, kind, observed = known("note"), known("kind"), known("observed_at")
ACROSS = known("measure_m", "offset_m")
TIMES = known("observed_at", "received_at")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


JULY = moment("2020-07-01T00:00:00Z")

REPORTS: dict[str, Truth] = {
    "kind = 'hazard'": kind(lambda it: it == "hazard"),
    "kind <> 'hazard'": kind(lambda it: it != "hazard"),
    "kind < 'hazard'": kind(lambda it: it < "hazard"),
    "kind <= 'hazard'": kind(lambda it: it <= "hazard"),
    "kind > 'hazard'": kind(lambda it: it > "hazard"),
    "kind >= 'hazard'": kind(lambda it: it >= "hazard"),
    "'hazard' = kind": kind(lambda it: it == "hazard"),
    "kind = 'hazard' AND position_accuracy_m < 25": both(kind(lambda it: it == "hazard"), accuracy(lambda it: it < 25)),
    "kind = 'hazard' OR kind = 'water_level'": kind(lambda it: it in {"hazard", "water_level"}),
    "NOT kind = 'hazard'": kind(lambda it: it != "hazard"),
    "NOT (water_level_m > 119)": level(lambda it: not it > 119),
    "note IS NULL": lambda it: it["note"] is None,
    "note IS NOT NULL": lambda it: it["note"] is not None,
    "water_level_m > 119 OR note IS NULL": either(level(lambda it: it > 119), lambda it: it["note"] is None),
    "true": lambda _: True,
    "false": lambda _: False,
    "demonstration = true": lambda it: it["demonstration"] is True,
    "demonstration": lambda it: it["demonstration"] is True,
    "(kind = 'hazard') = (position_accuracy_m < 25)": known("kind", "position_accuracy_m")(
        lambda it, metres: (it == "hazard") == (metres < 25)
    ),
    "measure_m = 8524.01": measure(lambda it: it == 8524.01),
    "position_accuracy_m BETWEEN 5 AND 20": accuracy(lambda it: 5 <= it <= 20),
    "position_accuracy_m NOT BETWEEN 5 AND 20": accuracy(lambda it: not 5 <= it <= 20),
    "position_accuracy_m BETWEEN 20 AND 5": accuracy(lambda _: False),
    "position_accuracy_m IN (5, 8, 10.0)": accuracy(lambda it: it in {5, 8, 10}),
    "kind IN ('hazard', 'nothing')": kind(lambda it: it == "hazard"),
    "kind NOT IN ('hazard', 'water_level')": kind(lambda it: it not in {"hazard", "water_level"}),
    "'hazard' IN (kind, status)": known("kind", "status")(lambda *each: "hazard" in each),
    "CASEI(kind) IN (CASEI('HAZARD'), CASEI('Water_Level'))": kind(lambda it: it in {"hazard", "water_level"}),
    "kind LIKE 'ha%'": kind(lambda it: it.startswith("ha")),
    "kind LIKE '%_level'": kind(lambda it: re.fullmatch(".*.level", it) is not None),
    r"kind LIKE '%\_level'": kind(lambda it: it.endswith("_level")),
    "kind NOT LIKE 'ha%'": kind(lambda it: not it.startswith("ha")),
    "kind LIKE ''": kind(lambda _: False),
    "kind LIKE '%'": kind(lambda _: True),
    "note LIKE '_%'": note(lambda it: it != ""),
    "CASEI(kind) LIKE CASEI('HA%')": kind(lambda it: it.startswith("ha")),
    "CASEI(kind) = CASEI('HaZaRd')": kind(lambda it: it == "hazard"),
    "kind = 'HAZARD'": kind(lambda _: False),
    "measure_m > offset_m * 10": ACROSS(lambda along, across: along > across * 10),
    "measure_m - offset_m < 1000": ACROSS(lambda along, across: along - across < 1000),
    "measure_m + offset_m >= 5000": ACROSS(lambda along, across: along + across >= 5000),
    "measure_m / 7 > 500": measure(lambda it: it / 7 > 500),
    "measure_m div 1000 = 3": measure(lambda it: math.trunc(it / 1000) == 3),
    "-measure_m div 1000 = -3": measure(lambda it: math.trunc(-it / 1000) == -3),
    "position_accuracy_m % 3 = 2": accuracy(lambda it: math.fmod(it, 3) == 2),
    "position_accuracy_m ^ 2 > 100": accuracy(lambda it: it**2 > 100),
    "position_accuracy_m * 2 ^ 3 - 4 / 2 > 30 + 6 % 4": accuracy(lambda it: it * 8 - 2 > 32),
    "1 / position_accuracy_m < 0.1": accuracy(lambda it: it != 0 and 1 / it < 0.1),
    "position_accuracy_m / (version - 2) > -9": lambda it: (
        None
        if it["position_accuracy_m"] is None or it["version"] == 2
        else it["position_accuracy_m"] / (it["version"] - 2) > -9
    ),
    "version / 2 = 0.5": known("version")(lambda it: it == 1),
    "(0 - position_accuracy_m) ^ 0.5 > 0": lambda _: None,
    "progress_percent <= 50 AND progress_percent >= 50": progress(lambda it: it == 50),
    "observed_at > TIMESTAMP('2020-07-01T00:00:00Z')": observed(lambda it: moment(it) > JULY),
    "observed_at <= '2020-07-01T00:00:00Z'": observed(lambda it: moment(it) <= JULY),
    "observed_at = DATE('2020-07-20')": observed(lambda it: it[:10] == "2020-07-20"),
    "observed_at < DATE('2020-07-20')": observed(lambda it: it[:10] < "2020-07-20"),
    "observed_at IN ('2020-07-20', '2020-07-21')": observed(lambda it: it[:10] in {"2020-07-20", "2020-07-21"}),
    "observed_at < received_at": TIMES(lambda seen, came: moment(seen) < moment(came)),
    "INTERVAL(observed_at, received_at) IS NULL": lambda it: it["observed_at"] is None or it["received_at"] is None,
    "T_AFTER(observed_at, TIMESTAMP('2020-07-01T00:00:00Z'))": observed(lambda it: moment(it) > JULY),
    "T_BEFORE(observed_at, INTERVAL('2020-07-01', '..'))": observed(lambda it: it[:10] < "2020-07-01"),
    "T_INTERSECTS(observed_at, INTERVAL('2020-07-01', '2020-07-31'))": observed(lambda it: it[:7] == "2020-07"),
    "T_DISJOINT(observed_at, INTERVAL('2020-07-01', '2020-07-31'))": observed(lambda it: it[:7] != "2020-07"),
    "T_EQUALS(observed_at, observed_at)": observed(lambda _: True),
}


@pytest.mark.parametrize("text", REPORTS)
def test_filter_keeps_just_what_python_keeps(demonstration_connection: Connection, text: str) -> None:
    expected = {
        each["id"] for each in everything(demonstration_connection, "reports") if REPORTS[text](each["properties"])
    }
    assert matching(demonstration_connection, "reports", text) == expected
    unlike = {
        each["id"]
        for each in everything(demonstration_connection, "reports")
        if negated(REPORTS[text])(each["properties"])
    }
    assert matching(demonstration_connection, "reports", f"NOT ({text})") == unlike


def test_most_of_these_filters_keep_some_and_leave_others(demonstration_connection: Connection) -> None:
    number = len(everything(demonstration_connection, "reports"))
    kept = [len(matching(demonstration_connection, "reports", text)) for text in REPORTS]
    assert sum(0 < each < number for each in kept) > 0.7 * len(kept)


# Allen's relations between [a, b] and [c, d], as Time Ontology in OWL defines them on the ends.
RELATIONS: dict[str, Callable[[str, str, str, str], bool]] = {
    "T_AFTER": lambda a, _b, _c, d: a > d,
    "T_BEFORE": lambda _a, b, c, _d: b < c,
    "T_CONTAINS": lambda a, b, c, d: a < c and d < b,
    "T_DISJOINT": lambda a, b, c, d: b < c or a > d,
    "T_DURING": lambda a, b, c, d: c < a and b < d,
    "T_EQUALS": lambda a, b, c, d: a == c and b == d,
    "T_FINISHEDBY": lambda a, b, c, d: a < c and b == d,
    "T_FINISHES": lambda a, b, c, d: c < a and b == d,
    "T_INTERSECTS": lambda a, b, c, d: a <= d and b >= c,
    "T_MEETS": lambda _a, b, c, _d: b == c,
    "T_METBY": lambda a, _b, _c, d: d == a,
    "T_OVERLAPPEDBY": lambda a, b, c, d: c < a < d < b,
    "T_OVERLAPS": lambda a, b, c, d: a < c < b < d,
    "T_STARTEDBY": lambda a, b, c, d: a == c and d < b,
    "T_STARTS": lambda a, b, c, d: a == c and b < d,
}


@pytest.mark.parametrize("name", RELATIONS)
def test_intervals_relate_as_their_ends_do(demonstration_connection: Connection, name: str) -> None:
    rows = [
        (each["id"], each["properties"]["planned_start"], each["properties"]["planned_finish"])
        for each in everything(demonstration_connection, "planned_dates")
        if each["properties"]["planned_start"] and each["properties"]["planned_finish"]
    ]
    starts, ends = sorted({start for _, start, _ in rows}), sorted({end for _, _, end in rows})
    met = 0
    for start in starts[:: max(1, len(starts) // 6)]:
        for end in (each for each in ends[:: max(1, len(ends) // 6)] if each >= start):
            expected = {key for key, a, b in rows if RELATIONS[name](a, b, start, end)}
            text = f"{name}(INTERVAL(planned_start, planned_finish), INTERVAL('{start}', '{end}'))"
            assert matching(demonstration_connection, "planned_dates", text) == expected
            met += bool(expected)
    assert met


PREDICATES = {
    "S_INTERSECTS": shapely.intersects,
    "S_DISJOINT": shapely.disjoint,
    "S_EQUALS": shapely.equals,
    "S_TOUCHES": shapely.touches,
    "S_WITHIN": shapely.within,
    "S_OVERLAPS": shapely.overlaps,
    "S_CROSSES": shapely.crosses,
    "S_CONTAINS": shapely.contains,
}
BOX = "POLYGON((113.62 34.70, 113.66 34.70, 113.66 34.76, 113.62 34.76, 113.62 34.70))"
HOLED = "POLYGON((113 34, 114 34, 114 35, 113 35, 113 34), (113.62 34.70, 113.66 34.70, 113.66 34.76, 113.62 34.70))"
LITERALS = [
    BOX,
    HOLED,
    f"MULTIPOLYGON({BOX.removeprefix('POLYGON')}, ((100 30, 101 30, 101 31, 100 30)))",
    "LINESTRING(113.5 34.6, 113.65 34.74, 113.8 34.9)",
    "MULTILINESTRING((113.5 34.74, 113.8 34.74), (113.65 34.6, 113.65 34.9))",
    "MULTIPOINT(113.65 34.74, 113.66 34.75)",
    "POINT(113.65 34.74)",
    f"GEOMETRYCOLLECTION(POINT(113.65 34.74), {BOX})",
    "POLYGON Z((113.62 34.70 1, 113.66 34.70 2, 113.66 34.76 3, 113.62 34.70 1))",
]


@pytest.mark.parametrize("layer", ["reports", "segments", "roads", "districts"])
@pytest.mark.parametrize("name", PREDICATES)
def test_spatial_predicate_agrees_with_shapely(demonstration_connection: Connection, name: str, layer: str) -> None:
    features = everything(demonstration_connection, layer)
    shapes = {each["id"]: shape(each["geometry"]) for each in features if each["geometry"]}
    own = [each.wkt for each in list(shapes.values())[:2]]
    for literal in [*LITERALS, *(text for text in own if "MULTI" not in text and "POINT" in text)]:
        other = shapely.force_2d(shapely.from_wkt(literal))
        expected = {key for key, each in shapes.items() if PREDICATES[name](each, other)}
        assert matching(demonstration_connection, layer, f"{name}(geometry, {literal})") == expected, literal
        turned = {key for key, each in shapes.items() if PREDICATES[name](other, each)}
        assert matching(demonstration_connection, layer, f"{name}({literal}, geometry)") == turned, literal


def test_feature_without_geometry_matches_no_spatial_predicate(demonstration_connection: Connection) -> None:
    bare = {each["id"] for each in everything(demonstration_connection, "reports") if each["geometry"] is None}
    assert bare
    assert matching(demonstration_connection, "reports", "geometry IS NULL") == bare
    for name in PREDICATES:
        for text in (f"{name}(geometry, {BOX})", f"NOT {name}(geometry, {BOX})"):
            assert not matching(demonstration_connection, "reports", text) & bare


@pytest.mark.parametrize(
    ("crs", "box"),
    [
        (Crs.WGS84, "113.62,34.70,113.66,34.76"),
        (Crs.WGS84_LAT_LON, "34.70,113.62,34.76,113.66"),
        (Crs.CGCS2000, "34.70,113.62,34.76,113.66"),
    ],
)
def test_box_is_in_the_axis_order_of_its_crs(demonstration_connection: Connection, crs: Crs, box: str) -> None:
    expected = matching(demonstration_connection, "reports", f"S_INTERSECTS(geometry, {BOX})")
    assert expected
    assert matching(demonstration_connection, "reports", f"S_INTERSECTS(geometry, BBOX({box}))", crs=crs) == expected


def test_box_across_the_antimeridian_is_its_two_halves(demonstration_connection: Connection) -> None:
    everywhere = matching(demonstration_connection, "roads", "S_INTERSECTS(geometry, BBOX(-180,-90,180,90))")
    assert len(everywhere) == 3
    assert matching(demonstration_connection, "roads", "S_INTERSECTS(geometry, BBOX(170,-90,120,90))") == everywhere
    assert not matching(demonstration_connection, "roads", "S_INTERSECTS(geometry, BBOX(120,-90,-170,90))")


def test_box_without_area_is_a_line_or_a_point(demonstration_connection: Connection) -> None:
    line = matching(demonstration_connection, "roads", "S_INTERSECTS(geometry, BBOX(113.5,34.74,113.8,34.74))")
    assert line == matching(
        demonstration_connection, "roads", "S_INTERSECTS(geometry, LINESTRING(113.5 34.74,113.8 34.74))"
    )
    assert line
    assert not matching(demonstration_connection, "roads", "S_INTERSECTS(geometry, BBOX(1,1,1,1))")
