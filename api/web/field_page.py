"""The field team's page: its shell, the worker that keeps it on the phone, the manifest that installs it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from api.settings import Settings
from api.web.modules import embedded, import_map
from api.web.render import render
from geo.types import Text
from maps.assets import FIELD_FILES, FIELD_SCRIPTS, FIELD_STYLES, ROOT, asset_url, content_security_policy, load_asset
from maps.context import PageContext, Term
from maps.theme import PALETTE

FOLDER = ROOT / "api" / "web" / "field"
SCHEMES = ("report_kind", "report_status", "checkpoint_state", "inspection_state", "hazard_kind")
FILES = ("leaflet.js", *FIELD_STYLES, *FIELD_SCRIPTS, *FIELD_FILES)
SENDER = "field/sender.js"


def field_html(context: PageContext, settings: Settings) -> str:
    """Return the page: words, vocabularies and addresses; everything else is the phone's or asked for later."""
    words = catalogue()
    return render(
        "field.html",
        context,
        said=lambda key: words[key].in_language(context.lang),
        styles=FIELD_STYLES,
        theme_color=PALETTE["surface"],
        manifest=f"{context.base_path}/field/manifest.webmanifest",
        import_map=embedded(import_map(context.base_path, FIELD_SCRIPTS)),
        config=embedded(config(context, settings)),
    )


def config(context: PageContext, settings: Settings) -> dict[str, Any]:
    """Return what the scripts are told, in both languages: the phone may change its language without a network."""
    box, base = context.bounds, context.base_path
    return {
        "lang": context.lang,
        "version": version(base),
        "district": {"zh": context.district_zh, "en": context.district_en},
        "demonstration": context.demonstration,
        "bounds": [[box.south, box.west], [box.north, box.east]],
        "words": {key: {"zh": text.zh, "en": text.en} for key, text in catalogue().items()},
        "terms": {scheme: _terms(context.vocabularies.get(scheme, ())) for scheme in SCHEMES},
        "photo": photo_limits(settings),
        "worker": {
            "module": f"{base}/field/worker.js",
            "classic": f"{base}/field/worker-classic.js",
            "scope": f"{base}/field",
        },
    }


def photo_limits(settings: Settings) -> dict[str, int]:
    """Return what a photo may have at most before the phone makes it smaller."""
    return {"maxBytes": settings.photo_max_mb * 1_000_000, "maxPixels": settings.photo_max_megapixels * 1_000_000}


def _terms(terms: Sequence[Term]) -> list[dict[str, str | None]]:
    return [{"code": term.code, "zh": term.label_zh, "en": term.label_en, "colour": term.colour} for term in terms]


def field_policy(context: PageContext) -> str:
    """Return the page's Content-Security-Policy: as every page's, with photos of the phone's own as images."""
    return content_security_policy(context, images="blob:")


def worker_script(base_path: str, *, module: bool) -> str:
    """Return the service worker; as a module it can also send what is waiting after the page has been closed."""
    files = [{"url": asset_url(base_path, name), "integrity": load_asset(name).integrity} for name in FILES]
    shell = {"page": f"{base_path}/field", "scope": f"{base_path}/field", "version": version(base_path), "files": files}
    head = f'import {{ sendAll }} from "{base_path}/assets/{SENDER}";\nself.sendAll = sendAll;\n' if module else ""
    body = (FOLDER / "worker.js").read_text(encoding="utf-8")
    return f"{head}const SHELL = {json.dumps(shell)};\n{body}"


def version(base_path: str) -> str:
    """Return a short hash of everything that is kept on the phone, so that a change of any of it is a new version."""
    parts = [base_path, json.dumps({key: list(text) for key, text in catalogue().items()})]
    parts += [load_asset(name).integrity for name in FILES]
    for path in (FOLDER / "worker.js", FOLDER.parent / "templates" / "field.html"):
        parts.append(path.read_text(encoding="utf-8"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def manifest(context: PageContext) -> dict[str, Any]:
    """Return the web app manifest (W3C), by which the page is installed beside the phone's other apps."""
    words, base = catalogue(), context.base_path
    icons: list[Mapping[str, str]] = [
        {"src": asset_url(base, "field/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": asset_url(base, "field/icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any"},
        {"src": asset_url(base, "field/icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    return {
        "id": f"{base}/field",
        "name": f"{words['title'].in_language(context.lang)} · {context.district}",
        "short_name": words["title"].in_language(context.lang),
        "lang": context.lang,
        "start_url": f"{base}/field",
        "scope": f"{base}/field",
        "display": "standalone",
        "orientation": "any",
        "background_color": PALETTE["paper"],
        "theme_color": PALETTE["surface"],
        "icons": icons,
    }


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Text]:
    """Read the words of this page: key to Chinese and English."""
    entries = json.loads((Path(FOLDER) / "messages.json").read_text(encoding="utf-8"))
    return {key: Text(entry["zh"], entry["en"]) for key, entry in entries.items()}
