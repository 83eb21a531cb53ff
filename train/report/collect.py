"""Runs every subject over every data set and collects the results."""

from __future__ import annotations

import dataclasses
import importlib.metadata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataset import Split, load_split
from dataset.corruptions import NAMES
from edge_app.runtime.prediction import Predictions, predict, predict_batch
from train.errors import TrainError
from train.evaluate.agreement import total_variation
from train.evaluate.doubt import tell_apart
from train.report.effort import Effort
from train.report.findings import find
from train.report.measure import follow_samples, read_corruption, read_test
from train.report.prior import densities
from train.report.progress import Progress, show_progress
from train.report.results import (
    UNCORRUPTED,
    Bars,
    ChosenImage,
    CorruptionResult,
    DataResult,
    Fidelity,
    Report,
    SampleCurve,
    Settings,
)
from train.report.selection import CLEAN, CORRUPTED, Pick, pick_by_index, pick_by_rule
from train.report.source import compare
from train.report.subjects import Subject

CORRUPTIONS = tuple(name for name in NAMES if name != "identity")
LIBRARIES = ("tensorflow", "tf-keras", "tensorflow-probability", "ai-edge-litert", "numpy", "scikit-learn")

Means = dict[tuple[str, str], Predictions]
"""The prediction of each subject's mean, by its name and the test set's."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure.

    Attributes:
        subjects: runs and bundles.
        effort: how thoroughly.
        seed: of the stochastic passes, for the record; the subjects carry it.
        images: places in the test set of images to show; without any they are picked by rule.
        corruptions: of MNIST-C, by name.
    """

    subjects: Sequence[Subject]
    effort: Effort
    seed: int
    images: Sequence[int] = ()
    corruptions: Sequence[str] = CORRUPTIONS


def collect(order: Order) -> Report:
    """Measure everything.

    Raises:
        TrainError: an image asked for is not in the test set.
        DataError: a data set cannot be read.
    """
    tests = {name: load_split(name, "test") for name in (CLEAN, CORRUPTED)}
    for index in order.images:
        if not 0 <= index < len(tests[CLEAN].y):
            raise TrainError(f"--images: found {index}, expected 0 to {len(tests[CLEAN].y) - 1}")
    with show_progress(_work(order, len(tests[CLEAN].y))) as progress:
        return _collect(order, tests, progress)


def _collect(order: Order, tests: Mapping[str, Split], progress: Progress) -> Report:
    subjects = order.subjects
    means: Means = {}
    results = tuple(_test(order, tests, means, progress))
    report = Report(
        format="bayes-edge-report",
        version=1,
        findings=(),
        settings=_settings(order, tests),
        subjects=tuple(subject.facts for subject in subjects),
        tests=results,
        shift={
            subject.facts.name: tell_apart(means[subject.facts.name, CLEAN], means[subject.facts.name, CORRUPTED])
            for subject in subjects
        },
        chosen=tuple(_choose(order, pick, tests, progress) for pick in _pick(order, means, tests)),
        corruptions=tuple(_corrupt(order, tests, progress)),
        samples=tuple(_follow(order, tests, progress)),
        fidelity=tuple(_match(subjects, means)),
        source=compare(tuple(subject.facts for subject in subjects), results),
        prior=densities(),
    )
    return dataclasses.replace(report, findings=find(report))


def _work(order: Order, images: int) -> int:
    """Count the passes over one image to make, but for the few of the chosen images."""

    def count(stride: int) -> int:
        return len(range(0, images, stride))

    effort = order.effort
    return sum(
        2 * count(effort.test_stride) * subject.passes(effort.test_passes)
        + (1 + len(order.corruptions)) * count(effort.corruption_stride) * subject.passes(effort.corruption_passes)
        + subject.facts.stochastic * count(effort.curve_stride) * subject.passes(effort.interval_passes)
        for subject in order.subjects
    )


def _test(order: Order, tests: Mapping[str, Split], means: Means, progress: Progress) -> Iterator[DataResult]:
    """Measure every subject on both test sets, and keep the predictions of the means."""
    stride = order.effort.test_stride
    for subject in order.subjects:
        name = subject.facts.name
        for data, split in tests.items():
            x, y = split.x[::stride], split.y[::stride]
            probabilities = progress.run(subject, x, order.effort.test_passes, data)
            means[name, data] = mean = predict_batch(probabilities, subject.thresholds)
            yield read_test(name, data, probabilities, y, mean)


