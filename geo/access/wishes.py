"""What somebody asks a new token to open, read from a request or a command line, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from geo.access.rules import Grant, Role
from geo.errors import UnprocessableError
from geo.types import Text

REPORT_KINDS = (
    "task_progress",
    "checkpoint_inspection",
    "water_level",
    "hazard",
    "problem",
    "position_fix",
    "note",
)
MEMBERS = ("role", "unit", "person", "checkpoint", "kinds", "trusted", "days", "label")
USUAL_DAYS, MOST_DAYS = 90, 3_650
LONGEST = 200  # characters of an id or a label

# The part of a foreign key's name that tells which member refers to nothing.
REFERENCES = {
    "unit_id": ("unit", Text("单位", "unit")),
    "person_id": ("person", Text("人员", "person")),
    "checkpoint_id": ("checkpoint", Text("点位", "checkpoint")),
    "district": ("district", Text("区划，请先运行 erqi seed", "district; run erqi seed first")),
}


class Wish(NamedTuple):
    """What a new token shall open, and for how many days (None: the usual number, or less where the maker has)."""

    grant: Grant
    days: int | None


def read_wish(value: Mapping[str, Any]) -> Wish:
    """Read a wish; raise UnprocessableError that names the member at fault."""
    for name in value:
        if name not in MEMBERS:
            raise _wrong(name[:LONGEST], Text("不是可用的项目", f"is none of {', '.join(MEMBERS)}"))
    role = value.get("role")
    if not isinstance(role, str) or role not in Role.__members__:
        names = ", ".join(Role.__members__)
        raise _wrong("role", Text(f"应为 {names} 之一", f"is one of {names}"))
    kinds = _kinds(value, "kinds")
    trusted = _kinds(value, "trusted") or frozenset()
    if kinds is not None and not trusted <= kinds:
        raise _wrong("trusted", Text("须在 kinds 之内", "can only name what is in kinds"))
    grant = Grant(
        role=Role[role],
        label=_text(value, "label") or "",
        unit_id=_text(value, "unit"),
        person_id=_text(value, "person"),
        checkpoint_id=_text(value, "checkpoint"),
        report_kinds=kinds,
        trusted_kinds=trusted,
    )
    return Wish(grant, _days(value))


def end_of(wish: Wish, at_latest: datetime | None = None) -> datetime:
    """Return when the token shall expire; the usual time ends with its maker's own, a time that is asked for not."""
    days = USUAL_DAYS if wish.days is None else wish.days
    end = datetime.now(timezone.utc) + timedelta(days=days)
    return min(end, at_latest) if wish.days is None and at_latest is not None else end


def refers_to_nothing(constraint: str) -> UnprocessableError:
    """Say which member named something that is not there, by the foreign key that was broken."""
    member, what = next(found for column, found in REFERENCES.items() if column in constraint)
    return UnprocessableError(Text(f"没有这个{what.zh}。", f"There is no such {what.en}."), field=member)


def _text(value: Mapping[str, Any], name: str) -> str | None:
    text = value.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or not 1 <= len(text) <= LONGEST or not text.isprintable():
        raise _wrong(name, Text(f"应为 1 到 {LONGEST} 个字的文本", f"is a text of 1 to {LONGEST} characters"))
    return text


def _kinds(value: Mapping[str, Any], name: str) -> frozenset[str] | None:
    kinds = value.get(name)
    if kinds is None:
        return None
    if not isinstance(kinds, list) or not kinds or not all(each in REPORT_KINDS for each in kinds):
        names = ", ".join(REPORT_KINDS)
        raise _wrong(name, Text(f"应为列表，取自 {names}", f"is a list of some of {names}"))
    return frozenset(kinds)


def _days(value: Mapping[str, Any]) -> int | None:
    days = value.get("days")
    if days is None:
        return None
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
        raise _wrong("days", Text(f"应为 1 到 {MOST_DAYS} 的整数", f"is a whole number from 1 to {MOST_DAYS}"))
    return days


def _wrong(name: str, why: Text) -> UnprocessableError:
    return UnprocessableError(Text(f"“{name}”{why.zh}。", f"“{name}” {why.en}."), field=name)
