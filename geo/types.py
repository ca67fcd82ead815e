"""Small value types whose names say axis order, unit and language."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Metres: TypeAlias = float
Degrees: TypeAlias = float


class Text(NamedTuple):
    """A sentence or label in both languages of the service."""

    zh: str
    en: str

    def in_language(self, lang: str) -> str:
        """Return the English text for ``en`` and its variants, the Chinese text for everything else."""
        return self.en if lang.lower().startswith("en") else self.zh


class LonLat(NamedTuple):
    """A position in WGS 84 degrees, longitude first."""

    lon: Degrees
    lat: Degrees


class BBox(NamedTuple):
    """A box in WGS 84 degrees. ``west > east`` means that it crosses the antimeridian (RFC 7946, 5.2)."""

    west: Degrees
    south: Degrees
    east: Degrees
    north: Degrees
