"""What the harness says while it works."""

from __future__ import annotations

import sys
import time

_BEGUN = time.monotonic()


def say(text: str) -> None:
    """Print a line with the seconds since the start, to the error stream: the table is for the other."""
    print(f"{time.monotonic() - _BEGUN:7.1f} s  {text}", file=sys.stderr, flush=True)
