"""Kill the service and PostgreSQL while clients send reports; then look whether what was answered is there, once.

Run by hand from the project's folder: ``.venv/bin/python -m bench.chaos``. The exit code is 1 if anything is missing.
"""

from __future__ import annotations

import sys
import tempfile
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import orjson
import psycopg

from bench.chaos_client import Client
from bench.chaos_parts import Service, serving
from bench.words import say
from geo.errors import UnprocessableError
from geo.intake.canonical import body_sha256
from geo.intake.receipts import key_in, read_public_key, verify
from geo.store.cluster import OWNER
from geo.store.cluster_folder import PORT

TOKENS = 8
STORED = (201, 202)


@dataclass
class Outcome:
    """What became of all reports; ``gaps`` are the longest silences after each kill, in seconds."""

    posted: int
    seconds: float
    counts: Counter[str]
    in_store: int = 0
    missing: int = 0
    twice: int = 0
    forged: int = 0
    photos_missing: int = 0
    gaps: list[tuple[str, float]] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Tell whether nothing was lost, doubled or wrongly receipted."""
        return self.missing == self.twice == self.forged == self.photos_missing == 0 and self.in_store == self.posted


def run(work: Path, *, reports: int, clients: int, kills: Sequence[str]) -> Outcome:
    """Send ``reports`` from ``clients`` while the ``kills`` (worker, whole, postgres) come at even parts of the way."""
    with serving(work) as service:
        tokens = [service.token() for _ in range(min(TOKENS, clients))]
        shares = [reports // clients + (n < reports % clients) for n in range(clients)]
        senders = [Client(service.port, tokens[n % len(tokens)], share, n) for n, share in enumerate(shares)]
        begun = time.monotonic()
        for sender in senders:
            sender.start()
        killed = _kill_by_turns(service, senders, reports, kills)
        for sender in senders:
            sender.join()
        outcome = Outcome(reports, time.monotonic() - begun, sum((each.counts for each in senders), Counter()))
        outcome.gaps = _gaps(killed, senders)
        service.wait()
        _look(service, senders, outcome)
    return outcome


def _kill_by_turns(
    service: Service, senders: Sequence[Client], reports: int, kills: Sequence[str]
) -> list[tuple[str, float]]:
    acts: Mapping[str, Callable[[], None]] = {
        "worker": service.kill_worker,
        "whole": service.kill_whole,
        "postgres": service.kill_postgres,
    }
    killed: list[tuple[str, float]] = []
    while any(each.is_alive() for each in senders):
        service.keep_up()
        due = (len(killed) + 1) * reports / (len(kills) + 1)
        if len(killed) < len(kills) and sum(len(each.answered) for each in senders) >= due:
            name = kills[len(killed)]
            say(f"kill {name}")
            killed.append((name, time.monotonic()))
            acts[name]()
        time.sleep(0.02)
    return killed


def _gaps(killed: Sequence[tuple[str, float]], senders: Sequence[Client]) -> list[tuple[str, float]]:
    """Return the longest time without an answer between each kill and the next."""
    moments = sorted(moment for each in senders for moment in each.stored_at)
    ends = [moment for _, moment in killed[1:]] + moments[-1:]
    found = []
    for (name, start), end in zip(killed, ends, strict=True):
        within = [start, *moments[bisect_right(moments, start) : bisect_right(moments, end)]]
        found.append((name, max((b - a for a, b in pairwise(within)), default=0.0)))
    return found


def _look(service: Service, senders: Sequence[Client], outcome: Outcome) -> None:
    """Compare what was answered with what is stored, and check each receipt with the public key."""
    stored = _stored(service)
    key = read_public_key(key_in(service.home).public_pem.encode())
    sequences: Counter[int] = Counter()
    for sender in senders:
        for report_id, (status, answer) in sender.answered.items():
            if status not in STORED:
                continue
            rows = stored.get(report_id, [])
            outcome.missing += not rows
            outcome.twice += len(rows) > 1
            receipt = answer["receipt"]
            sequences[receipt["sequence"]] += 1
            outcome.forged += not _is_true(receipt, rows, sender.posted[report_id], key)
        outcome.forged += sender.changed_receipts
    outcome.twice += sum(count > 1 for count in sequences.values())
    outcome.photos_missing = _missing_photos(service, {name for sender in senders for name in sender.photos})
    outcome.in_store = sum(report_id in stored for sender in senders for report_id in sender.posted)


def _is_true(receipt: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], body: bytes, key: Any) -> bool:
    """Tell whether a receipt is signed, and says of the report what is stored and what was sent."""
    try:
        verify(receipt, key)
    except UnprocessableError:
        return False
    return [(receipt["sequence"], receipt["body_sha256"])] == list(rows) and receipt["body_sha256"] == body_sha256(
        orjson.loads(body)
    ).hex()


def _stored(service: Service) -> dict[str, list[tuple[Any, ...]]]:
    """Read every report's number and hash; one row for each row of the tables that it has more than it should."""
    where = str(service.database.sockets)
    with psycopg.connect(host=where, port=PORT, user=OWNER, dbname=OWNER) as connection:
        reports = Counter(key for (key,) in connection.execute("SELECT id::text FROM reports"))
        changes = Counter(
            key for (key,) in connection.execute("SELECT feature_id FROM changes WHERE collection = 'reports'")
        )
        sent: dict[str, list[tuple[Any, ...]]] = {}
        for key, *row in connection.execute(
            "SELECT report_id::text, sequence, encode(body_sha256, 'hex') FROM submissions"
        ):
            sent.setdefault(key, []).append(tuple(row))
    return {key: sent.get(key, [])[:1] * max(reports[key], changes[key], len(sent.get(key, []))) for key in reports}


