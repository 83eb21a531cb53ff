"""At which scales a picture is searched, and in which tiles."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from made_finds import Rectangle, found_at
from numpy.typing import NDArray

from edge_app.finder.found import Found
from edge_app.finder.patience import never
from edge_app.finder.pyramid import Pyramid
from edge_app.finder.scales import _additions, _cores, _is_small, _levels, _search_tiles, search_scales

PAPER = 230


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


@pytest.mark.parametrize(("heights", "small"), [([28] * 4, False), ([27] * 4, True), ([80] * 3, True)])
def test_writing_is_small_below_what_the_networks_see_or_where_there_is_next_to_none(
    heights: list[int],
    small: bool,  # noqa: FBT001 - a case
) -> None:
    assert _is_small([found_at((10, 10, 5, height)) for height in heights]) == small


class Watched(Pyramid):
    """A frame that knows which of its sizes have been looked at, in which order."""

    def __init__(self, frame: NDArray[np.uint8]) -> None:
        super().__init__(frame)
        self.levels: list[int] = []

    def part(self, level: int, rows: slice, columns: slice) -> NDArray[np.uint8]:
        if self.levels[-1:] != [level]:
            self.levels.append(level)
        return super().part(level, rows, columns)


def page(height: int, width: int, *strokes: Rectangle) -> Watched:
    """Dark strokes on light paper."""
    drawn = np.full((height, width), PAPER, np.uint8)
    for left, top, across, down in strokes:
        drawn[top : top + down, left : left + across] = 60
    return Watched(drawn)


@pytest.mark.parametrize(
    ("heights", "smaller", "larger"),
    [
        ([], True, False),
        ([40], False, False),
        ([40, 33], True, False),
        ([40, 34], False, False),
        ([40, 8], True, False),
        ([40, 7], False, False),
        ([64], False, False),
        ([65], False, True),
        ([100], False, True),
        ([40] * 17, True, True),  # where there may be words nothing is certain
    ],
)
def test_a_scale_tells_whether_there_may_be_more_that_is_smaller_or_larger(
    heights: list[int],
    smaller: bool,  # noqa: FBT001 - a case
    larger: bool,  # noqa: FBT001 - a case
) -> None:
    strokes = [(20 + 16 * number, 20, 8, height) for number, height in enumerate(heights)]
    seen = _search_tiles(page(200, 400, *strokes), 0, never)
    assert (seen.smaller, seen.larger) == (smaller, larger)


def test_a_scale_at_which_little_is_seen_is_told_of_other_ink_at_a_finer_one() -> None:
    """A piece of a wall may be all that a coarse scale shows: by itself it is a 1."""
    alone = page(200, 400, (100, 60, 8, 60))
    assert not _search_tiles(alone, 0, never).others
    told = _search_tiles(alone, 0, never, others=True)
    assert told.others
    assert told.smaller
    assert told.larger


def near(found: list[Found], strokes: list[Rectangle], give: int) -> bool:
    """Whether each stroke is found once, and nothing else."""
    sides = np.array(sorted(one.sides for one in found)).reshape(-1, 4)
    true = np.array(sorted((x, y, x + width, y + height) for x, y, width, height in strokes)).reshape(-1, 4)
    return sides.shape == true.shape and bool((np.abs(sides - true) <= give).all())


def test_tiles_find_what_lies_across_their_edges_once_and_whole() -> None:
    """Two by two tiles part this page in the middle; the widest digit is in the tile in which its middle is."""
    places = [
        (696, 650),
        (697, 580),
        (690, 500),
        (703, 760),
        (650, 680),
        (600, 690),
        (760, 676),
        (820, 700),
        (20, 30),
        (0, 200),
        (300, 0),
        (1394, 900),
        (500, 1352),
    ]
    strokes = [(x, y, 6, 48) for x, y in places]
    assert near(_search_tiles(page(1400, 1400, *strokes), 0, never).found, strokes, 0)


@pytest.mark.parametrize("left", [604, 651, 652, 699])
def test_a_wide_digit_across_tiles_is_seen_whole(left: int) -> None:
    wide = [(left, 40, 98, 6), (left, 40, 6, 70), (left + 92, 40, 6, 70)]
    (found,) = _search_tiles(page(200, 1400, *wide), 0, never).found
    assert found.sides == (left, 40, left + 98, 110)


@pytest.mark.parametrize(
    ("size", "height"),
    [
        (size, height)
        for size in ((200, 300), (480, 640), (1100, 1500))
        for height in (16, 30, 33, 36, 60, 78, 84, 120, 160, 300, 600)
        if height <= 0.8 * size[0]
    ],
)
def test_a_digit_of_any_height_is_found_once(size: tuple[int, int], height: int) -> None:
    stroke = (size[1] // 2, (size[0] - height) // 2, max(4, height // 8), height)
    assert near(search_scales(page(*size, stroke), never), [stroke], max(1, height // 20))


def test_digits_of_several_heights_are_found_side_by_side() -> None:
    strokes = [(60, 40, 6, 24), (120, 40, 8, 60), (200, 40, 16, 130)]
    assert near(search_scales(page(480, 640, *strokes), never), strokes, 2)


def test_without_time_nothing_is_found() -> None:
    assert search_scales(page(480, 640, (100, 100, 6, 40)), lambda _: True) == []


def searched(height: int, width: int, *heights: int) -> list[int]:
    """At which levels a page is searched that shows strokes of so many pixels' height."""
    strokes = [(60 + 90 * number, 20, max(4, down // 8), down) for number, down in enumerate(heights)]
    frame = page(height, width, *strokes)
    search_scales(frame, never)
    return frame.levels


@pytest.mark.parametrize(
    ("heights", "levels"),
    [
        ((90,), [1]),  # 45 pixels of half the size
        ((40,), [1, 0]),  # 20 there
        ((90, 40), [1, 0]),
        ((200,), [1, 2]),  # 100, and 50 in a quarter of the size
        ((300,), [1, 2, 3]),  # 150, 75, which may be part of something larger, 37
        ((), [1, 0, 2, 3]),
    ],
)
def test_a_picture_is_searched_at_half_its_size_then_at_the_scales_of_what_is_seen(
    heights: tuple[int, ...], levels: list[int]
) -> None:
    assert searched(480, 640, *heights) == levels


@pytest.mark.parametrize(
    ("heights", "levels"),
    [
        ((160,) * 4, [3, 2]),  # 20 and 40
        ((160,) * 4 + (80,), [3, 2]),  # most are not small
        ((100,) * 4, [3, 2, 1]),  # 12, 25 and 50
        ((100,) * 3, [3, 2, 1, 0]),  # next to nothing
        ((300,) * 4, [3]),
        ((800,) * 4, [3, 4]),
    ],
)
def test_a_large_one_is_searched_finer_while_most_of_what_is_found_is_small(
    heights: tuple[int, ...], levels: list[int]
) -> None:
    assert searched(1100, 3000, *heights) == levels


@pytest.mark.parametrize(("width", "first"), [(1280, 1), (1281, 2), (2561, 2), (2562, 3)])
def test_the_search_begins_at_half_of_what_is_searched_at_once(width: int, first: int) -> None:
    assert searched(600, width, 300)[0] == first


@pytest.mark.parametrize(("height", "first"), [(27, 0), (40, 1), (80, 2)])
def test_of_a_ribbon_at_the_smallest_size_at_which_it_can_be_read(height: int, first: int) -> None:
    assert searched(height, 5200)[0] == first


def test_a_coarser_scale_adds_large_digits_and_those_of_which_nothing_was_found() -> None:
    found = [found_at((40, 40, 20, 40))]
    apart, over = found_at((60, 40, 20, 40), scale=2), found_at((58, 78, 20, 40), scale=2)
    large = found_at((40, 40, 40, 68), scale=2)  # 34 pixels high there
    assert _additions([apart, over, large], found) == [apart, large]
    assert _additions([apart, over], []) == [apart, over]
