"""The service's way to the database: statements of ``geo`` in, rows or finished bytes out.

Statements are SQLAlchemy; asyncpg runs them as prepared statements without a transaction around a single read.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Request
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call] # SQLAlchemy has not typed its dialects
KEPT_STATEMENTS = 500
WAIT_S = 20  # for a free connection


class Row(asyncpg.Record):
    """A row whose columns are also attributes."""

    def __getattr__(self, name: str) -> Any:
        """Return the value of the column ``name``."""
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


class Prepared:
    """A compiled statement: its text, and its parameters in the order in which the text counts them."""

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=DIALECT)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - statements of ours are no DDL
        self.sql = str(compiled)
        self._names = tuple(compiled.positiontup or ())
        written = compiled.escaped_bind_names  # where SQLAlchemy keeps a name with a dot in it
        self._fixed = {name: compiled.params[written.get(name, name)] for name in self._names}

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the arguments in order: those given by name, the others as the statement holds them."""
        return [values[name] if name in values else self._fixed[name] for name in self._names]


class Statements(ABC):
    """Statements run one by one; those of one shape are compiled once and kept in ``prepared``."""

    def __init__(self, prepared: dict[Hashable, Prepared]) -> None:
        self._prepared = prepared

    async def rows(self, statement: ClauseElement) -> Sequence[Row]:
        """Return all rows of a statement that is run once in this form."""
        return await self._fetch(Prepared(statement), {})

    async def first(self, statement: ClauseElement) -> Row | None:
        """Return the first row of a statement that is run once in this form, or None."""
        rows = await self.rows(statement)
        return rows[0] if rows else None

    async def run(self, shape: Hashable, build: Callable[[], ClauseElement], values: Mapping[str, Any]) -> Row | None:
        """Return the first row of the statement of a shape; ``build`` makes it when the shape is new."""
        rows = await self.all(shape, build, values)
        return rows[0] if rows else None

    async def all(
        self, shape: Hashable, build: Callable[[], ClauseElement], values: Mapping[str, Any]
    ) -> Sequence[Row]:
        """Return all rows of the statement of a shape; ``build`` makes it when the shape is new."""
        return await self._fetch(self._prepare(shape, build), values)

    def _prepare(self, shape: Hashable, build: Callable[[], ClauseElement]) -> Prepared:
        prepared = self._prepared.get(shape)
        if prepared is None:
            prepared = Prepared(build())
            if len(self._prepared) >= KEPT_STATEMENTS:
                self._prepared.pop(next(iter(self._prepared)))
            self._prepared[shape] = prepared
        return prepared

    @abstractmethod
    async def _fetch(self, prepared: Prepared, values: Mapping[str, Any]) -> Sequence[Row]:
        """Return all rows of a compiled statement."""


class Transaction(Statements):
    """What several statements see and change together."""

    def __init__(self, connection: Any, prepared: dict[Hashable, Prepared]) -> None:
        super().__init__(prepared)
        self._connection = connection

    async def _fetch(self, prepared: Prepared, values: Mapping[str, Any]) -> Sequence[Row]:
        rows: Sequence[Row] = await self._connection.fetch(prepared.sql, *prepared.arguments(values))
        return rows


class Store(Statements):
    """A pool of connections on which no statement runs longer than ``statement_timeout_ms``.

    ``keep_plans``: statements are planned once a connection, whatever their parameters.
    """

    def __init__(self, url: str, *, pool_size: int, statement_timeout_ms: int, keep_plans: bool = False) -> None:
        super().__init__({})
        self._url = url
        self._size = pool_size
        self._timeout_ms = statement_timeout_ms
        self._keep_plans = keep_plans
        self._others: list[Store] = []
        self.wait_s: float = WAIT_S
        self._pool: asyncpg.Pool[Row] | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction; it is committed here when the block ends, and rolled back when the block raises."""
        pool = self._pool or await self._open()
        async with pool.acquire(timeout=self.wait_s) as connection, connection.transaction():
            yield Transaction(connection, self._prepared)

    async def _fetch(self, prepared: Prepared, values: Mapping[str, Any]) -> Sequence[Row]:
        pool = self._pool or await self._open()
        async with pool.acquire(timeout=self.wait_s) as connection:
            rows: Sequence[Row] = await connection.fetch(prepared.sql, *prepared.arguments(values))
        return rows

    async def _open(self) -> asyncpg.Pool[Row]:
        """Open the pool at the first need, so that the service starts while the database is still away."""
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=1,
                    max_size=self._size,
                    record_class=Row,
                    reset=_keep_as_it_is,
                    max_cacheable_statement_size=0,  # no limit: the longest statements cost most to read and plan
                    server_settings=_server_settings(self._timeout_ms, keep_plans=self._keep_plans),
                )
            return self._pool

    def beside(self, *, pool_size: int) -> Store:
        """Return a pool of its own to the same database that keeps plans; it is closed with this one."""
        other = Store(self._url, pool_size=pool_size, statement_timeout_ms=self._timeout_ms, keep_plans=True)
        self._others.append(other)
        return other

    async def close(self) -> None:
        """Close every connection."""
        for other in self._others:
            await other.close()
        if self._pool is not None:
            await self._pool.close()


async def _keep_as_it_is(_: Any) -> None:
    """Save the round trip of a reset: readers leave nothing behind on a connection."""


def _server_settings(statement_timeout_ms: int, *, keep_plans: bool) -> dict[str, str]:
    return {
        "timezone": "UTC",
        "statement_timeout": str(statement_timeout_ms),
        "application_name": "erqi",
        # A box decides how its features are best found, and a plan for any box at all would be wrong for wide ones.
        "plan_cache_mode": "force_generic_plan" if keep_plans else "force_custom_plan",
        "jit": "off",  # short statements: compiling costs more than it saves
    }


def _store_of(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


Database = Annotated[Store, Depends(_store_of)]
