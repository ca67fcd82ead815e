"""The service's way to the database: statements in, finished text out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Executable, Row
from sqlalchemy.ext.asyncio import AsyncEngine


class Store:
    """Runs statements that ``geo.query`` and its neighbours have built."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        """Return all rows of a statement, read in one transaction of its own."""
        async with self._engine.connect() as connection:
            return (await connection.execute(statement)).all()

    async def first(self, statement: Executable) -> Row[Any] | None:
        """Return the first row of a statement, or None."""
        rows = await self.rows(statement)
        return rows[0] if rows else None

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def _store_of(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


Database = Annotated[Store, Depends(_store_of)]
