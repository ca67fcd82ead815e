"""Colours that people with a colour deficiency tell apart, and tokens that the vocabularies may use."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from maps import theme
from maps.assets import STATIC
from maps.print_sheet import sheet_of
from maps.printing import sheet_measures
from tests.maps import season

Colours = npt.NDArray[np.float64]

# Machado, Oliveira and Fernandes 2009, table 1: severity 1.0, on linear RGB.
DEFICIENCIES = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "none": np.eye(3).tolist(),
}
# IEC 61966-2-1, D65
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ.sum(axis=1)
PROGRESS = [token for token in theme.TOKENS if token.startswith("progress-")] + ["neutral"]


def _linear(colour: str) -> Colours:
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _lab(linear: Colours) -> Colours:
    ratio = TO_XYZ @ np.clip(linear, 0, 1) / WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _contrast(first: str, second: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""
    lights = sorted(float(TO_XYZ[1] @ _linear(colour)) for colour in (first, second))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_progress_colours_stay_apart(deficiency: str) -> None:
    matrix = np.array(DEFICIENCIES[deficiency])
    seen = {token: _lab(matrix @ _linear(theme.TOKENS[token])) for token in PROGRESS}
    for first, second in combinations(PROGRESS, 2):
        # CIE 76: 2.3 is just noticeable; six times that is seen without searching
        assert np.linalg.norm(seen[first] - seen[second]) > 14, (first, second)


def test_line_patterns_are_all_different_without_colour() -> None:
    patterns = {
        token: tuple((stroke.width, stroke.dash, stroke.colour == theme.PALETTE["surface"]) for stroke in strokes)
        for token, strokes in theme.LINE_STYLES.items()
    }
    assert patterns.keys() == {*PROGRESS, "conflict-sure", "conflict-possible"}
    assert len(set(patterns.values())) == len(patterns)


def test_every_token_of_the_vocabularies_is_known() -> None:
    used = {word.colour for words in season.vocabularies().values() for word in words if word.colour}
    assert used <= theme.TOKENS.keys()


def test_every_checkpoint_kind_has_a_symbol() -> None:
    assert {word.code for word in season.vocabularies()["checkpoint_kind"]} <= theme.SYMBOLS.keys()


READ_ON = (
    *(("ink", "surface"), ("muted", "surface"), ("muted", "raised"), ("accent", "accent-soft")),
    *(("badge", "badge-ground"), ("alert", "alert-ground"), ("road-label", "land")),
)


@pytest.mark.parametrize(("text", "ground"), READ_ON)
def test_text_has_enough_contrast(text: str, ground: str) -> None:
    assert _contrast(theme.PALETTE[text], theme.PALETTE[ground]) >= 4.5


def test_colours_live_in_the_theme_only() -> None:
    for file in STATIC.iterdir():
        colours = re.findall(r"#[0-9a-fA-F]{3,8}\b|%23[0-9a-fA-F]{3,8}\b|rgba?\(", file.read_text(encoding="utf-8"))
        assert colours == [], file.name


def test_style_sheets_use_only_variables_of_the_theme() -> None:
    defined = set(re.findall(r"--([\w-]+):", theme.css_variables()))
    for file in STATIC.glob("*.css"):
        measures = set(sheet_measures(sheet_of("A3", "landscape"))) if file.name == "print.css" else set()
        assert set(re.findall(r"var\(--([\w-]+)", file.read_text(encoding="utf-8"))) <= defined | measures, file.name
