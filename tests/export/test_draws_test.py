"""The test of draws has its level, and its power."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from export.draws_test import compare_draws, largest_spread


def draw(rng: np.random.Generator, scale: float = 1.0, shift: float = 0.0) -> NDArray[np.float32]:
    """Class probabilities whose logits are Normal, for 8 images: [8, 4000, 3]."""
    locs = np.linspace(-2, 2, 24).reshape(8, 1, 3)
    logits = locs + shift * np.arange(3) + scale * rng.standard_normal((8, 4000, 3))
    powers = np.exp(logits)
    return (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)


def test_sources_alike_fail_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(0)
    tests = [compare_draws(draw(rng), draw(rng)) for _ in range(100)]
    for p in (np.array([test.mean_p for test in tests]), np.array([test.spread_p for test in tests])):
        assert 0.02 <= (p < 0.1).mean() <= 0.2
    assert abs(np.mean([test.spread_ratio for test in tests]) - 1) < 0.003
    errors = np.mean([test.spread_error for test in tests])
    assert 0.7 < np.std([test.spread_ratio for test in tests]) / errors < 1.4


def test_another_scale_is_seen_in_the_spreads() -> None:
    rng = np.random.default_rng(1)
    test = compare_draws(draw(rng, scale=1.05), draw(rng))
    assert test.spread_p < 0.0005
    assert 1.02 < test.spread_ratio < 1.06


def test_another_location_is_seen_in_the_means() -> None:
    rng = np.random.default_rng(2)
    assert compare_draws(draw(rng, shift=0.1), draw(rng)).mean_p < 0.0005


def test_one_draw_of_weights_for_all_images_does_not_mislead_it() -> None:
    rng = np.random.default_rng(3)
    shared = [np.repeat(draw(rng)[:1], 8, axis=0) for _ in range(60)]
    p = np.array([compare_draws(a, b).spread_p for a, b in zip(shared[::2], shared[1::2], strict=True)])
    assert (p < 0.01).mean() <= 0.1


def test_its_answer_does_not_depend_on_the_unit() -> None:
    rng = np.random.default_rng(4)
    ours, theirs = draw(rng), draw(rng, scale=1.05)
    plain, tiny = (compare_draws(unit * ours, unit * theirs) for unit in (np.float32(1), np.float32(2.0**-80)))
    assert msgspec.structs.astuple(tiny) == pytest.approx(msgspec.structs.astuple(plain), rel=1e-6)


def test_equal_draws_have_no_spread() -> None:
    assert largest_spread(np.full((8, 400, 3), 0.7, np.float32)) < 1e-12
