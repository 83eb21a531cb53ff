"""Turns sampled class probabilities into a report's results."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from edge_app.runtime.prediction import Predictions, predict_batch
from train.evaluate.agreement import total_variation
from train.evaluate.doubt import detect, mean_doubt, risk_coverage, tell_apart
from train.evaluate.evaluation import count
from train.evaluate.predictor import UNCALIBRATED
from train.evaluate.scores import reliability, score
from train.report.results import (
    HISTOGRAM_BINS,
    CorruptionResult,
    Crossed,
    DataResult,
    Group,
    Promise,
    Reading,
    SampleCurve,
    SamplePoint,
)
from train.report.subjects import Subject

Labels = NDArray[np.int64]
Flags = NDArray[np.bool_]

CURVE_PASSES = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200)


def read_test(
    subject: str, data: str, probabilities: NDArray[np.floating], labels: Labels, mean: Predictions
) -> DataResult:
    """Measure one subject on one test set.

    Args:
        subject: its name.
        data: the test set's name.
        probabilities: of all passes, float [N, K, C].
        labels: int64 [N].
        mean: the prediction of those passes, [N].
    """
    passes = probabilities.shape[1]
    one_pass = predict_batch(probabilities[:, :1], UNCALIBRATED)
    return DataResult(
        subject=subject,
        data=data,
        images=len(labels),
        one_pass=read(one_pass, labels, 1),
        mean=read(mean, labels, passes) if passes > 1 else None,
        crossed=_cross(one_pass, probabilities[:, 1], labels) if passes > 1 else None,
    )


def read(prediction: Predictions, labels: Labels, passes: int) -> Reading:
    """Measure the predictions of a data set, [N], against its labels."""
    wrong = prediction.label != labels
    curve = risk_coverage(prediction.total_bits, wrong)
    classes = prediction.mean.shape[1]
    return Reading(
        passes=passes,
        scores=score(prediction.mean, labels),
        right=_group(prediction.total_bits, ~wrong, classes),
        wrong=_group(prediction.total_bits, wrong, classes),
        doubt=mean_doubt(prediction),
        finds_errors=detect(prediction, wrong),
        reliability=reliability(prediction.mean, labels),
        risk=curve.risk,
        aurc=curve.aurc,
        confusion=tuple(
            tuple(int(count) for count in row)
            for row in confusion_matrix(labels, prediction.label, labels=np.arange(classes))
        ),
    )


def read_corruption(
    subject: Subject, corruption: str, prediction: Predictions, labels: Labels, *, clean: Predictions, passes: int
) -> CorruptionResult:
    """Measure predictions under a corruption, beside those on the same images without it."""
    return CorruptionResult(
        subject=subject.facts.name,
        corruption=corruption,
        images=len(labels),
        passes=passes,
        scores=score(prediction.mean, labels),
        doubt=mean_doubt(prediction),
        finds_errors=detect(prediction, prediction.label != labels),
        tells_corrupted=None if prediction is clean else tell_apart(clean, prediction),
        promise=None if subject.thresholds is UNCALIBRATED else _promise(prediction, labels),
    )


def follow_samples(subject: str, probabilities: NDArray[np.floating], labels: Labels) -> SampleCurve:
    """Measure the mean of the first 1, 2, ... of the passes, float [N, K, C]."""
    passes = probabilities.shape[1]
    final = probabilities.mean(axis=1, dtype=np.float64)
    counts = sorted({*(count for count in CURVE_PASSES if count < passes), passes})
    return SampleCurve(subject, len(labels), tuple(_point(probabilities[:, :count], labels, final) for count in counts))


def _point(probabilities: NDArray[np.floating], labels: Labels, final: NDArray[np.float64]) -> SamplePoint:
    prediction = predict_batch(probabilities, UNCALIBRATED)
    return SamplePoint(
        passes=probabilities.shape[1],
        scores=score(prediction.mean, labels),
        doubt=mean_doubt(prediction),
        distance=total_variation(prediction.mean, final),
    )


def _group(bits: NDArray[np.float64], chosen: Flags, classes: int) -> Group:
    most = math.log2(classes)
    histogram, _ = np.histogram(np.minimum(bits[chosen], most), HISTOGRAM_BINS, (0.0, most))
    return Group(
        count=int(chosen.sum()),
        share=float(chosen.mean()),
        mean_bits=float(bits[chosen].mean()) if chosen.any() else None,
        histogram=tuple(int(count) for count in histogram),
    )


def _cross(first: Predictions, second: NDArray[np.floating], labels: Labels) -> Crossed:
    wrong = second.argmax(axis=1) != labels
    classes = second.shape[1]
    return Crossed(_group(first.total_bits, ~wrong, classes), _group(first.total_bits, wrong, classes))


def _promise(prediction: Predictions, labels: Labels) -> Promise:
    counts = count(prediction, labels)
    return Promise(
        shown=1 - counts.warned_share, risk=counts.unwarned_risk, coverage=counts.coverage, set_size=counts.set_size
    )
