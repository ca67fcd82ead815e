"""The peer of our maps: plain Folium pages of the same features, served from this machine."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import folium
import httpx
import zstandard

from api.ogc.compression import ZSTD_LEVEL
from bench.data import BOX
from maps.assets import load_asset
from maps.theme import TOKENS

FIELDS = ["name_zh", "state_zh", "chainage", "planned_percent", "actual_percent", "why_zh"]
PAGE = 10_000
# Leaflet is what these pages need; what else Folium loads from elsewhere (jQuery, Bootstrap, icons) is left out.
LOCAL = {"leaflet.js": "leaflet.js", "leaflet.css": "leaflet.css"}
FOREIGN = re.compile(r'\s*<(?:script src|link rel="stylesheet" href)="https?://[^"]*?([^/"]+)"[^>]*>(?:</script>)?')


def features(base: str, collection: str, names: Sequence[str], most: int) -> list[dict[str, Any]]:
    """Read up to ``most`` features of a layer of ours, with the properties named."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": min(PAGE, most), "properties": ",".join(names)}
    url: str | None = f"{base}/ogc/collections/{collection}/items"
    while url is not None and len(found) < most:
        page = httpx.get(url, params=query or None, timeout=120).raise_for_status().json()
        found += page["features"]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
        query = {}
    return found[:most]


def folium_page(segments: Sequence[Mapping[str, Any]], reports: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the page that ``folium.Map`` and ``folium.GeoJson`` make of segments, and of reports as circles."""
    page = folium.Map(location=[(BOX.south + BOX.north) / 2, (BOX.west + BOX.east) / 2], zoom_start=13, tiles=None)
    folium.GeoJson(
        {"type": "FeatureCollection", "features": list(segments)},
        style_function=lambda each: {"color": TOKENS.get(each["properties"]["colour"], TOKENS["neutral"]), "weight": 4},
        tooltip=folium.GeoJsonTooltip(FIELDS[:2]),
        popup=folium.GeoJsonPopup(FIELDS),
    ).add_to(page)
    if reports:
        folium.GeoJson(
            {"type": "FeatureCollection", "features": list(reports)},
            marker=folium.CircleMarker(radius=4),
            popup=folium.GeoJsonPopup(["kind_zh", "note"]),
        ).add_to(page)
    return FOREIGN.sub(_local, page.get_root().render()).encode()


def _local(match: re.Match[str]) -> str:
    name = LOCAL.get(match.group(1))
    if name is None:
        return ""
    is_script = name.endswith(".js")
    return f'\n<script src="/{name}"></script>' if is_script else f'\n<link rel="stylesheet" href="/{name}">'


@contextmanager
def serving(pages: Mapping[str, bytes]) -> Iterator[str]:
    """Serve pages and Leaflet, compressed as ours compresses, on a free loopback port; give the address."""
    files = {**pages, **{f"/{name}": load_asset(name).content for name in LOCAL.values()}}
    sent = {path: zstandard.ZstdCompressor(ZSTD_LEVEL).compress(body) for path, body in files.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = sent.get(self.path)
            if body is None:
                self.send_error(404)
                return
            kind = {"js": "text/javascript", "css": "text/css"}.get(
                self.path.rpartition(".")[2], "text/html; charset=utf-8"
            )
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Encoding", "zstd")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing: the report has what counts."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
