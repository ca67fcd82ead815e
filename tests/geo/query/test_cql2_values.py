"""Values of a filter reach the database as they are, apart from its structure; nothing in them is more than a value."""

from __future__ import annotations

import json
import math
import unicodedata
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone

import cql2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import ARRAY, Connection, Text, bindparam, func, select, text

from geo.collections import layer_of
from geo.query.cql2 import read_filter
from geo.query.cql2.nodes import folded
from tests.geo.filtering import matching, parameters
from tests.geo.query.test_cql2_operators import REPORTS
from tests.geo.sample import add

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
INJECTIONS = [
    "'; DROP TABLE sites; --",
    "' OR '1'='1",
    "') OR (true",
    "\\'; DROP TABLE sites; --",
    "/* */ -- # ;",
    "$1 $$ %s %(x)s :name {} ?",
    "\u02bc \u2019 \uff07 ' \"",
    "1); DELETE FROM sites WHERE (1=1",
    "\x1b[0m\r\n\t\b\a\v\f",
    "\ufeff\u202e\U0010ffff",
    "''''",
    "\\\\",
    "\\",
    "",
]


def quoted(value: str) -> str:
    """Write a text literal: quotes doubled, backslashes escaped (OGC 21-065r2, req. /req/cql2-text/escaping)."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def as_json(value: object) -> str:
    return json.dumps({"op": "=", "args": [{"property": "note"}, value]})


@pytest.mark.parametrize("value", INJECTIONS)
def test_hostile_text_is_only_a_value(world: Connection, value: str) -> None:
    add(world, "sites", note=value)
    assert matching(world, "sites", f"note = {quoted(value)}") == {"new"}
    assert matching(world, "sites", as_json(value), language="cql2-json") == {"new"}
    assert matching(world, "sites", f"note IN ({quoted(value)}, 'x')") == {"new"}
    assert "new" not in matching(world, "sites", f"note <> {quoted(value)}")
    assert world.scalar(text("SELECT count(*) FROM sites")) == 3


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=TEXTS)
@example("\\n")
@example("\\\\'")
def test_every_text_is_found_again(world: Connection, value: str) -> None:
    with world.begin_nested() as savepoint:
        add(world, "sites", note=value)
        found = matching(world, "sites", f"note = {quoted(value)}")
        in_json = matching(world, "sites", as_json(value), language="cql2-json")
        savepoint.rollback()
    assert found == in_json == {"new"}


@given(value=TEXTS)
def test_text_is_a_parameter_and_no_part_of_the_structure(value: str) -> None:
    layer = layer_of("sites")
    found, values = read_filter(layer, f"note = {quoted(value)} OR note LIKE 'a%'")
    other, _ = read_filter(layer, "note = 'b' OR note LIKE 'c'")
    assert values == {"filter_0": value, "filter_1": "a%"}
    assert found == other
    assert hash(found) == hash(other)


@pytest.mark.parametrize(
    "text", ["note = 'b' AND note LIKE 'c'", "note > 'b' OR note LIKE 'c'", "kind = 'b' OR note LIKE 'c'", "note = 'b'"]
)
def test_other_structure_is_another_filter(text: str) -> None:
    layer = layer_of("sites")
    assert read_filter(layer, "note = 'a' OR note LIKE 'a'")[0] != read_filter(layer, text)[0]


def test_lists_of_any_length_share_a_structure() -> None:
    layer = layer_of("sites")
    filters = {
        read_filter(layer, f"note IN ({', '.join(['1'] * number)}) AND kind = 1".replace("1", "'x'"))[0]
        for number in (1, 2, 500)
    }
    assert len(filters) == 1
    assert list(parameters("sites", "note IN ('a', 'b')").values()) == [["a", "b"]]


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_number_is_read_to_the_last_bit(value: float) -> None:
    (found,) = parameters("reports", f"water_level_m = {value!r}").values()
    assert math.copysign(1, found) * found == math.copysign(1, value) * value
    tree = json.dumps({"op": "=", "args": [{"property": "water_level_m"}, value]})
    assert list(parameters("reports", tree, language="cql2-json").values()) == [value]


@given(value=st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001 - UTC is added
def test_moment_is_read_to_the_microsecond(value: datetime) -> None:
    written = value.isoformat(timespec="microseconds") + "Z"
    expected = [value.replace(tzinfo=timezone.utc)]
    assert list(parameters("reports", f"observed_at > TIMESTAMP('{written}')").values()) == expected
    assert list(parameters("reports", f"observed_at > '{written}'").values()) == expected


@given(value=st.dates())
def test_date_is_read(value: date) -> None:
    assert list(parameters("tasks", f"actual_start > DATE('{value.isoformat()}')").values()) == [value]


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r"'it\'s'", "it's"),
        ("'it''s'", "it's"),
        (r"'\a\b\t\n\v\f\r'", "\a\b\t\n\v\f\r"),
        (r"'a\\nb'", r"a\nb"),
        (r"'\q\%'", r"\q\%"),
        ("'（建）'", "（建）"),
    ],
)
def test_escaped_characters_are_recovered(literal: str, value: str) -> None:
    assert list(parameters("sites", f"note = {literal}").values()) == [value]


def test_backslash_escapes_the_wildcards_of_a_pattern(world: Connection) -> None:
    for key, note in {"percent": "100%", "plain": "1000", "backslash": "a\\b", "tab": "a\tb"}.items():
        add(world, "sites", id=key, note=note)
    assert matching(world, "sites", r"note LIKE '100\%'") == {"percent"}
    assert matching(world, "sites", "note LIKE '100%'") == {"percent", "plain"}
    assert matching(world, "sites", r"note LIKE 'a\\b'") == {"backslash"}
    assert matching(world, "sites", r"note LIKE 'a\tb'") == {"tab"}


@pytest.mark.parametrize("text", REPORTS)
def test_both_encodings_say_the_same(demonstration_connection: Connection, text: str) -> None:
    if "\\" in text:  # the library's writer of CQL2 JSON knows no escapes
        text = text.replace("\\", "")
    tree = json.dumps(cql2.parse_text(text).to_json())
    in_json = matching(demonstration_connection, "reports", tree, language="cql2-json")
    assert in_json == matching(demonstration_connection, "reports", text)


def test_day_of_a_moment_is_the_day_in_utc(world: Connection) -> None:
    midnight = datetime(2020, 7, 20, tzinfo=timezone.utc)
    for number, seen in enumerate((midnight - timedelta(microseconds=1), midnight, midnight + timedelta(hours=23))):
        add(world, "reports", id=f"00000000-0000-4000-8000-00000000000{number}", observed_at=seen)
    found = matching(world, "reports", "observed_at = DATE('2020-07-20')")
    assert sorted(key[-1] for key in found) == ["1", "2"]


def test_identifier_is_compared_as_such_and_as_text(world: Connection) -> None:
    key = "11111111-1111-4111-8111-111111111111"  # the report of the small world
    for condition in (f"id = '{key}'", f"id IN ('x', '{key}')", "id LIKE '1111%'", "id <> 'x'", "id > '1'"):
        assert matching(world, "reports", condition) == {key}
    assert matching(world, "reports", "id = 'x'") == set()


def test_case_is_folded_as_unicode_folds_it(connection: Connection) -> None:
    """Compare with Python's own full case folding, over every letter that all of its versions know."""
    known = [
        chr(code) for code in range(1, 0x110000) if unicodedata.ucd_3_2_0.category(chr(code)) not in {"Cn", "Cs", "Co"}
    ]
    known += [
        "\u1e9e",
        "SS",
        "ss",
        "Ss",
        "\u13a0",
        "\uab70",
        "\u10d0",
        "\u1c90",
        "\u03a3\u0391\u03a3",
        "\u03c3\u03b1\u03c2",
    ]
    known += ["Straße", "STRASSE", "İstanbul", "ısı", "ISI", "København", "KØBENHAVN"]
    each = func.unnest(bindparam("known", type_=ARRAY(Text))).column_valued("each")
    rows = connection.execute(select(each, folded(each)), {"known": known})
    classes: defaultdict[str, set[str]] = defaultdict(set)
    origins: defaultdict[str, set[str]] = defaultdict(set)
    for written, ours in rows:
        classes[written.casefold()].add(ours)
        origins[ours].add(written.casefold())
    assert len(classes) == len(origins)
    assert [found for found in (*classes.values(), *origins.values()) if len(found) > 1] == []
