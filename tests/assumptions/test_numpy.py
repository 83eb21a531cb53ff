"""What is relied on in NumPy: random streams that stay what they are, and the plotting positions of percentiles."""

from __future__ import annotations

import numpy as np
import pytest


def test_a_stream_opened_by_a_list_of_numbers_stays_what_it_is() -> None:
    """Corruptions, scenes and weight samples are drawn from such streams; shipped bundles and figures rest on them."""
    rng = np.random.default_rng([0, 7, *b"fog/test"])
    np.testing.assert_array_equal(rng.integers(0, 1000, 4), [799, 162, 879, 659])
    np.testing.assert_array_equal(rng.random(2), [0.7154752172626655, 0.25068843333307145])
    np.testing.assert_array_equal(
        rng.standard_normal(3, np.float32), np.array([0.6086738, 1.3940797, -0.04947803], np.float32)
    )


def test_the_state_of_a_seed_sequence_stays_what_it_is() -> None:
    np.testing.assert_array_equal(np.random.SeedSequence([3, 1]).generate_state(2), [457190280, 2660306227])


def test_each_number_of_a_list_tells_streams_apart() -> None:
    first = {float(np.random.default_rng(seed).random()) for seed in ([0], [0, 1], [1, 0], [0, 1, 1], [1, 0, 1])}
    assert len(first) == 5


@pytest.mark.parametrize("count", [5, 39, 50])
def test_weibull_percentiles_stand_at_p_times_n_plus_one(count: int) -> None:
    """So the K draws leave 1 / (K + 1) of the next draws outside at each end, where K is at least 39 for 95 %."""
    values = np.random.default_rng(0).random(count)
    ranked = np.sort(values)
    for percent in (2.5, 97.5):
        position = np.clip(percent / 100 * (count + 1) - 1, 0, count - 1)
        below = int(position)
        above = min(below + 1, count - 1)
        expected = ranked[below] + (position - below) * (ranked[above] - ranked[below])
        assert np.percentile(values, percent, method="weibull") == pytest.approx(expected, abs=1e-12)


def test_the_default_percentiles_stand_at_p_times_n_less_one() -> None:
    """What the source of the networks draws, and the report repeats."""
    values = np.random.default_rng(1).random(200)
    position = 0.025 * 199
    ranked = np.sort(values)
    expected = ranked[4] + (position - 4) * (ranked[5] - ranked[4])
    assert np.percentile(values, 2.5) == pytest.approx(expected, abs=1e-12)
