"""What a printed map lists beside the picture: places that are late or in danger, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from maps.i18n import SHANGHAI, day_in_words
from maps.print_words import word
from maps.theme import FALLBACK_TOKEN

Feature = Mapping[str, Any]
URGENCY = (
    "danger",
    "blocked",
    "attention",
    "seriously_behind",
    "behind",
    "overdue",
    "conflict",
    "unconfirmed",
    "stale",
)
BETWEEN = " · "
PLACES = ("segment_progress", "site_progress", "checkpoint_status")


class Entry(NamedTuple):
    """A place that needs a look: where it is drawn, how urgent it is, and the sentence that says why."""

    collection: str
    id: str
    name: str
    state: str
    why: str
    colour: str
    is_located: bool
    rank: tuple[int, float, str]


def attention(data: Mapping[str, Sequence[Feature]], day: str, lang: str) -> list[Entry]:
    """Return every place that needs a look; ``day`` (YYYY-MM-DD) is the one by which entries of the ledger are due."""
    found = [entry for name in PLACES for entry in _places(name, data.get(name, ()), day, lang)]
    found += _overdue(data.get("cases", ()), day, lang)
    found += _conflicts(data.get("conflicts", ()), lang)
    return sorted(found, key=lambda entry: entry.rank)


def _places(collection: str, features: Iterable[Feature], day: str, lang: str) -> Iterable[Entry]:
    for feature in features:
        said = feature["properties"]
        if said["state"] in URGENCY:
            lag = -float(said.get("lag_points") or 0)
            rank = (URGENCY.index(said["state"]), lag, str(feature["id"]))
            why = BETWEEN.join([said[f"why_{lang}"], *_standing(said, day, lang)])
            yield _entry(collection, feature, (said[f"name_{lang}"], said[f"state_{lang}"], why), rank)
        elif said.get("freshness") == "stale":
            rank = (URGENCY.index("stale"), -float(said["age_hours"]), str(feature["id"]))
            texts = (said[f"name_{lang}"], said[f"freshness_{lang}"], said[f"why_{lang}"])
            yield _entry(collection, feature, texts, rank)._replace(colour=FALLBACK_TOKEN)


def _overdue(cases: Iterable[Feature], day: str, lang: str) -> Iterable[Entry]:
    for case in cases:
        said = case["properties"]
        if said["status"] != "struck_off" and said["due_on"] is not None and said["due_on"] < day:
            title = said[f"title_{lang}"] or said["title_zh"] or said["number"]
            units = dict.fromkeys(said.get(f"{role}_{lang}") for role in ("territorial", "sector"))
            why = BETWEEN.join([_overdue_words(said["due_on"], day, lang), *(unit for unit in units if unit)])
            texts = (f"{said['number']} {title}", said[f"status_{lang}"], why)
            yield _entry("cases", case, texts, (URGENCY.index("overdue"), 0.0, f"{said['due_on']} {case['id']}"))


def _standing(said: Mapping[str, Any], day: str, lang: str) -> Iterator[str]:
    """Say of works which part of the road, how late the task is that waits longest, and when somebody looked."""
    if said.get("chainage"):
        yield said["chainage"]
    late = [task for task in said.get("tasks") or () if task.get("is_overdue")]
    if late:
        longest = min(late, key=lambda task: str(task["planned_finish"]))
        stage, days = longest[f"stage_{lang}"], _days_between(longest["planned_finish"], day)
        yield word("late_task" if len(late) == 1 else "late_tasks", lang).format(stage, days, len(late))
    if said.get("last_report_at") and "tasks" in said:
        seen = datetime.fromisoformat(said["last_report_at"].replace("Z", "+00:00")).astimezone(SHANGHAI)
        yield word("reported", lang).format(day_in_words(seen, lang))


def _days_between(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _overdue_words(due_on: str, day: str, lang: str) -> str:
    return word("overdue", lang).format(day_in_words(date.fromisoformat(due_on), lang), _days_between(due_on, day))


def _conflicts(stretches: Iterable[Feature], lang: str) -> Iterable[Entry]:
    """List works in the way: those that surely are before those that may be, each road along its chainage."""
    for stretch in stretches:
        said = stretch["properties"]
        rank = (URGENCY.index("conflict"), float(said["certainty"] != "sure"), str(stretch["id"]))
        texts = (said[f"name_{lang}"], said[f"kind_{lang}"], said[f"why_{lang}"])
        yield _entry("conflicts", stretch, texts, rank)


def _entry(collection: str, feature: Feature, texts: tuple[str, str, str], rank: tuple[int, float, str]) -> Entry:
    colour = feature["properties"].get("colour") or FALLBACK_TOKEN
    return Entry(collection, str(feature["id"]), *texts, colour, feature["geometry"] is not None, rank)
