"""Open311 GeoReport v2: services, and the fields of a request as a report body."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4, uuid5

from geo.errors import InvalidInputError, NotFoundError
from geo.exchange.rows import NAMESPACE
from geo.intake.body_errors import shown
from geo.intake.canonical import canonical
from geo.types import Text

PROBLEM = "problem"
PROBLEM_NAMES = Text("问题", "Problem")
KEY, JURISDICTION, MEDIA = "api_key", "jurisdiction_id", "media_url"
DATUMS = ("wgs84", "gcj02", "bd09", "cgcs2000")
# What a service asks beside the fields of the standard. None is required.
OBSERVED, DATUM, ACCURACY = "attribute[observed_at]", "attribute[datum]", "attribute[accuracy_m]"
PRIVATE = ("first_name", "last_name", "email", "phone")
IGNORED = ("device_id", "account_id")  # of the sender's own books
FIELDS = frozenset(
    {
        *(KEY, JURISDICTION, "service_code", "lat", "long", "address_string", "address_id", "description", MEDIA),
        *(OBSERVED, DATUM, ACCURACY, *PRIVATE, *IGNORED),
    }
)
MAX_NUMBER = 40  # characters

Terms = Sequence[Mapping[str, Any]]


def services(hazards: Terms) -> list[dict[str, Any]]:
    """Return the services: one for each kind of hazard (``code``, ``label_zh``, ``label_en``), and problems."""
    named = [(each["code"], Text(each["label_zh"], each["label_en"]), "防汛 Flood defence") for each in hazards]
    return [_service(*each) for each in [*named, (PROBLEM, PROBLEM_NAMES, "台账 Ledger")]]


def _service(code: str, names: Text, group: str) -> dict[str, Any]:
    return {
        "service_code": code,
        "service_name": f"{names.zh} {names.en}",
        "description": f"上报：{names.zh}。 Report: {names.en}.",
        "metadata": True,
        "type": "realtime",
        "keywords": f"{names.zh},{names.en}",
        "group": group,
    }


def definition(service: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a service asks beside the standard's fields."""
    asked = (
        ("observed_at", "datetime", Text("看到的时间（带时区）", "When it was seen, with its zone")),
        ("datum", "singlevaluelist", Text("坐标系，默认 wgs84", "Datum of lat and long; wgs84 if not given")),
        ("accuracy_m", "number", Text("位置精度（米）", "Accuracy of the position in metres")),
    )
    return {
        "service_code": service["service_code"],
        "attributes": [_attribute(n, *each) for n, each in enumerate(asked, start=1)],
    }


def _attribute(order: int, code: str, datatype: str, asked: Text) -> dict[str, Any]:
    attribute = {
        "variable": True,
        "code": code,
        "datatype": datatype,
        "required": False,
        "datatype_description": None,
        "order": order,
        "description": f"{asked.zh} {asked.en}",
    }
    values = [{"key": each, "name": each} for each in DATUMS] if code == "datum" else []
    return {**attribute, "values": values} if values else attribute


def read_request(fields: Mapping[str, str], hazards: Terms, sender: str, now: datetime) -> dict[str, Any]:
    """Return the report that the fields of a new request say, with the id that the request gets.

    With ``attribute[observed_at]`` the id is made of the content, so that the same request sent again by ``sender``
    is stored once; without it the report is of ``now``, and each is a new one. Raises InvalidInputError for a field
    that is not taken or cannot be read, NotFoundError for a service that is not there; all else the intake checks.
    """
    refuse_fields(fields)
    given = {name: value.strip() for name, value in fields.items() if value.strip() and name not in IGNORED}
    given.pop(KEY, None)
    given.pop(JURISDICTION, None)
    if given.get(MEDIA):
        raise InvalidInputError(
            Text(
                "不收 media_url：本服务不从别处取文件。照片请用 /api/v1/uploads 上传。",
                "media_url is not taken: nothing is fetched from elsewhere. Photos go to /api/v1/uploads.",
            ),
            field=MEDIA,
            kind="media-url",
        )
    body = _what(given, hazards) | _where(given) | _who(given)
    if OBSERVED in given:
        key = uuid5(NAMESPACE, f"{sender} open311 {canonical(given).decode()}")
        return {"id": str(key), "observed_at": given[OBSERVED], **body}
    return {"id": str(uuid4()), "observed_at": now.isoformat(), **body}


def refuse_fields(fields: Mapping[str, str]) -> None:
    """Raise InvalidInputError for a field that no service asks for."""
    for name in fields:
        if name not in FIELDS:
            said = shown(name)
            raise InvalidInputError(
                Text(f"没有字段“{said}”。", f"No service asks for “{said}”."), field=said, kind="field-unknown"
            )


def refuse_jurisdiction(given: str | None, district: str) -> None:
    """Raise NotFoundError for another district; the one that is served need not be named."""
    if given not in {None, "", district}:
        raise NotFoundError(
            Text(f"本服务只有辖区 {district}。", f"The only jurisdiction here is {district}."), field=JURISDICTION
        )


def no_service() -> NotFoundError:
    """Say that there is no service of a code."""
    return NotFoundError(
        Text("没有这个 service_code。", "There is no such service_code."), field="service_code", kind="service-unknown"
    )


def _what(given: Mapping[str, str], hazards: Terms) -> dict[str, Any]:
    code, description = given.get("service_code"), given.get("description")
    if code is None:
        raise _missing("service_code")
    note = {} if description is None else {"note": description}
    if code in {each["code"] for each in hazards}:
        return {"kind": "hazard", "hazard_kind": code, **note}
    if code != PROBLEM:
        raise no_service()
    if description is None:
        raise _missing("description")
    return {"kind": PROBLEM, **note}


def _where(given: Mapping[str, str]) -> dict[str, Any]:
    """Return position and place: latitude and longitude in the datum that is named, an address as words."""
    if "address_id" in given:
        raise InvalidInputError(
            Text("不收 address_id，请用 address_string。", "address_id is not known here; send address_string."),
            field="address_id",
        )
    place = {"place": given["address_string"]} if "address_string" in given else {}
    if "lat" not in given and "long" not in given:
        if not place:
            raise _missing("lat")
        return place
    position: dict[str, Any] = {
        "x": _number(given, "long"),
        "y": _number(given, "lat"),
        "datum": given.get(DATUM, DATUMS[0]),
    }
    if ACCURACY in given:
        position["accuracy_m"] = _number(given, ACCURACY)
    return {"position": position, **place}


def _who(given: Mapping[str, str]) -> dict[str, Any]:
    """Return whom to ask back, which the intake keeps to itself."""
    name = " ".join(given[each] for each in ("last_name", "first_name") if each in given)
    mail = f"<{given['email']}>" if "email" in given else ""
    contact = {"name": f"{name} {mail}".strip(), "phone": given.get("phone", "")}
    found = {each: value for each, value in contact.items() if value}
    return {"contact": found} if found else {}


def _number(given: Mapping[str, str], name: str) -> float:
    text = given.get(name)
    if text is None:
        raise _missing(name)
    try:
        number = float(text) if len(text) <= MAX_NUMBER and "_" not in text else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidInputError(Text(f"“{name}”应为数字。", f"“{name}” should be a number."), field=name)
    return number


def _missing(name: str) -> InvalidInputError:
    beside = Text("（或 long、address_string）", " (with long), or address_string,") if name == "lat" else Text("", "")
    return InvalidInputError(
        Text(f"缺少“{name}”{beside.zh}。", f"“{name}”{beside.en} is missing."), field=name, kind="field-missing"
    )
