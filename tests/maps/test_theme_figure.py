"""How far apart any two states are, as people with each colour deficiency see them, by two published simulations."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from maps import theme
from tests.maps.test_theme import DEFICIENCIES, PROGRESS, Colours, _lab, _linear

# Viénot, Brettel and Mollon 1999 ("Digital video colourmaps for checking the legibility of displays by dichromats"):
# from linear RGB to their cones, and the plane onto which each dichromat's missing cone falls.
TO_CONES = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
PLANES = {
    "protan": [[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]],
    "deutan": [[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]],
}
SIMULATIONS = {f"Machado {name}": np.array(matrix) for name, matrix in DEFICIENCIES.items()} | {
    f"Viénot {name}": np.linalg.inv(TO_CONES) @ np.array(plane) @ TO_CONES for name, plane in PLANES.items()
}
FLOOD = ["state-normal", "state-attention", "state-danger", "neutral"]


def ciede2000(first: Colours, second: Colours) -> float:
    """Return the difference of two CIELAB colours by CIE 142-2001, written after Sharma, Wu and Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = first, second
    mean_chroma = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = (1 - math.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7))) / 2
    c1, c2 = (math.hypot(a * (1 + g), b) for a, b in ((a1, b1), (a2, b2)))
    h1, h2 = (
        math.degrees(math.atan2(b, a * (1 + g))) % 360 if (a, b) != (0, 0) else 0.0 for a, b in ((a1, b1), (a2, b2))
    )
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = h1 + h2 if c1 * c2 == 0 else h1 + turn / 2
    t = 1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6) - 0.20 * _cos(4 * hue - 63)
    sl = 1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    bend = 30 * math.exp(-((((hue % 360) - 275) / 25) ** 2))
    rt = -2 * math.sqrt(chroma**7 / (chroma**7 + 25**7)) * math.sin(math.radians(2 * bend))
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, dh / sh
    return math.sqrt(dl**2 + dc**2 + dh**2 + rt * dc * dh)


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))


# Sharma, Wu and Dalal 2005, table 1: pairs 1, 4, 7, 17, 20 and 25 of their test data.
@pytest.mark.parametrize(
    ("first", "second", "published"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_difference_is_the_published_one(
    first: tuple[float, float, float], second: tuple[float, float, float], published: float
) -> None:
    assert ciede2000(np.array(first), np.array(second)) == pytest.approx(published, abs=0.0001)
    assert ciede2000(np.array(second), np.array(first)) == pytest.approx(published, abs=0.0001)


def figure(tokens: list[str]) -> dict[str, tuple[float, str, str]]:
    """Return for each simulation the smallest difference between two states, and which two they are."""
    found = {}
    for name, matrix in SIMULATIONS.items():
        seen = {token: _lab(matrix @ _linear(theme.TOKENS[token])) for token in tokens}
        found[name] = min((ciede2000(seen[a], seen[b]), a, b) for a, b in combinations(tokens, 2))
    return found


@pytest.mark.parametrize(("tokens", "least"), [(PROGRESS, 10.0), (FLOOD, 10.0)], ids=["progress", "flood"])
def test_no_two_states_come_near_each_other(tokens: list[str], least: float) -> None:
    smallest = figure(tokens)
    table = "\n".join(f"{name:16} {value:5.1f}  {a} / {b}" for name, (value, a, b) in smallest.items())
    assert all(value >= least for value, _, _ in smallest.values()), f"\n{table}"
