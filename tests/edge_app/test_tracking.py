import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_app.finder import Box, Digit
from edge_app.result import Track
from edge_app.tracking import FORGOTTEN_S, POOLED_S, REACH, Tracker, _match

K = 20


def sample(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).dirichlet(np.ones(10), K)


def follow(tracker: Tracker, time_s: float, *digits: tuple[int, NDArray[np.float64]]) -> tuple[Track, ...]:
    """Take in a frame with digits given by the left side of their boxes and their samples."""
    found = tuple(Digit(Box(x, 50, 30, 40), np.ones((28, 28, 1), np.float32)) for x, _ in digits)
    return tracker.follow(found, np.array([p for _, p in digits]).reshape(-1, K, 10), time_s)


def test_samples_of_all_frames_are_pooled() -> None:
    tracker = Tracker()
    frames = [sample(seed) for seed in range(4)]
    for number, p in enumerate(frames):
        (track,) = follow(tracker, number * 0.1, (100 + 2 * number, p))
    assert np.array_equal(track.pooled(K), np.concatenate(frames))


def test_what_is_older_than_the_window_is_dropped() -> None:
    tracker = Tracker()
    times = np.arange(0, 2, 0.1)
    for number, time_s in enumerate(times):
        (track,) = follow(tracker, float(time_s), (100, sample(number)))
    recent = [sample(number) for number, time_s in enumerate(times) if times[-1] - time_s <= POOLED_S]
    assert np.array_equal(track.pooled(K), np.concatenate(recent))


def test_separate_pictures_are_not_pooled() -> None:
    tracker = Tracker(pooled_s=0)
    follow(tracker, 0.0, (100, sample(1)))
    (track,) = follow(tracker, 0.1, (100, sample(2)))
    assert np.array_equal(track.pooled(K), sample(2))


def test_fewer_samples_are_the_first_ones_of_every_frame() -> None:
    tracker = Tracker()
    follow(tracker, 0.0, (100, sample(1)))
    (track,) = follow(tracker, 0.1, (100, sample(2)))
    assert np.array_equal(track.pooled(5), np.concatenate([sample(1)[:5], sample(2)[:5]]))


def test_a_track_does_not_change_when_the_next_frame_is_taken_in() -> None:
    tracker = Tracker()
    (track,) = follow(tracker, 0.0, (100, sample(1)))
    follow(tracker, 0.1, (100, sample(2)))
    assert np.array_equal(track.pooled(K), sample(1))


def test_digits_keep_their_tracks_when_they_move_and_change_their_order() -> None:
    tracker = Tracker()
    left, right = follow(tracker, 0.0, (100, sample(1)), (200, sample(2)))
    right_after, left_after = follow(tracker, 0.03, (205, sample(3)), (95, sample(4)))
    assert (left_after.number, right_after.number) == (left.number, right.number)


def test_a_digit_far_away_is_another_one() -> None:
    tracker = Tracker()
    (first,) = follow(tracker, 0.0, (100, sample(1)))
    (second,) = follow(tracker, 0.03, (160, sample(2)))
    assert second.number != first.number
    assert np.array_equal(second.pooled(K), sample(2))


@pytest.mark.parametrize(("gap_s", "same"), [(FORGOTTEN_S * 0.9, True), (FORGOTTEN_S * 1.1, False)])
def test_a_digit_missed_for_a_moment_is_still_the_same(gap_s: float, *, same: bool) -> None:
    tracker = Tracker()
    (first,) = follow(tracker, 0.0, (100, sample(1)))
    assert follow(tracker, gap_s / 2) == ()
    (second,) = follow(tracker, gap_s, (100, sample(2)))
    assert (second.number == first.number) is same


def test_memory_does_not_grow() -> None:
    tracker = Tracker()
    for number in range(2000):
        follow(tracker, number / 30, (100 + 40 * (number % 50), sample(1)))
    assert len(tracker._followed) <= 1 + 30 * FORGOTTEN_S
    assert all(len(digit.recent) <= 1 + 30 * POOLED_S for digit in tracker._followed)


boxes = st.lists(st.builds(Box, *[st.integers(0, 100)] * 2, *[st.integers(1, 40)] * 2), max_size=6)


@given(boxes, boxes)
def test_boxes_are_paired_nearest_first(known: list[Box], found: list[Box]) -> None:
    def distance(a: Box, b: Box) -> float:
        dx, dy = a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2
        return float(np.hypot(dx, dy) / max(a.width, a.height, b.width, b.height))

    naive: dict[int, int] = {}
    pairs = [(distance(a, b), i, j) for i, a in enumerate(known) for j, b in enumerate(found)]
    for gap, i, j in sorted(pairs):
        if gap < REACH and j not in naive and i not in naive.values():
            naive[j] = i
    assert _match(known, found) == naive
