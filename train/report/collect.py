"""Runs every subject over every data set and collects the results."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dataset import Split, load_split
from edge_app.jobs import HERE, Place
from edge_app.runtime.prediction import Predictions
from train.errors import TrainError
from train.evaluate import measure, predict_blocks
from train.evaluate.agreement import total_variation
from train.evaluate.doubt import tell_apart
from train.report.facts import BundleFacts, RunFacts, judge
from train.report.figures.prior import densities
from train.report.plan import Plan
from train.report.published import compare
from train.report.results import (
    UNCORRUPTED,
    Bars,
    ChosenImage,
    CorruptionResult,
    Fidelity,
    Report,
    Settings,
)
from train.report.selection import CLEAN, CORRUPTED, Pick, pick_by_index, pick_by_rule
from train.report.shards import measure_shards
from train.report.subjects import Subject

LIBRARIES: Final = ("tensorflow", "tf-keras", "tensorflow-probability", "ai-edge-litert", "numpy", "scikit-learn")
PERCENTILES: Final = (2.5, 97.5)
"""Of the bars of chosen images: the source's, by NumPy's default formula."""

Means = Mapping[tuple[str, str], Predictions]
"""The predictions of each subject's mean, by its name and the test set's."""


def collect(plan: Plan, place: Place = HERE, keep: Path | None = None) -> Report:
    """Measure everything, with a bar on standard error, quiet when that is not a terminal.

    Args:
        plan: what to measure.
        place: where the long work is done, shard by shard; the report is the same from everywhere.
        keep: folder in which what came of shards is kept, and looked for first; None for none.

    Raises:
        TrainError: an image asked for is not in the test set.
        DataError: a data set cannot be read.
        EdgeError: the cluster cannot be reached, or went away.
    """
    tests = {name: load_split(name, "test") for name in (CLEAN, CORRUPTED)}
    images = len(tests[CLEAN].y)
    for index in plan.images:
        if not 0 <= index < images:
            raise TrainError(f"--images: found {index}, expected 0 to {images - 1}")
    measured = measure_shards(plan, place, keep)
    facts, means = tuple(subject.facts for subject in plan.subjects), measured.means
    results = tuple(measured.tests[fact.name, data] for fact in facts for data in tests)
    return Report(
        format="bayes-edge-report",
        version=2,
        settings=_settings(plan, tests),
        subjects=facts,
        tests=results,
        shift={fact.name: tell_apart(means[fact.name, CLEAN], means[fact.name, CORRUPTED]) for fact in facts},
        chosen=tuple(_choose(plan, pick, tests) for pick in _pick(plan, means, tests)),
        corruptions=tuple(_corrupt(plan, measured.samples, tests[CLEAN].y)),
        samples=tuple(measured.curves[fact.name] for fact in facts if fact.stochastic),
        fidelity=tuple(_match(plan.subjects, means)),
        published=compare(facts, results),
        prior=densities(),
    )


def _pick(plan: Plan, means: Means, tests: Mapping[str, Split]) -> list[Pick]:
    """Pick by the doubt of the first subject whose passes differ, or else of the first."""
    if plan.images:
        return pick_by_index(plan.images)
    name = judge([subject.facts for subject in plan.subjects]).name
    places = np.arange(0, len(tests[CLEAN].y), plan.sizes.test_stride)
    return pick_by_rule(means[name, CLEAN], means[name, CORRUPTED], tests[CLEAN].y[places], places)


def _choose(plan: Plan, pick: Pick, tests: Mapping[str, Split]) -> ChosenImage:
    split = tests[pick.data]
    image = split.x[pick.index : pick.index + 1]
    passes = plan.sizes.interval_passes
    return ChosenImage(
        rule=pick.rule,
        data=pick.data,
        index=pick.index,
        label=int(split.y[pick.index]),
        bars=tuple(_bars(subject, subject.probabilities(image, passes)) for subject in plan.subjects),
    )


def _bars(subject: Subject, probabilities: NDArray[np.floating]) -> Bars:
    seen = predict_blocks(probabilities, subject.thresholds)[0]
    low, high = np.percentile(np.asarray(probabilities[0], np.float64), PERCENTILES, axis=0)
    return Bars(
        subject=subject.facts.name,
        passes=probabilities.shape[1],
        label=seen.label,
        mean=seen.mean,
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        total_bits=seen.total_bits,
        epistemic_bits=seen.epistemic_bits,
    )


def _corrupt(plan: Plan, samples: Means, labels: NDArray[np.int64]) -> Iterator[CorruptionResult]:
    """Measure every subject on a sample, clean and under each corruption."""
    named = {UNCORRUPTED: CLEAN} | {name: f"{CORRUPTED}/{name}" for name in plan.corruptions}
    for subject in plan.subjects:
        clean = samples[subject.facts.name, CLEAN]
        for name, data in named.items():
            predictions = samples[subject.facts.name, data]
            yield CorruptionResult(
                subject=subject.facts.name,
                corruption=name,
                passes=subject.passes(plan.sizes.corruption_passes),
                evaluation=measure(predictions, labels[:: plan.sizes.corruption_stride]),
                tells_corrupted=tell_apart(clean, predictions) if data != CLEAN else None,
            )


def _match(subjects: Sequence[Subject], means: Means) -> Iterator[Fidelity]:
    """Set every bundle beside the first run with its posterior."""
    for bundle in subjects:
        runs = [s.facts for s in subjects if isinstance(s.facts, RunFacts) and s.posterior == bundle.posterior]
        if not isinstance(bundle.facts, BundleFacts) or not runs:
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


def _settings(plan: Plan, tests: Mapping[str, Split]) -> Settings:
    images, sizes = len(tests[CLEAN].y), plan.sizes
    return Settings(
        sample=sizes.test_stride > 1,
        seed=plan.seed,
        test_images=len(range(0, images, sizes.test_stride)),
        test_passes=sizes.test_passes,
        corruption_images=len(range(0, images, sizes.corruption_stride)),
        corruption_passes=sizes.corruption_passes,
        curve_images=len(range(0, images, sizes.curve_stride)),
        interval_passes=sizes.interval_passes,
        versions={name: importlib.metadata.version(name) for name in LIBRARIES},
    )
