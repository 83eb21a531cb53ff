import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder import Box, Digit
from edge_app.reader import Latency, Reading
from edge_app.runtime.prediction import Thresholds, predict, predict_batch
from edge_app.tracking import FORGOTTEN_S, POOLED_S, Tracker

THRESHOLDS = Thresholds(entropy_bits=0.5, conformal=0.8)
K = 20


def sample(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).dirichlet(np.ones(10), K)


def read(*digits: tuple[int, NDArray[np.float64]]) -> Reading:
    """A reading of digits by the left side of their boxes and their samples."""
    found = tuple(Digit(Box(x, 50, 30, 40), np.ones((28, 28, 1), np.float32)) for x, _ in digits)
    probabilities = np.array([p for _, p in digits]).reshape(-1, K, 10)
    return Reading(found, probabilities, predict_batch(probabilities, THRESHOLDS), Latency(0, 0, 0))


def test_samples_of_all_frames_are_pooled() -> None:
    tracker = Tracker(THRESHOLDS)
    frames = [sample(seed) for seed in range(4)]
    for number, p in enumerate(frames):
        tracker.follow(read((100 + 2 * number, p)), number * 0.1)
    (sighting,) = tracker.sightings(K)
    expected = predict(np.concatenate(frames), THRESHOLDS)
    assert sighting.prediction.mean == pytest.approx(expected.mean)
    assert sighting.prediction.interval == pytest.approx(expected.interval)
    assert sighting.digit.box.x == 106


def test_what_is_older_than_the_window_is_dropped() -> None:
    tracker = Tracker(THRESHOLDS)
    times = np.arange(0, 2, 0.1)
    for number, time_s in enumerate(times):
        tracker.follow(read((100, sample(number))), float(time_s))
    recent = [sample(number) for number, time_s in enumerate(times) if times[-1] - time_s <= POOLED_S]
    (sighting,) = tracker.sightings(K)
    assert sighting.prediction.mean == pytest.approx(np.concatenate(recent).mean(axis=0))


def test_a_flickering_label_is_steadied() -> None:
    three, eight = np.full((K, 10), 0.01), np.full((K, 10), 0.01)
    three[:, 3], eight[:, 8] = 0.91, 0.91
    tracker = Tracker(THRESHOLDS)
    labels = []
    for number in range(12):
        tracker.follow(read((100, eight if number % 4 == 3 else three)), number / 30)
        labels.append(tracker.sightings(K)[0].prediction.label)
    assert labels == [3] * 12


def test_separate_pictures_are_not_pooled() -> None:
    tracker = Tracker(THRESHOLDS, pooled_s=0)
    tracker.follow(read((100, sample(1))), 0.0)
    tracker.follow(read((100, sample(2))), 0.1)
    assert tracker.sightings(K)[0].prediction.mean == pytest.approx(sample(2).mean(axis=0))


def test_fewer_samples_are_the_first_ones_of_every_frame() -> None:
    tracker = Tracker(THRESHOLDS)
    tracker.follow(read((100, sample(1))), 0.0)
    tracker.follow(read((100, sample(2))), 0.1)
    expected = np.concatenate([sample(1)[:5], sample(2)[:5]])
    assert tracker.sightings(5)[0].prediction.mean == pytest.approx(expected.mean(axis=0))


def test_digits_keep_their_tracks_when_they_move_and_change_their_order() -> None:
    tracker = Tracker(THRESHOLDS)
    tracker.follow(read((100, sample(1)), (200, sample(2))), 0.0)
    before = {s.digit.box.x: s.track for s in tracker.sightings(K)}
    tracker.follow(read((205, sample(3)), (95, sample(4))), 0.03)
    after = {s.digit.box.x: s.track for s in tracker.sightings(K)}
    assert after == {95: before[100], 205: before[200]}


def test_a_digit_far_away_is_another_one() -> None:
    tracker = Tracker(THRESHOLDS)
    tracker.follow(read((100, sample(1))), 0.0)
    first = tracker.sightings(K)[0].track
    tracker.follow(read((160, sample(2))), 0.03)
    (sighting,) = tracker.sightings(K)
    assert sighting.track != first
    assert sighting.prediction.mean == pytest.approx(sample(2).mean(axis=0))


@pytest.mark.parametrize(("gap_s", "same"), [(FORGOTTEN_S * 0.9, True), (FORGOTTEN_S * 1.1, False)])
def test_a_digit_missed_for_a_moment_is_still_the_same(gap_s: float, *, same: bool) -> None:
    tracker = Tracker(THRESHOLDS)
    tracker.follow(read((100, sample(1))), 0.0)
    first = tracker.sightings(K)[0].track
    tracker.follow(read(), gap_s / 2)
    assert tracker.sightings(K) == ()
    tracker.follow(read((100, sample(2))), gap_s)
    assert (tracker.sightings(K)[0].track == first) is same


def test_memory_does_not_grow() -> None:
    tracker = Tracker(THRESHOLDS)
    for number in range(2000):
        tracker.follow(read((100 + 40 * (number % 50), sample(1))), number / 30)
    assert len(tracker._tracks) <= 1 + 30 * FORGOTTEN_S
    assert all(len(track.readings) <= 1 + 30 * POOLED_S for track in tracker._tracks)
