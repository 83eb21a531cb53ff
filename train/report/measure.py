"""Turns sampled class probabilities into a report's results."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from edge_app.runtime.prediction import Predictions, Thresholds
from train.evaluate import UNCALIBRATED, measure, predict_blocks
from train.evaluate.agreement import total_variation
from train.evaluate.doubt import mean_doubt, risk_coverage
from train.evaluate.scores import reliability, score
from train.report.results import HISTOGRAM_BINS, Crossed, DataResult, Group, Measurement, SampleCurve, SamplePoint

Labels = NDArray[np.int64]
Flags = NDArray[np.bool_]

CURVE_PASSES = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200)


def measure_test(
    subject: str, data: str, probabilities: NDArray[np.floating], labels: Labels, thresholds: Thresholds = UNCALIBRATED
) -> tuple[DataResult, Predictions]:
    """Measure one subject on one test set.

    Args:
        subject: its name.
        data: the test set's name.
        probabilities: of all passes, float [N, K, C].
        labels: int64 [N].
        thresholds: the subject's.

    Returns:
        Its figures, and the predictions of the mean of all passes.
    """
    passes = probabilities.shape[1]
    mean, one_pass = predict_blocks(probabilities, thresholds), predict_blocks(probabilities[:, :1])
    result = DataResult(
        subject=subject,
        data=data,
        one_pass=measure_passes(one_pass, labels, 1),
        mean=measure_passes(mean, labels, passes) if passes > 1 else None,
        crossed=_cross(one_pass, probabilities[:, 1], labels) if passes > 1 else None,
    )
    return result, mean


def measure_passes(predictions: Predictions, labels: Labels, passes: int) -> Measurement:
    """Measure the predictions of a data set, [N], by the mean of so many passes, against its labels."""
    wrong = predictions.label != labels
    curve = risk_coverage(predictions.total_bits, wrong)
    classes = predictions.mean.shape[1]
    return Measurement(
        passes=passes,
        evaluation=measure(predictions, labels),
        right=_group(predictions.total_bits, ~wrong, classes),
        wrong=_group(predictions.total_bits, wrong, classes),
        reliability=reliability(predictions.mean, labels),
        risk=curve.risk,
        aurc=curve.aurc,
        confusion=tuple(
            tuple(int(count) for count in row)
            for row in confusion_matrix(labels, predictions.label, labels=np.arange(classes))
        ),
    )


def follow_samples(subject: str, probabilities: NDArray[np.floating], labels: Labels) -> SampleCurve:
    """Measure the mean of the first 1, 2, ... of the passes, float [N, K, C]."""
    passes = probabilities.shape[1]
    final = probabilities.mean(axis=1, dtype=np.float64)
    counts = sorted({*(count for count in CURVE_PASSES if count < passes), passes})
    return SampleCurve(subject, len(labels), tuple(_point(probabilities[:, :count], labels, final) for count in counts))


def _point(probabilities: NDArray[np.floating], labels: Labels, final: NDArray[np.float64]) -> SamplePoint:
    predictions = predict_blocks(probabilities)
    return SamplePoint(
        passes=probabilities.shape[1],
        scores=score(predictions.mean, labels),
        doubt=mean_doubt(predictions),
        distance=total_variation(predictions.mean, final),
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
