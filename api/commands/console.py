"""What the commands share: the settings, sentences in two languages, and the database to work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from pydantic import ValidationError

from api.settings import Settings
from geo.errors import ErqiError, InvalidInputError
from geo.types import Text

if TYPE_CHECKING:
    from geo.store.cluster import PrivateCluster

DEMONSTRATION = "erqi_demonstration"
REAL = "erqi"

# docs/decisions/0004: the private cluster has a database for each; a server of the settings has the one it names.
demonstration_option = click.option(
    "--demo/--no-demo",
    "demonstration",
    default=None,
    help="带或不带演示季（虚构） / with or without the demonstration (default: with, on the private database)",
)


def say(text: Text) -> None:
    """Print a sentence to standard error, which leaves standard output to results."""
    click.echo(f"erqi: {text.zh} / {text.en}", err=True)


def read_settings() -> Settings:
    """Read the settings; raise InvalidInputError that names the variable at fault."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "ERQI_" + "_".join(str(part) for part in first["loc"]).upper()
        raise InvalidInputError(
            Text(f"设置 {name} 不对：{first['msg']}", f"The setting {name} is wrong: {first['msg']}"), field=name
        ) from error


def wants_demonstration(settings: Settings, *, asked: bool | None) -> bool:
    """Tell whether the demonstration is meant: as asked, else on the private cluster only."""
    return settings.server_url() is None if asked is None else asked


def private_address(cluster: PrivateCluster, *, demonstration: bool) -> str:
    """Make the database of the started cluster that is meant, where it is missing, and give its address."""
    name = DEMONSTRATION if demonstration else REAL
    cluster.ensure_database(name)
    if demonstration:
        say(
            Text(
                "这是演示数据（虚构）。只要真实地点请加 --no-demo。",
                "This is the demonstration (fiction). For the real places only add --no-demo.",
            )
        )
    return cluster.url(name)


@contextmanager
def open_store(settings: Settings, *, demonstration: bool | None) -> Iterator[str]:
    """Give the address of the database: the server of the settings, or the private cluster, started for as long.

    A private cluster that a running service holds is used beside it.
    """
    url = settings.server_url()
    if url is not None:
        yield url
        return
    from geo.store.cluster import PrivateCluster  # noqa: PLC0415 (psycopg is not loaded for --help)

    cluster = PrivateCluster(settings.home, share=True)
    try:
        say(cluster.start().text)
        yield private_address(cluster, demonstration=wants_demonstration(settings, asked=demonstration))
    finally:
        cluster.stop()


def explain(error: Exception) -> Text | None:
    """Return the sentence for an error that a person can act on, or None for a fault of the program."""
    if isinstance(error, ErqiError):
        return error.text
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 (only needed once something went wrong)

    if isinstance(error, DBAPIError):
        words = str(error.orig).strip()
        return Text("数据库没有完成请求。", f"The database did not do what was asked: {words}")
    return None
