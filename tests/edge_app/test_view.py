import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder import Box, Digit
from edge_app.reader import Latency, Reading
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.prediction import predict_batch
from edge_app.screen.view import View
from edge_app.sources import Frame, Kind

SIZE = (480, 640)
LEFT, MIDDLE, RIGHT = 80, 300, 520


def sure(label: int) -> NDArray[np.float64]:
    p = np.full((50, 10), 0.0001)
    p[:, label] = 0.9991
    return p


def unsure() -> NDArray[np.float64]:
    p = np.full((50, 10), 0.001)
    p[:, [3, 8]] = 0.496
    return p


def look(view: View, number: int, *digits: tuple[int, NDArray[np.float64]], classifier: Classifier) -> str:
    """Show a frame with digits at these places; the class in focus."""
    found = tuple(Digit(Box(x, 200, 40, 60), np.ones((28, 28, 1), np.float32)) for x, _ in digits)
    probabilities = np.array([p for _, p in digits]).reshape(-1, 50, 10)
    predictions = predict_batch(probabilities, classifier.manifest.thresholds)
    reading = Reading(found, probabilities, predictions, Latency(1, 1, 2))
    view.take(Frame(np.full((*SIZE, 3), 220, np.uint8), number / 30), reading, number / 30)
    scene = view.scene()
    return "" if scene.focused is None else str(scene.focused.prediction.label)


@pytest.fixture
def view(classifier: Classifier) -> View:
    return View(classifier.manifest, Kind.LIVE)


def test_the_digit_in_the_middle_is_in_focus(view: View, classifier: Classifier) -> None:
    assert look(view, 0, (LEFT, sure(1)), (MIDDLE, sure(2)), (RIGHT, sure(4)), classifier=classifier) == "2"


def test_the_focus_stays_until_another_digit_is_clearly_nearer(view: View, classifier: Classifier) -> None:
    assert look(view, 0, (240, sure(1)), (380, sure(2)), classifier=classifier) == "1"
    assert look(view, 1, (220, sure(1)), (360, sure(2)), classifier=classifier) == "1"
    assert look(view, 2, (200, sure(1)), (340, sure(2)), classifier=classifier) == "1"
    assert look(view, 3, (160, sure(1)), (300, sure(2)), classifier=classifier) == "2"


def test_an_unsure_digit_takes_the_focus(view: View, classifier: Classifier) -> None:
    assert look(view, 0, (MIDDLE, sure(2)), (RIGHT, unsure()), classifier=classifier) == "3"


def test_without_digits_nothing_is_in_focus(view: View, classifier: Classifier) -> None:
    assert look(view, 0, classifier=classifier) == ""


def test_samples_go_up_and_down_a_ladder_that_ends_at_the_bundles_own(view: View) -> None:
    found = [view.samples]
    for _ in range(6):
        view.fewer_samples()
        found.append(view.samples)
    for _ in range(6):
        view.more_samples()
        found.append(view.samples)
    assert found == [50, 20, 10, 5, 2, 2, 2, 5, 10, 20, 50, 50, 50]


def test_the_small_print_tells_of_fewer_samples(view: View, classifier: Classifier) -> None:
    look(view, 0, (MIDDLE, sure(2)), classifier=classifier)
    view.fewer_samples()
    assert (view.scene().status.samples, view.scene().status.calibrated) == (20, 50)


def test_the_speed_is_that_of_the_last_second(view: View, classifier: Classifier) -> None:
    for number in range(60):
        look(view, number, (MIDDLE, sure(2)), classifier=classifier)
    assert view.scene().status.frames_per_second == pytest.approx(30, rel=0.05)


def test_settings_reach_the_scene(view: View, classifier: Classifier) -> None:
    look(view, 0, (MIDDLE, sure(2)), classifier=classifier)
    view.panel, view.mirrored, view.help, view.message = False, True, True, "saved"
    scene = view.scene()
    assert (scene.panel, scene.mirrored, scene.help, scene.status.message) == (False, True, True, "saved")
    assert view.draw().shape[1] == SIZE[1]
