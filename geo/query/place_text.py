"""Read what a text says about a place: a crossing, a K-post on a road, or a landmark; no name is known here."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from geo.chainage import (
    RANGE_DASH,
    Side,
    parse_chainage,
    parse_chainage_range,
    split_side,
)
from geo.errors import InvalidInputError
from geo.types import Metres, Text

MAX_TEXT = 200
MAX_ROAD_NAME = 20
MAX_PAIRS = 6

_ROAD_END = re.compile(r"大道|大街|胡同|路|街(?!道)|巷|环(?!路)|(?<!街)道")
_JOIN = re.compile(r"\s*[×xX*/&+、-]\s*|(?P<word>[与和跟同及])")
_JUNCTION = re.compile(r"(?:交叉路?|十字路?|丁字路?|(?<=[路街巷道])路|交|(?<=[路街巷环道]))口|交[汇会叉界]处?|相交处?")
_DOOR = r"正?门[前口]|大门口?"
_TAIL = re.compile(
    rf"{_DOOR}|附近|旁边?|正?对[面过]|周边|一带|[以向往](?=[东南西北])"
    r"|路?[东南西北]{1,2}(?:[侧面边角口门]|约?[0-9])|路[东南西北]"
)
_ONE_POST = r"(?:K[-−]?[0-9]+(?:\+[0-9]+(?:\.[0-9]+)?)?|[0-9]+\+[0-9]+(?:\.[0-9]+)?)(?:M|米)?"
_POSTS = re.compile(rf"(?P<start>{_ONE_POST})(?:\s*{RANGE_DASH}\s*(?P<end>{_ONE_POST}))?", re.IGNORECASE)


@dataclass(frozen=True)
class PlaceText:
    """What a text says about a place. ``tail`` keeps the words behind it as they were written.

    A crossing has ``pairs``, every way to read two road names in it; a K-post has ``road``, ``from_m`` and, for a
    range, ``to_m`` (metres) and ``side``; a landmark has only ``name``.
    """

    kind: Literal["crossing", "chainage", "landmark"]
    text: str
    name: str
    tail: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    road: str = ""
    from_m: Metres = 0.0
    to_m: Metres | None = None
    side: Side | None = None

    @property
    def is_at_the_place(self) -> bool:
        """Tell whether no word leads away from the place; its door still belongs to it."""
        return re.fullmatch(rf"(?:{_DOOR}|处)?", self.tail) is not None


def parse_place(text: str) -> PlaceText:
    """Read a crossing, a road with K-post or range, or else a landmark.

    InvalidInputError for text that is empty, longer than 200 characters, without any letter or digit, or with control
    characters; ChainageError for a K-post that cannot be.
    """
    clean = _cleaned(text)
    return _chainage_in(clean) or _crossing_in(clean) or _landmark_in(clean)


def _cleaned(text: str) -> str:
    """Return the text in NFKC with single spaces, or refuse it."""
    clean = "" if len(text) > MAX_TEXT else " ".join(unicodedata.normalize("NFKC", text).split())
    clean = re.sub(r" [xX*] ", "×", clean)
    if len(text) > MAX_TEXT or len(clean) > MAX_TEXT:
        raise _refusal(f"地点文字不能超过 {MAX_TEXT} 个字符。", f"The place cannot exceed {MAX_TEXT} characters.")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in clean):
        raise _refusal("地点文字含有控制字符。", "The place holds control characters.")
    if not any(character.isalnum() for character in clean):
        raise _refusal("请输入地点，例如 嵩山路汝河路口。", "Say a place, for example 嵩山路汝河路口.")
    return clean


def _refusal(zh: str, en: str) -> InvalidInputError:
    return InvalidInputError(Text(zh, en), field="q")


def _chainage_in(clean: str) -> PlaceText | None:
    whole, side = split_side(clean)
    posts = _POSTS.search(whole)
    tail = whole[posts.end() :].strip() if posts else ""
    if posts is None or ("+" not in posts[0] and tail):  # K9 in front of other words is part of a name
        return None
    road = re.sub(r"(?:[\s:,、]|(?:里程)?桩号)+$", "", whole[: posts.start()])
    if not road:
        raise _refusal("桩号前请写道路名称。", "Write the road's name before the K-post.")
    if posts["end"] is None:
        start, end = parse_chainage(posts["start"]), None
    else:
        start, end, _ = parse_chainage_range(posts[0])
    return PlaceText("chainage", clean, road, tail, road=road, from_m=start, to_m=end, side=side)


def _crossing_in(clean: str) -> PlaceText | None:
    junction = _JUNCTION.search(clean)
    head, tail = (clean[: junction.start()], clean[junction.end() :].strip()) if junction else (clean, "")
    ends = [match.end() for match in _ROAD_END.finditer(head)]
    for end in reversed(ends):
        rest = head[end:].strip()
        pairs = _pairs(head[:end], [cut for cut in ends if cut < end])
        if pairs and (not rest or (junction is None and _TAIL.match(rest))):
            return PlaceText("crossing", clean, head[:end], rest or tail, pairs[:MAX_PAIRS])
    return None


def _pairs(roads: str, cuts: list[int]) -> tuple[tuple[str, str], ...]:
    """Return every way to cut ``roads`` into two names; a word like 和 may join them or begin the second (和昌路)."""
    pairs = []
    for cut in cuts:
        first, second = roads[:cut].strip(), roads[cut:].strip()
        join = _JOIN.match(second)
        readings = [second[join.end() :].strip()] if join else []
        readings += [second] if join is None or join["word"] else []
        pairs += [(first, other) for other in readings if 1 < len(other) <= MAX_ROAD_NAME >= len(first)]
    return tuple(pairs)


def _landmark_in(clean: str) -> PlaceText:
    tail = _TAIL.search(clean, 2)  # a name has at least two characters
    name = clean[: tail.start()].strip() if tail else clean
    return PlaceText("landmark", clean, name, clean[tail.start() :] if tail else "")
