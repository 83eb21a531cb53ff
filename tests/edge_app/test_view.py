from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder import Box, Digit
from edge_app.overlay import View
from edge_app.result import FrameResult, Latency, Reading
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.prediction import predict_batch
from edge_app.sources import Frame
from edge_app.tracking import Tracker

SIZE = (480, 640)
LEFT, MIDDLE, RIGHT = 80, 300, 520


def sure(label: int) -> NDArray[np.float64]:
    p = np.full((200, 10), 0.0001)
    p[:, label] = 0.9991
    return p


def unsure() -> NDArray[np.float64]:
    p = np.full((200, 10), 0.001)
    p[:, [3, 8]] = 0.496
    return p


class Stage:
    """A view, and digits that are shown to it."""

    def __init__(self, classifier: Classifier) -> None:
        self.view = View(classifier.manifest)
        self._thresholds = classifier.manifest.thresholds
        self._tracker = Tracker()

    def show(self, number: int, *digits: tuple[int, NDArray[np.float64]]) -> str:
        """Show a frame with digits at these places; the class in focus."""
        found = tuple(Digit(Box(x, 200, 40, 60), np.ones((28, 28, 1), np.float32)) for x, _ in digits)
        probabilities = np.array([p for _, p in digits]).reshape(-1, 200, 10)
        result = FrameResult(
            index=number,
            frame=Frame(np.full((*SIZE, 3), 220, np.uint8), number / 30),
            digits=found,
            tracks=self._tracker.follow(found, probabilities, number / 30),
            raw=Reading("raw", 200, tuple(predict_batch(probabilities, self._thresholds))),
            latency=Latency(1, 1, 2),
            thresholds=self._thresholds,
            samples=200,
        )
        self.view.show(result, number / 30)
        focused = self.view.annotated().focused
        return "" if focused is None else str(focused.prediction.label)


@pytest.fixture
def stage(classifier: Classifier) -> Stage:
    return Stage(classifier)


def test_the_digit_in_the_middle_is_in_focus(stage: Stage) -> None:
    assert stage.show(0, (LEFT, sure(1)), (MIDDLE, sure(2)), (RIGHT, sure(4))) == "2"


def test_the_focus_stays_until_another_digit_is_clearly_nearer(stage: Stage) -> None:
    assert stage.show(0, (240, sure(1)), (380, sure(2))) == "1"
    assert stage.show(1, (220, sure(1)), (360, sure(2))) == "1"
    assert stage.show(2, (200, sure(1)), (340, sure(2))) == "1"
    assert stage.show(3, (160, sure(1)), (300, sure(2))) == "2"


def test_an_unsure_digit_takes_the_focus(stage: Stage) -> None:
    assert stage.show(0, (MIDDLE, sure(2)), (RIGHT, unsure())) == "3"


def test_without_digits_nothing_is_in_focus(stage: Stage) -> None:
    assert stage.show(0) == ""


def test_samples_go_up_and_down_a_ladder_that_ends_at_the_bundles_own(stage: Stage) -> None:
    found = [stage.view.samples]
    for _ in range(7):
        stage.view.fewer_samples()
        found.append(stage.view.samples)
    for _ in range(7):
        stage.view.more_samples()
        found.append(stage.view.samples)
    assert found == [200, 100, 50, 20, 10, 5, 2, 2, 5, 10, 20, 50, 100, 200, 200]


def test_the_small_print_tells_of_fewer_samples(stage: Stage) -> None:
    stage.show(0, (MIDDLE, sure(2)))
    stage.view.fewer_samples()
    assert (stage.view.annotated().status.samples, stage.view.annotated().status.calibrated) == (100, 200)


def test_the_speed_is_that_of_the_last_second(stage: Stage) -> None:
    for number in range(60):
        stage.show(number, (MIDDLE, sure(2)))
    assert stage.view.annotated().status.frames_per_second == pytest.approx(30, rel=0.05)


def test_settings_reach_what_is_drawn(stage: Stage) -> None:
    stage.show(0, (MIDDLE, sure(2)))
    stage.view.panel, stage.view.mirrored, stage.view.help, stage.view.message = False, True, True, "saved"
    annotated = stage.view.annotated()
    assert (annotated.panel, annotated.mirrored, annotated.help, annotated.status.message) == (
        False,
        True,
        True,
        "saved",
    )
    assert stage.view.draw().shape[1] == SIZE[1]


def test_a_large_picture_is_shown_small_and_in_colour(stage: Stage) -> None:
    stage.show(0, (MIDDLE, sure(2)))
    assert stage.view.result is not None
    frame = Frame(np.full((960, 1280), 220, np.uint8), 0.0, shown=np.full((480, 640, 3), (10, 20, 30), np.uint8))
    box = Box(600, 400, 80, 120)
    stage.view.result = replace(stage.view.result, frame=frame, digits=(replace(stage.view.result.digits[0], box=box),))
    annotated = stage.view.annotated()
    assert annotated.digits[0].digit.box == Box(300, 200, 40, 60)
    assert stage.view.frame_size == (640, 480)
    assert stage.view.draw()[5, 5].tolist() == [10, 20, 30]


def test_the_result_is_kept_as_it_was_drawn(stage: Stage) -> None:
    p = sure(2)
    p[10:] = sure(7)[0]
    stage.show(0, (MIDDLE, p))
    stage.view.samples = 10
    focused = stage.view.annotated().focused
    assert focused is not None
    assert stage.view.result is not None
    assert stage.view.result.steady.samples == 10
    assert stage.view.result.steady.predictions == (focused.prediction,)
    assert focused.prediction.label == 2
    assert stage.view.result.raw.predictions[0].label == 7
