"""Migrations: up and down leave what they should, twice at once is safe, and the schema is what the models say."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from geo.model import SCHEMES, Base
from geo.store import migrate
from geo.store.engine import make_engine
from geo.store.migrate import downgrade, upgrade
from tests.conftest import TestServer

# Everything in our schema that does not belong to an extension.
OURS = """
SELECT kind || ' ' || name || ' ' || coalesce(definition, '') FROM (
    SELECT 'relation' AS kind, oid, 'pg_class'::regclass AS catalogue, relname AS name, relkind::text AS definition
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind <> 'c'
    UNION ALL
    SELECT 'function', oid, 'pg_proc'::regclass, proname, prosrc FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'trigger', t.oid, 'pg_trigger'::regclass, tgname, pg_get_triggerdef(t.oid) FROM pg_trigger t
    WHERE NOT tgisinternal
    UNION ALL
    SELECT 'type', oid, 'pg_type'::regclass, typname, '' FROM pg_type
    WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
) AS thing
WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = oid AND d.classid = catalogue AND d.deptype = 'e')
AND name !~ '^_?(alembic_version|spatial_ref_sys)'
ORDER BY 1
"""

# Columns, constraints and indexes, as PostgreSQL writes them.
DEFINITIONS = """
SELECT relname || '.' || attname || ': ' || format_type(atttypid, atttypmod) || ' ' || attnotnull::text
       || ' ' || attgenerated::text || ' ' || coalesce(pg_get_expr(adbin, adrelid), '')
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND relname = ANY(:tables)
UNION ALL
SELECT conrelid::regclass::text || ' ' || conname || ': ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid::regclass::text = ANY(:tables) AND contype <> 't'
UNION ALL
SELECT tablename || ': ' || indexdef FROM pg_indexes WHERE tablename = ANY(:tables)
ORDER BY 1
"""

KEYS = """
SELECT c.contype, c.conrelid::regclass::text AS "table", c.confrelid::regclass::text AS referred, c.conname AS name,
       array(SELECT attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k(n, i)
             JOIN pg_attribute ON attrelid = c.conrelid AND attnum = k.n ORDER BY i) AS columns,
       array(SELECT attname::text FROM unnest(c.confkey) WITH ORDINALITY AS k(n, i)
             JOIN pg_attribute ON attrelid = c.confrelid AND attnum = k.n ORDER BY i) AS referred_columns
FROM pg_constraint c WHERE c.connamespace = 'public'::regnamespace AND c.contype = ANY(:kinds)
AND c.conrelid::regclass::text <> ALL (ARRAY['spatial_ref_sys', 'alembic_version'])
"""

CELLS = Path(migrate.__file__).parent / "migrations/sql/0005_cells.sql"
VOCABULARIES = {model.__tablename__ for model in SCHEMES.values()} | {"case_transitions"}


@pytest.fixture
def fresh(server: TestServer, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"fresh_{request.node.name.split('[')[0]}"[:40]
    yield server.create(name)
    server.drop(name)


def listed(url: str, query: str, **values: Any) -> list[str]:
    engine = make_engine(url)
    with engine.connect() as connection:
        found = list(connection.scalars(text(query), values))
    engine.dispose()
    return found


def keys(connection: Connection, *kinds: str) -> list[Any]:
    return list(connection.execute(text(KEYS), {"kinds": list(kinds)}))


def test_up_down_up_ends_as_it_began(fresh: str) -> None:
    upgrade(fresh)
    first = listed(fresh, OURS)
    assert len(first) > 100
    downgrade(fresh)
    assert listed(fresh, OURS) == []
    upgrade(fresh)
    assert listed(fresh, OURS) == first


def test_each_revision_goes_down_and_up_alone(fresh: str) -> None:
    states = {}
    for revision in ("0001", "0002", "0003"):
        upgrade(fresh, revision)
        states[revision] = listed(fresh, OURS)
    for revision in ("0002", "0001"):
        downgrade(fresh, revision)
        assert listed(fresh, OURS) == states[revision]


def test_upgrade_of_a_migrated_database_changes_nothing(fresh: str) -> None:
    upgrade(fresh)
    first = listed(fresh, OURS)
    upgrade(fresh)
    assert listed(fresh, OURS) == first


def test_two_upgrades_at_once_are_safe(fresh: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(upgrade, fresh) for _ in range(3)]:
            done.result()
    assert len(listed(fresh, "SELECT version_num FROM alembic_version")) == 1


def test_alembic_finds_no_difference_to_the_models(connection: Connection) -> None:
    def ours(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
        return not (kind == "table" and name == "spatial_ref_sys")

    options = {"include_object": ours, "compare_type": True}
    assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_constraints_defaults_and_indexes_equal_the_models(fresh: str, empty_url: str) -> None:
    """Alembic compares neither checks nor exclusions, so PostgreSQL's own words for both are compared."""
    upgrade(fresh, "0001")
    engine = make_engine(fresh)
    with engine.begin() as opened:
        opened.exec_driver_sql(CELLS.read_text(encoding="utf-8"))  # an index calls it
    Base.metadata.create_all(engine)
    engine.dispose()
    tables = sorted(Base.metadata.tables)
    declared, made = (listed(url, DEFINITIONS, tables=tables) for url in (fresh, empty_url))
    assert made == declared
    assert len(made) > 400


def test_every_primary_key_begins_with_the_district(connection: Connection) -> None:
    found = {key.table: key.columns[0] for key in keys(connection, "p")}
    assert set(found) == set(Base.metadata.tables)
    assert {table for table, first in found.items() if first != "district"} == VOCABULARIES


def test_every_foreign_key_between_districts_tables_begins_with_the_district(connection: Connection) -> None:
    found = [key for key in keys(connection, "f") if key.referred not in VOCABULARIES]
    assert len(found) > 40
    for key in found:
        assert key.columns[0] == key.referred_columns[0] == "district", key.name


def test_every_unique_rule_holds_the_district(connection: Connection) -> None:
    constraints = [key for key in keys(connection, "u", "x") if key.table not in VOCABULARIES]
    indexes = connection.execute(
        text("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef ~ 'UNIQUE'")
    )
    unique = [row.indexdef for row in indexes if row.tablename in Base.metadata.tables]
    assert {key.name for key in constraints} == {
        "uq_cases_district_number",
        "uq_response_rules_district_kind_signal_colour_valid_from",
        "uq_thresholds_district_checkpoint_id_kind_vertical_datum",
        "ex_segments_no_overlap",
        "ex_warnings_one_at_a_time",
        "ex_responses_one_at_a_time",
    }
    assert all("district" in key.columns for key in constraints)
    outside = [index for index in unique if "(district" not in index]
    assert len(outside) == len(VOCABULARIES)


def test_only_receipts_are_counted_by_a_sequence(connection: Connection) -> None:
    """Its order means nothing and gaps do no harm; a key from a sequence would be shared between districts."""
    ours = text("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")  # jobs are no rows of a district
    assert list(connection.scalars(ours)) == ["submissions_sequence_seq"]
