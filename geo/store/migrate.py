"""Bring a database to a revision of the schema, under a lock so that two starts at once are safe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from geo.store.engine import make_engine

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_KEY = 410103  # any number that only this program uses on the server


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate up to ``revision``."""
    with _locked(url) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Migrate down to ``revision``; ``base`` drops every table of the service."""
    with _locked(url) as connection:
        command.downgrade(_config(connection), revision)


@contextmanager
def _locked(url: str) -> Iterator[Connection]:
    """Open one transaction that holds the migration lock."""
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
            yield connection
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
