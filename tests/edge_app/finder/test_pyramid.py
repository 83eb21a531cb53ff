"""A frame at every size: what a pixel of a smaller one is the mean of, and what lies beyond the edge."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder.pyramid import Pyramid


def grey(height: int, width: int) -> NDArray[np.uint8]:
    """Light paper with a little dark, so that it is taken for dark writing."""
    page = np.random.default_rng(0).integers(200, 256, (height, width), np.uint8)
    page[height // 3 : height // 3 + 4, 2 : width // 2] = 20
    return page


def halved(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    height, width = (side // 2 for side in picture.shape)
    return picture[: 2 * height, : 2 * width].reshape(height, 2, width, 2).mean((1, 3))


def test_each_level_is_half_the_one_before() -> None:
    page = grey(101, 63)
    pyramid = Pyramid(page)
    assert pyramid.shape == (101, 63)
    assert [pyramid.shape_of(level) for level in range(4)] == [(101, 63), (50, 31), (25, 15), (12, 7)]
    everything = slice(None)
    np.testing.assert_array_equal(pyramid.part(0, everything, everything), page)
    for level in (2, 1):  # whatever is asked for first
        found, finer = pyramid.part(level, everything, everything), pyramid.part(level - 1, everything, everything)
        assert found.shape == pyramid.shape_of(level)
        assert np.abs(found - halved(finer)).max() <= 0.5
    np.testing.assert_array_equal(
        pyramid.part(1, slice(3, 9), slice(2, 99)), pyramid.part(1, everything, everything)[3:9, 2:]
    )


@pytest.mark.parametrize("board", [False, True])
def test_writing_is_dark_at_every_level_also_on_a_board(board: bool) -> None:  # noqa: FBT001 - a case
    page = grey(64, 64)
    pyramid = Pyramid(np.asarray(255 - page, np.uint8) if board else page)
    np.testing.assert_array_equal(pyramid.part(0, slice(0, 64), slice(0, 64)), page)
    assert np.abs(pyramid.part(1, slice(0, 32), slice(0, 32)) - halved(page)).max() <= 1


def test_of_a_coloured_frame_the_darkest_channel_counts() -> None:
    page = np.stack([grey(40, 40), np.full((40, 40), 250, np.uint8), np.full((40, 40), 240, np.uint8)], axis=2)
    pyramid = Pyramid(page)
    np.testing.assert_array_equal(pyramid.part(0, slice(0, 40), slice(0, 40)), page.min(axis=2))
    means = np.stack([halved(page[..., channel]) for channel in range(3)], axis=2)
    assert np.abs(pyramid.part(1, slice(0, 20), slice(0, 20)) - means.min(axis=2)).max() <= 0.5


def test_beyond_the_edge_the_frame_is_repeated() -> None:
    page = grey(60, 80)
    pyramid = Pyramid(page)
    np.testing.assert_array_equal(pyramid.around(4, 3, 9, 8), page[3:8, 4:9])
    np.testing.assert_array_equal(pyramid.around(-2, -1, 83, 64), np.pad(page, ((1, 4), (2, 3)), mode="edge"))
