"""Database addresses and engines for the command line and the store (psycopg); the service has its own pool."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.engine import URL


def sync_url(url: str) -> URL:
    """Return the address with the synchronous driver."""
    return make_url(url).set(drivername="postgresql+psycopg")


def make_engine(url: str) -> Engine:
    """Make an engine for short synchronous work; times come back in UTC."""
    return create_engine(sync_url(url), connect_args={"options": "-c timezone=UTC"})
