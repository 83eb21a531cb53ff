"""At which scales a picture is searched, and in which tiles."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder.ink import MARGIN, Ink
from edge_app.finder.patience import never
from edge_app.finder.pyramid import Pyramid
from edge_app.finder.scales import Found, _additions, _cores, _is_small, _levels, _once, _search_tiles, search_scales
from edge_app.finder.search import Search
from edge_app.finder.writing import Writing, outline

Rectangle = tuple[int, int, int, int]

NOTHING = Search(Ink(np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint8)), None, [], (), 0)
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


def found_at(
    *rectangles: Rectangle, scale: int = 1, corner: tuple[int, int] = (0, 0), chance: int | None = None
) -> Found:
    """A find of filled rectangles, each left, top, width and height in pixels of the frame, with one chance for all."""
    mask = np.zeros((400, 400), np.uint8)
    for left, top, width, height in rectangles:
        x, y = ((at - start) // scale + MARGIN for at, start in zip((left, top), corner, strict=True))
        mask[y : y + height // scale, x : x + width // scale] = 1
    writing = Writing.within(tuple(o for one in outline(mask, 0) for o in one.outlines))
    seen = NOTHING if chance is None else replace(NOTHING, chances=np.full(mask.shape, chance, np.uint8))
    return Found(writing, seen, scale, corner)


def once(*found: Found) -> list[int]:
    """Which of them are kept."""
    kept = _once(list(found), never)
    return [index for index, one in enumerate(found) if one in kept]


WHOLE = found_at((40, 80, 40, 80), scale=4, corner=(8, 16))
"""A filled find of 3,200 pixels at a coarse scale."""


def test_a_find_is_in_pixels_of_the_frame() -> None:
    assert WHOLE.sides == (40, 80, 80, 160)
    assert WHOLE.height == 80


def test_nothing_stays_nothing() -> None:
    assert _once([], never) == []


@pytest.mark.parametrize(("height", "kept"), [(20, [1]), (48, [1]), (49, [0])])
def test_a_part_is_a_digit_by_itself_where_it_is_more_than_six_tenths_as_high(height: int, kept: list[int]) -> None:
    assert once(found_at((50, 90, 10, height)), WHOLE) == kept
    assert once(found_at((50, 90, 10, height), corner=(37, 11)), WHOLE) == kept


@pytest.mark.parametrize(("one", "other", "kept"), [(29, 29, [0, 1]), (29, 28, [2]), (28, 28, [2])])
def test_two_parts_are_digits_where_each_is_more_than_a_third_as_high(one: int, other: int, kept: list[int]) -> None:
    assert once(found_at((42, 90, 10, one)), found_at((64, 90, 10, other)), WHOLE) == kept


@pytest.mark.parametrize(
    ("sizes", "apart"),
    [
        (((8, 20), (8, 20), (8, 20)), False),  # 480 pixels, which is 0.15 of the whole's
        (((8, 20), (8, 20), (9, 20)), True),
        (((12, 26), (12, 26)), False),  # two are not several
        (((12, 10), (12, 17), (12, 17)), True),
        (((12, 10), (12, 20), (12, 20)), False),
        (((12, 10), (12, 18), (12, 18)), False),  # not much alike: 1.8 times as high
    ],
)
def test_several_parts_much_alike_are_neighbours_that_blurred_into_one(
    sizes: tuple[tuple[int, int], ...],
    apart: bool,  # noqa: FBT001 - a case
) -> None:
    parts = [found_at((41 + 13 * number, 100, width, height)) for number, (width, height) in enumerate(sizes)]
    assert once(*parts, WHOLE) == ([*range(len(parts))] if apart else [len(parts)])


@pytest.mark.parametrize(
    ("fine", "coarse", "kept"), [(180, 181, [1]), (180, 180, [0]), (181, 180, [0]), (None, 181, [0]), (254, None, [1])]
)
def test_of_a_part_as_high_and_the_whole_that_is_kept_of_which_the_network_is_surer(
    fine: int | None, coarse: int | None, kept: list[int]
) -> None:
    """A 5 whose bar a finer scale took for a ruled line is whole in the coarser one."""
    part = found_at((40, 100, 40, 60), chance=fine)
    assert once(part, found_at((40, 80, 40, 80), scale=4, chance=coarse)) == kept


@pytest.mark.parametrize(
    ("left", "chance", "kept"), [(53, 101, [2]), (53, 100, [0, 1]), (55, 130, [0, 1]), (55, 131, [2])]
)
def test_parts_side_by_side_are_digits_unless_the_network_is_much_surer_of_the_whole(
    left: int, chance: int, kept: list[int]
) -> None:
    one, other = found_at((40, 80, 20, 78), chance=100), found_at((left, 80, 20, 78), chance=100)
    assert once(one, other, found_at((40, 80, 40, 80), scale=4, chance=chance)) == kept


def test_what_encloses_a_digit_and_is_not_its_ink_is_no_digit() -> None:
    frame = found_at((40, 80, 60, 8), (40, 152, 60, 8), (40, 80, 8, 80), (92, 80, 8, 80), scale=4, corner=(8, 16))
    inside, on_it = found_at((60, 110, 8, 16)), found_at((41, 100, 6, 16))
    assert once(inside, frame) == [0]
    assert once(on_it, frame) == [1]
    assert once(inside, on_it, frame) == [0, 1]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("beyond", [False, True])
def test_a_part_has_more_than_six_tenths_of_its_outline_on_the_largest_piece_of_the_whole(
    *, turned: bool, beyond: bool
) -> None:
    """A pixel's width of the whole's around it counts. Of a line of 21 pixels all but the ends count twice."""
    for on_it, part in ((13, True), (12, False)):
        at = 80 + 4 - on_it if beyond else 40 - 4 + on_it - 21
        line = (100, at + 40, 1, 21) if turned else (at, 100, 21, 1)
        whole = found_at((60, 80, 80, 40) if turned else (40, 80, 40, 80), scale=4, corner=(8, 16))
        assert once(found_at(line, corner=(3, 7)), whole) == ([1] if part else [0])


def test_what_lies_on_a_smaller_piece_of_the_whole_is_no_part_of_it() -> None:
    two = found_at((40, 80, 40, 40), (100, 80, 20, 40), scale=4)
    assert once(found_at((44, 84, 6, 12)), two) == [1]
    assert once(found_at((104, 84, 6, 12)), two) == [0]


def test_finds_that_touch_or_lie_beside_one_another_have_nothing_in_common() -> None:
    for place in ((30, 90, 10, 20), (80, 90, 10, 20), (50, 60, 10, 20), (50, 160, 10, 20), (200, 90, 10, 20)):
        assert once(found_at(place), WHOLE) == [0, 1]


def test_only_what_the_coarsest_scale_found_is_compared_with_finer_ones() -> None:
    middle, fine = found_at((240, 80, 40, 80), scale=2), found_at((250, 90, 10, 20))
    assert once(middle, fine, WHOLE) == [0, 1, 2]
    assert once(middle, fine) == [0]
    assert once(found_at((50, 90, 10, 20)), WHOLE, WHOLE) == [1, 2]
    assert len(_once([fine, middle], lambda _: True)) == 2  # no time


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
