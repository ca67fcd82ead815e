"""A loopback server of our pages, assets and fixture data, and a browser that may reach nothing else."""

from __future__ import annotations

import copy
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import uvicorn
from playwright.sync_api import BrowserContext, Dialog, Page, Route
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route as Path

from geo.types import BBox
from maps.assets import ASSETS, content_security_policy, load_asset
from maps.context import PageContext
from maps.hazard import hazard_page
from maps.page import MapPage
from maps.progress import progress_page
from tests.maps import season

DAYS = {"first": "2020-05-01", "last": "2020-10-31", "days": [{"day": "2020-05-01", "changes": 300}], "still": {}}
PAGES: dict[str, Callable[[PageContext], MapPage]] = {"progress": progress_page, "hazard": hazard_page}


def page_context(**changes: Any) -> PageContext:
    context = PageContext(
        lang="zh",
        district_zh="郑州市二七区",
        district_en="Erqi District, Zhengzhou",
        bounds=BBox(113.5006, 34.6050, 113.6705, 34.7679),
        moment=datetime.fromisoformat(season.AS_OF),
        moment_is_now=False,
        demonstration=True,
        base_path="",
        nonce="bm9uY2Utb2YtdGhlLXRlc3Q",
        basemap_url=None,
        basemap_attribution=None,
        vocabularies=season.vocabularies(),
    )
    return replace(context, **changes)


@dataclass
class World:
    """What the server answers with; a test may change it before it opens a page."""

    collections: dict[str, season.Collection] = field(default_factory=season.collections)
    context: PageContext = field(default_factory=page_context)
    broken: set[str] = field(default_factory=set)
    page_size: int = 10_000
    located: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    days: dict[str, Any] = field(default_factory=lambda: dict(DAYS))


def _application(world: World) -> Starlette:
    async def show_map(request: Request) -> Response:
        context = replace(world.context, lang=request.query_params.get("lang", "zh"))
        page = PAGES[request.path_params["name"]](context)
        policy = content_security_policy(context, script=page.script_hash)
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})

    async def give_asset(request: Request) -> Response:
        asset = load_asset(request.path_params["name"])
        return Response(asset.content, media_type=ASSETS[asset.name].content_type)

    async def give_items(request: Request) -> Response:
        name = request.path_params["name"]
        world.asked.append(str(request.url))
        if name in world.broken:
            problem = {"detail_zh": "数据库暂不可用", "detail_en": "The database is not available"}
            return JSONResponse(problem, 503)
        start = int(request.query_params.get("after", "0"))
        features = world.collections[name]
        answer: dict[str, Any] = {
            "type": "FeatureCollection",
            "features": features[start : start + world.page_size],
            "numberMatched": len(features),
            "links": [],
        }
        if start + world.page_size < len(features):
            following = request.url.include_query_params(after=start + world.page_size)
            answer["links"] = [{"rel": "next", "href": str(following).replace("127.0.0.1", "erqi.example")}]
        return JSONResponse(answer)

    async def give_days(_: Request) -> Response:
        return JSONResponse(world.days)

    async def locate(request: Request) -> Response:
        return JSONResponse({"query": request.query_params["q"], "results": world.located})

    async def no_tile(_: Request) -> Response:
        return Response(status_code=204)

    return Starlette(
        routes=[
            Path("/maps/{name}", show_map),
            Path("/assets/{name:path}", give_asset),
            Path("/ogc/collections/{name}/items", give_items),
            Path("/ogc/collections/{name}/tiles/{place:path}", no_tile),
            Path("/api/v1/differences/days", give_days),
            Path("/api/v1/locate", locate),
        ]
    )


@contextmanager
def serving(world: World) -> Iterator[str]:
    """Run the server on a free loopback port; give its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(_application(world), log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Watch:
    """What must not happen on a page."""

    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def assert_quiet(self) -> None:
        assert (self.foreign, self.errors, self.dialogs) == ([], [], [])


def watched_page(context: BrowserContext, address: str) -> tuple[Page, Watch]:
    """Open a page whose requests to any other host are cut off and remembered."""
    watch = Watch()

    def gate(route: Route) -> None:
        url = route.request.url
        if url.startswith((address, "data:", "file:")):
            route.continue_()
        else:
            watch.foreign.append(url)
            route.abort()

    def close(dialog: Dialog) -> None:
        watch.dialogs.append(dialog.message)
        dialog.dismiss()

    context.route("**/*", gate)
    page = context.new_page()
    page.on("console", lambda line: watch.errors.append(line.text) if line.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: watch.errors.append(str(error)))
    page.on("dialog", close)
    return page, watch


def open_map(page: Page, address: str, path: str) -> None:
    """Open a map and wait until its data are drawn."""
    page.goto(address + path)
    page.wait_for_selector("html[data-erqi-ready]", state="attached")


# Text that a careless page would run, break on, or push out of its frame.
HOSTILE = (
    "<img src=x onerror=\"window.__pwned='img'\">",
    "\"><script>window.__pwned='script'</script>",
    "</script><script>window.__pwned='close'</script>",
    "'-window.__pwned=1-'",
    "{{7*7}}${7*7}",
    "<svg onload=window.__pwned=1>",
    "很" * 300,
    "W" * 400,
    "\u202eEVIL\u202c \u2066left\u2069",
    "👷🏽‍♀️🚧 \"quote\" 'single' `tick` \\ &amp; <b>bold</b>",
    "javascript:window.__pwned=1",
)


def poisoned(world: World) -> World:
    """Return the same world with hostile text in every text property, ids and codes included.

    ``kind`` and ``id`` keep a marker of their own so that every feature stays different.
    """
    count = 0

    def poison(value: Any) -> Any:
        nonlocal count
        if isinstance(value, str):
            count += 1
            return f"{HOSTILE[count % len(HOSTILE)]} #{count}"
        if isinstance(value, list):
            return [poison(item) for item in value]
        if isinstance(value, dict):
            return {key: poison(item) for key, item in value.items()}
        return value

    collections = copy.deepcopy(world.collections)
    for features in collections.values():
        for feature in features:
            feature["properties"] = poison(feature["properties"])
            feature["id"] = poison(feature["id"])
    for part in collections["progress_parts"]:  # of a segment that is there, so that its card shows it
        part["properties"]["segment_id"] = collections["segment_progress"][0]["id"]
    return replace(world, collections=collections)


def geojson(collections: dict[str, season.Collection]) -> dict[str, str]:
    return {
        name: json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
        for name, features in collections.items()
    }
