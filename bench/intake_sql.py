"""The plain SQL that storing reports is measured against: what a good engineer would write by hand.

``bench.hand`` has the columns, the indexes, the checks and the foreign keys of ``reports``, and no trigger. The segment
is sought by its index among the five nearest in degrees, the nearest of them in metres counts if it is within 200 m,
and the chainage is the foot on its line between the chainages of its ends. There is no history, no revision, no
finished text, no copy of what was sent, no sender, no doubt of the datum and no receipt.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import psycopg
from psycopg import sql

from bench.data import BOX, DISTRICT, connect
from geo.store.cluster import PrivateCluster

NOTE = "嵩山路西侧非机动车道井盖松动，已放置警示标志，请尽快安排处理。"
OBSERVED_AT = "2020-06-01T08:00:00+08:00"
ACCURACY_M = 12
UNIT = 10_000_000  # of a degree, in which positions are drawn

TABLES = """
CREATE TABLE bench.hand (LIKE public.reports INCLUDING ALL);
CREATE TABLE bench.sent (id uuid, kind text, observed_at timestamptz, note text, accuracy_m float, lon float, lat float)
"""
KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = 'public.reports'::regclass AND contype = 'f'
"""
INSERT = """
INSERT INTO bench.hand (district, id, kind, observed_at, note, position_accuracy_m, geom, segment_id, road_id,
                        measure_m, offset_m)
SELECT '{district}', given.id, given.kind, given.observed_at, given.note, given.accuracy_m, given.point, near.id,
       near.road_id, near.measure_m, near.offset_m
FROM (SELECT *, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS point FROM {given}) AS given LEFT JOIN LATERAL (
    SELECT id, road_id, from_m + ST_LineLocatePoint(geom, point) * (to_m - from_m) AS measure_m,
           ST_Distance(geom::geography, point::geography) AS offset_m
    FROM (SELECT id, road_id, from_m::float, to_m::float, geom FROM public.segments WHERE district = '{district}'
          ORDER BY geom <-> point LIMIT 5) AS candidate
    ORDER BY offset_m LIMIT 1
) AS near ON near.offset_m <= 200
"""
ONE = (
    f"(SELECT gen_random_uuid() AS id, 'note' AS kind, '{OBSERVED_AT}'::timestamptz AS observed_at, '{NOTE}' AS note,"
    f" {ACCURACY_M}::float AS accuracy_m, :x / {UNIT}.0::float AS lon, :y / {UNIT}.0::float AS lat) AS one"
)


class Made(NamedTuple):
    """A report that is sent as one of many."""

    id: str
    lon: float
    lat: float


def make_tables(cluster: PrivateCluster) -> None:
    """Make the table beside ours, and the one that the rows of a set-based insert stand in."""
    with connect(cluster) as connection:
        connection.execute(TABLES.encode())
        for name, definition in connection.execute(KEYS.encode()).fetchall():
            statement = sql.SQL("ALTER TABLE bench.hand ADD CONSTRAINT {} {}")
            connection.execute(statement.format(sql.Identifier(name), sql.SQL(definition)))


def script_of_one() -> str:
    """Write the script for pgbench: one report a transaction, somewhere in the box."""
    drawn = (
        f"\\set x random({round(BOX.west * UNIT)}, {round(BOX.east * UNIT)})\n"
        f"\\set y random({round(BOX.south * UNIT)}, {round(BOX.north * UNIT)})\n"
    )
    return drawn + " ".join(INSERT.format(district=DISTRICT, given=ONE).split()) + ";\n"


def bring(connection: psycopg.Connection[tuple[object, ...]], reports: Iterable[Made]) -> None:
    """Put the rows where the set-based insert reads them; this is no part of what is measured."""
    connection.execute("TRUNCATE bench.sent")
    names = "id, kind, observed_at, note, accuracy_m, lon, lat"
    with connection.cursor() as cursor, cursor.copy(f"COPY bench.sent ({names}) FROM STDIN".encode()) as copy:
        for each in reports:
            copy.write_row((each.id, "note", OBSERVED_AT, NOTE, ACCURACY_M, each.lon, each.lat))
    connection.execute("ANALYZE bench.sent")


def insert_many(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """Insert and snap all of them by one statement; return how many they are."""
    return connection.execute(INSERT.format(district=DISTRICT, given="bench.sent").encode()).rowcount
