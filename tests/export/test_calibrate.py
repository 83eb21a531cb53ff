"""Calibration keeps what it promises: the theory of each threshold, asserted over many random draws."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import beta, binom, kstest

from edge_app.runtime.drift import count_scores
from edge_app.runtime.prediction import Thresholds, entropy_bits, predict_batch, temper
from export.calibrate import binomial_upper_bound, calibrate, conformal_threshold, fit_temperature, risk_threshold
from export.errors import ExportError

SURE = 1e-4
"""How improbable an outcome must be under the theory to fail a test."""


def draw_readings(rng: np.random.Generator, count: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Doubts uniform on [0, 1] and errors of probability doubt^2 / 5: the risk below a threshold t is t^2 / 15."""
    doubt = rng.random(count)
    return doubt, rng.random(count) < doubt**2 / 5


def draw_samples(rng: np.random.Generator, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Samples of class distributions, and labels drawn from their means: a network that is exactly calibrated."""
    logits = 6 * rng.normal(size=(count, 1, 4)) + 0.5 * rng.normal(size=(count, 5, 4))
    p = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    labels = (p.mean(axis=1).cumsum(axis=1) > rng.random((count, 1))).argmax(axis=1)
    return p.astype(np.float32), labels


def test_promised_risk_is_exceeded_no_more_often_than_stated() -> None:
    target, confidence, runs = 0.02, 0.8, 400
    rng = np.random.default_rng(0)
    thresholds = np.array(
        [risk_threshold(*draw_readings(rng, 1500), target_risk=target, confidence=confidence) for _ in range(runs)]
    )
    exceeded = int((np.maximum(thresholds, 0) ** 2 / 15 > target).sum())
    assert exceeded <= binom.ppf(1 - SURE, runs, 1 - confidence)


def test_risk_as_counted_would_break_the_promise() -> None:
    """The test above has the power to fail: without the binomial bound, half of the thresholds exceed the target."""
    target, runs = 0.02, 400
    rng = np.random.default_rng(0)
    exceeded = 0
    for _ in range(runs):
        doubt, wrong = draw_readings(rng, 1500)
        order = doubt.argsort()
        kept = np.flatnonzero(wrong[order].cumsum() <= target * np.arange(1, 1501))
        exceeded += doubt[order][kept[-1]] ** 2 / 15 > target
    assert exceeded > binom.ppf(1 - SURE, runs, 0.2)


def test_threshold_is_useful() -> None:
    """It comes close to the largest threshold that keeps the risk, sqrt(15 * 0.02)."""
    threshold = risk_threshold(*draw_readings(np.random.default_rng(1), 100_000), target_risk=0.02, confidence=0.95)
    assert 0.9 * math.sqrt(0.3) < threshold < math.sqrt(0.3)


def test_all_pass_when_nothing_is_wrong_and_none_when_all_is() -> None:
    doubt = np.random.default_rng(0).random(2000)
    right, wrong = np.zeros(2000, bool), np.ones(2000, bool)
    assert risk_threshold(doubt, right, target_risk=0.01, confidence=0.95) == doubt.max()
    assert risk_threshold(doubt, wrong, target_risk=0.01, confidence=0.95) == -1


def test_equal_doubts_are_kept_or_left_together() -> None:
    doubt = np.repeat([0.0, 1.0], 1000)
    wrong = np.arange(2000) >= 1900
    assert risk_threshold(doubt, wrong, target_risk=0.01, confidence=0.95) == 0


def test_too_few_images_promise_nothing() -> None:
    assert risk_threshold(np.arange(10.0), np.zeros(10, bool), target_risk=0.01, confidence=0.95) == -1


def test_a_risk_that_only_most_images_together_can_promise_is_found() -> None:
    """3,000 images without an error bound the risk by 0.2 %; half of them would not."""
    doubt = np.arange(3200.0)
    wrong = doubt > 3150
    assert 2900 < risk_threshold(doubt, wrong, target_risk=0.002, confidence=0.95) <= 3151


@pytest.mark.parametrize("doubted", [0.0, 0.1, 0.6])
def test_at_least_the_doubted_share_is_warned_of(doubted: float) -> None:
    doubt, wrong = draw_readings(np.random.default_rng(4), 5000)
    most = 5000 - round(5000 * doubted)
    free = risk_threshold(doubt, wrong, target_risk=0.02, confidence=0.9)
    held = risk_threshold(doubt, wrong, target_risk=0.02, confidence=0.9, most=most)
    assert (doubt <= held).sum() <= most
    assert held == pytest.approx(min(free, np.sort(doubt)[most - 1]), abs=0.02)


@pytest.mark.parametrize(("risk", "confidence"), [(0.01, 0.95), (0.1, 0.8), (0.3, 0.5)])
def test_the_fewest_images_that_promise_anything(risk: float, confidence: float) -> None:
    """Without an error n images bound the risk by 1 - delta^(1 / n); delta is shared by log2(n + 1) steps."""

    def bound(count: int) -> float:
        return float(1 - ((1 - confidence) / math.ceil(math.log2(count + 1))) ** (1 / count))

    fewest = next(count for count in range(1, 10_000) if bound(count) <= risk)
    for count, expected in ((fewest - 1, -1.0), (fewest, fewest - 1.0)):
        doubt = np.arange(count, dtype=np.float64)
        assert risk_threshold(doubt, np.zeros(count, bool), target_risk=risk, confidence=confidence) == expected


@pytest.mark.parametrize("seed", range(20))
def test_the_bound_holds_at_the_threshold_and_at_no_place_that_the_search_rejected(seed: int) -> None:
    """The search of Geifman and El-Yaniv, written naively: halve what is left, count anew, test."""
    rng = np.random.default_rng(seed)
    doubt, wrong = draw_readings(rng, int(rng.integers(300, 3000)))
    doubt = doubt.round(2)  # ties
    ranked = np.sort(doubt)
    delta = 0.1 / math.ceil(math.log2(len(doubt) + 1))
    fewest = next(n for n in range(1, 1000) if (1 - 0.02) ** n <= delta)
    low, high = fewest - 2, len(doubt)
    while high - low > 1:
        middle = (low + high) // 2
        kept = doubt <= ranked[middle]
        errors, count = int((wrong & kept).sum()), int(kept.sum())
        fine = errors < count and beta.ppf(1 - delta, errors + 1, count - errors) <= 0.02
        low, high = (middle, high) if fine else (low, middle)
    expected = ranked[low] if low >= fewest - 1 else -1
    assert risk_threshold(doubt, wrong, target_risk=0.02, confidence=0.9) == expected


@pytest.mark.parametrize("share", ["target_risk", "confidence", "alpha"])
@pytest.mark.parametrize("value", [-0.1, 0.0, 1.0, 1.5])
def test_shares_are_checked(share: str, value: float) -> None:
    p, labels = draw_samples(np.random.default_rng(0), 10)
    name = "risk" if share == "target_risk" else share
    with pytest.raises(ExportError, match=f"^{name}: found {value}, expected a number above 0 and below 1"):
        calibrate(p, labels, **{share: value})


@pytest.mark.parametrize("doubted", [-0.1, 1.0, 2.0])
def test_the_doubted_share_is_checked(doubted: float) -> None:
    p, labels = draw_samples(np.random.default_rng(0), 10)
    with pytest.raises(ExportError, match=f"^doubted: found {doubted}, expected a number from 0 to below 1"):
        calibrate(p, labels, doubted=doubted)


@pytest.mark.parametrize(("count", "doubted"), [(1000, 0.0), (1000, 0.25), (999, 0.1)])
def test_where_nothing_is_wrong_just_the_doubted_share_is_warned_of(count: int, doubted: float) -> None:
    p, _ = draw_samples(np.random.default_rng(6), count)
    labels = p.mean(axis=1).argmax(axis=1)
    found = calibrate(p, labels, target_risk=0.05, doubted=doubted)
    doubt = entropy_bits(temper(p, found.temperature).mean(axis=1))
    assert (doubt > found.warning.threshold_bits).sum() == math.ceil(doubted * count)


@pytest.mark.parametrize(("trials", "delta"), [(10, 0.05), (500, 0.01)])
def test_binomial_bound_without_an_error(trials: int, delta: float) -> None:
    assert binomial_upper_bound(0, trials, delta) == pytest.approx(1 - delta ** (1 / trials))


def test_binomial_bound_is_where_so_few_errors_become_improbable() -> None:
    bound = binomial_upper_bound(7, 300, 0.02)
    assert binom.cdf(7, 300, bound) == pytest.approx(0.02)
    assert binomial_upper_bound(5, 5, 0.02) == 1


@pytest.mark.parametrize(("count", "alpha"), [(200, 0.1), (99, 0.05)])
def test_conformal_coverage_follows_its_beta_distribution(count: int, alpha: float) -> None:
    """With uniform scores the coverage of a threshold is the threshold itself."""
    rng = np.random.default_rng(0)
    coverage = [conformal_threshold(rng.random(count), alpha) for _ in range(1000)]
    missed = math.floor((count + 1) * alpha)
    assert kstest(coverage, beta(count + 1 - missed, missed).cdf).pvalue > SURE


def test_conformal_set_is_full_when_images_are_too_few() -> None:
    assert conformal_threshold(np.full(98, 0.1), 0.01) == 1
    assert conformal_threshold(np.full(99, 0.1), 0.01) == 0.1


@pytest.mark.parametrize("temperature", [0.7, 1.5])
def test_temperature_is_found_again(temperature: float) -> None:
    p, labels = draw_samples(np.random.default_rng(0), 20_000)
    assert fit_temperature(temper(p, 1 / temperature).astype(np.float32), labels) == pytest.approx(temperature, rel=0.1)


def test_calibrated_probabilities_stay_as_they_are() -> None:
    p, labels = draw_samples(np.random.default_rng(1), 5000)
    assert fit_temperature(p, labels) == 1


@pytest.mark.parametrize(("made", "nearest"), [(5.0, 0.5), (0.2, 2.0)])
def test_the_temperature_stays_between_a_half_and_two(made: float, nearest: float) -> None:
    p, labels = draw_samples(np.random.default_rng(0), 3000)
    found = fit_temperature(temper(p, made).astype(np.float32), labels)
    assert found == pytest.approx(nearest, abs=0.02)
    assert 0.5 <= found <= 2


def test_a_temperature_must_gain_two_standard_errors() -> None:
    """On both sides of the line, over many small sets from which the gain cannot always be told."""
    outcomes = set()
    for seed in range(40):
        p, labels = draw_samples(np.random.default_rng(seed), 300)
        p = temper(p, 0.6).astype(np.float32)

        def surprise(temperature: float, p: NDArray[np.float32] = p, labels: NDArray[np.int64] = labels) -> Any:
            return -np.log(temper(p, temperature).mean(axis=1)[np.arange(300), labels])

        best = min(np.linspace(0.5, 2, 151), key=lambda temperature: surprise(temperature).mean())
        gain = surprise(1.0) - surprise(best)
        errors = gain.mean() / (gain.std() / math.sqrt(300))
        if abs(errors - 2) < 0.05:  # the grid is too coarse to tell
            continue
        assert fit_temperature(p, labels) == (pytest.approx(best, abs=0.03) if errors > 2 else 1)
        outcomes.add(math.floor(errors))
    assert {1, 2} <= outcomes


def test_a_label_of_probability_zero_is_survived() -> None:
    p = np.zeros((50, 3, 4), np.float32)
    p[..., 0] = 1
    assert fit_temperature(p, np.arange(50) % 4) == 1


def test_calibration_as_a_whole_keeps_both_promises_on_new_images() -> None:
    """Temperature, warning and label sets together, from overconfident samples, over many random splits."""
    target, confidence, alpha, runs, count = 0.05, 0.8, 0.1, 60, 500
    rng = np.random.default_rng(2)
    p, labels = draw_samples(rng, 20_000)
    p = temper(p, 0.6).astype(np.float32)
    broken, coverage = 0, []
    for _ in range(runs):
        order = rng.permutation(len(p))
        known, new = order[:count], order[count:]
        found = calibrate(p[known], labels[known], target_risk=target, confidence=confidence, alpha=alpha)
        prediction = predict_batch(
            temper(p[new], found.temperature), Thresholds(found.warning.threshold_bits, found.conformal.threshold)
        )
        shown = ~prediction.unsure
        broken += (prediction.label != labels[new])[shown].mean() > target
        coverage.append(prediction.label_set[np.arange(len(new)), labels[new]].mean())
    assert broken <= binom.ppf(1 - SURE, runs, 1 - confidence)
    spread = beta(count + 1 - 50, 50).std() / math.sqrt(runs)
    assert abs(np.mean(coverage) - (count - 49) / (count + 1)) < 4 * spread + 0.002


def test_what_is_promised_unless_told_otherwise() -> None:
    p, labels = draw_samples(np.random.default_rng(3), 1000)
    found = calibrate(p, labels)
    assert found.warning.rule == "total_entropy"
    assert (found.warning.target_risk, found.warning.confidence, found.warning.doubted) == (0.005, 0.95, 0.0)
    assert found.conformal.alpha == 0.01


def test_the_images_are_counted_by_the_entropy_that_a_device_reads() -> None:
    p, labels = draw_samples(np.random.default_rng(4), 500)
    found = calibrate(p, labels)
    read = predict_batch(temper(p, found.temperature), Thresholds(1.0, 1.0)).total_bits
    assert found.entropy_counts == count_scores(read)


def test_the_label_sets_are_calibrated_on_the_mean_probability_of_the_label() -> None:
    p, labels = draw_samples(np.random.default_rng(5), 400)
    found = calibrate(p, labels, alpha=0.1)
    mean = temper(p, found.temperature).mean(axis=1)
    rank = math.ceil(401 * 0.9)
    assert (
        found.conformal.threshold
        == np.sort([1 - row[label] for row, label in zip(mean, labels, strict=True)])[rank - 1]
    )


def test_what_is_promised_is_written_down() -> None:
    p, labels = draw_samples(np.random.default_rng(3), 1000)
    found = calibrate(p, labels, target_risk=0.1, confidence=0.9, alpha=0.05, doubted=0.2)
    assert (found.warning.target_risk, found.warning.confidence, found.warning.doubted) == (0.1, 0.9, 0.2)
    assert (found.warning.samples, found.warning.images) == (5, 1000)
    assert (found.conformal.alpha, found.conformal.images) == (0.05, 1000)
