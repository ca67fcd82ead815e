"""Work in the background: a worker that makes the copies of photos, from a queue in the database itself.

A job is queued by the database together with the photo's row (migration 0010). The worker takes up again what a killed
one had begun, and starts over when PostgreSQL comes back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, TypeAlias

import psycopg
from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Job, Status
from psycopg_pool import PoolTimeout

from api.photos import find_photo, make_copies
from api.state import State

SCHEMA = "procrastinate"
COPIES = "photos.copies"
AGAIN_S = (1.0, 10.0)  # to wait for a database that is away, at first and at most
TO_FINISH_S = 5.0  # for a job under way when the worker is told to stop
KEEP_FAILED_HOURS = 30 * 24

AWAY = (ProcrastinateException, psycopg.Error, PoolTimeout, OSError)

log = logging.getLogger(__name__)
Connection: TypeAlias = psycopg.AsyncConnection[Any]


@dataclass(frozen=True)
class Pace:
    """How often a failing job is tried, and how soon a worker that is silent counts as dead.

    The waits between tries are the powers of ``back_off_s``.
    """

    retries: int = 5
    back_off_s: int = 5
    heartbeat_s: float = 5
    dead_after_s: float = 20
    polling_s: float = 5


ORDINARY = Pace()


async def work(state: State, pace: Pace = ORDINARY) -> None:
    """Do what is queued for the district, until cancelled; a database that is away is waited for."""
    wait_s, most_s = AGAIN_S
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await _work_while_it_lasts(state, pace)
        except AWAY as error:
            log.warning("The job queue is away: %s", type(error).__name__)
        lasted = asyncio.get_running_loop().time() - started
        wait_s = AGAIN_S[0] if lasted > most_s else min(2 * wait_s, most_s)
        await asyncio.sleep(wait_s)


def make_queue(state: State, pace: Pace = ORDINARY) -> App:
    """Return the queue of the database of ``state`` with the tasks that this service knows."""
    queue = App(
        connector=PsycopgConnector(
            conninfo=state.settings.server_url() or "", min_size=1, max_size=4, timeout=10, configure=_enter_schema
        )
    )

    async def copies(sha256: str) -> None:
        photo = bytes.fromhex(sha256)
        row = await find_photo(state, photo)
        if row is not None and row.derived_at is None:  # else it is gone, or somebody has asked for it meanwhile
            await make_copies(state, photo)

    retry = RetryStrategy(max_attempts=pace.retries, exponential_wait=pace.back_off_s)
    queue.task(name=COPIES, queue=queue_name(state), retry=retry)(copies)
    return queue


def queue_name(state: State) -> str:
    """Return the queue of the district: districts that share a database have their files in different places."""
    return f"photos-{state.settings.district}"


async def _work_while_it_lasts(state: State, pace: Pace) -> None:
    queue = make_queue(state, pace)
    async with queue.open_async():
        await _take_up(queue, state, pace)
        caretaker = asyncio.create_task(_each(pace.dead_after_s, lambda: _take_up(queue, state, pace)))
        try:
            await queue.run_worker_async(
                queues=[queue_name(state)],
                delete_jobs="successful",
                install_signal_handlers=False,
                fetch_job_polling_interval=pace.polling_s,
                update_heartbeat_interval=pace.heartbeat_s,
                stalled_worker_timeout=pace.dead_after_s,
                shutdown_graceful_timeout=TO_FINISH_S,
            )
        finally:
            caretaker.cancel()
            with suppress(asyncio.CancelledError, *AWAY):
                await caretaker


async def _each(interval_s: float, do: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(interval_s)
        with suppress(*AWAY):  # the worker itself notices, and starts over
            await do()


async def _take_up(queue: App, state: State, pace: Pace) -> None:
    """Queue again what dead workers had begun, and forget what failed long ago."""
    jobs = queue.job_manager
    stalled = await jobs.get_stalled_jobs(queue=queue_name(state), seconds_since_heartbeat=pace.dead_after_s)
    for job in stalled:
        with suppress(ProcrastinateException):  # another worker was first
            await _try_again(queue, job, pace)
    await jobs.delete_old_jobs(nb_hours=KEEP_FAILED_HOURS, queue=queue_name(state), include_failed=True)


async def _try_again(queue: App, job: Job, pace: Pace) -> None:
    """Queue a job again whose worker died; one at which workers keep dying has failed."""
    if job.attempts >= pace.retries:
        await queue.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
    else:
        await queue.job_manager.retry_job(job, retry_at=datetime.now(timezone.utc))


async def _enter_schema(connection: Connection) -> None:
    await connection.execute(f"SET search_path = {SCHEMA}, public")
    await connection.commit()
