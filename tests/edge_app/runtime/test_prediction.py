"""Predictions against their closed forms, and a batch against its images one by one."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_app.runtime.prediction import (
    FEWEST_FOR_INTERVAL,
    Reason,
    Sampling,
    Thresholds,
    entropy_bits,
    percentile_interval,
    predict,
    predict_batch,
    require_distributions,
    temper,
    too_few_samples,
)

Array = NDArray[np.float64]
OPEN = Thresholds(math.inf, 1.0)


def draws(seed: int, shape: tuple[int, ...] = (7,), classes: int = 10) -> Array:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(classes, rng.uniform(0.05, 2)), shape)


cases = st.builds(draws, st.integers(0, 2**32 - 1), st.tuples(st.integers(1, 9)))


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_entropy_of_even_chances_is_log2_of_their_number(classes: int) -> None:
    assert entropy_bits(np.full(classes, 1 / classes)) == pytest.approx(math.log2(classes))


def test_entropy_of_certainty_is_zero_and_not_minus_zero() -> None:
    bits = entropy_bits(np.eye(10))
    assert (bits == 0).all()
    assert not np.signbit(bits).any()


@settings(deadline=None)
@given(cases)
def test_entropy_lies_between_nothing_and_even_chances(p: Array) -> None:
    assert (entropy_bits(p) >= 0).all()
    assert (entropy_bits(p) <= math.log2(10) + 1e-9).all()


@pytest.mark.parametrize("classes", [2, 5, 10])
def test_total_disagreement_of_certain_samples_is_all_epistemic(classes: int) -> None:
    reading = predict(np.eye(classes), OPEN)
    assert reading.aleatoric_bits == 0
    assert reading.total_bits == pytest.approx(math.log2(classes))
    # K certain samples, each of another class: log2 K, times K / (K - 1).
    assert reading.epistemic_bits == pytest.approx(math.log2(classes) * classes / (classes - 1))


def test_agreement_is_all_aleatoric() -> None:
    reading = predict(np.tile(draws(0, ()), (20, 1)), OPEN)
    assert reading.aleatoric_bits == pytest.approx(reading.total_bits)
    assert reading.epistemic_bits == pytest.approx(0, abs=1e-12)


@settings(deadline=None)
@given(cases)
def test_epistemic_is_the_gap_corrected_for_few_samples_and_never_negative(p: Array) -> None:
    reading = predict(p, OPEN)
    samples = len(p)
    gap = entropy_bits(p.mean(axis=0)) - entropy_bits(p).mean()
    expected = 0.0 if samples == 1 else max(gap, 0.0) * samples / (samples - 1)
    assert reading.epistemic_bits == pytest.approx(expected, abs=1e-12)
    assert reading.epistemic_bits >= 0
    even = predict(p, Thresholds(math.inf, 1.0, Sampling.EVEN))
    assert even.epistemic_bits == pytest.approx(max(gap, 0.0), abs=1e-12)


def test_the_correction_makes_few_samples_as_good_as_many() -> None:
    # One class of two is certain in each sample, heads or tails: the true mutual information is 1 bit.
    coins = np.random.default_rng(0).integers(0, 2, (20_000, 20))
    estimates = predict_batch(np.eye(2)[coins], OPEN)
    uncorrected = estimates.total_bits - estimates.aleatoric_bits
    assert abs(estimates.epistemic_bits.mean() - 1) < abs(uncorrected.mean() - 1) / 2


@settings(deadline=None)
@given(cases)
def test_mean_interval_and_label_are_numpys(p: Array) -> None:
    reading = predict(p, OPEN)
    np.testing.assert_allclose(reading.mean, p.mean(axis=0))
    np.testing.assert_allclose(reading.low, np.percentile(p, 2.5, axis=0, method="weibull"))
    np.testing.assert_allclose(reading.high, np.percentile(p, 97.5, axis=0, method="weibull"))
    label = int(p.mean(axis=0).argmax())
    assert reading.label == label
    assert reading.probability == reading.mean[label]
    np.testing.assert_array_equal(reading.interval, [reading.low[label], reading.high[label]])
    assert reading.spread == pytest.approx(reading.interval[1] - reading.interval[0])


def by_hand(draws: Array, share: float) -> Array:
    """The plotting position i / (K + 1), with straight lines between the draws and none beyond them."""
    ascending = np.sort(draws)
    return np.asarray(np.interp(share, np.arange(1, len(draws) + 1) / (len(draws) + 1), ascending))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 120))
def test_the_interval_is_that_of_the_plotting_position_i_over_k_plus_one(seed: int, samples: int) -> None:
    draws = np.random.default_rng(seed).random(samples)
    low, high = percentile_interval(draws, axis=0)
    assert low == pytest.approx(by_hand(draws, 0.025))
    assert high == pytest.approx(by_hand(draws, 0.975))


def logistic_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.asarray(1 / (1 + np.exp(-3 - 3 * rng.normal(size=shape))))


def uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.random(shape)


@pytest.mark.parametrize("distribution", [uniform, logistic_normal])
@pytest.mark.parametrize("samples", [FEWEST_FOR_INTERVAL, 50, 100])
def test_the_interval_covers_95_per_cent_of_the_next_draw(
    samples: int, distribution: Callable[[np.random.Generator, tuple[int, ...]], Array]
) -> None:
    rng = np.random.default_rng(samples)
    low, high = percentile_interval(distribution(rng, (40_000, samples)), axis=1)
    following = distribution(rng, (40_000, 20))
    covered = (low[:, None] <= following) & (following <= high[:, None])
    assert covered.mean() == pytest.approx(0.95, abs=0.005)


@pytest.mark.parametrize("samples", [5, 10, FEWEST_FOR_INTERVAL - 1])
def test_fewer_samples_cover_what_their_extremes_do_and_no_more(samples: int) -> None:
    rng = np.random.default_rng(samples)
    draws = rng.random((40_000, samples))
    low, high = percentile_interval(draws, axis=1)
    np.testing.assert_array_equal([low, high], [draws.min(axis=1), draws.max(axis=1)])
    assert (high - low).mean() == pytest.approx((samples - 1) / (samples + 1), abs=0.005)
    said = too_few_samples(samples)
    assert said is not None
    assert said.startswith(f"K = {samples}: intervals cover {(samples - 1) / (samples + 1):.0%} of the next draw")
    assert said.endswith("that takes 39 samples")


@pytest.mark.parametrize(("sampling", "fewest"), [(Sampling.INDEPENDENT, 39), (Sampling.EVEN, 20)])
def test_enough_samples_need_no_word(sampling: Sampling, fewest: int) -> None:
    assert too_few_samples(fewest, sampling) is None
    assert str(too_few_samples(fewest - 1, sampling)).endswith(f"that takes {fewest} samples")


def test_even_points_are_no_independent_draws() -> None:
    """Their interval is that of the quantiles they stand for, and their mutual information needs no correction."""
    points = (np.arange(200) + 0.5) / 200
    low, high = percentile_interval(points, axis=0, sampling=Sampling.EVEN)
    np.testing.assert_allclose([low, high], [0.025, 0.975])
    few = (np.arange(20) + 0.5) / 20
    assert percentile_interval(few, axis=0, sampling=Sampling.EVEN) == (few[0], few[-1])
    certain = np.eye(4)
    even = predict(certain, Thresholds(math.inf, 1.0, Sampling.EVEN))
    assert even.epistemic_bits == pytest.approx(2.0)
    assert predict(certain, OPEN).epistemic_bits == pytest.approx(2.0 * 4 / 3)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 3), st.floats(0, 1))
def test_a_batch_is_its_images_one_by_one(seed: int, bits: float, conformal: float) -> None:
    thresholds = Thresholds(bits, conformal)
    batch = draws(seed, (6, 5))
    together = predict_batch(batch, thresholds)
    assert list(together) == [predict(image, thresholds) for image in batch]
    assert len(together) == len(batch)
    for index, one in enumerate(together):
        for name in ("label", "mean", "low", "high", "probability", "interval", "spread", "total_bits", "unsure"):
            np.testing.assert_array_equal(getattr(together, name)[index], getattr(one, name))
        assert one.label_set == tuple(np.flatnonzero(together.label_set[index]))


def test_label_set_holds_every_class_at_or_above_its_threshold() -> None:
    reading = predict(np.array([[0.5, 0.25, 0.125, 0.125]]), Thresholds(math.inf, 0.75))
    assert reading.label_set == (0, 1)


def test_sure_without_a_reason() -> None:
    reading = predict(np.array([[0.9, 0.1]]), Thresholds(1.0, 0.5))
    assert not reading.unsure
    assert reading.reason is None


def test_ambiguous_where_every_sample_wavers() -> None:
    assert predict(np.full((5, 2), 0.5), Thresholds(0.9, 1.0)).reason is Reason.AMBIGUOUS


def test_unfamiliar_where_samples_disagree() -> None:
    assert predict(np.eye(2), Thresholds(0.9, 1.0)).reason is Reason.UNFAMILIAR


def test_unfamiliar_where_no_class_fits() -> None:
    reading = predict(np.full((3, 10), 0.1), Thresholds(math.inf, 0.5))
    assert reading.label_set == ()
    assert reading.unsure
    assert reading.reason is Reason.UNFAMILIAR


def test_doubt_at_the_threshold_is_not_above_it() -> None:
    assert not predict(np.full((1, 2), 0.5), Thresholds(1.0, 1.0)).unsure


@settings(deadline=None)
@given(cases)
def test_temperature_one_changes_nothing(p: Array) -> None:
    np.testing.assert_allclose(temper(p, 1.0), p, atol=1e-12)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.3, 4))
def test_temperature_divides_logits(seed: int, temperature: float) -> None:
    logits = np.random.default_rng(seed).normal(size=(3, 10))

    def softmax(z: Array) -> Array:
        return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)

    np.testing.assert_allclose(temper(softmax(logits), temperature), softmax(logits / temperature))


def test_heat_flattens_and_cold_sharpens() -> None:
    p = np.array([0.6, 0.3, 0.1])
    assert entropy_bits(temper(p, 0.5)) < entropy_bits(p) < entropy_bits(temper(p, 2.0))


@pytest.mark.parametrize("shape", [(10,), (0, 10), (3, 0)])
def test_shapes_without_samples_or_classes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        predict(np.ones(shape), OPEN)


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf, -math.inf])
def test_values_that_are_no_probability_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="found a negative or non-finite value"):
        predict(np.array([[1 - value if math.isfinite(value) else 1.0, value]]), OPEN)


@pytest.mark.parametrize("row", [[2.0, 0.0], [0.5, 0.4], [0.0, 0.0], [0.6, 0.6]])
def test_rows_that_do_not_sum_to_one_are_refused(row: list[float]) -> None:
    p = np.array([[[0.5, 0.5], [1.0, 0.0]], [[0.3, 0.7], row]])
    with pytest.raises(ValueError, match=f"found a row that sums to {sum(row):g}, expected 1"):
        predict_batch(p, OPEN)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 20))
def test_rows_that_an_int8_softmax_rounds_are_taken_and_twice_as_bad_ones_are_not(seed: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(classes, rng.uniform(0.02, 2)), 50)
    require_distributions(np.minimum(np.rint(p * 256), 255) / 256)
    for factor in (1 + 2 * (classes + 1) / 512, 1 - 2 * (classes + 1) / 512):
        with pytest.raises(ValueError, match="found a row that sums to"):
            require_distributions(p * factor)


@pytest.mark.parametrize("reason", [None, *Reason])
def test_what_is_no_digit_is_unsure_and_says_so(reason: Reason | None) -> None:
    found = replace(predict(draws(0), OPEN), reason=reason)
    assert found.unsure == (reason is not None)
    assert found.is_digit == (reason is not Reason.NOT_A_DIGIT)
