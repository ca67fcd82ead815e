"""Common Query Language CQL2 1.0 (OGC 21-065r2), Annex A, over our own collections and in both encodings.

The annex counts on a data set of its own; here its predicates are asked of ours, and what they keep is compared with
what Python keeps of the same features. The data set itself was tried by hand: see the decision on filters.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import cql2
import httpx
import pytest
import shapely
from shapely.geometry import shape

from tests.conformance.test_filtering import queryables
from tests.conformance.walk import features, fetched, ids, items_path

CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
CLASSES = {
    f"{CQL2}{name}"
    for name in (
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "basic-spatial-functions",
        "basic-spatial-functions-plus",
        "spatial-functions",
        "temporal-functions",
        "property-property",
        "arithmetic",
    )
}
COLLECTIONS = ["reports", "tasks", "districts"]  # every type of property, points, polygons and no geometry
SPATIAL = ["reports", "segments", "districts"]
LANGUAGES = ["cql2-text", "cql2-json"]  # /conf/cql2-text/validate, /conf/cql2-json/validate: all tests in each
VALUES = {
    "string": "'foo'",
    "boolean": "true",
    "number": "3.14",
    "integer": "1",
    "date-time": "TIMESTAMP('2022-04-14T14:48:46Z')",
    "date": "DATE('2022-04-14')",
}
BRIEF = {"properties": "version", "skipGeometry": "true"}
Ask = Callable[[str, str], list[str]]


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ask(season_client: httpx.Client, language: str) -> Ask:
    """Return what asks a collection by a filter and gives the ids of what it keeps."""

    def found(collection: str, text: str) -> list[str]:
        written = text if language == "cql2-text" else json.dumps(cql2.parse_text(text).to_json())
        query = {"filter": written, "filter-lang": language, **BRIEF}
        return ids(features(season_client, collection, **query))

    return found


def refused(client: httpx.Client, collection: str, text: str) -> None:
    answer = client.get(items_path(collection), params={"filter": text})
    assert answer.status_code == 400
    assert answer.json()["field"] == "filter"


def type_of(schema: dict[str, Any]) -> str:
    return schema["format"] if schema.get("format") in VALUES else str(schema.get("type", "geometry"))


def of_types(client: httpx.Client, collection: str, *types: str) -> Iterator[str]:
    for name, schema in queryables(client, collection).items():
        if type_of(schema) in types:
            yield name


def told_most(client: httpx.Client, collection: str) -> dict[str, str]:
    """Return the queryable of each type that has the most different values: the type decides how one is compared.

    That each one can be asked for is tested by /conf/basic-cql2/is-null and by conformance test 5 of Part 3.
    """
    everything = features(client, collection)
    named = [(type_of(each), name) for name, each in queryables(client, collection).items() if name != "id"]
    many = {name: len({str(each["properties"][name]) for each in everything}) for kind, name in named if kind in VALUES}
    return {kind: name for kind, name in sorted(named, key=lambda each: many.get(each[1], 0)) if kind in VALUES}


def compared(client: httpx.Client, collection: str) -> Iterator[tuple[str, str]]:
    """Give a queryable of each type, and a value of the type."""
    for kind, name in told_most(client, collection).items():
        yield name, VALUES[kind]


def apart(one: list[str], other: list[str]) -> None:
    assert not set(one) & set(other)


@pytest.mark.parametrize("uri", sorted(CLASSES))
def test_classes_are_declared(season_client: httpx.Client, uri: str) -> None:
    assert uri in fetched(season_client, "/ogc/conformance").json()["conformsTo"]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_basic_cql2_basic_test(season_client: httpx.Client, collection: str) -> None:
    """/conf/basic-cql2/basic-test: each queryable says its type, and one at least is of a simple one."""
    found = [type_of(each) for each in queryables(season_client, collection).values()]
    assert set(found) <= {*VALUES, "geometry"}
    assert set(found) & set(VALUES)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_basic_cql2_comparison_and_property_property(season_client: httpx.Client, ask: Ask, collection: str) -> None:
    """/conf/basic-cql2/comparison and /conf/property-property/comparison-value-property: both ways round."""
    turned = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
    for name, value in compared(season_client, collection):
        kept = {operator: ask(collection, f"{name} {operator} {value}") for operator in turned}
        apart(kept["="], kept["<>"])
        apart(kept[">"], kept["<="])
        apart(kept["<"], kept[">="])
        for operator, other in turned.items():
            assert ask(collection, f"{value} {operator} {name}") == kept[other]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_basic_cql2_is_null(season_client: httpx.Client, ask: Ask, collection: str) -> None:
    """/conf/basic-cql2/is-null"""
    everything = features(season_client, collection)
    for name in queryables(season_client, collection):
        without, those_with = ask(collection, f"{name} IS NULL"), ask(collection, f"{name} is not null")
        apart(without, those_with)
        assert sorted(without + those_with) == sorted(ids(everything))


def test_basic_cql2_boolean(season_client: httpx.Client, ask: Ask) -> None:
    """/conf/basic-cql2/boolean"""
    assert ask("reports", "true") == ids(features(season_client, "reports"))
    assert ask("reports", "false") == []


PREDICATES = [
    "kind = 'hazard'",
    "kind LIKE '%_level'",
    "position_accuracy_m BETWEEN 5 AND 20",
    "note IS NULL",
    "water_level_m > 119",
    "status IN ('accepted', 'rejected')",
    "CASEI(kind) = CASEI('HAZARD')",
    "measure_m > offset_m * 10",
    "observed_at > TIMESTAMP('2020-07-20T00:00:00Z')",
    "T_INTERSECTS(INTERVAL(observed_at, received_at), INTERVAL('2020-07-01', '2020-07-31'))",
    "S_INTERSECTS(geometry, BBOX(113.6, 34.7, 113.65, 34.8))",
    "S_DISJOINT(geometry, POLYGON((113.6 34.7, 113.65 34.7, 113.65 34.8, 113.6 34.7)))",
    "measure_m = measure_m",
]


def test_logical(season_client: httpx.Client, ask: Ask) -> None:
    """/conf/*/logical: random combinations of the stored predicates, against the truth tables of three values."""
    chosen = random.Random(21065)  # noqa: S311 - the same combinations each time
    everything = ids(features(season_client, "reports"))
    truth: dict[str, dict[str, bool | None]] = {}
    for each in PREDICATES:
        holds, fails = set(ask("reports", each)), set(ask("reports", f"NOT ({each})"))
        truth[each] = {key: True if key in holds else False if key in fails else None for key in everything}
    for _ in range(12):
        names = chosen.sample(PREDICATES, 4)
        p1, p2, p3, p4 = names
        text = f"((NOT ({p1}) AND {p2}) OR ({p3} and NOT ({p4})) or not ({p1} AND {p4}))"
        expected = [key for key in everything if _combined(*(truth[name][key] for name in names))]
        assert ask("reports", text) == expected


def _combined(a: bool | None, b: bool | None, c: bool | None, d: bool | None) -> bool | None:  # noqa: FBT001 - four truths
    return _or(_or(_and(_not(a), b), _and(c, _not(d))), _not(_and(a, d)))


def _and(one: bool | None, other: bool | None) -> bool | None:  # noqa: FBT001 - a truth table
    return False if one is False or other is False else None if one is None or other is None else True


def _not(one: bool | None) -> bool | None:  # noqa: FBT001 - a truth table
    return None if one is None else not one


def _or(one: bool | None, other: bool | None) -> bool | None:  # noqa: FBT001 - a truth table
    return _not(_and(_not(one), _not(other)))


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_advanced_comparison_like(season_client: httpx.Client, collection: str) -> None:
    """/conf/advanced-comparison-operators/like"""

    def kept(text: str) -> list[str]:
        return ids(features(season_client, collection, filter=text, **BRIEF))

    for name in of_types(season_client, collection, "string"):
        apart(kept(f"{name} like '_%'"), kept(f"{name} like ''"))
        assert kept(f"{name} LIKE '%'") == kept(f"{name} like '%%'") == kept(f"{name} IS NOT NULL")
        assert kept(rf"{name} like '\%\_'") == []


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_advanced_comparison_between_and_in(season_client: httpx.Client, ask: Ask, collection: str) -> None:
    """/conf/advanced-comparison-operators/between and in"""
    everything = features(season_client, collection)
    for name in of_types(season_client, collection, "number", "integer"):
        values = {each["id"]: each["properties"][name] for each in everything}
        within = [key for key, value in values.items() if value is not None and 0 <= value <= 100]
        assert ask(collection, f"{name} BETWEEN 0 AND 100") == within
        assert ask(collection, f"{name} between 100.0 and 1.0") == []
        assert ask(collection, f"{name} IN (1, 2, 3)") == [key for key, value in values.items() if value in {1, 2, 3}]
    for kind, listed in {
        "string": "'foo', 'bar'",
        "date-time": "'2022-04-14T14:52:56Z', '2022-04-14T15:52:56Z'",
        "date": "'2022-04-14', '2022-04-15'",
    }.items():
        for name in of_types(season_client, collection, kind):
            assert ask(collection, f"{name} in ({listed})") == []
    for name in of_types(season_client, collection, "boolean"):
        true = [each["id"] for each in everything if each["properties"][name] is True]
        assert ask(collection, f"{name} in (true)") == true


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_case_insensitive_comparison(season_client: httpx.Client, ask: Ask, collection: str) -> None:
    """/conf/case-insensitive-comparison/casei and casei-like: foo and FOO keep the same."""
    everything = features(season_client, collection)
    for name in of_types(season_client, collection, "string"):
        if name == "id":
            continue
        for text in ("CASEI({}) = casei('{}')", "CASEI({}) LIKE casei('{}%')"):
            assert ask(collection, text.format(name, "foo")) == ask(collection, text.format(name, "FOO"))
        values = {each["id"]: each["properties"][name] for each in everything}
        word = next((value for value in values.values() if value and value.isascii() and "'" not in value), None)
        if word is not None:
            same = [key for key, value in values.items() if value is not None and value.casefold() == word.casefold()]
            assert ask(collection, f"CASEI({name}) = CASEI('{word.upper()}')") == same


@pytest.mark.parametrize("collection", SPATIAL)
def test_basic_spatial_functions_s_intersects(season_client: httpx.Client, ask: Ask, collection: str) -> None:
    """/conf/basic-spatial-functions/s_intersects"""
    located = [each["id"] for each in features(season_client, collection) if each["geometry"]]
    assert ask(collection, "S_INTERSECTS(geometry,BBOX(-180,-90,180,90))") == located
    assert ask(collection, "S_INTERSECTS(geometry,POINT(7.02 49.92))") == []
    both = "S_INTERSECTS(geometry,BBOX(-180,-90,-90,90)) AND S_INTERSECTS(geometry,BBOX(90,-90,180,90))"
    assert ask(collection, both) == []
    refused(season_client, collection, "S_INTERSECTS(geometry,POINT(90 180))")


EVERYWHERE = "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))"
NEAR = "POLYGON((113.6 34.7, 113.66 34.7, 113.66 34.77, 113.6 34.77, 113.6 34.7))"
LITERALS = [
    "LINESTRING(113 34.74, 114 34.74)",
    "MULTILINESTRING((113 34.74, 114 34.74), (113.65 34, 113.65 35))",
    "POLYGON((113 34, 114 34, 114 35, 113 35, 113 34), (113.6 34.7, 113.66 34.7, 113.66 34.77, 113.6 34.7))",
    f"MULTIPOLYGON((({NEAR[9:-2]})), ((0 0, 10 0, 10 10, 0 10, 0 0)))",
    f"GEOMETRYCOLLECTION(POINT(7.02 49.92), {NEAR})",
    "MULTIPOINT(113.65 34.74, 113.66 34.75)",
    EVERYWHERE,
    NEAR,
]
FUNCTIONS = {
    "S_INTERSECTS": shapely.intersects,
    "S_DISJOINT": shapely.disjoint,
    "S_EQUALS": shapely.equals,
    "S_TOUCHES": shapely.touches,
    "S_CROSSES": shapely.crosses,
    "S_WITHIN": shapely.within,
    "S_CONTAINS": shapely.contains,
    "S_OVERLAPS": shapely.overlaps,
}


@pytest.mark.parametrize("collection", SPATIAL)
def test_basic_spatial_functions_plus_s_intersects(season_client: httpx.Client, ask: Ask, collection: str) -> None:
    """/conf/basic-spatial-functions-plus/s_intersects: every kind of literal."""
    shapes = {each["id"]: shape(each["geometry"]) for each in features(season_client, collection) if each["geometry"]}
    for literal in LITERALS:
        expected = [key for key, each in shapes.items() if shapely.intersects(each, shapely.from_wkt(literal))]
        assert ask(collection, f"S_INTERSECTS(geometry,{literal})") == expected
    refused(season_client, collection, "S_INTERSECTS(geometry,MULTIPOINT(7.02 49.92, 90 180))")


@pytest.mark.parametrize("collection", SPATIAL)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_spatial_functions(season_client: httpx.Client, ask: Ask, name: str, collection: str) -> None:
    """/conf/spatial-functions/s_intersects, s_disjoint … s_overlaps, and turned round for property-property."""
    shapes = {each["id"]: shape(each["geometry"]) for each in features(season_client, collection) if each["geometry"]}
    for literal in LITERALS[::3] + LITERALS[-2:]:
        other = shapely.from_wkt(literal)
        expected = [key for key, each in shapes.items() if FUNCTIONS[name](each, other)]
        assert ask(collection, f"{name}(geometry,{literal})") == expected, literal
        turned = [key for key, each in shapes.items() if FUNCTIONS[name](other, each)]
        assert ask(collection, f"{name}({literal},geometry)") == turned, literal
    assert ask(collection, f"{name}(geometry,BBOX(-180,-90,180,90))") == ask(
        collection, f"{name}(geometry,{EVERYWHERE})"
    )


EITHER = ["T_AFTER", "T_BEFORE", "T_DISJOINT", "T_EQUALS", "T_INTERSECTS"]
INTERVALS = [
    *EITHER,
    *("T_CONTAINS", "T_DURING", "T_FINISHEDBY", "T_FINISHES", "T_MEETS", "T_METBY"),
    *("T_OVERLAPPEDBY", "T_OVERLAPS", "T_STARTEDBY", "T_STARTS"),
]
SPANS = {
    "date-time": ("TIMESTAMP('2020-07-20T07:59:57Z')", "INTERVAL('2020-07-01T00:00:00Z','2020-07-31T23:59:59Z')"),
    "date": ("DATE('2020-07-20')", "INTERVAL('2020-07-01','2020-07-31')"),
}


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_temporal_functions_1(season_client: httpx.Client, ask: Ask, collection: str) -> None:
    """/conf/temporal-functions/temporal-functions-1: instants with instants and intervals."""
    told = told_most(season_client, collection)
    for kind, literals in SPANS.items():
        if kind in told:
            name = told[kind]
            for literal in literals:
                kept = {function: ask(collection, f"{function}({name},{literal})") for function in EITHER}
                assert sorted(kept["T_AFTER"] + kept["T_BEFORE"]) == kept["T_DISJOINT"]
                apart(kept["T_DISJOINT"], kept["T_INTERSECTS"])
                known = ask(collection, f"{name} IS NOT NULL")
                assert sorted(kept["T_DISJOINT"] + kept["T_INTERSECTS"]) == known
                turned = {function: ask(collection, f"{function}({literal},{name})") for function in EITHER}
                assert turned["T_AFTER"] == kept["T_BEFORE"]
                assert turned["T_INTERSECTS"] == kept["T_INTERSECTS"]


@pytest.mark.parametrize(
    ("collection", "start", "end", "kind"),
    [
        ("reports", "observed_at", "received_at", "date-time"),
        ("planned_dates", "planned_start", "planned_finish", "date"),
    ],
)
def test_temporal_functions_2(ask: Ask, collection: str, start: str, end: str, kind: str) -> None:
    """/conf/temporal-functions/temporal-functions-2: each interval is in just one of Allen's thirteen relations."""
    own, other = f"INTERVAL({start},{end})", SPANS[kind][1]
    kept = {function: set(ask(collection, f"{function}({own},{other})")) for function in INTERVALS}
    apart_from_each_other = [name for name in INTERVALS if name not in {"T_DISJOINT", "T_INTERSECTS"}]
    known = set(ask(collection, f"{own} IS NOT NULL"))
    assert sum(len(kept[name]) for name in apart_from_each_other) == len(known)
    assert set().union(*(kept[name] for name in apart_from_each_other)) == known
    assert kept["T_INTERSECTS"] | kept["T_DISJOINT"] == known
    assert len([name for name in apart_from_each_other if kept[name]]) >= 3


def test_temporal_functions_take_no_instants_where_intervals_are_wanted(season_client: httpx.Client) -> None:
    """OGC 21-065r2, 7.9.2: the functions of table 8 refuse instants."""
    for name in INTERVALS:
        if name not in EITHER:
            refused(season_client, "reports", f"{name}(observed_at,INTERVAL('2020-07-01','..'))")


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_property_property_comparison(season_client: httpx.Client, ask: Ask, collection: str) -> None:
    """/conf/property-property/comparison-property-property"""
    for name, _ in compared(season_client, collection):
        for operator in ("<>", "<", ">"):
            assert ask(collection, f"{name} {operator} {name}") == []
        equal = ask(collection, f"{name} = {name}")
        assert equal == ask(collection, f"{name} >= {name}") == ask(collection, f"{name} <= {name}")


@pytest.mark.parametrize("value", VALUES.values())
def test_property_property_comparison_value_value(season_client: httpx.Client, ask: Ask, value: str) -> None:
    """/conf/property-property/comparison-value-value"""
    everything = ids(features(season_client, "tasks"))
    for operator in ("<>", "<", ">"):
        assert ask("tasks", f"{value} {operator} {value}") == []
    for operator in ("=", ">=", "<="):
        assert ask("tasks", f"{value} {operator} {value}") == everything


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_arithmetic(season_client: httpx.Client, ask: Ask, collection: str) -> None:
    """/conf/arithmetic/arithmetic"""
    everything = features(season_client, collection)
    forms: dict[str, Callable[[float], bool]] = {
        "{} + 1 > 20": lambda it: it + 1 > 20,
        "{} - 2 * 3 <= 10 / 4": lambda it: it - 6 <= 2.5,
        "{} % 2 = 0": lambda it: it % 2 == 0,
        "{} div 10 = 1": lambda it: 10 <= it < 20,
        "{} = 2 ^ 3 - 7": lambda it: it == 1,
        "{} between 4 / 4 and (3 * (9 + 1))": lambda it: 1 <= it <= 30,
        "{} in (1 + 0, 2 * 5)": lambda it: it in {1, 10},
        "30 / {} >= 2": lambda it: it != 0 and 30 / it >= 2,
    }
    told = told_most(season_client, collection)
    for name in (told[kind] for kind in ("number", "integer") if kind in told):
        for form, truth in forms.items():
            values = [(each["id"], each["properties"][name]) for each in everything]
            expected = [key for key, value in values if value is not None and truth(value)]
            assert ask(collection, form.format(name)) == expected, form


def test_cql2_text_escaping(season_client: httpx.Client) -> None:
    """/conf/cql2-text/escaping: every escaped character stands for itself, and so is equal to the same in JSON."""
    for written, value in {r"\'": "'", "''": "'", r"\a": "\a", r"\b": "\b", r"\t": "\t", r"\n": "\n", r"\v": "\v", r"\f": "\f", r"\r": "\r"}.items():  # fmt: skip  # noqa: E501 - one line is one table
        assert features(season_client, "districts", filter=f"'x{written}y' LIKE 'x_y'"), written
        assert features(season_client, "districts", filter=f"'{written}' = '{written}'")
        in_json = json.dumps({"op": "=", "args": [{"op": "casei", "args": [value]}, value]})
        assert features(season_client, "districts", **{"filter": in_json, "filter-lang": "cql2-json"})
