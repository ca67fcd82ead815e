"""The tag of one feature: which version of the row, and which representation of it.

A tag reads ``"7.3f9c…"``: the version of the row, a dot, and a digest of everything else that decides the bytes. GET
compares the whole of it, so a strong tag stands for one sequence of bytes (RFC 9110, 8.8.3). A writer's If-Match asks
whether the *feature* is still the one he has read, in whatever representation; so there the version alone counts.
A version never comes back: an id that is deleted and made anew goes on counting.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

_TAG = re.compile(r'(?P<weak>W/)?"(?P<opaque>[\x21\x23-\x7e\x80-\xff]*)"')
_VERSION = re.compile(r"(?P<version>[0-9]{1,10})\..*")


def feature_tag(version: int, representation: bytes) -> str:
    """Make the strong tag of a feature's version in one representation.

    ``representation`` is what is sent, or whatever else tells two representations of a version apart.
    """
    digest = hashlib.blake2b(representation, digest_size=12).hexdigest()
    return f'"{version}.{digest}"'


def is_match(if_match: str, version: int) -> bool:
    """Tell whether If-Match names this version of a feature; a weak tag never does (strong comparison)."""
    return if_match.strip() == "*" or any(not weak and known == version for weak, known in _versions(if_match))


def is_none_match(if_none_match: str, version: int) -> bool:
    """Tell whether If-None-Match names this version of a feature, weakly or strongly, or any version by ``*``."""
    return if_none_match.strip() == "*" or any(known == version for _, known in _versions(if_none_match))


def _versions(field: str) -> Iterator[tuple[bool, int | None]]:
    for tag in _TAG.finditer(field):
        match = _VERSION.fullmatch(tag["opaque"])
        yield tag["weak"] is not None, int(match["version"]) if match else None


def http_date(moment: datetime) -> str:
    """Write a moment for Last-Modified, to the second below."""
    return _written(int(moment.timestamp()))


@lru_cache(maxsize=5_000)
def _written(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, timezone.utc), usegmt=True)


def read_http_date(text: str) -> datetime | None:
    """Read a date in any of HTTP's three forms; None for what is none, which counts as not sent (RFC 9110, 13.1.4)."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.utcoffset():
        return None  # HTTP's dates are in GMT
    return moment.replace(tzinfo=timezone.utc)
