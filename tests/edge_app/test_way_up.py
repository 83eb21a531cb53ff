"""How a page leans, from its lines, and which way round it lies, from its digits."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.way_up import degrees_to_straight, quarters_to_upright


def ruled(spacing: int = 60, *, squared: bool) -> NDArray[np.uint8]:
    page = np.full((700, 900), 220, np.uint8)
    for y in range(80, 640, spacing):
        cv2.line(page, (80, y), (820, y), 90, 2)
    if squared:
        for x in range(80, 840, spacing):
            cv2.line(page, (x, 80), (x, 620), 90, 2)
    return page


def leaning(page: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    """Turn a page clockwise on a table of the same grey."""
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 0.8)
    return np.asarray(cv2.warpAffine(page, turn, (width, height), borderValue=(220,)), np.uint8)


@pytest.mark.parametrize("squared", [True, False])
@pytest.mark.parametrize("degrees", [-40, -12, -3.5, 4, 20, 44])
def test_what_turns_a_leaning_page_back_is_found(degrees: float, *, squared: bool) -> None:
    assert degrees_to_straight(leaning(ruled(squared=squared), degrees)) == pytest.approx(degrees, abs=0.75)


def test_colour_and_size_make_no_difference() -> None:
    page = leaning(ruled(squared=True), 15)
    large = cv2.resize(page, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    for image in (np.dstack([page, page, page]), np.asarray(large, np.uint8)):
        assert degrees_to_straight(image) == pytest.approx(15, abs=0.75)


@pytest.mark.parametrize("degrees", [0, 1.5, -2])
def test_a_page_that_is_nearly_straight_is_left_as_it_is(degrees: float) -> None:
    assert degrees_to_straight(leaning(ruled(squared=True), degrees)) == 0


def test_without_lines_nothing_leans() -> None:
    """Short strokes tell nothing, nor does the paper's grain."""
    page = np.full((480, 640), 220, np.uint8)
    assert degrees_to_straight(page) == 0
    for x in range(60, 600, 60):
        cv2.line(page, (x, 200), (x + 12, 240), 60, 4)
    noise = np.random.default_rng(0).normal(0, 6, page.shape)
    assert degrees_to_straight(np.clip(page + noise, 0, 255).astype(np.uint8)) == 0


def test_the_strokes_of_digits_in_a_narrow_strip_are_no_lines() -> None:
    strip = np.full((120, 640), 220, np.uint8)
    for x in range(40, 600, 60):
        cv2.line(strip, (x + 30, 5), (x, 115), 60, 4)
    assert degrees_to_straight(strip) == 0


def test_lines_that_disagree_tell_nothing() -> None:
    page = np.full((480, 640), 220, np.uint8)
    for angle in np.radians(range(5, 185, 15)):
        end = (round(320 + 220 * np.cos(angle)), round(240 + 220 * np.sin(angle)))
        cv2.line(page, (640 - end[0], 480 - end[1]), end, 60, 2)
    assert degrees_to_straight(page) == 0


@pytest.mark.parametrize(
    ("sure", "quarters"),
    [((3, 1, 2, 0), 0), ((3, 4, 0, 0), 1), ((3, 0, 4, 5), 3), ((2, 2, 2, 2), 0), ((0, 0, 1, 0), 2)],
)
def test_the_way_round_in_which_most_digits_are_sure_may_be_the_right_one(sure: tuple[int, ...], quarters: int) -> None:
    """Seen: upside down 31 of 43 were sure, for 0, 1 and 8 stay what they are; the right way up 36."""

    def read(images: NDArray[np.float32]) -> NDArray[np.float32]:
        turned = next(turn for turn in range(4) if (np.rot90(images[0], -turn) == marked[0]).all())
        return probabilities(sure[turned])

    def probabilities(count: int) -> NDArray[np.float32]:
        one = np.eye(10, dtype=np.float32)[[5] * count + [0] * (5 - count)]
        one[count:] = 0.1
        return one[:, None]

    marked = np.zeros((5, 28, 28, 1), np.float32)
    marked[:, 0, 1] = 1
    assert quarters_to_upright(marked, probabilities(sure[0]), read) == quarters
