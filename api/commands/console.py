"""What the commands share: the settings, sentences in two languages, and the database to work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from pydantic import ValidationError

from api.settings import Settings
from geo.errors import ErqiError, InvalidInputError
from geo.types import Text


def say(text: Text) -> None:
    """Print a sentence to standard error, which leaves standard output to results."""
    click.echo(f"erqi: {text.zh} / {text.en}", err=True)


def read_settings() -> Settings:
    """Read the settings; raise InvalidInputError that names the variable at fault."""
    try:
        return Settings()  # type: ignore[call-arg]  # pydantic's plug-in for mypy is not used: fields have defaults
    except ValidationError as error:
        first = error.errors()[0]
        name = "ERQI_" + "_".join(str(part) for part in first["loc"]).upper()
        raise InvalidInputError(
            Text(f"设置 {name} 不对：{first['msg']}", f"The setting {name} is wrong: {first['msg']}"), field=name
        ) from error


@contextmanager
def open_store(settings: Settings) -> Iterator[str]:
    """Give the address of the database: the server of the settings, or the private cluster, started for as long.

    A private cluster that a running service holds is used beside it.
    """
    url = settings.server_url()
    if url is not None:
        yield url
        return
    from geo.store.cluster import PrivateCluster  # noqa: PLC0415 (psycopg is not loaded for --help)

    cluster = PrivateCluster(settings.home, share=True)
    say(cluster.start().text)
    try:
        yield cluster.url()
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
