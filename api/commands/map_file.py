"""Write a map as one self-contained HTML file, for a machine that cannot reach the service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from api.commands.console import open_store, read_settings, say
from api.commands.store import fill
from api.ogc.parsing import parse_moment
from api.pages import page_context
from api.params import view_at
from api.settings import Settings
from api.store import Store
from geo.collections import layer_of
from geo.errors import InvalidInputError
from geo.query.features import items_page
from geo.query.view import View
from geo.types import Text
from maps import hazard, progress
from maps.context import PageContext
from maps.filters import named_by
from maps.page import MapSpec, self_contained

PAGE_ROWS = 10_000


class MapKind(NamedTuple):
    """How a map is drawn, and the layers whose features it shows."""

    build: Callable[[PageContext], str]
    collections: frozenset[str]


def _kind(
    build: Callable[[PageContext], str], layers: Iterable[tuple[str, str, Sequence[str]]], spec: MapSpec
) -> MapKind:
    drawn = frozenset(name for _, _, names in layers for name in names)
    beside = frozenset(spec.settings.get("beside", ()))
    return MapKind(build, drawn | beside | named_by(spec.settings["filters"]))


MAPS = {
    "progress": _kind(progress.progress_page, progress.LAYERS, progress.SPEC),
    "hazard": _kind(hazard.hazard_page, hazard.LAYERS, hazard.SPEC),
}


def write_map(name: str, out: Path, *, lang: str, moment_text: str | None, demonstration: bool | None) -> None:
    """Write the map ``name`` as of the moment (text as in ``?datetime=``; None: the district's own) to ``out``.

    A private database that was never served is filled first, as serving would.
    """
    settings = read_settings()
    moment = None if moment_text is None else parse_moment(moment_text)
    with open_store(settings, demonstration=demonstration) as url:
        if settings.server_url() is None:
            fill(url, settings, demonstration=demonstration)
        html = asyncio.run(draw_map(url, settings, MAPS[name], lang=lang, moment=moment))
    try:
        out.write_text(html, encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(
            Text(f"不能写入 {out}：{error.strerror}", f"Cannot write {out}: {error.strerror}"), field="out"
        ) from error
    say(Text(f"地图已写入 {out}（{len(html.encode()) // 1024} kB）。", f"The map is in {out}."))


async def draw_map(url: str, settings: Settings, kind: MapKind, *, lang: str, moment: datetime | None) -> str:
    """Return the page with the features of its layers inside."""
    store = Store(url, pool_size=1, statement_timeout_ms=settings.statement_timeout_ms)
    try:
        context = await page_context(store, settings, lang=lang, moment=moment, base_path="")
        view = view_at(settings, None if context.moment_is_now else context.moment)
        data = {name: await _features(store, name, view) for name in sorted(kind.collections)}
    finally:
        await store.close()
    return self_contained(kind.build, context, data)


async def _features(store: Store, collection: str, view: View) -> str:
    """Return every feature of a collection as the text of one FeatureCollection."""
    parts: list[str] = []
    after: str | None = None
    while True:
        page = await store.first(items_page(layer_of(collection), view, limit=PAGE_ROWS, after=after))
        if page is None:  # an aggregate without GROUP BY always has its row
            break
        text, _, after = page
        parts += [text.decode()] if text else []
        if after is None:
            break
    return '{"type":"FeatureCollection","features":[' + ",".join(parts) + "]}"
