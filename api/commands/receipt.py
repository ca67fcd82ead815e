"""Check receipts without the service: all that it takes is the receipt and the public key."""

from __future__ import annotations

from typing import BinaryIO

import click

from api.commands.console import say
from geo.types import Text


@click.group()
def receipt() -> None:
    """检查回执 / Check the receipts of reports."""


@receipt.command()
@click.argument("file", type=click.File("rb"))
@click.option("--key", type=click.File("rb"), required=True, help="公钥（PEM） / public key in PEM")
def verify(file: BinaryIO, key: BinaryIO) -> None:
    """检查回执 FILE（- 为标准输入）的签名 / Check the signature of the receipt FILE, - for standard input.

    FILE 也可以是含有 receipt 的整个应答。 / FILE may also be a whole answer with the receipt in it.
    """
    from geo.intake import receipts  # noqa: PLC0415 (signatures are not loaded for other commands)
    from geo.intake.json_body import read_object  # noqa: PLC0415 (as above)

    given = read_object(file.read())
    found = given.get("receipt")
    checked = found if isinstance(found, dict) else given
    receipts.verify(checked, receipts.read_public_key(key.read()))
    say(
        Text(
            f"回执有效：上报 {checked['report_id']}，序号 {checked['sequence']}，{checked['received_at']} 收到。",
            f"The receipt is genuine: report {checked['report_id']}, number {checked['sequence']}, "
            f"received {checked['received_at']}.",
        )
    )
