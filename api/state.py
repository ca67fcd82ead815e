"""What every request of one process shares."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from api.access.shared import Access
from api.coalescing import Intake
from api.freshness import Cache, Revisions
from api.loading import Loader
from api.ogc.counting import Sizes
from api.photo_vault import Vault
from api.printing import Printer
from api.settings import Settings
from api.store import Store
from api.uploads import Folder
from geo.query.view import Thresholds


@dataclass(frozen=True)
class State:
    """Settings, database, revisions and finished answers of one process."""

    settings: Settings
    store: Store
    revisions: Revisions
    loader: Loader
    cache: Cache
    sizes: Sizes
    access: Access
    intake: Intake
    photos: Vault
    uploads: Folder
    printer: Printer

    @property
    def thresholds(self) -> Thresholds:
        """Return the thresholds of the rules, from the settings."""
        return self.settings.thresholds()


def state_of(request: Request) -> State:
    """Return the state of the process that answers."""
    state: State = request.app.state.shared
    return state
