"""Turn a Folium map into one of our pages: local assets, deterministic ids and bytes, and all escaping.

Text reaches the page in three ways only: Jinja's autoescape for markup, ``maps.escape`` for data blocks, and
Folium's own ``tojavascript`` for arguments in the script. Everything else is fetched and set as text content.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from branca.element import CssLink, Element, Figure, JavascriptLink
from markupsafe import Markup

from maps import theme
from maps.assets import MAP_SCRIPTS, MAP_STYLES, TILE_DECODER, asset_url, load_asset
from maps.context import PageContext, Term
from maps.escape import script_json
from maps.i18n import SHANGHAI, message, moment_in_words, script_messages
from maps.inline import data_blocks, inline_scripts, inline_styles, policy_tag
from maps.layers import DataLayer, ErqiMap, Start, add_basemap, add_controls

__all__ = ["MapPage", "MapSpec", "PageContext", "Term", "draw_map", "self_contained"]

OFF_AT_FIRST = frozenset({"heat"})  # drawers of layers that a reader switches on
HTML_LANGUAGES = {"zh": "zh-CN", "en": "en"}

# What Folium would load from foreign hosts, by its own names: our file, or None where nothing here needs it.
FOLIUM_LINKS: Mapping[str, str | None] = {
    "leaflet": "leaflet.js",
    "leaflet_css": "leaflet.css",
    "Control.Fullscreen.js": "fullscreen.js",
    "Control.FullScreen.css": "fullscreen.css",
    "Control_locate_min_js": "locate.js",
    "Control_locate_min_css": "locate.css",
    "jquery": None,
    "bootstrap": None,
    "bootstrap_css": None,
    "awesome_markers": None,
    "awesome_markers_css": None,
    "awesome_markers_font_css": None,
    "awesome_rotate_css": None,
    "glyphicons_css": None,
}


@dataclass(frozen=True)
class MapSpec:
    """What one map adds to the common page: its id, the message of its title, and its scripts' settings."""

    map_id: str
    title_key: str
    settings: Mapping[str, Any]


class MapPage(str):
    """The HTML of a map page; ``script_hash`` is the source expression (CSP 3) of the one script inside it.

    The bytes follow from the page's context alone: a hash in the policy stands for the nonce that would change them.
    """

    __slots__ = ("script_hash",)

    script_hash: str

    @classmethod
    def of(cls, html: str, script: str) -> MapPage:
        """Join a page with what its policy lets run; no script, no hash."""
        page = cls(html)
        page.script_hash = (
            script and f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode('ascii')}'"
        )
        return page


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element._children.values():  # noqa: SLF001 - branca offers no public walk
        yield from _walk(child)


def _number_elements(root: Element) -> None:
    """Replace branca's random ids by ordinals, so that the same map is the same bytes."""
    for number, element in enumerate(_walk(root)):
        element._id = f"{number:03d}"  # noqa: SLF001 - branca offers no public setter


def _check_links(figure: Figure) -> None:
    """Raise ``LookupError`` when a Folium element wants a file that ``FOLIUM_LINKS`` does not know."""
    for name, child in figure.header._children.items():  # noqa: SLF001 - branca offers no public walk
        if isinstance(child, JavascriptLink | CssLink) and name not in FOLIUM_LINKS:
            raise LookupError(name)


def _folium_parts(folium_map: ErqiMap) -> tuple[Markup, Markup]:
    """Return the map's markup and script as Folium writes them, without anything it would put in the head."""
    figure = Figure()
    figure.add_child(folium_map)
    _number_elements(folium_map)
    figure.render()
    _check_links(figure)
    # Folium escapes its arguments itself (tojson, tojavascript); our own names are the only text in them
    return Markup(figure.html.render()), Markup(figure.script.render())  # noqa: S704 - Folium wrote it from constants of ours


def style_tags(context: PageContext, names: Iterable[str] = MAP_STYLES) -> Markup:
    """Return the links to style sheets, in order."""
    tag = Markup('<link rel="stylesheet" href="{}" integrity="{}">')
    return Markup("\n").join(
        tag.format(asset_url(context.base_path, name), load_asset(name).integrity) for name in names
    )


def script_tags(context: PageContext, names: Iterable[str] = MAP_SCRIPTS) -> Markup:
    """Return the tags that load scripts, in order."""
    tag = Markup('<script src="{}" integrity="{}"></script>')
    return Markup("\n").join(
        tag.format(asset_url(context.base_path, name), load_asset(name).integrity) for name in names
    )


