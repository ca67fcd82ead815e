"""The database goes away, comes back, or takes too long: people get our sentence, never the database's words."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import func, literal_column, select, text

from api.app import create_app
from api.settings import Settings
from geo.store.cluster import PrivateCluster
from geo.store.engine import make_engine
from tests.api.serving import serving
from tests.conftest import TestServer

PATHS = ["/readyz", "/", "/maps/progress", "/docs", "/ogc/collections", "/ogc/collections/roads/items"]
DATABASE_WORDS = re.compile(
    r"select |sqlalche|asyncpg|postgres|psycopg|relation|statement timeout|connection|terminat|traceback", re.IGNORECASE
)


def check_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert not DATABASE_WORDS.search(answer.text), answer.text
    problem: dict[str, Any] = answer.json()
    return problem


def check_unavailable(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    problem = check_problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert problem["type"] == "urn:erqi:problem:service-unavailable"
    assert problem["detail_zh"] == "数据库暂时不可用，请稍后再试。"
    assert problem["detail_en"] == "The database cannot be reached at the moment. Try again later."


@dataclass
class Machine:
    """A service with a database server of its own, which a test may stop and start."""

    cluster: PrivateCluster
    client: httpx.Client


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    home = Path(tempfile.mkdtemp(prefix="erqi-test-outage-"))
    home.chmod(0o711)  # root's tests run PostgreSQL as another account, which has to pass through
    cluster = PrivateCluster(home, durable=False)
    try:
        cluster.start()
        engine = make_engine(cluster.url())
        with engine.begin() as connection:  # all that readiness asks for
            connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
            connection.execute(text("INSERT INTO alembic_version VALUES ('0003')"))
        engine.dispose()
        settings = Settings(database_url=cluster.url())
        with serving(create_app(settings)) as address, httpx.Client(base_url=address, timeout=30) as client:
            yield Machine(cluster, client)
    finally:
        cluster.stop()
        shutil.rmtree(home)


def test_service_is_ready_while_the_database_answers(machine: Machine) -> None:
    assert machine.client.get("/readyz").json() == {"status": "ready", "schema": "0003"}


def test_outage_is_said_and_ends_by_itself(machine: Machine) -> None:
    assert machine.client.get("/readyz").status_code == 200  # so that the pool holds a connection that dies
    machine.cluster.stop()
    for path in PATHS:
        check_unavailable(machine.client, path)
    assert machine.client.get("/healthz").json() == {"status": "ok"}
    machine.cluster.start()
    assert machine.client.get("/readyz").status_code == 200


def test_database_without_the_schema_is_an_error_without_its_words(machine: Machine) -> None:
    problem = check_problem(machine.client.get("/ogc/collections/roads/items"), 500)
    assert problem["detail_zh"] == "服务出错，已记录，请稍后再试。"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://erqi@127.0.0.1:1/erqi",  # nobody listens
        "postgresql://erqi@/erqi?host=/nonexistent",
        "postgresql://erqi@name-that-is-not-there.invalid/erqi",
    ],
)
def test_server_that_is_not_there_is_unavailable(address: str) -> None:
    with serving(create_app(Settings(database_url=address))) as service, httpx.Client(base_url=service) as client:
        check_unavailable(client, "/readyz")


def test_database_that_does_not_exist_or_lets_nobody_in_is_unavailable(server: TestServer, seeded_url: str) -> None:
    assert seeded_url
    addresses = [server.url("not_there"), re.sub(r"//[^/]*@", "//nobody_of_ours@", server.url("seeded"))]
    for address in addresses:
        with serving(create_app(Settings(database_url=address))) as service, httpx.Client(base_url=service) as client:
            check_unavailable(client, "/readyz")


def test_sessions_that_the_server_ends_are_replaced(server: TestServer, empty_url: str) -> None:
    assert empty_url
    url = server.create("api_ended", template="empty")
    with serving(create_app(Settings(database_url=url))) as service, httpx.Client(base_url=service) as client:
        assert client.get("/readyz").status_code == 200
        engine = make_engine(url)
        with engine.begin() as connection:
            ended = connection.scalars(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
            assert any(ended)
        engine.dispose()
        assert client.get("/readyz").status_code == 200


def app_with_statement(url: str, statement: Any, **settings: Any) -> FastAPI:
    """Return the service with one more path, which runs a statement as every route does."""
    app = create_app(Settings(database_url=url, **settings))

    @app.get("/statement")
    async def run(request: Request) -> str:
        return str(await request.app.state.store.rows(statement))

    return app


def test_statement_that_takes_too_long_is_stopped(seeded_url: str) -> None:
    app = app_with_statement(seeded_url, select(func.pg_sleep(30)), statement_timeout_ms=100)
    with serving(app) as service, httpx.Client(base_url=service, timeout=10) as client:
        problem = check_problem(client.get("/statement"), 504)
        assert problem["detail_zh"] == "查询时间过长，已停止。请缩小范围。"
        assert problem["detail_en"] == "The query took too long and was stopped. Ask for less."
        assert client.get("/readyz").status_code == 200  # the connection is fit for the next


def test_statement_that_fails_tells_nothing_of_it(seeded_url: str) -> None:
    app = app_with_statement(seeded_url, select(literal_column("secret_column")))
    with serving(app) as service, httpx.Client(base_url=service) as client:
        check_problem(client.get("/statement"), 500)


def test_pool_that_is_used_up_is_unavailable_not_broken(seeded_url: str) -> None:
    app = app_with_statement(seeded_url, select(func.pg_sleep(1)), pool_size=1)
    store = app.state.store
    store.wait_s = 0.1  # so that the test need not wait long
    with serving(app) as service:
        slow = Thread(target=httpx.get, args=[f"{service}/statement"])
        slow.start()
        while not store._pool or store._pool.get_idle_size() or not store._pool.get_size():
            time.sleep(0.01)
        with httpx.Client(base_url=service) as client:
            check_unavailable(client, "/readyz")
        slow.join()
