"""The benchmark's database: a private cluster, filled set by set, and the views that the others read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Table
from typing_extensions import LiteralString

from bench.words import say
from geo.collections import LAYERS
from geo.model import Base
from geo.store.cluster import ADMINISTRATOR, OWNER, PrivateCluster
from geo.store.cluster_folder import PORT
from geo.store.engine import make_engine
from geo.store.migrate import upgrade
from geo.store.seed import load_places
from geo.types import BBox

SQL = Path(__file__).parent / "sql"
DISTRICT = "410103"
BOX = BBox(113.59, 34.65, 113.71, 34.78)  # about the district: 11.0 km by 14.4 km
PARTS = 28  # segments of a road; 20,000 segments lie on 715 roads
BATCH = 100_000
PEER_LAYERS = ("reports", "segments")
# The history of a million made rows is of no use here; every other trigger works during the fill as it always does.
HISTORY_TRIGGERS = ("version", "record_insert")
FILLED: tuple[LiteralString, ...] = ("roads", "segments", "reports")
WORKS: tuple[LiteralString, ...] = ("tasks", "planned_dates")


@dataclass(frozen=True)
class Size:
    """How many rows of each table the benchmark has."""

    reports: int
    segments: int


class SizeMismatchError(Exception):
    """A kept database holds another number of rows than asked for."""


@contextmanager
def database(home: Path, size: Size, *, durable: bool = False) -> Iterator[PrivateCluster]:
    """Run the cluster under ``home``; fill it when it is new, bring its schema up to date when it is not."""
    with PrivateCluster(home, durable=durable) as cluster:
        with connect(cluster) as connection:
            connection.execute("DROP SCHEMA IF EXISTS bench CASCADE")  # views would stand in a migration's way
        upgrade(cluster.url())
        with connect(cluster) as connection:
            connection.execute("CREATE SCHEMA bench")
            _undo_broken_off_run(connection)
            _fill_or_check(cluster, connection, size)
            connection.execute("VACUUM (ANALYZE)")  # what autovacuum would have done by the time readers come
            for layer in PEER_LAYERS:
                _make_view(connection, layer)
        yield cluster


def connect(cluster: PrivateCluster, *, role: str = OWNER) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a connection, by default of the service's role; each statement is a transaction of its own."""
    return psycopg.connect(host=str(cluster.sockets), port=PORT, user=role, dbname=OWNER, autocommit=True)


def columns_of(layer: str) -> list[str]:
    """Return the columns of a layer's view: id, geometry, and what the layer publishes of its own table."""
    table: Table = Base.metadata.tables[layer]
    return ["id", "geom", *(name for name in LAYERS[layer].property_names() if name in table.c)]


@contextmanager
def triggers_off(cluster: PrivateCluster, table: LiteralString) -> Iterator[None]:
    """Switch off the table's own triggers (foreign keys stay) for a while."""
    with connect(cluster) as connection:
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
        try:
            yield
        finally:
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))


def add_works(cluster: PrivateCluster) -> None:
    """Give the made segments their tasks and a plan, if they have none yet, so that every state of progress occurs."""
    with connect(cluster) as connection:
        found = _number(connection, sql.SQL("SELECT count(*) FROM programmes WHERE id = 'bench-works'"))
    if found:
        return
    say("fill tasks")
    with connect(cluster, role=ADMINISTRATOR) as administrator, administrator.transaction():
        administrator.execute("SELECT set_config('erqi.actor', 'bench', true)")
        for table in WORKS:
            _quieten(administrator, table)
        administrator.execute(_statement("works"), {"district": DISTRICT})
        for table in WORKS:
            administrator.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER ALL").format(sql.Identifier(table)))
    with connect(cluster) as connection:
        connection.execute("VACUUM (ANALYZE)")


def remove_written(cluster: PrivateCluster) -> None:
    """Take the rows of the write row out again, with their history."""
    with connect(cluster) as connection:
        _remove_written(connection)


def _undo_broken_off_run(connection: psycopg.Connection[Any]) -> None:
    for table in (*FILLED, "changes"):
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))
    _remove_written(connection)


def _remove_written(connection: psycopg.Connection[Any]) -> None:
    """Remove what is marked as demonstration: nothing that the fill made is."""
    for table in ("changes", "reports"):
        name = sql.Identifier(table)
        with connection.transaction():
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
            connection.execute(sql.SQL("DELETE FROM {} WHERE demonstration").format(name))
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
    connection.execute("VACUUM ANALYZE reports")
    connection.execute("VACUUM ANALYZE changes")


