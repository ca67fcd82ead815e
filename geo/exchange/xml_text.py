"""XML in and out: read without anything that a hostile file can do, written without what XML cannot hold."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from geo.errors import InvalidInputError
from geo.types import Text

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REPLACED = "\ufffd"


def read_xml(data: bytes, *, field: str) -> Element:
    """Return the root of a document; raise InvalidInputError for what is no XML, or declares a document type.

    By its declarations a small document can grow to gigabytes, or read files of this machine (entities).
    """
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise InvalidInputError(
            Text("XML 中不允许文档类型声明和实体。", "The XML must not declare a document type or entities."),
            field=field,
            kind="xml-declares-entities",
        ) from error
    except (ParseError, ValueError, LookupError) as error:  # the last two: of its encoding
        raise InvalidInputError(
            Text("内容不是可读的 XML。", "The content is no XML that can be read."), field=field, kind="xml-unreadable"
        ) from error
    return root


def write_xml(root: Element) -> bytes:
    """Write a document in UTF-8."""
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def child(parent: Element, name: str, text: object = None, **attributes: str) -> Element:
    """Add an element with a text; characters that XML cannot hold are shown as replaced."""
    element = Element(name, attributes)
    if text is not None:
        element.text = plain(text)
    parent.append(element)
    return element


def plain(text: object) -> str:
    """Return a text without the characters that XML cannot hold."""
    return _NO_XML.sub(REPLACED, str(text))


def local_name(element: Element) -> str:
    """Return an element's name without its namespace; a comment or instruction has none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
