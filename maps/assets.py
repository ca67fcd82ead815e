"""The allow-list of files that our pages load, each with its content hash; nothing else is served."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from geo.errors import ErqiError
from geo.types import Text
from maps import theme
from maps.context import PageContext

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
STATIC = ROOT / "maps" / "static"
WEB = ROOT / "api" / "web"

JAVASCRIPT = "text/javascript; charset=utf-8"
STYLESHEET = "text/css; charset=utf-8"
PNG = "image/png"
TILE_DECODER = "mvt/vector-tile.js"
SVG = "image/svg+xml"


class AssetMissingError(ErqiError):
    """A file that our pages need is not installed."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(
            Text(
                f"页面资源 {name} 缺失（{path.name}）：请运行 ./erqi 安装。",
                f"The page asset {name} is missing ({path.name}): run ./erqi to install it.",
            ),
            field=name,
        )


@dataclass(frozen=True)
class AssetSource:
    """Where an asset comes from: ``read`` gives its bytes or raises ``AssetMissingError``."""

    content_type: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Asset:
    """An asset in memory, ready to be served with long caching."""

    name: str
    content_type: str
    content: bytes

    @property
    def version(self) -> str:
        """Return the short content hash that stands in the asset's URL."""
        return hashlib.sha256(self.content).hexdigest()[:12]

    @property
    def integrity(self) -> str:
        """Return the value of the ``integrity`` attribute (W3C Subresource Integrity)."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.content).digest()).decode("ascii")


def _file(name: str, path: Path, content_type: str) -> AssetSource:
    def read() -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise AssetMissingError(name, path) from error

    return AssetSource(content_type, read)


def _package_files() -> dict[str, AssetSource]:
    leaflet, fullscreen, locate = (
        PACKAGES / "leaflet" / "dist",
        PACKAGES / "leaflet.fullscreen" / "dist",
        PACKAGES / "leaflet.locatecontrol" / "dist",
    )
    files = {
        "leaflet.js": (leaflet / "leaflet.js", JAVASCRIPT),
        "leaflet.css": (leaflet / "leaflet.css", STYLESHEET),
        "fullscreen.js": (fullscreen / "Control.FullScreen.umd.js", JAVASCRIPT),
        "fullscreen.css": (fullscreen / "Control.FullScreen.css", STYLESHEET),
        "locate.js": (locate / "L.Control.Locate.min.js", JAVASCRIPT),
        "locate.css": (locate / "L.Control.Locate.min.css", STYLESHEET),
        "swagger-ui.js": (PACKAGES / "swagger-ui-dist" / "swagger-ui-bundle.js", JAVASCRIPT),
        "swagger-ui.css": (PACKAGES / "swagger-ui-dist" / "swagger-ui.css", STYLESHEET),
        # leaflet.css names these by a relative URL
        "images/layers.png": (leaflet / "images" / "layers.png", PNG),
        "images/layers-2x.png": (leaflet / "images" / "layers-2x.png", PNG),
        "images/marker-icon.png": (leaflet / "images" / "marker-icon.png", PNG),
    }
    return {name: _file(name, path, content_type) for name, (path, content_type) in files.items()}


def _tile_readers() -> dict[str, AssetSource]:
    """Return what decodes vector tiles: modules that a page imports once it has many features to draw."""
    files = {
        "mvt/point-geometry.js": PACKAGES / "@mapbox" / "point-geometry" / "index.js",
        "mvt/pbf.js": PACKAGES / "pbf" / "index.js",
    }
    found = {name: _file(name, path, JAVASCRIPT) for name, path in files.items()}
    name = TILE_DECODER
    whole = _file(name, PACKAGES / "@mapbox" / "vector-tile" / "index.js", JAVASCRIPT)

    def read() -> bytes:
        # a browser knows no package names: the module beside it is named by its address, with its hash
        point = asset_url("..", "mvt/point-geometry.js").removeprefix("../assets/mvt/")
        return whole.read().replace(b"'@mapbox/point-geometry'", f"'./{point}'".encode())

    return {**found, name: AssetSource(JAVASCRIPT, read)}


# In the order in which a map page loads them.
OWN_SCRIPTS = (
    "erqi-live.js",
    "erqi-core.js",
    "erqi-data.js",
    "erqi-symbols.js",
    "erqi-popup.js",
    "erqi-open.js",
    "erqi-labels.js",
    "erqi-parts.js",
    "erqi-lines.js",
    "erqi-ticks.js",
    "erqi-points.js",
    "erqi-filters.js",
    "erqi-panel.js",
    "erqi-search.js",
    "erqi-tiles.js",
    "erqi-many.js",
    "erqi-many-lines.js",
    "erqi-reports.js",
    "erqi-heat.js",
    "erqi-levels.js",
    "erqi-flood.js",
    "erqi-moment.js",
    "erqi-time.js",
    "erqi-frame.js",
    "erqi-page.js",
)
PAGE_SCRIPTS = ("docs.js", "front.js", "ogc.js", "erqi-compare.js")
MAP_OWN_STYLES = ("erqi.css", "erqi-map.css", "erqi-flood.css", "erqi-time.css")
PAGE_STYLES = (*MAP_OWN_STYLES, "erqi-compare.css", "docs.css", "front.css", "ogc.css", "table.css", "print.css")
MAP_SCRIPTS = ("leaflet.js", "fullscreen.js", "locate.js", *OWN_SCRIPTS)
MAP_STYLES = ("leaflet.css", "fullscreen.css", "locate.css", "theme.css", *MAP_OWN_STYLES)
# The field team's page: modules that import one another, kept on the phone together with everything below.
FIELD_OWN = (
    *("api.js", "app.js", "canonical.js", "chainage.js", "dom.js", "draft.js", "extent.js", "fields.js", "form.js"),
    *(
        "gps.js",
        "home.js",
        "layers.js",
        "notices.js",
        "parts.js",
        "photo-section.js",
        "photos.js",
        "pin.js",
        "queue.js",
    ),
    *("sender.js", "sent.js", "store.js", "tus.js", "where.js", "who.js", "words.js"),
)
FIELD_SCRIPTS = (*(f"field/{name}" for name in FIELD_OWN), "field/idb.js")
FIELD_STYLES = ("leaflet.css", "theme.css", "erqi.css", "field/field.css")
FIELD_FILES = ("field/icon.svg", "field/icon-192.png", "field/icon-512.png")
# The pages of reviewers and of those who hand out tokens: modules likewise, some of them for both.
SHARED = ("shared/api.js", "shared/words.js")
REVIEW_OWN = (
    *("acceptance.js", "app.js", "bulk.js", "case.js", "decide.js", "desk.js", "drafts.js", "filters.js", "keys.js"),
    *("likely.js", "photos.js", "places.js", "queue.js", "said.js"),
)
REVIEW_SCRIPTS = (*(f"reviews/{name}" for name in REVIEW_OWN), *SHARED, "field/dom.js")
REVIEW_STYLES = ("leaflet.css", "theme.css", "erqi.css", "front.css", "reviews/reviews.css")
TOKEN_OWN = ("app.js", "form.js", "list.js")
TOKEN_SCRIPTS = (*(f"tokens/{name}" for name in TOKEN_OWN), *SHARED, "field/dom.js")
TOKEN_STYLES = ("theme.css", "erqi.css", "front.css", "tokens/tokens.css")


def _module_files() -> dict[str, AssetSource]:
    """Give the files of the pages that are made of modules, each in a folder of its own below ``api/web``."""
    kinds = {".js": JAVASCRIPT, ".css": STYLESHEET, ".png": PNG, ".svg": SVG}
    own = [*(f"field/{name}" for name in FIELD_OWN), FIELD_STYLES[-1], *FIELD_FILES]
    own += [*(f"reviews/{name}" for name in REVIEW_OWN), REVIEW_STYLES[-1], *SHARED]
    own += [*(f"tokens/{name}" for name in TOKEN_OWN), TOKEN_STYLES[-1]]
    idb = _file("field/idb.js", PACKAGES / "idb" / "build" / "index.js", JAVASCRIPT)
    files = {name: _file(name, WEB / name, kinds[Path(name).suffix]) for name in own}
    return {**files, "field/idb.js": idb}


def _own_files() -> dict[str, AssetSource]:
    scripts = {name: _file(name, STATIC / name, JAVASCRIPT) for name in (*OWN_SCRIPTS, *PAGE_SCRIPTS)}
    styles = {name: _file(name, STATIC / name, STYLESHEET) for name in PAGE_STYLES}
    colours = AssetSource(STYLESHEET, lambda: theme.css_variables().encode("utf-8"))
    return {**scripts, **styles, "theme.css": colours}


ASSETS: Mapping[str, AssetSource] = {**_package_files(), **_tile_readers(), **_own_files(), **_module_files()}


@cache
def load_asset(name: str) -> Asset:
    """Read one asset; ``KeyError`` for a name outside the allow-list, ``AssetMissingError`` without its file."""
    source = ASSETS[name]
    return Asset(name, source.content_type, source.read())


def check_assets() -> None:
    """Raise ``AssetMissingError`` for the first asset whose file is not there; the service calls this at start."""
    for name in ASSETS:
        load_asset(name)


def asset_url(base_path: str, name: str) -> str:
    """Return the asset's URL with its content hash, so that it may be cached for ever."""
    return f"{base_path}/assets/{name}?v={load_asset(name).version}"


def _basemap_source(context: PageContext) -> str:
    """Return the basemap's origin for ``img-src``, Leaflet's ``{s}`` as ``*``; empty without a foreign basemap."""
    if context.basemap_url is None:
        return ""
    parts = urlsplit(context.basemap_url)
    if not parts.netloc:
        return ""
    host = parts.netloc.replace("{s}", "*")
    return f" {parts.scheme}://{host}"


def content_security_policy(
    context: PageContext, *, images: str = "", script: str | None = None, frames: bool = False
) -> str:
    """Return the Content-Security-Policy header of a page: nothing but our own host and this page's nonce.

    ``images`` names a further source of images, such as ``blob:``; ``script`` is the hash of the page's only inline
    script, where it has one and needs no nonce, empty where it has none; ``frames`` lets it show other pages of ours.
    """
    inline = f"'nonce-{context.nonce}'" if script is None else script
    styles = f" 'nonce-{context.nonce}'" if script is None else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {inline}".rstrip(),
            f"style-src 'self'{styles}",
            f"img-src 'self' data:{images and ' ' + images}{_basemap_source(context)}",
            "connect-src 'self'",
            *(["frame-src 'self'"] if frames else []),
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )
