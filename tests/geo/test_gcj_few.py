"""A few positions, worked out as numbers, come out as many do, worked out as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from geo import gcj

EVERYWHERE = (70.0, 10.0, 140.0, 56.0)
HONG_KONG = (113.7, 22.0, 114.6, 22.6)  # where the shift fades


@pytest.mark.parametrize("shift", [gcj.gcj02_shift, gcj.bd09_shift])
@pytest.mark.parametrize("box", [EVERYWHERE, HONG_KONG])
def test_few_positions_come_out_as_many_do(shift: gcj.Shift, box: tuple[float, float, float, float]) -> None:
    draw = np.random.default_rng(410103)
    points = np.column_stack([draw.uniform(box[0], box[2], 2000), draw.uniform(box[1], box[3], 2000)])
    few = [gcj.unshifted(points[first : first + 8], shift) for first in range(0, len(points), 8)]
    np.testing.assert_allclose(np.vstack(few), gcj.unshifted(points, shift), rtol=0, atol=1e-12)


def test_no_positions_give_none() -> None:
    assert gcj.unshifted(np.empty((0, 2)), gcj.gcj02_shift).shape == (0, 2)
