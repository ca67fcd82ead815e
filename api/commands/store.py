"""Commands on the database: migrate, seed, db."""

from __future__ import annotations

import click

from api.commands.console import (
    DEMONSTRATION,
    REAL,
    demonstration_option,
    open_store,
    read_settings,
    say,
    wants_demonstration,
)
from api.settings import Settings
from geo.types import Text

STATUS = {
    "数据库 / database": "SELECT current_database() || ', ' || current_user",
    "PostgreSQL": "SHOW server_version",
    "PostGIS": "SELECT extversion FROM pg_extension WHERE extname = 'postgis'",
    "大小 / size": "SELECT pg_size_pretty(pg_database_size(current_database()))",
}


@click.command()
@click.argument("revision", default="head")
@demonstration_option
def migrate(revision: str, *, demonstration: bool | None) -> None:
    """升级数据库结构 / Bring the database to the newest schema, or to REVISION."""
    from geo.store.migrate import upgrade  # noqa: PLC0415 (start fast)

    with open_store(read_settings(), demonstration=demonstration) as url:
        upgrade(url, revision)
    say(Text(f"数据库结构已到版本 {revision}。", f"The schema is at revision {revision}."))


@click.command()
@demonstration_option
def seed(*, demonstration: bool | None) -> None:
    """装入地点数据（数据库为空时） / Load the places, and the demonstration season, into an empty database."""
    settings = read_settings()
    with open_store(settings, demonstration=demonstration) as url:
        fill(url, settings, demonstration=demonstration)


def fill(url: str, settings: Settings, *, demonstration: bool | None) -> None:
    """Bring the schema up to date, and load what is meant if the database is empty."""
    from geo.store.migrate import upgrade  # noqa: PLC0415 (start fast)
    from geo.store.seed import seed_if_empty  # noqa: PLC0415 - other commands start without it

    upgrade(url)
    wanted = wants_demonstration(settings, asked=demonstration)
    say(seed_if_empty(url, demonstration=wanted, district=settings.district).text)


@click.group()
def db() -> None:
    """查看数据库 / Look at the database."""


@db.command()
@demonstration_option
def url(*, demonstration: bool | None) -> None:
    """打印数据库地址（不含密码），供 psql、pg_dump 使用 / The address for psql and pg_dump, no password."""
    from sqlalchemy import make_url  # noqa: PLC0415 (start fast)

    from geo.store.cluster import PrivateCluster  # noqa: PLC0415 - other commands start without it

    settings = read_settings()
    address = settings.server_url()
    if address is None:
        name = DEMONSTRATION if wants_demonstration(settings, asked=demonstration) else REAL
        click.echo(PrivateCluster(settings.home).url(name))
    else:
        click.echo(make_url(address).set(drivername="postgresql", password=None).render_as_string())


@db.command()
@demonstration_option
def status(*, demonstration: bool | None) -> None:
    """打印服务器、结构版本和大小 / Print the server, the revision of the schema and the size."""
    from sqlalchemy import text  # noqa: PLC0415 (start fast)

    from geo.store.engine import make_engine  # noqa: PLC0415 - other commands start without it

    with open_store(read_settings(), demonstration=demonstration) as address:
        engine = make_engine(address)
        with engine.connect() as connection:
            for label, statement in STATUS.items():
                click.echo(f"{label}: {connection.execute(text(statement)).scalar()}")
        engine.dispose()
