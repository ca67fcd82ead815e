"""What a filter cannot say is refused by a sentence, before the database or the parser's stack is asked."""

from __future__ import annotations

import json
import re
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.collections import layer_of
from geo.crs import Crs
from geo.errors import InvalidInputError
from geo.query.cql2 import Language, read_filter
from geo.query.cql2.refusal import MAX_DEPTH

DEEP = 100_000


def refused(text: str, language: Language = "cql2-text", crs: Crs = Crs.WGS84, layer: str = "reports") -> str:
    """Return the sentence with which a filter is refused."""
    with pytest.raises(InvalidInputError) as found:
        read_filter(layer_of(layer), text, language=language, crs=crs)
    assert found.value.field == "filter"
    assert re.search(r"[一-鿿]", found.value.text.zh)
    return found.value.text.en


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("nothing = 1", "nothing"),
        ("district = '410103'", "district"),  # a column of the table that is not published
        ("reporter_id IS NULL", "reporter_id"),
        ("tasks IS NULL", "tasks"),
        ("geom IS NULL", "geom"),
        ('"kind; DROP TABLE reports" = 1', "DROP TABLE"),
        ("pg_sleep(10) = 1", "pg_sleep"),
        ("ACCENTI(kind) = 'x'", "accenti"),
        ("S_DWITHIN(geometry, POINT(1 1), 5)", "S_DWITHIN"),
    ],
)
def test_unknown_name_is_named(text: str, word: str) -> None:
    assert word in refused(text)


