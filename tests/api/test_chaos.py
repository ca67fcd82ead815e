"""Reports that are answered are stored, once, whatever is killed meanwhile: the small form of bench/chaos.py."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.chaos import run

REPORTS, CLIENTS = 600, 8


def test_reports_survive_kills_of_service_and_database() -> None:
    with tempfile.TemporaryDirectory(prefix="erqi-chaos-") as name:
        work = Path(name)
        work.chmod(0o711)  # the account of PostgreSQL passes through
        outcome = run(work, reports=REPORTS, clients=CLIENTS, kills=("worker", "postgres", "whole"))
    assert (outcome.missing, outcome.twice, outcome.forged) == (0, 0, 0)
    assert outcome.in_store == REPORTS
    assert outcome.counts["201"] == REPORTS
    assert [name for name, _ in outcome.gaps] == ["worker", "postgres", "whole"]
    assert outcome.counts["broken"] > 0  # the kills were felt
