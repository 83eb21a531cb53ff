"""The long work of a report in shards that any process can do: one subject's passes over one data set each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from tqdm import tqdm

from dataset import load_split
from edge_app.jobs import Place
from edge_app.runtime.prediction import Predictions
from train.evaluate import predict_blocks
from train.evaluate.kept import run_kept
from train.report.measure import follow_samples, measure_test
from train.report.plan import Plan
from train.report.results import DataResult, SampleCurve
from train.report.selection import CLEAN, CORRUPTED
from train.report.subjects import Source


class Part(Enum):
    """What is made of a shard's passes."""

    TEST = auto()
    """All figures on a test set."""
    SAMPLE = auto()
    """Predictions on a sample, which are compared with those of the clean one."""
    CURVE = auto()
    """Figures against K."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Some passes of one subject over one data set.

    Attributes:
        part: what is made of them.
        source: where the subject comes from.
        data: the data set's name.
        stride: every n-th image of it.
        passes: K that the subject is asked for.
        work: passes over one image, of all images together.
    """

    part: Part
    source: Source
    data: str
    stride: int
    passes: int
    work: int


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What came of a shard; None of what is not made of its part.

    Attributes:
        test: all figures on a test set.
        mean: predictions of the mean of all passes, on a test set or a sample.
        curve: figures against K.
    """

    test: DataResult | None = None
    mean: Predictions | None = None
    curve: SampleCurve | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of the shards, by the subject's name, and by the data set's where there are several.

    Attributes:
        tests: figures on MNIST and on its corrupted twin.
        means: predictions of the mean there.
        samples: predictions of the mean on a sample of MNIST, and of it under each corruption.
        curves: figures against K, of subjects whose passes differ.
    """

    tests: dict[tuple[str, str], DataResult]
    means: dict[tuple[str, str], Predictions]
    samples: dict[tuple[str, str], Predictions]
    curves: dict[str, SampleCurve]


def measure_shards(plan: Plan, place: Place, keep: Path | None = None) -> Measured:
    """Run every subject over every data set, with a bar of passes on standard error.

    Args:
        plan: what to measure.
        place: where; what comes of a shard is the same everywhere.
        keep: folder in which it is kept, and looked for first; None for none.

    Raises:
        TrainError: a worker finds another subject than this process.
        DataError: a data set cannot be read.
        EdgeError: the cluster cannot be reached, or went away.
    """
    shards = list(list_shards(plan))
    measured = Measured({}, {}, {}, {})
    with tqdm(total=sum(shard.work for shard in shards), unit="pass", unit_scale=True, disable=None) as bar:
        for index, figures in run_kept(measure_shard, shards, place, keep):
            shard = shards[index]
            name = shard.source.name
            if figures.test is not None:
                measured.tests[name, shard.data] = figures.test
            if figures.mean is not None:
                means = measured.means if shard.part is Part.TEST else measured.samples
                means[name, shard.data] = figures.mean
            if figures.curve is not None:
                measured.curves[name] = figures.curve
            bar.set_description(f"{name}, {shard.data}")
            bar.update(shard.work)
    return measured


def list_shards(plan: Plan) -> Iterator[Shard]:
    """List what is to be measured, subject by subject, the longest first."""
    images = len(load_split(CLEAN, "test").y)

    def shard(part: Part, data: str, stride: int, passes: int) -> Shard:
        work = len(range(0, images, stride)) * subject.passes(passes)
        return Shard(part, subject.source, data, stride, passes, work)

    sizes = plan.sizes
    for subject in plan.subjects:
        for data in (CLEAN, CORRUPTED):
            yield shard(Part.TEST, data, sizes.test_stride, sizes.test_passes)
        if subject.facts.stochastic:
            yield shard(Part.CURVE, CLEAN, sizes.curve_stride, sizes.interval_passes)
        for data in (CLEAN, *(f"{CORRUPTED}/{name}" for name in plan.corruptions)):
            yield shard(Part.SAMPLE, data, sizes.corruption_stride, sizes.corruption_passes)


def measure_shard(shard: Shard) -> Figures:
    """Measure a shard, in whatever process.

    Raises:
        TrainError: this process finds another subject there than the one that is meant.
        DataError: the data set cannot be read.
        ModelError: a run cannot be read.
        EdgeError: a bundle cannot be read.
    """
    subject, data = shard.source.open(), load_split(shard.data, "test")
    labels = data.y[:: shard.stride]
    probabilities = subject.probabilities(data.x[:: shard.stride], shard.passes)
    match shard.part:
        case Part.TEST:
            test, mean = measure_test(shard.source.name, shard.data, probabilities, labels, subject.thresholds)
            return Figures(test=test, mean=mean)
        case Part.SAMPLE:
            return Figures(mean=predict_blocks(probabilities, subject.thresholds))
        case Part.CURVE:
            return Figures(curve=follow_samples(shard.source.name, probabilities, labels))