def _pick(order: Order, means: Means, tests: Mapping[str, Split]) -> list[Pick]:
    """Pick by the doubt of the first subject whose passes differ, or else of the first."""
    if order.images:
        return pick_by_index(order.images)
    facts = [subject.facts for subject in order.subjects]
    judge = next((fact.name for fact in facts if fact.stochastic), facts[0].name)
    places = np.arange(0, len(tests[CLEAN].y), order.effort.test_stride)
    return pick_by_rule(means[judge, CLEAN], means[judge, CORRUPTED], tests[CLEAN].y[places], places)


def _choose(order: Order, pick: Pick, tests: Mapping[str, Split], progress: Progress) -> ChosenImage:
    split = tests[pick.data]
    image = split.x[pick.index : pick.index + 1]
    passes = order.effort.interval_passes
    return ChosenImage(
        rule=pick.rule,
        data=pick.data,
        index=pick.index,
        label=int(split.y[pick.index]),
        bars=tuple(_bars(subject, progress.run(subject, image, passes, "chosen images")) for subject in order.subjects),
    )


def _bars(subject: Subject, probabilities: NDArray[np.floating]) -> Bars:
    reading = predict(probabilities[0], subject.thresholds)
    return Bars(
        subject=subject.facts.name,
        passes=probabilities.shape[1],
        label=reading.label,
        mean=reading.mean,
        low=reading.low,
        high=reading.high,
        total_bits=reading.total_bits,
        epistemic_bits=reading.epistemic_bits,
    )


def _corrupt(order: Order, tests: Mapping[str, Split], progress: Progress) -> Iterator[CorruptionResult]:
    """Measure every subject on a sample, clean and under each corruption."""
    stride, passes = order.effort.corruption_stride, order.effort.corruption_passes
    corrupted = {name: load_split(f"MNIST_corrupted/{name}", "test").x[::stride] for name in order.corruptions}
    x, y = tests[CLEAN].x[::stride], tests[CLEAN].y[::stride]
    for subject in order.subjects:
        clean = predict_batch(progress.run(subject, x, passes, UNCORRUPTED), subject.thresholds)
        yield read_corruption(subject, UNCORRUPTED, clean, y, clean=clean, passes=subject.passes(passes))
        for name, images in corrupted.items():
            prediction = predict_batch(progress.run(subject, images, passes, name), subject.thresholds)
            yield read_corruption(subject, name, prediction, y, clean=clean, passes=subject.passes(passes))


def _follow(order: Order, tests: Mapping[str, Split], progress: Progress) -> Iterator[SampleCurve]:
    stride, passes = order.effort.curve_stride, order.effort.interval_passes
    x, y = tests[CLEAN].x[::stride], tests[CLEAN].y[::stride]
    for subject in order.subjects:
        if subject.facts.stochastic:
            probabilities = progress.run(subject, x, passes, "figures against K")
            yield follow_samples(subject.facts.name, probabilities, y)


def _match(subjects: Sequence[Subject], means: Means) -> Iterator[Fidelity]:
    """Set every bundle beside the first run with its posterior."""
    for bundle in subjects:
        runs = [s.facts for s in subjects if s.facts.kind == "run" and s.posterior == bundle.posterior]
        if bundle.facts.kind == "run" or not runs:
            continue
        for data in (CLEAN, CORRUPTED):
            ours, full = means[bundle.facts.name, data], means[runs[0].name, data]
            yield Fidelity(
                bundle=bundle.facts.name,
                run=runs[0].name,
                data=data,
                distance=total_variation(ours.mean, full.mean),
                agreement=float((ours.label == full.label).mean()),
            )


def _settings(order: Order, tests: Mapping[str, Split]) -> Settings:
    images, effort = len(tests[CLEAN].y), order.effort
    return Settings(
        sample=effort.test_stride > 1,
        seed=order.seed,
        test_images=len(range(0, images, effort.test_stride)),
        test_passes=effort.test_passes,
        corruption_images=len(range(0, images, effort.corruption_stride)),
        corruption_passes=effort.corruption_passes,
        curve_images=len(range(0, images, effort.curve_stride)),
        interval_passes=effort.interval_passes,
        versions={name: importlib.metadata.version(name) for name in LIBRARIES},
    )
