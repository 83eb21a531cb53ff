"""What several scales found is kept once: a whole, or the digits that blurred into one."""

from __future__ import annotations

import pytest
from made_finds import found_at

from edge_app.finder.found import Found
from edge_app.finder.merging import keep_once
from edge_app.finder.patience import never


def once(*found: Found) -> list[int]:
    """Which of them are kept."""
    kept = keep_once(list(found), never)
    return [index for index, one in enumerate(found) if one in kept]


WHOLE = found_at((40, 80, 40, 80), scale=4, corner=(8, 16))
"""A filled find of 3,200 pixels at a coarse scale."""


def test_a_find_is_in_pixels_of_the_frame() -> None:
    assert WHOLE.sides == (40, 80, 80, 160)
    assert WHOLE.height == 80
    assert {tuple(corner) for corner in WHOLE.hull.tolist()} >= {(40, 80), (80, 80), (40, 160), (80, 160)}
    assert (WHOLE.hull.min(axis=0).tolist(), WHOLE.hull.max(axis=0).tolist()) == ([40, 80], [80, 160])


def test_nothing_stays_nothing() -> None:
    assert keep_once([], never) == []


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


@pytest.mark.parametrize(("chance", "kept"), [(74, [0]), (75, [1])])
def test_what_is_unlikely_a_digit_gives_way_to_what_is_found_in_its_place(chance: int, kept: list[int]) -> None:
    assert once(found_at((50, 90, 10, 20)), found_at((40, 80, 40, 80), scale=4, chance=chance)) == kept


@pytest.mark.parametrize(
    ("chances", "apart"),
    [
        ((211, 211, 211, 215, 90, 90), True),  # the median is 31 above the whole's
        ((210, 210, 210, 215, 90, 90), False),
        ((240, 240, 240, 240, 240), False),  # five are not many
    ],
)
def test_many_small_digits_of_which_the_network_is_much_surer_are_no_parts(
    chances: tuple[int, ...],
    apart: bool,  # noqa: FBT001 - a case
) -> None:
    """Seen: a grid of 25 digits, shrunk to the height of one, was taken for an 8 in their place."""
    parts = [found_at((42 + 6 * at, 90, 4, 9), chance=chance) for at, chance in enumerate(chances)]
    whole = found_at((40, 80, 40, 80), chance=180, scale=4, corner=(8, 16))
    assert once(*parts, whole) == ([*range(len(parts))] if apart else [len(parts)])


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
    assert len(keep_once([fine, middle], lambda _: True)) == 2  # no time
