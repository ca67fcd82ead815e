"""The Folium elements of our maps, and the only place where longitude, latitude becomes latitude, longitude."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import folium
from branca.element import MacroElement
from folium.plugins import Fullscreen, LocateControl
from folium.template import Template

from geo.types import BBox
from maps.context import PageContext
from maps.i18n import message


def leaflet_bounds(box: BBox) -> list[list[float]]:
    """Return ``[[south, west], [north, east]]`` in degrees, the order in which Leaflet takes a box."""
    return [[box.south, box.west], [box.north, box.east]]


class ErqiMap(folium.Map):
    """A Leaflet map inside our own page: no inline style and no meta tag of Folium's own."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map erqi-map" id={{ this.get_name()|tojson }} role="application"
             aria-label="{{ this.label|e }}"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {{ this.options|tojavascript }});
        {{ this.get_name() }}.fitBounds({{ this.box|tojavascript }});
        erqi.prepare({{ this.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, context: PageContext, label: str) -> None:
        box = leaflet_bounds(context.bounds)
        super().__init__(
            location=[(box[0][0] + box[1][0]) / 2, (box[0][1] + box[1][1]) / 2],
            tiles=None,
            zoom_control=False,
            attribution_control=context.basemap_url is not None,
            zoom_snap=0.25,
            wheel_px_per_zoom_level=100,
        )
        # Folium hands these to its tiles only; without them a map of ours goes on beyond the last tile.
        self.options.update(min_zoom=9, max_zoom=19)
        self.box = box
        self.label = label


class DataLayer(folium.map.Layer):
    """A layer whose features the page's script fetches by URL and draws; ``drawer`` names the way to draw."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = erqi.layer({{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self, name: str, *, drawer: str, collections: Sequence[str], show: bool = True) -> None:
        super().__init__(name=name, overlay=True, control=True, show=show)
        self._name = "DataLayer"
        self.options = {"drawer": drawer, "collections": list(collections)}


class Control(MacroElement):
    """A Leaflet control that Folium has no class for; ``factory`` is the JavaScript function that makes it."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this.factory }}({{ this.options|tojavascript }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, factory: str, options: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca leaves it without types
        self._name = "Control"
        self.factory = factory
        self.options = dict(options)


class Start(MacroElement):
    """The last line of the page's script: hands the finished map to our own code."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        erqi.start({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca leaves it without types
        self._name = "Start"


def add_basemap(target: ErqiMap, context: PageContext) -> None:
    """Add the configured tiles below everything; nothing is added without ``basemap_url``."""
    if context.basemap_url is None:
        return
    # Leaflet writes the attribution as HTML
    attribution = html.escape(context.basemap_attribution or "")
    folium.TileLayer(
        tiles=context.basemap_url,
        attr=attribution,
        name=message("layer.basemap", context.lang),
        max_zoom=19,
        overlay=True,
    ).add_to(target)


def add_controls(target: ErqiMap, context: PageContext) -> None:
    """Add zoom, full screen, locate-me, layer list, metric scale and the pointer's position."""
    lang = context.lang
    Control(
        "L.control.zoom",
        {
            "position": "topleft",
            "zoom_in_title": message("control.zoom_in", lang),
            "zoom_out_title": message("control.zoom_out", lang),
        },
    ).add_to(target)
    Fullscreen(  # type: ignore[no-untyped-call]  # folium leaves its plug-ins without types
        position="topleft",
        title=message("control.fullscreen", lang),
        title_cancel=message("control.fullscreen_exit", lang),
        force_separate_button=True,
    ).add_to(target)
    LocateControl(  # type: ignore[no-untyped-call]  # as above
        position="topleft",
        strings={
            "title": message("control.locate", lang),
            "popup": message("control.locate_popup", lang),
            "metersUnit": message("control.metres", lang),
            "outsideMapBoundsMsg": message("control.locate_outside", lang),
        },
    ).add_to(target)
    Control("L.control.scale", {"position": "bottomleft", "imperial": False, "max_width": 120}).add_to(target)
    Control("erqi.pointer", {"position": "bottomleft"}).add_to(target)
    folium.LayerControl(position="topright", collapsed=True).add_to(target)
