"""The pieces of a self-contained page: styles, scripts, pictures and data inside the HTML file."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from markupsafe import Markup

from maps.assets import MAP_SCRIPTS, MAP_STYLES, load_asset
from maps.context import PageContext
from maps.escape import script_source, script_text

_SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S*")
_RELATIVE_PICTURE = re.compile(r"url\((images/[\w.-]+)\)")


def _text(name: str) -> str:
    return _SOURCE_MAP.sub("", load_asset(name).content.decode("utf-8"))


def _picture(match: re.Match[str]) -> str:
    asset = load_asset(match.group(1))
    return f"url(data:{asset.content_type};base64,{base64.b64encode(asset.content).decode('ascii')})"


def inline_styles(nonce: str) -> Markup:
    """Return every style sheet of a map page in one ``style`` element, pictures as data URLs."""
    sheets = "\n".join(_RELATIVE_PICTURE.sub(_picture, _text(name)) for name in MAP_STYLES)
    # the sheets are files of ours and of the locked packages
    return Markup('<style nonce="{}">\n{}\n</style>').format(nonce, Markup(sheets))  # noqa: S704 - our own files


def inline_scripts(nonce: str) -> Markup:
    """Return every script of a map page in ``script`` elements, in loading order."""
    tag = Markup('<script nonce="{}">\n{}\n</script>')
    return Markup("\n").join(tag.format(nonce, script_source(_text(name))) for name in MAP_SCRIPTS)


def data_blocks(data: Mapping[str, str]) -> Markup:
    """Return one data block for each collection of GeoJSON text; an empty mapping still marks the page as closed."""
    tag = Markup('<script type="application/json" data-collection="{}">{}</script>\n')
    blocks = Markup("").join(tag.format(name, script_text(text)) for name, text in data.items())
    return Markup('<meta name="erqi-embedded" content="yes">\n') + blocks


def policy_tag(context: PageContext) -> Markup:
    """Return the policy of a file: nothing from anywhere, only what carries the nonce."""
    nonce = context.nonce
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'"
    )
    return Markup('<meta http-equiv="Content-Security-Policy" content="{}">\n').format(policy)
