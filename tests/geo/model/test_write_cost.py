"""What a write costs does not grow with the history; several people's rows come by one statement; texts are in UTC."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from tests.geo.sample import DISTRICT

HISTORY = text(
    "INSERT INTO changes (district, collection, feature_id, version, operation, changed_at, changed_by, state,"
    " demonstration) SELECT :district, 'reports', gen_random_uuid()::text, 1, 'insert', now(), 'x', '{}', false"
    " FROM generate_series(1, :count)"
)
REPORT = (
    "INSERT INTO reports (district, id, kind, observed_at, note, changed_by)"
    " VALUES (:district, gen_random_uuid(), 'note', '2020-06-01T08:00:00+08:00', '甲', :by)"
)
BLOCKS = ("Shared Hit Blocks", "Shared Read Blocks", "Local Hit Blocks")


def blocks_of_an_insert(connection: Connection) -> int:
    """Count the pages that a new row makes PostgreSQL look at, its triggers before the row included."""
    values = {"district": DISTRICT, "by": "甲"}
    connection.execute(text(REPORT), values)  # what is looked up once has been
    (found,) = connection.scalars(text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {REPORT}"), values).one()
    plan: dict[str, Any] = found["Plan"]
    return sum(plan[name] for name in BLOCKS)


def test_new_row_does_not_read_the_history(world: Connection) -> None:
    few = blocks_of_an_insert(world)
    world.execute(HISTORY, {"district": DISTRICT, "count": 20_000})
    world.execute(
        text("ANALYZE changes")
    )  # as autovacuum does within a minute; before it, a plan may be of a tiny table
    # 20,000 changes fill some hundred pages of the index; by the key it is one page of each level.
    assert blocks_of_an_insert(world) < few + 20


def test_rows_of_several_people_come_by_one_statement(world: Connection) -> None:
    world.execute(text("SELECT set_config('erqi.actor', '服务', true), set_config('erqi.actors', 'rows', true)"))
    world.execute(text(f"{REPORT}, (:district, gen_random_uuid(), 'note', now(), '乙', '李四')"), values := _values())
    found = world.execute(
        text(
            "SELECT r.note, r.changed_by, c.changed_by, c.state->>'changed_by' FROM reports r JOIN changes c"
            " ON c.district = r.district AND c.collection = 'reports' AND c.feature_id = r.id::text"
            " WHERE r.changed_by IN ('张三', '李四') ORDER BY r.note DESC"
        ),
        values,
    ).all()
    assert [tuple(row) for row in found] == [("甲", "张三", "张三", "张三"), ("乙", "李四", "李四", "李四")]


def test_row_cannot_say_who_made_it_by_itself(world: Connection) -> None:
    world.execute(text("SELECT set_config('erqi.actor', '服务', true)"))
    by = world.scalar(text(f"{REPORT} RETURNING changed_by"), _values())
    assert by == "服务"


def test_finished_text_is_in_utc_in_every_session(world: Connection) -> None:
    world.execute(text("SET LOCAL timezone = 'Asia/Shanghai'"))
    feature = world.scalar(text(f"{REPORT} RETURNING feature"), _values())
    assert feature is not None
    assert '"observed_at" : "2020-06-01T00:00:00+00:00"' in feature
    assert world.scalar(text("SHOW timezone")) == "Asia/Shanghai"


def _values() -> dict[str, str]:
    return {"district": DISTRICT, "by": "张三"}
