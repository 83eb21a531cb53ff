"""A digit keeps its pixels where there are few, and a fine pen's strokes get the width that networks know."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.finder.cutting import FINEST, LARGEST, _at_least_as_bold, _shrunk
from edge_app.finder.normalise import BOX


@pytest.mark.parametrize("side", [1, LARGEST // 2 + 1, LARGEST])
def test_a_small_digit_is_left_as_it_is(side: int) -> None:
    part = np.random.default_rng(0).integers(0, 256, (side, 7), np.uint8)
    assert _shrunk(part) is part


@pytest.mark.parametrize(("height", "width", "expected"), [(192, 96, (96, 48)), (50, 200, (24, 96)), (400, 2, (96, 1))])
def test_a_large_one_is_shrunk_in_proportion(height: int, width: int, expected: tuple[int, int]) -> None:
    found = _shrunk(np.full((height, width), 77, np.uint8))
    assert found.shape == expected
    assert (found == 77).all()


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8])
def test_a_stroke_is_thickened_by_what_it_lacks(width: int) -> None:
    """Of a bar, twice its area over its outline's length is about its width."""
    height = 60
    own = np.zeros((height + 4, width + 4), np.uint8)
    own[2:-2, 2:-2] = 255
    bold = _at_least_as_bold(own.astype(np.float32) / 255, own)
    outline = max(2 * (height + width) - 4, height)
    missing = max(0, round(FINEST / BOX * (height + 4) - 2 * height * width / outline))
    assert bold.shape == (own.shape[0] + 2 * missing, own.shape[1] + 2 * missing)
    assert (bold[len(bold) // 2] == 1).sum() == width + missing
