"""GeoReport's answers as XML: the same members as in JSON, each list with the name of its items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from geo.exchange.xml_text import child, plain, write_xml

# What an item of each list is called.
ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}


def as_xml(root: str, value: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """Write an answer under the name of its root element."""
    element = Element(root)
    _fill(element, root, value)
    return write_xml(element)


def _fill(element: Element, name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for key, each in value.items():
            _fill(child(element, key), key, each)
    elif isinstance(value, list):
        for each in value:
            _fill(child(element, ITEMS[name]), ITEMS[name], each)
    elif value is not None:
        element.text = plain(str(value).lower() if isinstance(value, bool) else value)
