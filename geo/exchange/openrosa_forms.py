"""The forms that ODK Collect fills in, and the documents of OpenRosa that list them and answer to submissions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from geo.exchange.openrosa import KINDS
from geo.exchange.xml_text import child, local_name, read_xml, write_xml
from geo.types import Text

FOLDER = Path(__file__).parents[2] / "data" / "forms"
LIST_NAMESPACE = "http://openrosa.org/xforms/xformsList"
MANIFEST_NAMESPACE = "http://openrosa.org/xforms/xformsManifest"
RESPONSE_NAMESPACE = "http://openrosa.org/http/response"
FILE_OF_LIST = "jr://file-csv/"


class Form(NamedTuple):
    """One form; ``lists`` are the names of the CSV files that its choices come from."""

    id: str
    kind: str
    title: str
    version: str
    xml: bytes
    lists: tuple[str, ...]


@cache
def forms() -> Mapping[str, Form]:
    """Return the forms by their id, in the order of the kinds of report."""
    return {form_id: _form(form_id, kind) for form_id, kind in KINDS.items()}


def _form(form_id: str, kind: str) -> Form:
    xml = (FOLDER / f"{form_id}.xml").read_bytes()
    elements = list(read_xml(xml, field=form_id).iter())
    title = next(each.text or "" for each in elements if local_name(each) == "title")
    version = next(each.get("version", "") for each in elements if each.get("id") == form_id)
    sources = [each.get("src", "") for each in elements if local_name(each) == "instance"]
    lists = tuple(each.removeprefix(FILE_OF_LIST) for each in sources if each.startswith(FILE_OF_LIST))
    return Form(form_id, kind, title, version, xml, lists)


def form_list(found: Iterable[Form], base: str) -> bytes:
    """Write the list of forms (OpenRosa Form List API 1.0); ``base`` is the address of the OpenRosa server."""
    root = Element("xforms", xmlns=LIST_NAMESPACE)
    for form in found:
        entry = child(root, "xform")
        child(entry, "formID", form.id)
        child(entry, "name", form.title)
        child(entry, "version", form.version)
        child(entry, "hash", hash_of(form.xml))
        child(entry, "downloadUrl", f"{base}/forms/{form.id}.xml")
        if form.lists:
            child(entry, "manifestUrl", f"{base}/forms/{form.id}/manifest")
    return write_xml(root)


def manifest(form: Form, contents: Sequence[bytes], base: str) -> bytes:
    """Write the manifest of a form: its lists, with what they hold now."""
    root = Element("manifest", xmlns=MANIFEST_NAMESPACE)
    for name, content in zip(form.lists, contents, strict=True):
        entry = child(root, "mediaFile")
        child(entry, "filename", name)
        child(entry, "hash", hash_of(content))
        child(entry, "downloadUrl", f"{base}/lists/{name}")
    return write_xml(root)


def message(text: Text, nature: str) -> bytes:
    """Write an answer to a submission, for a person to read; ``nature`` names the case to a program."""
    root = Element("OpenRosaResponse", xmlns=RESPONSE_NAMESPACE)
    child(root, "message", f"{text.zh} {text.en}", nature=nature)
    return write_xml(root)


def hash_of(content: bytes) -> str:
    """Return the hash by which a phone sees that something has changed; the protocol has MD5."""
    return f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"
