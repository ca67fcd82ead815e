"""What the requests of one process share about who is calling."""

from __future__ import annotations

from dataclasses import dataclass

from api.access.denials import Denials
from api.access.limiting import Limiter
from api.access.verifying import Verifier
from api.settings import Settings
from api.store import Store


@dataclass(frozen=True)
class Access:
    """The callers that are known, how often they came, and the denials that are counted."""

    verifier: Verifier
    limiter: Limiter
    denials: Denials


def access_for(settings: Settings, store: Store) -> Access:
    """Begin with nobody known."""
    return Access(
        Verifier(store, settings.district),
        Limiter(settings.rate_limit, settings.address_rate_limit),
        Denials(store, settings.district),
    )
