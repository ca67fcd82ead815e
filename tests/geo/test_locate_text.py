"""What a text says about a place, before any name is looked up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import ChainageError, InvalidInputError
from geo.query.locate import parse_place


@pytest.mark.parametrize(
    ("text", "first", "second", "tail"),
    [
        ("嵩山路汝河路口", "嵩山路", "汝河路", ""),
        ("嵩山路与汝河路交叉口", "嵩山路", "汝河路", ""),
        ("嵩山路与汝河路路口", "嵩山路", "汝河路", ""),
        ("嵩山路和汝河路十字路口", "嵩山路", "汝河路", ""),
        ("嵩山路 与 汝河路 交叉路口", "嵩山路", "汝河路", ""),
        ("嵩山路汝河路", "嵩山路", "汝河路", ""),
        ("京广路×淮河路", "京广路", "淮河路", ""),
        ("京广路 x 淮河路", "京广路", "淮河路", ""),
        ("京广路X淮河路", "京广路", "淮河路", ""),
        ("京广路/淮河路", "京广路", "淮河路", ""),
        ("京广路／淮河路", "京广路", "淮河路", ""),
        ("京广路、淮河路交口", "京广路", "淮河路", ""),
        ("航海路郑密路交汇处", "航海路", "郑密路", ""),
        ("京广路康复前街口", "京广路", "康复前街", ""),
        ("嵩山路南三环口", "嵩山路", "南三环", ""),
        ("嵩山路南环路口", "嵩山路", "南环路", ""),
        ("中州大道与二道街口", "中州大道", "二道街", ""),
        ("人和路和淮河路交叉口", "人和路", "淮河路", ""),
        ("淮河路和人和路交叉口", "淮河路", "人和路", ""),
        ("嵩山路和昌路口", "嵩山路", "和昌路", ""),  # a name that begins with the word for "and"
        ("嵩山路与汝河路交叉口向南50米路东", "嵩山路", "汝河路", "向南50米路东"),
        ("嵩山路汝河路向南50米路东", "嵩山路", "汝河路", "向南50米路东"),
        ("嵩山路汝河路口东北角", "嵩山路", "汝河路", "东北角"),
        ("京广路×淮河路附近", "京广路", "淮河路", "附近"),
    ],
)
def test_crossing_is_read(text: str, first: str, second: str, tail: str) -> None:
    place = parse_place(text)
    assert place.kind == "crossing"
    assert (first, second) in place.pairs
    assert place.tail == tail


@pytest.mark.parametrize(
    ("text", "road", "from_m", "to_m", "side", "tail"),
    [
        ("航海路K2+300", "航海路", 2300, None, None, ""),
        ("航海路 k2+300.5", "航海路", 2300.5, None, None, ""),
        ("航海路Ｋ２＋３００", "航海路", 2300, None, None, ""),
        ("航海路K2", "航海路", 2000, None, None, ""),
        ("航海路桩号K2+300处", "航海路", 2300, None, None, "处"),
        ("航海路，桩号：K2+300附近", "航海路", 2300, None, None, "附近"),
        ("京广路 K3+250-K3+480 左幅", "京广路", 3250, 3480, "left", ""),
        ("京广路右幅K3+250～K3+480", "京广路", 3250, 3480, "right", ""),
        ("京广路K3+250至K3+480全幅", "京广路", 3250, 3480, "both", ""),
        ("京广路3+250", "京广路", 3250, None, None, ""),
        ("Jingguang Road K3+250", "Jingguang Road", 3250, None, None, ""),
    ],
)
def test_road_with_k_post_is_read(
    text: str, road: str, from_m: float, to_m: float | None, side: str | None, tail: str
) -> None:
    place = parse_place(text)
    assert (place.kind, place.road, place.from_m, place.to_m) == ("chainage", road, from_m, to_m)
    assert (place.side, place.tail) == (side, tail)


@pytest.mark.parametrize(
    ("text", "name", "tail"),
    [
        ("郑州106中学门前", "郑州106中学", "门前"),
        ("郑州１０６中学门口", "郑州106中学", "门口"),
        ("郑州106中学附近", "郑州106中学", "附近"),
        ("郑州106中学对面", "郑州106中学", "对面"),
        ("郑州106中学北侧", "郑州106中学", "北侧"),
        ("郑州106中学向南50米", "郑州106中学", "向南50米"),
        ("郑州106中学", "郑州106中学", ""),
        ("嵩山路街道", "嵩山路街道", ""),  # a subdistrict, not a crossing with a road called 街道
        ("福华街街道办事处", "福华街街道办事处", ""),
        ("大学路中原路小学", "大学路中原路小学", ""),  # named after two roads, yet no crossing
        ("航海路K9仓库", "航海路K9仓库", ""),
        ("嵩山路", "嵩山路", ""),
    ],
)
def test_landmark_is_read_with_its_tail(text: str, name: str, tail: str) -> None:
    place = parse_place(text)
    assert (place.kind, place.name, place.tail) == ("landmark", name, tail)


@pytest.mark.parametrize(
    ("text", "away"), [("郑州106中学门前", False), ("郑州106中学", False), ("郑州106中学附近", True)]
)
def test_door_belongs_to_the_place(text: str, *, away: bool) -> None:
    assert parse_place(text).is_at_the_place is not away


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("", "请输入地点", "Say a place"),
        (" \u3000\t\n", "请输入地点", "Say a place"),
        ("！？——", "请输入地点", "Say a place"),
        ("路" * 201, "不能超过 200 个字符", "cannot exceed 200 characters"),
        ("嵩山路" * 3334, "不能超过 200 个字符", "cannot exceed 200 characters"),
        ("\ufdfa" * 190, "不能超过 200 个字符", "cannot exceed 200 characters"),  # one sign, 18 letters in NFKC
        ("嵩山路\x00汝河路口", "控制字符", "control characters"),
        ("嵩山路\ud800", "控制字符", "control characters"),
        ("K2+300", "道路名称", "road's name"),
        ("桩号K2+300", "道路名称", "road's name"),
    ],
)
def test_unusable_text_is_refused(text: str, zh: str, en: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_place(text)
    assert zh in refused.value.text.zh
    assert en in refused.value.text.en
    assert refused.value.field == "q"


@pytest.mark.parametrize(
    ("text", "en"),
    [
        ("航海路K2+1300", "below 1000"),
        ("航海路K-2+300", "cannot be negative"),
        ("航海路K2+300-K2+300", "no length"),
        ("航海路K12345+300", "cannot exceed 9999"),
    ],
)
def test_impossible_k_post_is_refused(text: str, en: str) -> None:
    with pytest.raises(ChainageError, match=en):
        parse_place(text)


ROAD_NAME = st.text(st.sampled_from("嵩山京广航海汝河淮密康复前大学长江东南西北"), min_size=1, max_size=6).map(
    lambda stem: stem + "路"
)


@given(ROAD_NAME, ROAD_NAME, st.sampled_from(["", "与", "和", "×", "/", " x "]), st.sampled_from(["口", "交叉口"]))
def test_any_two_roads_make_a_crossing(first: str, second: str, join: str, junction: str) -> None:
    place = parse_place(f"{first}{join}{second}{junction}")
    assert place.kind == "crossing"
    assert (first, second) in place.pairs


@given(st.text(max_size=250))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        place = parse_place(text)
    except InvalidInputError as refused:
        assert refused.text.zh  # noqa: PT017 - either outcome is right
    else:
        assert place.name
        assert len(place.text) <= 200


HOSTILE = st.text(st.sampled_from("路街与×K0+9-～ 门前向南口交叉x'\"%_\\<>;"), max_size=200)


@given(HOSTILE)
def test_text_made_of_our_own_words_stays_small(text: str) -> None:
    try:
        place = parse_place(text)
    except InvalidInputError:
        return
    assert len(place.pairs) <= 6
    assert all(len(name) <= 20 for pair in place.pairs for name in pair)
