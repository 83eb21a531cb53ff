"""A picture that is turned, and the way back to where things were."""

import cv2
import numpy as np
import pytest

from edge_app.finder import Box, Digit
from edge_app.runtime.prediction import Reason
from edge_app.turned_picture import TurnedPicture

IMAGE = np.zeros((28, 28, 1), np.float32)


def coloured(height: int = 120, width: int = 200) -> np.ndarray:
    """Every pixel another one."""
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def found(picture: TurnedPicture, colour: int) -> Digit:
    """The box around the pixels of one colour, as a finder gives it."""
    y, x = np.nonzero((picture.image if picture.image.ndim == 2 else picture.image[..., 0]) >= colour)
    left, top = int(x.min()), int(y.min())
    return Digit(Box(left, top, int(x.max()) + 1 - left, int(y.max()) + 1 - top), IMAGE)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_move_pixels_and_change_none(quarters: int) -> None:
    image = coloured()
    np.testing.assert_array_equal(TurnedPicture.as_taken(image).turn(90 * quarters).image, np.rot90(image, quarters))


@pytest.mark.parametrize("turns", [(), (90,), (180,), (270,), (90, 180), (270, 270), (90, 90, 90, 90)])
def test_a_box_returns_to_where_it_was_after_quarter_turns(turns: tuple[int, ...]) -> None:
    image = np.zeros((120, 200), np.uint8)
    image[30:47, 90:101] = 255
    picture = TurnedPicture.as_taken(image)
    for degrees in turns:
        picture = picture.turn(degrees)
    digit = picture.take_back(found(picture, 255))
    assert digit is not None
    assert (digit.box, digit.doubt) == (Box(90, 30, 11, 17), None)


@pytest.mark.parametrize("degrees", [-44.5, -12, 3, 12.5, 30])
@pytest.mark.parametrize("then", [0, 90, 270])
def test_a_leaning_box_returns_around_where_it_was(degrees: float, then: int) -> None:
    """The box around a turned box is larger, by what a rectangle of the same sides is; it has the same middle."""
    image = np.zeros((320, 400), np.uint8)
    cv2.circle(image, (250, 90), 20, 255, cv2.FILLED)
    picture = TurnedPicture.as_taken(image).turn(degrees)
    picture = picture.turn(then) if then else picture
    digit = picture.take_back(found(picture, 128))
    assert digit is not None
    box = digit.box
    assert (box.x + box.width / 2, box.y + box.height / 2) == pytest.approx((250.5, 90.5), abs=1)
    side = 41 * (np.cos(np.radians(abs(degrees))) + np.sin(np.radians(abs(degrees))))
    assert (box.width, box.height) == pytest.approx((side, side), abs=3)
    assert digit.doubt is None


@pytest.mark.parametrize("degrees", [-40, 12, 30])
def test_what_is_known_of_the_ink_gives_the_box_that_is_tight_around_it(degrees: float) -> None:
    """A slanting 1 fills its box from corner to corner one way round, and a narrow one the other."""
    image = np.zeros((320, 400), np.uint8)
    cv2.line(image, (250, 60), (270, 120), 255, 3)
    y, x = np.nonzero(image)
    picture = TurnedPicture.as_taken(image).turn(degrees)
    there = np.argwhere(picture.image > 128)[:, ::-1].astype(np.int32)
    hull = cv2.convexHull(there)[:, 0] + 0.5
    left, top, width, height = cv2.boundingRect(there)
    digit = picture.take_back(Digit(Box(left, top, width, height), IMAGE, hull=hull))
    assert digit is not None
    box = digit.box
    sides = (box.x, box.y, box.x + box.width, box.y + box.height)
    assert sides == pytest.approx((x.min(), y.min(), x.max() + 1, y.max() + 1), abs=1.5)


def test_all_of_the_picture_is_in_the_turned_one() -> None:
    image = np.zeros((100, 200), np.uint8)
    image[:5, :5] = image[-5:, :5] = image[:5, -5:] = image[-5:, -5:] = 255
    picture = TurnedPicture.as_taken(image).turn(20)
    cos, sin = np.cos(np.radians(20)), np.sin(np.radians(20))
    assert picture.image.shape == pytest.approx((100 * cos + 200 * sin, 200 * cos + 100 * sin), abs=1)
    _, _, statistics, _ = cv2.connectedComponentsWithStats((picture.image > 128).astype(np.uint8))
    assert len(statistics) - 1 == 4


def test_what_reaches_beyond_the_edge_is_cut_by_it_and_what_lies_beyond_is_not_there() -> None:
    picture = TurnedPicture.as_taken(np.zeros((100, 200), np.uint8)).turn(30)
    forth = np.linalg.inv(np.vstack([picture.back, [0, 0, 1]]))

    def at(x: float, y: float) -> Digit | None:
        left, top, _ = (forth @ [x, y, 1]).round().astype(int).tolist()
        return picture.take_back(Digit(Box(left - 5, top - 8, 10, 16), IMAGE, doubt=Reason.LINE))

    inside, cut, beyond = at(100, 50), at(100, 3), at(100, -4)
    assert inside is not None
    assert inside.doubt is Reason.LINE
    assert cut is not None
    assert cut.doubt is Reason.EDGE
    assert (cut.box.y, cut.box.y + cut.box.height <= 100) == (0, True)
    assert beyond is None