@pytest.mark.parametrize(
    "text",
    [
        "kind = 5",
        "kind < 5",
        "5 = kind",
        "position_accuracy_m = 'near'",
        "position_accuracy_m LIKE '5%'",
        "kind LIKE note",
        "kind LIKE 5",
        "kind BETWEEN 1 AND 2",
        "position_accuracy_m BETWEEN 1 AND 'x'",
        "kind IN ('a', 1)",
        "position_accuracy_m IN (TRUE)",
        "kind + 1 = 2",
        "demonstration + 1 = 2",
        "demonstration = 'true'",
        "demonstration = 1",
        "kind",
        "1",
        "'text'",
        "1 + 1",
        "geometry",
        "observed_at",
        "NOT kind",
        "kind = 'a' AND 1",
        "observed_at > 5",
        "observed_at > kind",
        "kind > DATE('2020-01-01')",
        "CASEI(5) = 'x'",
        "CASEI(demonstration) = 'x'",
        "geometry = POINT(1 1)",
        "geometry < geometry",
        "geometry IN (POINT(1 1))",
        "S_INTERSECTS(kind, POINT(1 1))",
        "S_INTERSECTS(geometry, 'POINT(1 1)')",
        "S_INTERSECTS(geometry)",
        "S_INTERSECTS(geometry, geometry, geometry)",
        "T_AFTER(kind, kind)",
        "T_AFTER(observed_at)",
        "T_DURING(observed_at, INTERVAL('2020-01-01', '..'))",
        "T_MEETS(DATE('2020-01-01'), DATE('2020-01-02'))",
        "observed_at > INTERVAL('2020-01-01', '..')",
        "kind = NULL",
        "kind = 1 = 2",
    ],
)
def test_types_that_do_not_fit_are_refused(text: str) -> None:
    assert refused(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "THIS IS NOT A FILTER",
        "kind =",
        "= 1",
        "kind = 'a' AND",
        "kind = 'a",
        'kind = "a',
        "(kind = 'a'",
        "kind = 'a')",
        "kind = 'a'; DROP TABLE reports",
        "kind = 'a' -- x",
        "kind = 'a' /* x */",
        "kind = 'a' XOR kind = 'b'",
        "kind IN ()",
        "kind LIKE 'a\\'",
        "（kind = 'a'）",
        "position_accuracy_m > 1e400",
        "position_accuracy_m > 1.2.3",
        "observed_at > DATE('2020-02-30')",
        "observed_at > DATE('20200230')",
        "observed_at > DATE('2020-1-1')",
        "observed_at > TIMESTAMP('2020-01-01')",
        "observed_at > TIMESTAMP('2020-01-01T25:00:00Z')",
        "observed_at > TIMESTAMP('2020-01-01T00:00:00')",
        "observed_at > TIMESTAMP('0001-01-01T00:00:00+14:00')",
        "observed_at > TIMESTAMP('2020-01-01T00:00:00+99:00')",
        "observed_at > TIMESTAMP('0000-01-01T00:00:00Z')",
        "observed_at > TIMESTAMP('２０２０-01-01T00:00:00Z')",
        "observed_at > TIMESTAMP(kind)",
        "observed_at > 'soon'",
        "T_AFTER(observed_at, INTERVAL('2020-02-01', '2020-01-01'))",
        "T_AFTER(observed_at, INTERVAL('2020-02-01'))",
        "T_AFTER(observed_at, INTERVAL('..', 'soon'))",
        "S_INTERSECTS(geometry, POINT(90 180))",
        "S_INTERSECTS(geometry, POINT(34.7 113.6))",
        "S_INTERSECTS(geometry, POINT EMPTY)",
        "S_INTERSECTS(geometry, POLYGON EMPTY)",
        "S_INTERSECTS(geometry, LINESTRING(0 0))",
        "S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1)))",
        "S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1, 2 2)))",
        "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))",
        "S_INTERSECTS(geometry, POLYGON((0 0, 0 0, 0 0, 0 0)))",
        "S_INTERSECTS(geometry, BBOX(1, 2, 3))",
        "S_INTERSECTS(geometry, BBOX(1, 3, 2, 2))",
        "S_INTERSECTS(geometry, BBOX(1000000, 1000000, 2000000, 2000000))",
        "S_INTERSECTS(geometry, POINT(1e400 1))",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(text: str) -> None:
    assert refused(text)


@pytest.mark.parametrize(
    "tree",
    [
        "",
        "[]",
        "null",
        "5",
        "{}",
        "{",
        "NaN",
        '{"op":"and","args":[true]}',
        '{"op":"and"}',
        '{"op":"not","args":[true,true]}',
        '{"op":null,"args":[true]}',
        '{"op":"=","args":{"property":"kind"}}',
        '{"op":"=","args":[{"property":["kind"]},"a"]}',
        '{"op":"=","args":[{"property":{"property":"kind"}},"a"]}',
        '{"op":"=","args":[{"property":"kind"},null]}',
        '{"op":"=","args":[{"property":"kind"},"\\u0000"]}',
        '{"op":"=","args":[{"property":"kind"},"\\ud800"]}',
        '{"op":"in","args":[{"property":"kind"},"hazard"]}',
        '{"op":"in","args":[{"property":"kind"},[]]}',
        '{"op":"like","args":[{"property":"kind"},"a\\u0000"]}',
        '{"op":">","args":[{"property":"observed_at"},{"date":5}]}',
        '{"op":">","args":[{"property":"observed_at"},{"timestamp":["2020-01-01T00:00:00Z"]}]}',
        '{"op":"t_after","args":[{"property":"observed_at"},{"interval":"2020-01-01"}]}',
        '{"op":"t_after","args":[{"property":"observed_at"},{"interval":["..",5]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":["1","2","3","4"]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2,3,true]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[1e999,1]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[true,1]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[[1,1]]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[[[1,2],[3]]]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Circle","coordinates":[1,1]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"GeometryCollection","geometries":[]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"GeometryCollection","geometries":[[]]}]}',
        '{"op":"=","args":[1,' + "9" * 400 + "]}",
    ],
)
def test_tree_that_is_no_filter_is_refused(tree: str) -> None:
    assert refused(tree, "cql2-json")


@pytest.mark.parametrize(
    "text",
    [
        "(" * DEEP + "true" + ")" * DEEP,
        "NOT " * DEEP + "true",
        "NOT(" * DEEP + "true" + ")" * DEEP,
        "kind = " + "-" * DEEP + "1",
        "CASEI(" * DEEP,
        "1=" * DEEP + "1",
        "1+" * DEEP + "1 > 0",
        "1-" * DEEP + "1 > 0",
        "true AND " * DEEP + "true",
        "GEOMETRYCOLLECTION(" * DEEP,
        "POINT(" + "1 " * DEEP + ")",
        "S_INTERSECTS(geometry, POLYGON((" + "1 1," * 1_000_000 + "1 1)))",
        "kind IN (" + "'a'," * DEEP + "'a')",
        "'" * DEEP,
        "x" * 10_000_000,
        "[" * DEEP,
        '{"op":"not","args":[' * DEEP,
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.parametrize("language", ["cql2-text", "cql2-json"])
def test_enormous_filter_is_refused_in_little_memory(text: str, language: Language) -> None:
    tracemalloc.start()
    assert refused(text, language)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize(
    "text",
    [
        "(" * 2_000 + "true" + ")" * 2_000,
        "NOT " * 2_000 + "true",
        "kind = " + "-" * 20_000 + "1",
        "1=" * 20_000 + "1",
        "1-" * 20_000 + "1>0",
        "POINT(" + "1 " * 20_000 + ")",
        "kind LIKE " * 5_000 + "'a'",
        "CASEI(" * 5_000 + "kind" + ")" * 5_000 + " = 'a'",
        "x(" * 5_000 + ")" * 5_000,
        "S_INTERSECTS(geometry, LINESTRING(" + "1 1," * 10_001 + "2 2))",
        "kind IN (" + "''," * 15_000 + "'a')",
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_filter_that_fits_a_request_but_not_the_parser_is_refused(text: str) -> None:
    assert len(text) < 65_536
    assert refused(text)


def test_depth_up_to_the_limit_is_taken() -> None:
    depth = MAX_DEPTH - 1
    for text in ("(" * depth + "true" + ")" * depth, "NOT " * depth + "true", "1" + "+1" * (depth - 1) + " > 0"):
        read_filter(layer_of("reports"), text)
    tree: object = True
    for _ in range(depth):
        tree = {"op": "not", "args": [tree]}
    read_filter(layer_of("reports"), json.dumps(tree), language="cql2-json")
    deeper = json.dumps({"op": "not", "args": [{"op": "not", "args": [tree]}]})
    assert "deep" in refused(deeper, "cql2-json")


def test_layer_without_geometry_has_none_to_ask_for() -> None:
    assert "geometry" in refused("S_INTERSECTS(geometry, POINT(1 1))", layer="tasks")


@pytest.mark.parametrize(
    ("crs", "point"),
    [
        (Crs.WGS84_LAT_LON, "113.6 34.7"),
        (Crs.CGCS2000_CM114E, "3844000 38463000"),
        (Crs.CGCS2000_CM114E, "34.7 113.6"),
        (Crs.WEB_MERCATOR, "1 99999999"),
    ],
)
def test_point_outside_its_crs_is_refused(crs: Crs, point: str) -> None:
    assert refused(f"S_INTERSECTS(geometry, POINT({point}))", crs=crs)


PIECES = st.sampled_from(
    [
        "(",
        ")",
        ",",
        "-",
        "+",
        "NOT",
        "AND",
        "OR",
        "=",
        "<>",
        "<",
        "LIKE",
        "IN",
        "BETWEEN",
        "IS",
        "NULL",
        "'a'",
        "''",
        "'",
        '"',
        "\\",
        "1",
        "1e5",
        "kind",
        "position_accuracy_m",
        "observed_at",
        "geometry",
        "true",
        "CASEI(",
        "S_INTERSECTS(",
        "POINT(",
        "POINT(1 1)",
        "BBOX(1,2,3,4)",
        "DATE('2020-01-01')",
        "INTERVAL(",
        "T_AFTER(",
        "^",
        "/",
        "%",
        "div",
        "POLYGON((",
        "EMPTY",
        "Z",
        "'..'",
        ";",
        "中",
        "\x00",
        "[",
        "{",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=12), st.sampled_from([" ", ""]))
def test_no_text_breaks_the_reader(pieces: list[str], between: str) -> None:
    try:
        found, values = read_filter(layer_of("reports"), between.join(pieces))
    except InvalidInputError as error:
        assert error.text.zh  # noqa: PT017 - to be refused is one of the two things that may happen
    else:
        assert hash(found) == found.number
        assert set(values) == {f"filter_{number}" for number in range(len(values))}