def _missing_photos(service: Service, sent: set[str]) -> int:
    """Count photos that the service said it has and that lack their row or their original, byte by byte."""
    with psycopg.connect(host=str(service.database.sockets), port=PORT, user=OWNER, dbname=OWNER) as connection:
        rows = {name for (name,) in connection.execute("SELECT encode(sha256, 'hex') FROM photos")}
    files = {path.name: path for path in (service.home / "photos").rglob("*") if path.name in sent}
    return sum(
        name not in rows or name not in files or sha256(files[name].read_bytes()).hexdigest() != name for name in sent
    )


def table(outcome: Outcome) -> str:
    """Write the outcome in Markdown."""
    counts = outcome.counts
    facts = {
        "reports posted": outcome.posted,
        **{f"answered {status}": counts[status] for status in ("201", "202", "409")},
        "photos uploaded": counts["photo"],
        "answers 5xx": counts["5xx"],
        "connections that broke": counts["broken"],
        "sent again": counts["retried"],
        "in the store": outcome.in_store,
        "answered 201 or 202 and missing": outcome.missing,
        "stored or numbered twice": outcome.twice,
        "receipts that do not verify, or changed": outcome.forged,
        "photos missing": outcome.photos_missing,
        "seconds": round(outcome.seconds),
    }
    lines = ["| | |\n|---|---:|", *(f"| {name} | {value} |" for name, value in facts.items())]
    lines += ["", "| killed | longest silence after it, s |\n|---|---:|"]
    return "\n".join([*lines, *(f"| {name} | {gap:.1f} |" for name, gap in outcome.gaps)])


@click.command()
@click.option("--reports", default=50_000, show_default=True, type=click.IntRange(100))
@click.option("--clients", default=32, show_default=True, type=click.IntRange(1, 200))
def main(*, reports: int, clients: int) -> None:
    """Kill the service ten times (a worker and the whole by turns) and PostgreSQL five times, and print the table."""
    kills = ["worker", "whole", "postgres"] * 5
    with tempfile.TemporaryDirectory(prefix="erqi-chaos-", dir="/var/tmp") as name:
        work = Path(name)
        work.chmod(0o711)  # the account of PostgreSQL passes through
        outcome = run(work, reports=reports, clients=clients, kills=kills)
    print(table(outcome))
    sys.exit(0 if outcome.is_right else 1)


if __name__ == "__main__":
    main()
