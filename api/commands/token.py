"""Commands on tokens: create, list, revoke. Whoever may run them has the database, so they may make any token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from api.commands.console import demonstration_option, open_store, read_settings, say
from geo.errors import NotFoundError
from geo.types import Text

if TYPE_CHECKING:
    from sqlalchemy import Connection, Insert

ACTOR = "command-line"


@click.group()
def token() -> None:
    """管理访问令牌 / Make, list and revoke the tokens of people and programs."""


@token.command()
@click.option("--role", required=True, help="viewer | field | reviewer | commander | admin")
@click.option("--unit", help="单位编号（缺省为全部） / id of the unit; without it, all of them")
@click.option("--person", help="人员编号 / id of the person whose token it is")
@click.option("--checkpoint", help="点位编号 / id of the one checkpoint that it is for")
@click.option("--kinds", help="可上报的类别，逗号分隔 / kinds of report that it may send, commas between")
@click.option("--trusted", help="免审类别，逗号分隔 / kinds that are accepted as they come, commas between")
@click.option("--days", type=int, help="有效天数（缺省 90） / days that it counts; 90 without it")
@click.option("--label", help="备注 / what it is for")
@demonstration_option
def create(*, demonstration: bool | None, kinds: str | None, trusted: str | None, **given: str | int | None) -> None:
    """新建令牌，只把令牌打印到标准输出 / Make a token and print it, alone, to standard output."""
    from geo.access.audit import entry  # noqa: PLC0415 (SQLAlchemy is not loaded for --help)
    from geo.access.statements import made  # noqa: PLC0415 - see above
    from geo.access.tokens import new_secret  # noqa: PLC0415 - see above
    from geo.access.wishes import end_of, read_wish  # noqa: PLC0415 - see above

    lists = {"kinds": kinds, "trusted": trusted}
    asked = given | {name: [each.strip() for each in text.split(",")] for name, text in lists.items() if text}
    wish = read_wish({name: value for name, value in asked.items() if value is not None})
    secret, end = new_secret(), end_of(wish)
    with _database(demonstration=demonstration) as (connection, district):
        _write(connection, made(district, "token", secret, wish.grant, by=ACTOR, expires_at=end))
        facts = {"role": wish.grant.role.name, "unit": wish.grant.unit_id, "expires_at": end.isoformat()}
        _write(connection, entry(district, ACTOR, "token.made", "allowed", subject=f"token:{secret.id}", detail=facts))
    day = f"{end:%Y-%m-%d}"
    say(
        Text(
            f"令牌 {secret.id} 有效至 {day}，只显示这一次。",
            f"Token {secret.id} counts until {day}; it is shown this once.",
        )
    )
    click.echo(secret.token)


@token.command(name="list")
@demonstration_option
def list_tokens(*, demonstration: bool | None) -> None:
    """列出令牌（不含密文） / List the tokens and links, newest first; no secret is among them."""
    from geo.access.statements import listed  # noqa: PLC0415 (SQLAlchemy is not loaded for --help)

    with _database(demonstration=demonstration) as (connection, district):
        for row in connection.execute(listed(district, None)):
            state = "revoked" if row.revoked_at else f"until {row.expires_at:%Y-%m-%d}"
            kinds = "*" if row.report_kinds is None else ",".join(row.report_kinds)
            words = (row.id, row.kind, row.role, row.unit_id or "*", row.checkpoint_id or "*", kinds, state, row.label)
            click.echo("\t".join(words))


@token.command()
@click.argument("token_id", metavar="ID")
@demonstration_option
def revoke(token_id: str, *, demonstration: bool | None) -> None:
    """吊销令牌，两秒内处处生效 / Revoke the token or link ID; it counts nowhere two seconds later."""
    from geo.access.audit import entry  # noqa: PLC0415 (SQLAlchemy is not loaded for --help)
    from geo.access.statements import revoked, shown  # noqa: PLC0415 - see above

    with _database(demonstration=demonstration) as (connection, district):
        row = connection.execute(shown(district, token_id)).first()
        if row is None:
            raise NotFoundError(Text(f"没有令牌 {token_id}。", f"There is no token {token_id}."), field="id")
        if connection.execute(revoked(district, token_id, by=ACTOR)).first() is not None:
            subject = f"{row.kind}:{token_id}"
            _write(connection, entry(district, ACTOR, f"{row.kind}.revoked", "allowed", subject=subject))
    say(Text(f"令牌 {token_id} 已吊销。", f"Token {token_id} is revoked."))


@contextmanager
def _database(*, demonstration: bool | None) -> Iterator[tuple[Connection, str]]:
    """Open a transaction on the database that is meant; give the district too."""
    from geo.store.engine import make_engine  # noqa: PLC0415 (start fast)

    settings = read_settings()
    with open_store(settings, demonstration=demonstration) as url:
        engine = make_engine(url)
        try:
            with engine.begin() as connection:
                yield connection, settings.district
        finally:
            engine.dispose()


def _write(connection: Connection, statement: Insert) -> None:
    """Run an insert, and say in words which reference is to nothing."""
    from psycopg.errors import ForeignKeyViolation  # noqa: PLC0415 (start fast)
    from sqlalchemy.exc import IntegrityError  # noqa: PLC0415 (start fast)

    from geo.access.wishes import refers_to_nothing  # noqa: PLC0415 (start fast)

    try:
        connection.execute(statement)
    except IntegrityError as error:
        if isinstance(error.orig, ForeignKeyViolation):
            raise refers_to_nothing(error.orig.diag.constraint_name or "") from error
        raise
