"""The application factory: the only place where settings, database, pages and routes meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from api import __version__
from api.access.shared import access_for
from api.coalescing import Intake
from api.errors import add_error_handlers
from api.freshness import Cache, Revisions
from api.keeping import Keeper
from api.loading import Loader
from api.ogc.counting import Sizes
from api.params import refuse_nul
from api.photo_vault import Vault, own_folder
from api.printing import Printer
from api.routes import (
    assets,
    desk,
    differences,
    docs,
    field,
    front,
    health,
    links,
    locate,
    maps,
    me,
    ogc,
    open311,
    openrosa,
    photos,
    prints,
    progress,
    receipts,
    reports,
    reviews,
    schemas,
    session,
    tables,
    tiles,
    tokens,
    uploads,
)
from api.service import Service
from api.settings import Settings
from api.state import State
from api.store import Store
from api.uploads import Folder
from geo.errors import StoreUnavailableError
from geo.types import Text
from maps.assets import check_assets

DESCRIPTION = """Roads, project sites and canal flood checkpoints of a city district, with their status.

二七区道路整治、重点项目和防汛点位的数据服务。

Errors are problem documents (RFC 9457) with a sentence in Chinese and in English."""


def create_app(settings: Settings) -> Service:
    """Make the service for ``settings``; nothing is opened before it starts.

    Raises StoreUnavailableError without a database address, AssetMissingError when a page's file is not installed.
    """
    url = settings.server_url()
    if url is None:
        raise StoreUnavailableError(
            Text("没有设置数据库地址。", "No database address is set."), field="ERQI_DATABASE_URL"
        )
    check_assets()
    store = Store(url, pool_size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms)
    app = Service(
        title="erqi",
        version=__version__,
        description=DESCRIPTION,
        servers=[{"url": settings.base_path or "/"}],
        dependencies=[Depends(refuse_nul)],
        openapi_url=None,  # routes/docs.py serves it under its own media type
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.store = store
    app.state.shared = State(
        settings,
        store,
        Revisions(store, settings.district),
        Loader(store),
        Cache(settings.cache_mb * 1_000_000),
        Sizes(store, settings.district, settings.count_limit),
        access_for(settings, store),
        Intake(Keeper(store, settings)),
        Vault(settings),
        Folder(own_folder(settings, "uploads"), settings.upload_hours),
        Printer(settings.print_workers, time_limit_s=settings.print_timeout_s, sandbox=settings.print_sandbox),
    )
    app.enter_by(app.state.shared)
    add_error_handlers(app)
    for family in (
        front,
        field,
        desk,
        maps,
        ogc,
        schemas,
        tiles,
        locate,
        tokens,
        links,
        me,
        session,
        reports,
        receipts,
        reviews,
        photos,
        progress,
        differences,
        tables,
        prints,
        uploads,
        openrosa,
        open311,
        docs,
        health,
        assets,
    ):
        app.include_router(family.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.shared.access.denials.close()
    await app.state.store.close()
