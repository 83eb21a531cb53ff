"""Every number of a report; `metrics.json` is this, written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from train.evaluate.doubt import Detection, Doubt
from train.evaluate.scores import Bin, Scores

HISTOGRAM_BINS = 20
UNCORRUPTED = "clean"
"""The name, beside those of the corruptions, of no corruption."""


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """One row of a model summary: the layer's name, its Keras class, one image's output shape, its parameters."""

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is measured: a run's full model, or a bundle on LiteRT.

    Attributes:
        name: what the page calls it, unique within the report.
        kind: run or bundle.
        network: the name of the network.
        stochastic: whether one pass differs from the next.
        samples: a bundle's K; None for a run, which draws as many as it is asked for.
        layers: a run's model summary; empty for a bundle.
        notes: what else is known of it, by name.
    """

    name: str
    kind: Literal["run", "bundle"]
    network: str
    stochastic: bool
    samples: int | None
    layers: tuple[LayerFacts, ...]
    notes: dict[str, str | int | float]


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
class Reading:
    """What `passes` passes over one data set say, averaged.

    Attributes:
        passes: K; 1 is a single pass.
        scores: accuracy, NLL, Brier and ECE.
        right: the images read right.
        wrong: the images misread.
        doubt: means over all images.
        finds_errors: the doubt scores as detectors of misread images.
        reliability: accuracy by confidence.
        risk: share of errors among the 1 to 100 per cent of images with the lowest total entropy.
        aurc: area under risk against coverage.
        confusion: images by true label (row) and predicted label (column).
    """

    passes: int
    scores: Scores
    right: Group
    wrong: Group
    doubt: Doubt
    finds_errors: Detection
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
        images: number of images.
        one_pass: a single pass; the only reading of a network whose passes do not differ.
        mean: the mean of K passes; None for such a network.
        crossed: the entropy of a first pass by the labels of a second; None for such a network.
    """

    subject: str
    data: str
    images: int
    one_pass: Reading
    mean: Reading | None
    crossed: Crossed | None

    @property
    def best(self) -> Reading:
        """The mean of K where there is one."""
        return self.mean or self.one_pass


@dataclass(frozen=True, slots=True)
class Promise:
    """What is left of a bundle's warning and label sets.

    Attributes:
        shown: share of images without a warning.
        risk: share of errors among them; None when there are none.
        coverage: share of images whose label set holds the true label.
        set_size: mean number of labels in a set.
    """

    shown: float
    risk: float | None
    coverage: float
    set_size: float


@dataclass(frozen=True, slots=True)
class CorruptionResult:
    """One subject under one corruption; `clean` is MNIST itself, the same images.

    Attributes:
        subject: its name.
        corruption: the corruption's name.
        images: number of images.
        passes: K of the mean.
        scores: of the mean.
        doubt: means over all images.
        finds_errors: the doubt scores as detectors of misread images.
        tells_corrupted: the doubt scores as detectors of corrupted among as many clean images; None for `clean`.
        promise: a bundle's warning and label sets; None for a run.
    """

    subject: str
    corruption: str
    images: int
    passes: int
    scores: Scores
    doubt: Doubt
    finds_errors: Detection
    tells_corrupted: Detection | None
    promise: Promise | None


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
    """One subject's reading of one chosen image.

    Attributes:
        subject: its name.
        passes: K.
        label: the class of the largest mean probability.
        mean: mean probability of each class.
        low: 2.5 percentile of each.
        high: 97.5 percentile of each.
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
    """An image to show: the rule that picked it, where it is, its true label, and every subject's reading."""

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
class Comparison:
    """One printed figure of the source beside ours, both of one stochastic pass.

    Attributes:
        subject: the run's name.
        quantity: what is compared.
        source: what the source printed.
        ours: what this run gives.
        difference: ours less the source's.
        seeds_mean: mean over runs that differ by their seed alone.
        seeds_deviation: their standard deviation.
        seeds: number of those runs.
        margin: 95 of 100 further seeds lie within seeds_mean plus or minus this.
        within: whether the source's figure does.
        reason: why not; empty when it does.
    """

    subject: str
    quantity: str
    source: float
    ours: float
    difference: float
    seeds_mean: float
    seeds_deviation: float
    seeds: int
    margin: float
    within: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PriorDensity:
    """Densities at a weight: spike and slab, and the unit normal."""

    weight: float
    spike_and_slab: float
    unit_normal: float


@dataclass(frozen=True, slots=True)
class Settings:
    """What was measured and how; sizes as in `Effort`."""

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
    """All of it."""

    format: Literal["bayes-edge-report"]
    version: Literal[1]
    findings: tuple[str, ...]
    settings: Settings
    subjects: tuple[Facts, ...]
    tests: tuple[DataResult, ...]
    shift: dict[str, Detection]
    chosen: tuple[ChosenImage, ...]
    corruptions: tuple[CorruptionResult, ...]
    samples: tuple[SampleCurve, ...]
    fidelity: tuple[Fidelity, ...]
    source: tuple[Comparison, ...]
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
