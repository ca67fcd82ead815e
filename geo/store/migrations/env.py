"""Alembic's entry: runs migrations on the connection that ``geo.store.migrate`` opened."""

from __future__ import annotations

from alembic import context

from geo.model import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
