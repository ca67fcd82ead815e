"""Commands on the work in the background: what waits, what failed, and to try that again."""

from __future__ import annotations

import click

from api.commands.console import demonstration_option, open_store, read_settings, say
from geo.types import Text

COUNTED = """
SELECT queue_name, status::text, count(*) FROM procrastinate.procrastinate_jobs GROUP BY 1, 2 ORDER BY 1, 2
"""
FAILED = """
SELECT job.id, job.task_name, job.args::text, job.attempts, to_char(max(event.at), 'YYYY-MM-DD HH24:MI:SSOF')
FROM procrastinate.procrastinate_jobs job LEFT JOIN procrastinate.procrastinate_events event ON event.job_id = job.id
WHERE job.status = 'failed' GROUP BY job.id ORDER BY job.id
"""
AGAIN = """
UPDATE procrastinate.procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL, worker_id = NULL
WHERE status = 'failed' RETURNING id
"""


@click.group()
def jobs() -> None:
    """查看后台任务 / Look at the work in the background."""


@jobs.command()
@demonstration_option
def status(*, demonstration: bool | None) -> None:
    """打印各队列的任务数 / Print how many jobs of each queue wait, are being done, or failed."""
    for queue, state, number in _rows(COUNTED, demonstration=demonstration):
        click.echo(f"{queue}\t{state}\t{number}")


@jobs.command()
@demonstration_option
def failed(*, demonstration: bool | None) -> None:
    """列出失败的任务 / List the failed jobs: number, task, its arguments, tries, last try. The log says why."""
    for row in _rows(FAILED, demonstration=demonstration):
        click.echo("\t".join(str(value) for value in row))


@jobs.command()
@demonstration_option
def retry(*, demonstration: bool | None) -> None:
    """重试失败的任务 / Queue all failed jobs again."""
    number = len(_rows(AGAIN, demonstration=demonstration))
    say(Text(f"已重新排队 {number} 个任务。", f"{number} jobs are queued again."))


def _rows(statement: str, *, demonstration: bool | None) -> list[tuple[object, ...]]:
    from sqlalchemy import text  # noqa: PLC0415 (start fast)

    from geo.store.engine import make_engine  # noqa: PLC0415 - other commands start without it

    with open_store(read_settings(), demonstration=demonstration) as address:
        engine = make_engine(address)
        try:
            with engine.begin() as connection:
                return [tuple(row) for row in connection.execute(text(statement))]
        finally:
            engine.dispose()
