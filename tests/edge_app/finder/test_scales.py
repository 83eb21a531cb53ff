"""At which scales a picture is searched, and in which tiles."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from edge_app.finder.pyramid import Pyramid
from edge_app.finder.scales import _cores, _levels


@pytest.mark.parametrize(("length", "count"), [(1, 1), (1280, 1), (1281, 2), (1408, 2), (1409, 3), (5000, 8)])
def test_tiles_cover_a_length_without_gap_or_overlap(length: int, count: int) -> None:
    tiles = list(_cores(length))
    assert len(tiles) == count
    assert (tiles[0][0], tiles[-1][1]) == (0, length)
    assert all(one[1] == other[0] for one, other in pairwise(tiles))
    sizes = [end - start for start, end in tiles]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("shape", "levels"),
    [
        ((80, 80), 1),
        ((81, 200), 2),
        ((480, 640), 4),
        ((160, 160), 2),
        ((60, 1280), 1),
        ((60, 1281), 2),
        ((27, 5000), 1),
    ],
)
def test_a_picture_is_halved_until_a_digit_that_fills_it_has_the_height_looked_for(
    shape: tuple[int, int], levels: int
) -> None:
    assert _levels(Pyramid(np.full(shape, 200, np.uint8))) == levels
