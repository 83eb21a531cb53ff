"""Each followed digit counts once, and what comes of it is said wherever results go."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.drift import DriftWatch
from edge_app.overlay import View
from edge_app.reader import Reader
from edge_app.result import FrameResult, Track
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.drift import Drift, count_scores
from edge_app.runtime.manifest import Manifest
from edge_app.runtime.prediction import Prediction, Reason
from edge_app.sources import Frame
from edge_app.summary import Summary

ALARMED = Drift(digits=50, log10_evidence=3.2, alarmed_at=40)


@pytest.fixture
def manifest(classifier: Classifier) -> Manifest:
    counts = count_scores(np.random.default_rng(0).lognormal(-6, 2, 1000))
    samples = classifier.manifest.samples
    warning = msgspec.structs.replace(classifier.manifest.warning, samples=samples)
    return msgspec.structs.replace(classifier.manifest, entropy_counts=counts, warning=warning)


@pytest.fixture
def prediction(classifier: Classifier, page: NDArray[np.uint8]) -> Prediction:
    return Reader(classifier).read(Frame(page, 0.0)).raw.predictions[0]


def track(number: int, age_s: float = 1.0) -> Track:
    return Track(number, (), age_s)


def test_a_followed_digit_counts_once_and_not_before_it_has_settled(manifest: Manifest, prediction: Prediction) -> None:
    watch = DriftWatch(manifest, settled_s=0.5)
    found = [watch.observe([track(1, age), track(2, age - 0.4)], [prediction] * 2) for age in (0.0, 0.4, 0.6, 0.8, 1.0)]
    assert [drift and drift.digits for drift in found] == [0, 0, 1, 1, 2]


def test_a_digit_that_the_edge_cuts_counts_when_it_is_whole(manifest: Manifest, prediction: Prediction) -> None:
    watch = DriftWatch(manifest, settled_s=0.0)
    cut = watch.observe([track(1)], [replace(prediction, reason=Reason.EDGE)])
    whole = watch.observe([track(1)], [prediction])
    assert (cut and cut.digits, whole and whole.digits) == (0, 1)


def test_digits_that_are_all_alike_and_doubtful_raise_the_alarm(manifest: Manifest, prediction: Prediction) -> None:
    watch = DriftWatch(manifest, settled_s=0.0)
    doubtful = replace(prediction, total_bits=2.0)
    found = [watch.observe([track(number)], [doubtful]) for number in range(100)][-1]
    assert found is not None
    assert found.alarmed_at is not None
    assert found.alarmed_at < 50


def test_without_scores_of_its_own_samples_nothing_is_said(manifest: Manifest, prediction: Prediction) -> None:
    redrawn = msgspec.structs.replace(manifest.posterior, calibrated_seed=7)
    for bare in (
        msgspec.structs.replace(manifest, entropy_counts=()),
        msgspec.structs.replace(manifest, posterior=redrawn),
        msgspec.structs.replace(manifest, samples=manifest.samples + 1),
    ):
        assert DriftWatch(bare, settled_s=0.0).observe([track(1)], [prediction]) is None


def test_the_summary_and_the_picture_say_it(classifier: Classifier, page: NDArray[np.uint8]) -> None:
    result = Reader(classifier).read(Frame(page, 0.0))
    summary, view = Summary(), View(classifier.manifest)
    pictures = []
    for drift in (None, replace(ALARMED, alarmed_at=None), ALARMED):
        summary.add(replace(result, drift=drift))
        view.result = replace(result, drift=drift)
        assert view.annotated().status.unlike == bool(summary.unlike) == (drift is ALARMED)
        pictures.append(view.draw())
    assert (pictures[0] == pictures[1]).all()
    assert (pictures[1] != pictures[2]).any()
    assert str(summary).endswith("unlike those that the bundle was calibrated on, as digit 40 showed")


def test_a_run_reads_its_digits_into_the_watch(classifier: Classifier, page: NDArray[np.uint8]) -> None:
    assert classifier.manifest.entropy_counts
    reader = Reader(classifier)
    results: list[FrameResult] = [reader.read(Frame(page, number / 10)) for number in range(8)]
    assert [result.drift and result.drift.digits for result in results] == [0] * 5 + [3] * 3
