"""What once went wrong on pages as they are, each with a picture drawn for it."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dataset import load_split
from dataset.scenes.matching import overlap
from edge_app.finder import Box, Digit, find_digits
from edge_app.options import DEFAULT_BUNDLE
from edge_app.reader import read_frame
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.prediction import Reason

Image = NDArray[np.uint8]

INK = (70, 40, 40)
PAPER = 225


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(load_bundle(DEFAULT_BUNDLE))


@pytest.fixture(scope="module")
def inks() -> NDArray[np.float32]:
    """MNIST test digits as ink, float32 [N, 28, 28]."""
    return 1 - load_split("MNIST", "test").x[:400, ..., 0]


@pytest.fixture(scope="module")
def labels() -> list[int]:
    return [int(label) for label in load_split("MNIST", "test").y[:400]]


def sheet(width: int = 640, height: int = 480, paper: int = PAPER) -> Image:
    """An empty sheet with a little noise."""
    noise = np.random.default_rng(0).normal(0, 2, (height, width, 3))
    return np.clip(paper + noise, 0, 255).astype(np.uint8)


def write(page: Image, ink: NDArray[np.float32], middle: tuple[int, int], height: int, strength: float = 0.8) -> Box:
    """Write an MNIST digit about a point (x, y), as high as given; returns its box, as far as it is on the page."""
    x, y, w, h = cv2.boundingRect((ink > 0.3).view(np.uint8))
    scale = height / h
    drawn = cv2.resize(ink[y : y + h, x : x + w], (max(1, round(w * scale)), height), interpolation=cv2.INTER_CUBIC)
    covered = np.clip((drawn - 0.3) * 3, 0, 1)
    left, top = middle[0] - drawn.shape[1] // 2, middle[1] - height // 2
    inside = (slice(max(0, top), top + height), slice(max(0, left), left + drawn.shape[1]))
    covered = covered[max(0, -top) :, max(0, -left) :]
    part = page[inside]
    covered = covered[: part.shape[0], : part.shape[1], None]
    page[inside] = (part * (1 - strength * covered) + strength * covered * np.array(INK)).astype(np.uint8)
    return Box(max(0, left), max(0, top), part.shape[1], part.shape[0])


def found_of(digits: tuple[Digit, ...], boxes: list[Box]) -> int:
    return sum(any(overlap(digit.box, box) > 0.5 for digit in digits) for box in boxes)


def squares(page: Image, spacing: int, colour: tuple[int, int, int] = (190, 160, 140)) -> None:
    for at in range(spacing // 2, max(page.shape), spacing):
        cv2.line(page, (at, 0), (at, page.shape[0]), colour, 1)
        cv2.line(page, (0, at), (page.shape[1], at), colour, 1)


def test_columns_of_digits_on_squared_paper_are_no_lines(inks: NDArray[np.float32]) -> None:
    """Seen: a column or a row of digits was taken for a ruled line and wiped."""
    page = sheet()
    squares(page, 40)
    boxes = [
        write(page, inks[7 * row + column], (60 + 120 * column, 40 + 40 * row), 32)
        for row in range(10)
        for column in range(4)
    ]
    assert found_of(find_digits(page), boxes) >= 39


def test_digits_that_fill_the_small_boxes_of_a_form_are_found(inks: NDArray[np.float32]) -> None:
    """Seen: the lines of its box so near, a digit was taken for a part of something larger."""
    page = sheet()
    boxes = [
        write(page, inks[12 * row + column], (60 + 34 * column, 60 + 90 * row), 27)
        for row in range(4)
        for column in range(12)
    ]
    for row in range(4):
        for column in range(12):
            left, top = 43 + 34 * column, 43 + 90 * row
            cv2.rectangle(page, (left, top), (left + 34, top + 34), (60, 60, 60), 2)
    assert found_of(find_digits(page), boxes) >= 43


def test_strokes_beside_a_line_stay(inks: NDArray[np.float32], labels: list[int], classifier: Classifier) -> None:
    """Seen: the foot of a 2 beside a line was erased with it, and a 7 was read with 99.97 %."""
    twos = [index for index, label in enumerate(labels) if label in {2, 3, 5, 9}][:8]
    page = sheet()
    for y in (160, 320):
        cv2.line(page, (0, y), (640, y), (60, 60, 60), 3)
    boxes = [
        write(page, inks[index], (60 + 150 * (number % 4), 160 * (1 + number // 4) - 44), 84)
        for number, index in enumerate(twos)
    ]
    result = read_frame(page, classifier)
    assert found_of(result.digits, boxes) >= 7
    for digit, prediction in zip(result.digits, result.raw.predictions, strict=True):
        true = [labels[index] for index, box in zip(twos, boxes, strict=True) if overlap(digit.box, box) > 0.3]
        assert prediction.unsure or [prediction.label] == true


def dark_border(page: Image) -> None:
    for at in range(-40, 700, 50):
        for y in (0, 455):
            cv2.fillPoly(page, [np.array([[at, y], [at + 25, y], [at + 15, y + 25], [at - 10, y + 25]])], (10, 10, 10))


def bold_bar(page: Image) -> None:
    cv2.rectangle(page, (0, 430), (640, 470), (5, 5, 5), cv2.FILLED)


@pytest.mark.parametrize("draw", [dark_border, bold_bar])
def test_one_dark_thing_does_not_hide_faint_writing(draw: Callable[[Image], None], inks: NDArray[np.float32]) -> None:
    """Seen: the striped border of an envelope hid 15 of 18 digits."""
    page = sheet()
    draw(page)
    boxes = [
        write(page, inks[number], (70 + 90 * (number % 6), 110 + 110 * (number // 6)), 60, strength=0.3)
        for number in range(18)
    ]
    assert found_of(find_digits(page), boxes) >= 17


@pytest.mark.slow
def test_small_digits_on_a_big_page_are_found(inks: NDArray[np.float32]) -> None:
    """Seen: nothing at all was found on a large scan, and nothing was said."""
    page = sheet(4000, 3000)
    boxes = [
        write(page, inks[number], (150 + 240 * (number % 16), 200 + 300 * (number // 16)), 44) for number in range(144)
    ]
    digits = find_digits(page)
    assert found_of(digits, boxes) >= 140
    assert len(digits) <= 146


@pytest.mark.parametrize("side", [62, 101, 150, 300, 480])
def test_one_digit_fills_the_picture(side: int, inks: NDArray[np.float32]) -> None:
    """Seen: one digit larger than 100 pixels was searched as if on a page, and lost or taken for its own line."""
    found = 0
    for number in range(0, 30, 3):
        page = sheet(side, side)
        box = write(page, inks[number], (side // 2, side // 2), round(0.8 * side))
        found += found_of(find_digits(page), [box])
    assert found == 10


def test_a_digit_cut_by_the_edge_is_found_and_said_to_be_cut(inks: NDArray[np.float32], classifier: Classifier) -> None:
    """Seen: lost whole, or with one stroke dropped and the other read as a sure 1."""
    page = sheet()
    cut = [
        write(page, inks[2], (10, 240), 80),
        write(page, inks[4], (320, 470), 80),
        write(page, inks[8], (632, 120), 80),
    ]
    whole = write(page, inks[0], (320, 240), 80)
    result = read_frame(page, classifier)
    assert found_of(result.digits, [*cut, whole]) == 4
    for digit, prediction in zip(result.digits, result.raw.predictions, strict=True):
        if overlap(digit.box, whole) > 0.5:
            assert digit.doubt is None
        else:
            assert prediction.reason is Reason.EDGE


def test_a_speck_in_a_digits_box_does_not_take_its_place(inks: NDArray[np.float32], labels: list[int]) -> None:
    """Seen: the digit was dropped and the speck kept."""
    for index in [index for index, label in enumerate(labels) if label in {0, 4, 6}][:6]:
        page = sheet()
        box = write(page, inks[index], (320, 240), 160)
        cv2.circle(page, (box.x + box.width // 2, box.y + box.height // 2), 8, INK, cv2.FILLED)
        (digit,) = find_digits(page)
        assert overlap(digit.box, box) > 0.8


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_page_is_read_the_right_way_up(
    quarters: int, inks: NDArray[np.float32], labels: list[int], classifier: Classifier
) -> None:
    """Seen: of 80 digits on a page that lay sideways 7 were read right."""
    page = sheet()
    boxes = [write(page, inks[number], (60 + 100 * (number % 6), 80 + 110 * (number // 6)), 64) for number in range(24)]
    result = read_frame(np.ascontiguousarray(np.rot90(page, quarters)), classifier)
    assert len(result.digits) == len(boxes)
    read = [prediction.label for prediction in result.raw.predictions]
    assert sum(label == true for label, true in zip(read, labels, strict=False)) >= 22
    height, width = (480, 640) if quarters == 2 else (640, 480)
    assert all(digit.box.x + digit.box.width <= width for digit in result.digits)
    assert all(digit.box.y + digit.box.height <= height for digit in result.digits)


@pytest.mark.parametrize("degrees", [-15, 30, 105])
def test_a_leaning_grid_is_read_as_if_it_were_straight(
    degrees: int, inks: NDArray[np.float32], labels: list[int], classifier: Classifier
) -> None:
    """Seen: on photographed sudokus that lay 12 degrees askew, pieces of lines were read as ones without a warning."""
    page = sheet(960, 960)
    for place in range(80, 921, 120):
        cv2.line(page, (80, place), (920, place), (60, 60, 60), 3)
        cv2.line(page, (place, 80), (place, 920), (60, 60, 60), 3)
    cells = [(140 + 120 * (number % 7), 140 + 120 * (number // 7)) for number in range(0, 49, 2)]
    for number, cell in enumerate(cells):
        write(page, inks[number], cell, 64)
    numbers = dict(zip(cells, labels, strict=False))
    straight, leaning = (count_right(page, numbers, turn, classifier) for turn in (0, degrees))
    assert leaning >= straight - 1 >= 22


def count_right(page: Image, numbers: dict[tuple[int, int], int], degrees: int, classifier: Classifier) -> int:
    """Turn a page, and count what is read right where it is, less what is shown without a warning and is not."""
    middle = (page.shape[1] / 2, page.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(middle, degrees, 0.7)
    picture = np.asarray(cv2.warpAffine(page, turn, page.shape[1::-1], borderValue=(PAPER,) * 3), np.uint8)
    written = {tuple((turn @ [*place, 1]).tolist()): label for place, label in numbers.items()}
    count = 0
    result = read_frame(picture, classifier)
    for digit, prediction in zip(result.digits, result.raw.predictions, strict=True):
        x, y = digit.box.x + digit.box.width / 2, digit.box.y + digit.box.height / 2
        label = next((label for place, label in written.items() if np.hypot(place[0] - x, place[1] - y) < 12), None)
        count += 1 if prediction.label == label else 0 if prediction.unsure else -1
    return count


def halftone(page: Image) -> None:
    page[100:380:4, 100:540:4] = 90
    page[102:380:4, 102:540:4] = 90


def flat(page: Image) -> None:
    page[100:380, 100:540] = 175


@pytest.mark.parametrize("draw", [halftone, flat])
def test_tinted_cells_keep_their_digits(draw: Callable[[Image], None], inks: NDArray[np.float32]) -> None:
    """Seen: tinted cells lost their digits."""
    page = sheet()
    draw(page)
    boxes = [write(page, inks[number], (150 + 85 * (number % 5), 160 + 80 * (number // 5)), 56) for number in range(15)]
    assert found_of(find_digits(page), boxes) >= 14


def test_the_lines_of_an_empty_form_are_no_digits() -> None:
    """Seen: short lines between boxes were read as ones."""
    page = sheet()
    for y in (100, 200, 300):
        for x in range(60, 560, 44):
            cv2.rectangle(page, (x, y), (x + 44, y + 50), (60, 60, 60), 2)
    assert find_digits(page) == ()


@pytest.mark.slow
def test_a_frame_says_that_it_shows_more_than_are_read() -> None:
    page = sheet(2600, 2600)
    for y in range(20, 2600, 36):
        for x in range(20, 2600, 36):
            cv2.putText(page, "7", (x, y + 18), cv2.FONT_HERSHEY_SIMPLEX, 0.9, INK, 2, cv2.LINE_AA)
    digits = find_digits(page)
    assert digits.more
    assert len(digits) == 2000


@pytest.fixture
def page_of_digits(inks: NDArray[np.float32]) -> Image:
    """Two lines of digits over squares, so that the network is asked."""
    page = sheet()
    squares(page, 40)
    for number in range(12):
        write(page, inks[number], (60 + 90 * (number % 6), 120 + 200 * (number // 6)), 50)
    return page


def test_a_search_whose_time_is_up_gives_what_it_has(page_of_digits: Image) -> None:
    whole, looks = find_digits(page_of_digits), 0

    def count(_: float) -> bool:
        nonlocal looks
        looks += 1
        return False

    assert [digit.box for digit in find_digits(page_of_digits, count)] == [digit.box for digit in whole]
    assert looks > 12
    assert not whole.more
    for allowed in (0, 1, looks // 3, 2 * looks // 3, looks - 1):
        left = iter(range(allowed))
        found = find_digits(page_of_digits, lambda _, left=left: next(left, None) is None)
        assert found.more
        assert len(found) <= len(whole)


def test_a_search_can_be_ended_from_inside(page_of_digits: Image) -> None:
    def end(_: float) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_digits(page_of_digits, end)
