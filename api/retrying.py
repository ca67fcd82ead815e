"""Transactions that stood in each other's way: the one that the database sends away comes again once."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
from starlette.exceptions import HTTPException

LOG = logging.getLogger("erqi")

Found = TypeVar("Found")


async def coming_again(attempt: Callable[[], Awaitable[Found]], *, of: str) -> Found:
    """Return what ``attempt`` returns, at the second try if it must be; raise HTTPException 503 after that."""
    try:
        return await attempt()
    except asyncpg.TransactionRollbackError as error:
        LOG.warning("%s: %s, tried again", of, type(error).__name__)
    try:
        return await attempt()
    except asyncpg.TransactionRollbackError as error:
        raise HTTPException(503, headers={"Retry-After": "1"}) from error
