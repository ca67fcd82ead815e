"""Database addresses and engines: psycopg for the command line and the store, asyncpg for the service."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def sync_url(url: str) -> URL:
    """Return the address with the synchronous driver."""
    return make_url(url).set(drivername="postgresql+psycopg")


def async_url(url: str) -> URL:
    """Return the address with the asynchronous driver."""
    return make_url(url).set(drivername="postgresql+asyncpg")


def make_engine(url: str) -> Engine:
    """Make an engine for short synchronous work; times come back in UTC."""
    return create_engine(sync_url(url), connect_args={"options": "-c timezone=UTC"})


def make_async_engine(url: str, *, statement_timeout_ms: int, pool_size: int) -> AsyncEngine:
    """Make the service's engine: no statement runs longer than ``statement_timeout_ms``."""
    server_settings = {
        "timezone": "UTC",
        "statement_timeout": str(statement_timeout_ms),
        "application_name": "erqi",
        "jit": "off",  # short statements: compiling costs more than it saves
    }
    return create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"server_settings": server_settings},
    )
