"""How often: writes of one token and of one address, and what comes from an address without being let in.

Counted by each process for itself, in a window that moves; with W processes W times as much passes.
"""

from __future__ import annotations

import ipaddress
import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from geo.errors import RateLimitedError
from geo.types import Text

OFF = "off"
MOST_KEYS = 20_000
IPV6_NETWORK = 64  # bits that one subscriber has


def read_limit(text: str) -> RateLimitItem | None:
    """Read a limit such as ``600/minute``, or ``off``; raise ValueError."""
    return None if text == OFF else parse(text)


class Limiter:
    """The windows of one process."""

    def __init__(self, per_token: str, per_address: str) -> None:
        self._per_token, self._per_address = read_limit(per_token), read_limit(per_address)
        self._storage = MemoryStorage()
        self._windows = MovingWindowRateLimiter(self._storage)

    def count_write(self, token_id: str, address: str) -> None:
        """Count a write; raise RateLimitedError when there were too many of the token or of the address."""
        self._count(self._per_token, "token", token_id)
        self._count(self._per_address, "writes", network_of(address))

    def count_stranger(self, address: str) -> None:
        """Count a request of somebody who is not let in, or not yet; raise RateLimitedError."""
        self._count(self._per_address, "strangers", network_of(address))

    def _count(self, limit: RateLimitItem | None, what: str, who: str) -> None:
        if limit is None:
            return
        if len(self._storage.events) > MOST_KEYS:
            self._storage.reset()  # the storage never forgets a key by itself
        if not self._windows.hit(limit, what, who):
            begins_anew = self._windows.get_window_stats(limit, what, who).reset_time
            seconds = max(1, math.ceil(begins_anew - time.time()))
            raise RateLimitedError(
                Text(f"请求太频繁，请 {seconds} 秒后再试。", f"Too many requests; come again in {seconds} s."),
                retry_after_s=seconds,
            )


def network_of(address: str) -> str:
    """Return what one sender can choose addresses from: IPv4's address, IPv6's network of 64 bits."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    return str(found.ipv4_mapped or ipaddress.ip_network((found, IPV6_NETWORK), strict=False))
