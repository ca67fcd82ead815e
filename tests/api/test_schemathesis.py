"""Cases that schemathesis makes of the API's definition, by all its checks: reads, and writes with the editors' token.

A bounded number here; ``python -m bench.clients.fuzz`` makes thousands. It runs as a program of its own, so that its
pytest plugin and its warnings meet none of ours.
"""

from __future__ import annotations

import re
from pathlib import Path

from bench.clients.fuzz import fuzz
from tests.api.serving import serving_copy
from tests.conftest import TestServer

TOKEN = "0123456789abcdef" * 2
BOUNDED = ("--phases", "examples,fuzzing", "--seed", "1", "--no-color", "--continue-on-failure")


def test_no_answer_breaks_the_definition(server: TestServer, demonstration_url: str, tmp_path: Path) -> None:
    assert demonstration_url
    with serving_copy(server, "demonstration", "schemathesis", edit_token=TOKEN) as address:
        running = fuzz(address, TOKEN, tmp_path, cases=12, options=BOUNDED)
        said, _ = running.communicate(timeout=300)
    assert running.returncode == 0, said
    made = re.search(r"(\d+) generated", said)
    assert made is not None
    assert int(made[1]) > 150
