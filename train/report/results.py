"""Every number of a report; `metrics.json` is this, written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from train.evaluate import Evaluation
from train.evaluate.doubt import Detection, Doubt
from train.evaluate.scores import Bin, Scores
from train.report.comparison import Comparison
from train.report.facts import Facts

HISTOGRAM_BINS = 20
UNCORRUPTED = "clean"
"""The name, beside those of the corruptions, of no corruption."""


@dataclass(frozen=True, slots=True)
class Group:
    """The images read right, or those misread.

    Attributes:
        count: number of images.
        share: of all images.
        mean_bits: mean total entropy; None without images.
        histogram: images in each of 20 equal bins of total entropy from 0 to log2 10 bits.
    """

    count: int
    share: float
    mean_bits: float | None
    histogram: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the mean of so many passes over one test set says.

    Attributes:
        passes: K; 1 is a single pass.
        evaluation: its figures.
        right: the images read right.
        wrong: the images misread.
        reliability: accuracy by confidence.
        risk: share of errors among the 1 to 100 per cent of images with the lowest total entropy.
        aurc: area under risk against coverage.
        confusion: images by true label (row) and predicted label (column).
    """

    passes: int
    evaluation: Evaluation
    right: Group
    wrong: Group
    reliability: tuple[Bin, ...]
    risk: tuple[float, ...]
    aurc: float
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Crossed:
    """The entropy of one pass, split by what another pass reads right and wrong.

    So it comes out when a network whose passes differ is called once for the entropy and once for the labels.
    """

    right: Group
    wrong: Group


@dataclass(frozen=True, slots=True)
class DataResult:
    """One subject on one test set.

    Attributes:
        subject: its name.
        data: MNIST or MNIST_corrupted.
        one_pass: a single pass; all there is of a network whose passes do not differ.
        mean: the mean of K passes; None for such a network.
        crossed: the entropy of a first pass by the labels of a second; None for such a network.
    """

    subject: str
    data: str
    one_pass: Measurement
    mean: Measurement | None
    crossed: Crossed | None

    @property
    def best(self) -> Measurement:
        """The mean of K where there is one."""
        return self.mean or self.one_pass


@dataclass(frozen=True, slots=True)
class CorruptionResult:
    """One subject under one corruption; `clean` is MNIST itself, the same images.

    Attributes:
        subject: its name.
        corruption: the corruption's name.
        passes: K of the mean.
        evaluation: of the mean; without warnings for a run, which promises nothing.
        tells_corrupted: the doubt scores as detectors of corrupted among as many clean images; None for `clean`.
    """

    subject: str
    corruption: str
    passes: int
    evaluation: Evaluation
    tells_corrupted: Detection | None


@dataclass(frozen=True, slots=True)
class SamplePoint:
    """The mean of the first K passes on MNIST.

    Attributes:
        passes: K.
        scores: accuracy, NLL, Brier and ECE.
        doubt: means over images.
        distance: mean total variation distance to the mean of all passes, 0 to 1.
    """

    passes: int
    scores: Scores
    doubt: Doubt
    distance: float


@dataclass(frozen=True, slots=True)
class SampleCurve:
    """Figures against K of one subject whose passes differ."""

    subject: str
    images: int
    points: tuple[SamplePoint, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """What one subject says of one chosen image.

    Attributes:
        subject: its name.
        passes: K.
        label: the class of the largest mean probability.
        mean: mean probability of each class.
        low: 2.5 percentile of each over the passes, by NumPy's default formula, which is the source's.
        high: 97.5 percentile of each, likewise.
        total_bits: entropy of the mean.
        epistemic_bits: mutual information.
    """

    subject: str
    passes: int
    label: int
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    total_bits: float
    epistemic_bits: float


@dataclass(frozen=True, slots=True)
class ChosenImage:
    """An image to show: the rule that picked it, where it is, its true label, and what every subject says of it."""

    rule: str
    data: str
    index: int
    label: int
    bars: tuple[Bars, ...]


@dataclass(frozen=True, slots=True)
class Fidelity:
    """A bundle on LiteRT beside the full model that it was exported from.

    Attributes:
        bundle: the bundle's name.
        run: the name of the run with the same posterior.
        data: the test set.
        distance: mean total variation distance of the two predictive means, 0 to 1.
        agreement: share of images that both give the same label.
    """

    bundle: str
    run: str
    data: str
    distance: float
    agreement: float


@dataclass(frozen=True, slots=True)
class PriorDensity:
    """Densities at a weight: spike and slab, and the unit normal."""

    weight: float
    spike_and_slab: float
    unit_normal: float


@dataclass(frozen=True, slots=True)
class Settings:
    """What was measured and how; sizes as in `Sizes`."""

    sample: bool
    seed: int
    test_images: int
    test_passes: int
    corruption_images: int
    corruption_passes: int
    curve_images: int
    interval_passes: int
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """All of it; the page shows this and nothing else."""

    format: Literal["bayes-edge-report"]
    version: Literal[2]
    settings: Settings
    subjects: tuple[Facts, ...]
    tests: tuple[DataResult, ...]
    shift: dict[str, Detection]
    chosen: tuple[ChosenImage, ...]
    corruptions: tuple[CorruptionResult, ...]
    samples: tuple[SampleCurve, ...]
    fidelity: tuple[Fidelity, ...]
    published: tuple[Comparison, ...]
    prior: tuple[PriorDensity, ...]

    @property
    def corruption_names(self) -> list[str]:
        """The corruptions measured, in order."""
        return list(dict.fromkeys(result.corruption for result in self.corruptions if result.corruption != UNCORRUPTED))

    def test(self, subject: str, data: str) -> DataResult:
        """Find one subject's result on one test set."""
        return next(test for test in self.tests if (test.subject, test.data) == (subject, data))

    def corruption(self, subject: str, corruption: str) -> CorruptionResult:
        """Find one subject's result under one corruption."""
        return next(c for c in self.corruptions if (c.subject, c.corruption) == (subject, corruption))