def _fill_or_check(cluster: PrivateCluster, connection: psycopg.Connection[Any], size: Size) -> None:
    if _count(connection, "districts") == 0:
        _fill(cluster, connection, size)
    found = Size(_count(connection, "reports"), _count_made_segments(connection))
    if found != size:
        message = (
            f"{cluster.home} holds {found.reports} reports and {found.segments} segments, "
            f"asked for were {size.reports} and {size.segments}: give those numbers, or another folder"
        )
        raise SizeMismatchError(message)


def _fill(cluster: PrivateCluster, connection: psycopg.Connection[Any], size: Size) -> None:
    engine = make_engine(cluster.url())
    try:
        with engine.begin() as seeding:
            load_places(seeding, DISTRICT)
    finally:
        engine.dispose()
    # One transaction: a fill that is broken off leaves no half of itself.
    with connect(cluster, role=ADMINISTRATOR) as administrator, administrator.transaction():
        administrator.execute("SELECT setseed(0.410103), set_config('erqi.actor', 'bench', true)")
        for table in FILLED:
            _quieten(administrator, table)
        _fill_tables(administrator, size)
        for table in FILLED:
            administrator.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER ALL").format(sql.Identifier(table)))
    say("vacuum and analyze")
    connection.execute("VACUUM (FREEZE, ANALYZE)")


def _fill_tables(connection: psycopg.Connection[Any], size: Size) -> None:
    numbers = {
        "district": DISTRICT,
        "west": BOX.west,
        "south": BOX.south,
        "width": BOX.east - BOX.west,
        "height": BOX.north - BOX.south,
        "parts": PARTS,
        "segments": size.segments,
        "roads": -(-size.segments // PARTS),
    }
    for name in ("roads", "segments"):
        say(f"fill {name}")
        connection.execute(_statement(name), numbers)
    connection.execute(
        "CREATE TABLE bench.numbered_segments AS SELECT row_number() OVER (ORDER BY id) AS number, id, road_id, from_m"
        " FROM segments WHERE id LIKE 'bench-%'"
    )
    connection.execute("ANALYZE bench.numbered_segments")
    for first in range(1, size.reports + 1, BATCH):
        last = min(first + BATCH - 1, size.reports)
        say(f"fill reports {first} to {last}")
        connection.execute(_statement("reports"), numbers | {"first": first, "last": last})


def _statement(name: str) -> bytes:
    return (SQL / f"{name}.sql").read_bytes()


def _quieten(administrator: psycopg.Connection[Any], table: LiteralString) -> None:
    """Leave on a table only the triggers that make its content.

    Off are the history, and the checks of foreign keys (half of the time; the fill takes its keys from the tables).
    """
    name = sql.Identifier(table)
    administrator.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER ALL").format(name))
    own = administrator.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgname <> ALL(%s)",
        [table, list(HISTORY_TRIGGERS)],
    )
    for (trigger,) in own.fetchall():
        statement = sql.SQL("ALTER TABLE {} ENABLE TRIGGER {}").format(name, sql.Identifier(trigger))
        administrator.execute(statement)


def _make_view(connection: psycopg.Connection[Any], layer: str) -> None:
    """Make a view of the table's own columns that the layer publishes, so that nobody reads more than another.

    The view names the district, so that a search by id finds the primary key's index.
    """
    statement = sql.SQL("CREATE VIEW bench.{} AS SELECT {} FROM public.{} WHERE district = {}")
    name = sql.Identifier(layer)
    connection.execute(
        statement.format(name, sql.SQL(", ").join(map(sql.Identifier, columns_of(layer))), name, DISTRICT)
    )


def _count(connection: psycopg.Connection[Any], table: LiteralString) -> int:
    return _number(connection, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))


def _count_made_segments(connection: psycopg.Connection[Any]) -> int:
    return _number(connection, sql.SQL("SELECT count(*) FROM segments WHERE id LIKE 'bench-%'"))


def _number(connection: psycopg.Connection[Any], query: sql.SQL | sql.Composed) -> int:
    row = connection.execute(query).fetchone()
    return 0 if row is None else int(row[0])
