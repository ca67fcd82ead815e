"""What a page is told: language, place, moment and the words of the vocabularies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from geo.types import BBox, Text


class Term(Protocol):
    """One word of a status vocabulary; ``colour`` is a token of ``maps.theme`` or empty."""

    @property
    def code(self) -> str:
        """Return the stored code."""

    @property
    def label_zh(self) -> str:
        """Return the Chinese label."""

    @property
    def label_en(self) -> str:
        """Return the English label."""

    @property
    def colour(self) -> str | None:
        """Return the colour token."""


@dataclass(frozen=True)
class PageContext:
    """Everything that decides the bytes of a page; the same context gives the same bytes.

    ``bounds`` is the district's box, ``moment`` an aware instant, ``base_path`` the prefix of every URL of
    ours (empty by default), ``nonce`` the one-time value of the Content-Security-Policy, ``vocabularies``
    the terms of each scheme in the order of the legend, ``opens_at`` the moment at which the district's pages open
    (None: now), ``refresh_s`` the seconds between two looks of an open page for what has changed. ``many`` are the
    collections with so many features that they are drawn from tiles; ``closed`` says that the page is a file which can
    ask nobody.
    """

    lang: str
    district_zh: str
    district_en: str
    bounds: BBox
    moment: datetime
    moment_is_now: bool
    demonstration: bool
    base_path: str
    nonce: str
    basemap_url: str | None
    basemap_attribution: str | None
    vocabularies: Mapping[str, Sequence[Term]]
    opens_at: datetime | None = None
    many: frozenset[str] = frozenset()
    closed: bool = False
    refresh_s: int = 30

    @property
    def district(self) -> str:
        """Return the district's name in the page's language."""
        return Text(self.district_zh, self.district_en).in_language(self.lang)
