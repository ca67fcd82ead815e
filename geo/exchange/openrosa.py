"""Submissions of OpenRosa forms (ODK XForms) as report bodies: the questions have the names of a report's members."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args
from uuid import UUID
from xml.etree.ElementTree import Element

from geo.errors import UnprocessableError
from geo.exchange.rows import NUMBERS, PATHS, cell_value, put
from geo.exchange.xml_text import local_name, read_xml
from geo.intake.body_errors import shown
from geo.intake.report_body import Kind, as_uuid
from geo.types import Text

FORM_PREFIX = "erqi_"
KINDS: Mapping[str, str] = {f"{FORM_PREFIX}{kind}": kind for kind in get_args(Kind)}
LOCATION, META, INSTANCE_ID, UUID_URI = "location", "meta", "instanceID", "uuid:"
NOT_ASKED = {"id", "kind", "photos"}
PHOTO = re.compile(r"photo(_[0-9]+)?")
FIELD = "xml_submission_file"
_DECIMAL = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([Ee][+-]?[0-9]{1,2})?")
_PARTS_OF_POINT = (2, 3, 4)  # latitude, longitude, then perhaps altitude and accuracy


@dataclass(frozen=True)
class Submission:
    """A filled-in form: its report without photos, and the names of the files that are its photos."""

    id: UUID
    body: Mapping[str, Any]
    media: tuple[str, ...]

    def report(self, photos: Mapping[str, str]) -> dict[str, Any]:
        """Return the report with those of its photos that have come: their SHA-256, in hexadecimal, by file name."""
        hashes = list(dict.fromkeys(photos[name] for name in self.media if name in photos))
        return {**self.body, "photos": hashes} if hashes else dict(self.body)


def read_submission(data: bytes) -> Submission:
    """Read the XML of a submission.

    Raises InvalidInputError for what is no XML, UnprocessableError for a form that is none of ours, an instanceID that
    is no ``uuid:``, or a question that is answered twice. The answers themselves are the intake's to check.
    """
    root = read_xml(data, field=FIELD)
    kind = KINDS.get(root.get("id", ""))
    if kind is None:
        form = shown(root.get("id", ""))
        raise UnprocessableError(
            Text(f"没有表单“{form}”。", f"There is no form “{form}” here."), field="id", kind="form-unknown"
        )
    report_id = _instance_id(root)
    body: dict[str, Any] = {"id": str(report_id), "kind": kind}
    media: list[str] = []
    answered: set[str] = set()
    for name, text in _answers(root):
        if PHOTO.fullmatch(name):
            refuse_path(text)
            media.append(text)
            continue
        if name in answered:
            said = shown(name)
            raise UnprocessableError(Text(f"“{said}”答了两次。", f"“{said}” is answered twice."), field=said)
        answered.add(name)
        _answer(body, name, text)
    return Submission(report_id, body, tuple(dict.fromkeys(media)))


def refuse_path(name: str) -> None:
    """Raise UnprocessableError for a file's name that leads somewhere else; none is ever used as one here."""
    if "/" in name or "\\" in name or name in {"", ".", ".."} or not name.isprintable():
        said = shown(name)
        raise UnprocessableError(
            Text(f"文件名“{said}”不允许。", f"“{said}” is no name of a file that is taken."),
            field=said,
            kind="file-name",
        )


def _instance_id(root: Element) -> UUID:
    found = [each for meta in root if local_name(meta) == META for each in meta if local_name(each) == INSTANCE_ID]
    text = (found[0].text or "").strip() if len(found) == 1 else ""
    report_id = as_uuid(text.removeprefix(UUID_URI)) if text.startswith(UUID_URI) else None
    if report_id is None:
        raise UnprocessableError(
            Text(
                "meta/instanceID 应为“uuid:”加 UUID。",
                "meta/instanceID should be “uuid:” and a UUID.",
            ),
            field=f"{META}/{INSTANCE_ID}",
            kind="instance-id",
        )
    return report_id


def _answers(root: Element) -> Iterator[tuple[str, str]]:
    """Give each answered question with its answer, whichever groups it stands in; the form's own data are left out."""
    waiting = [each for each in reversed(root) if local_name(each) != META]
    while waiting:
        element = waiting.pop()
        waiting += reversed(element)
        text = (element.text or "").strip()
        if len(element) == 0 and text and local_name(element):
            yield local_name(element), text


def _answer(body: dict[str, Any], name: str, text: str) -> None:
    path = PATHS.get(name)
    if name == LOCATION:
        body["position"] = _position(text)
    elif path is None or path in NOT_ASKED:
        said = shown(name)
        raise UnprocessableError(
            Text(f"表单不应有“{said}”。", f"No form of ours asks for “{said}”."), field=said, kind="question-unknown"
        )
    else:
        put(body, path, float(text) if path in NUMBERS and _DECIMAL.fullmatch(text) else cell_value(path, text))


def _position(text: str) -> dict[str, Any]:
    """Read a geopoint: latitude, longitude, altitude in metres, accuracy in metres; WGS 84.

    A point that was put on a map by hand has an accuracy of 0 (ODK XForms, geopoint).
    """
    parts = text.split()
    if len(parts) not in _PARTS_OF_POINT or not all(_DECIMAL.fullmatch(each) for each in parts):
        raise UnprocessableError(
            Text("“location”不是位置（geopoint）。", "“location” is no position (geopoint)."), field=LOCATION
        )
    lat, lon, *others = (float(each) for each in parts)
    accuracy = others[1] if len(others) > 1 else 0.0
    position = {"x": lon, "y": lat, "datum": "wgs84", "source": "device" if accuracy > 0 else "pin"}
    return {**position, "accuracy_m": accuracy} if accuracy > 0 else position