def _links(context: PageContext, map_id: str) -> list[dict[str, Any]]:
    pages = (("home", "/"), ("progress", "/maps/progress"), ("hazard", "/maps/hazard"))
    return [
        {
            "href": f"{context.base_path}{path}?lang={context.lang}",
            "label": message(f"nav.{name}", context.lang),
            "current": name == map_id,
        }
        for name, path in pages
    ]


def _vocabularies(context: PageContext) -> dict[str, list[dict[str, Any]]]:
    return {
        scheme: [{"code": term.code, "zh": term.label_zh, "en": term.label_en, "colour": term.colour} for term in terms]
        for scheme, terms in context.vocabularies.items()
    }


def script_config(context: PageContext, map_id: str, settings: Mapping[str, Any]) -> Markup:
    """Return what the scripts of a page are told, as the content of a data block."""
    return script_json(
        {
            "map": map_id,
            "lang": context.lang,
            "basePath": context.base_path,
            "moment": context.moment.astimezone(SHANGHAI).isoformat(),
            "live": context.moment_is_now,
            "refreshSeconds": context.refresh_s,
            "opening": None if context.opens_at is None else context.opens_at.astimezone(SHANGHAI).isoformat(),
            "many": sorted(context.many),
            "tileModules": [asset_url(context.base_path, name) for name in (TILE_DECODER, "mvt/pbf.js")],
            "messages": script_messages(context.lang),
            "theme": theme.script_theme(),
            "vocabularies": _vocabularies(context),
            **settings,
        }
    )


def render(template: str, context: PageContext, map_id: str, heading: str, **values: Any) -> str:
    """Return the HTML of a page by a template, with what every page says in its head and header."""
    lang = context.lang
    other = "en" if lang == "zh" else "zh"
    moment = context.moment.astimezone(SHANGHAI)
    html: str = (
        _templates()
        .get_template(template)
        .render(
            context=context,
            map_id=map_id,
            t=lambda key: message(key, lang),
            html_lang=HTML_LANGUAGES[lang],
            other_lang=other,
            other_html_lang=HTML_LANGUAGES[other],
            heading=heading,
            title=f"{heading} · {context.district}",
            links=_links(context, map_id),
            moment_iso=moment.isoformat(),
            moment_text=moment_in_words(context.moment, lang),
            **values,
        )
    )
    return html


def _render(context: PageContext, spec: MapSpec, folium_map: ErqiMap) -> MapPage:
    """Return the whole HTML page; its data are fetched by URL when it opens."""
    map_html, map_script = _folium_parts(folium_map)
    script = Markup("\n{}\n").format(map_script)
    html = render(
        "map.html",
        context,
        spec.map_id,
        message(spec.title_key, context.lang),
        styles=style_tags(context),
        scripts=script_tags(context),
        map_html=map_html,
        script=script,
        config=script_config(context, spec.map_id, spec.settings),
    )
    return MapPage.of(html, script)


def draw_map(context: PageContext, spec: MapSpec, layers: Iterable[tuple[str, str, Sequence[str]]]) -> MapPage:
    """Return the HTML of a map with ``layers``: each a message key, the script that draws it, its collections."""
    folium_map = ErqiMap(context, message(spec.title_key, context.lang))
    add_basemap(folium_map, context)
    for name, drawer, collections in layers:
        if context.closed and not collections:
            continue  # it reads for itself, and a file has nobody to ask
        label, show = message(name, context.lang), drawer not in OFF_AT_FIRST
        DataLayer(label, drawer=drawer, collections=collections, show=show).add_to(folium_map)
    add_controls(folium_map, context)
    Start().add_to(folium_map)
    return _render(context, spec, folium_map)


def self_contained(build_page: Callable[[PageContext], str], context: PageContext, data: Mapping[str, str]) -> str:
    """Return the page as one file with its scripts, styles and data inline, for ``file://`` and no network.

    ``data`` is the GeoJSON text of each collection by its id; a collection left out counts as empty. The
    page's policy travels in the file and allows no connection at all.
    """
    page: str = build_page(replace(context, closed=True))
    parts = {
        "<script>": f'<script nonce="{context.nonce}">',
        str(style_tags(context)): policy_tag(context) + inline_styles(context.nonce),
        str(script_tags(context)): data_blocks(data) + inline_scripts(context.nonce),
    }
    for linked, inline in parts.items():
        page = page.replace(linked, str(inline))
    return page
