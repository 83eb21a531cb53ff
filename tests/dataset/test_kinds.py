"""Kinds of page: what each shows, and that its truth is true."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from dataset import load_split
from dataset.scenes import Scene, TruthBox, TruthDigit, lettering
from dataset.scenes.kinds import Kind, on_lines, render_kind
from dataset.scenes.kinds.desk import Desk
from dataset.scenes.scene import IN_TEXT
from dataset.scenes.stock import HELD_OUT, stock_of
from dataset.scenes.turning import turned
from dataset.scenes.writing import Writer


def boxes(scene: Scene) -> list[TruthBox]:
    return [digit.box for digit in (*scene.digits, *scene.cut, *scene.printed)]


@pytest.mark.parametrize("kind", Kind)
def test_a_page_of_each_kind_shows_digits_where_the_truth_has_them(kind: Kind) -> None:
    scene = render_kind(kind, "test", 3)
    labels = load_split("MNIST", "test").y
    assert scene.digits
    height, width = scene.image.shape[:2]
    for digit in scene.digits:
        box = digit.box
        assert min(box.x, box.y) > 0
        assert box.x + box.width < width
        assert box.y + box.height < height
        assert digit.label == labels[digit.index]
        part = scene.image[box.y : box.y + box.height, box.x : box.x + box.width]
        assert np.ptp(part) > 25  # there is ink in the box
    assert (scene.turned != 0) == (kind is Kind.TURNED)
    assert any(digit.index >= 0 for digit in scene.cut) == (kind is Kind.EDGE)


@pytest.mark.parametrize("page", [on_lines.squared, on_lines.listed])
def test_lines_end_where_the_sheet_does(page: Callable[[Desk], Writer]) -> None:
    """A desk's grain changes by at most a thirtieth from one pixel to the next; a line on it would by a fifth."""
    sheets = [page(Desk(stock_of("train"), np.random.default_rng(seed))).sheet for seed in range(9)]
    laid = [sheet for sheet in sheets if "desk" in sheet.strange]
    assert laid
    for sheet in laid:
        desk = sheet.owner == -1 - sheet.strange.index("desk")
        for axis in (0, 1):
            steps = np.abs(np.diff(sheet.reflectance, axis=axis)).max(axis=2)
            within = np.minimum(*(np.delete(desk, end, axis) for end in (0, -1)))
            assert steps[within].max() < 0.1


def test_the_same_seed_draws_the_same_page_and_each_half_its_own() -> None:
    one, same = (render_kind(Kind.FORM, "train", 5) for _ in range(2))
    np.testing.assert_array_equal(one.image, same.image)
    assert not np.array_equal(one.image, render_kind(Kind.FORM, "test", 5).image)


def test_the_halves_share_nothing() -> None:
    train, test = stock_of("train"), stock_of("test")
    for name in ("pens", "papers", "fonts", "hands"):
        assert not set(getattr(train, name)) & set(getattr(test, name))
    assert len(train.digits.x) == HELD_OUT
    np.testing.assert_array_equal(train.digits.x, load_split("MNIST", "train").x[-HELD_OUT:])
    np.testing.assert_array_equal(test.digits.x, load_split("MNIST", "test").x)


@pytest.mark.parametrize(("kind", "sort"), [(Kind.WORDS, "word"), (Kind.PRINT, "print"), (Kind.SIGNATURE, "signature")])
def test_what_is_no_digit_is_named(kind: Kind, sort: str) -> None:
    scene = render_kind(kind, "test", 1)
    assert {stranger.sort for stranger in scene.strangers} == {sort}


def test_the_digits_of_a_printed_number_are_where_the_truth_has_them() -> None:
    text = "Ab 407, 15"
    drawn, places = lettering.printed(text, "DejaVuSerif", 40), lettering.digits_of(text, "DejaVuSerif", 40)
    assert [label for label, _ in places] == [4, 0, 7, 1, 5]
    for label, columns in places:
        alone = lettering.printed(str(label), "DejaVuSerif", 40)
        likeness = cv2.matchTemplate(np.pad(drawn[:, columns], 9), alone, cv2.TM_CCOEFF_NORMED)
        assert likeness.max() > 0.95


def test_printed_numbers_on_a_page_may_be_found() -> None:
    scene = render_kind(Kind.PRINT, "train", 7000)
    assert {digit.index for digit in scene.printed} == {IN_TEXT}
    assert len(scene.printed) > 5


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_takes_its_truth_along(degrees: int) -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    image[5:15, 20:24] = 255
    scene = turned(Scene(image, (TruthDigit(TruthBox(20, 5, 4, 10), 1, 0),)), degrees)
    box = TruthBox(*cv2.boundingRect(scene.image[..., 0]))
    assert scene.digits[0].box == box
    assert scene.turned == degrees


def test_digits_do_not_touch_one_another() -> None:
    for kind in (Kind.LIST, Kind.SQUARED, Kind.FAINT):
        scene = render_kind(kind, "test", 2)
        centres = [(box.x + box.width / 2, box.y + box.height / 2) for box in boxes(scene)]
        assert len(set(centres)) == len(centres)
