"""One base error and its named kinds; the HTTP edge and the command line translate them, each in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.types import Text


class ErqiError(Exception):
    """Something the caller can be told about, in Chinese and English.

    ``text`` is the sentence for a person, ``field`` the name of the input at fault (or None). ``kind`` names the case
    to a program where its class alone does not; ``extras`` are further members of the problem document.
    """

    def __init__(
        self, text: Text, *, field: str | None = None, kind: str | None = None, extras: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(text.en)
        self.text = text
        self.field = field
        self.kind = kind
        self.extras = dict(extras or {})


class InvalidInputError(ErqiError):
    """A value that the sender can put right."""


class UnprocessableError(InvalidInputError):
    """Content that fits its schema and cannot be kept: something missing, a rule broken, a reference to nothing."""


class CoordinateError(InvalidInputError):
    """A coordinate that is not finite, out of range, swapped, or in another datum than declared."""


class ChainageError(InvalidInputError):
    """A K-post that cannot be read, or that lies outside its road."""


class NotFoundError(ErqiError):
    """A collection, feature or place that does not exist."""


class ConflictError(ErqiError):
    """A change that the present state does not allow."""


class UnauthorizedError(ErqiError):
    """Nobody can be made out behind a request; ``kind`` is token-missing, -unknown, -expired or -revoked."""


class ForbiddenError(ErqiError):
    """Something that is not the caller's to do."""


class SpentError(ErqiError):
    """Something that was there and is no more, such as a link that has been used."""


class RateLimitedError(ErqiError):
    """More requests than one may make in a time; ``retry_after_s`` is when to come again."""

    def __init__(self, text: Text, *, retry_after_s: int) -> None:
        super().__init__(text, kind="rate-limited")
        self.retry_after_s = retry_after_s


class StoreUnavailableError(ErqiError):
    """The database cannot be reached or started."""
