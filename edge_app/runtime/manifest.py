"""What a bundle says of itself: the keys of `manifest.json`, and the range of every number.

`AnyManifest` is what all bundles say, `Manifest` what one of class probabilities says besides; `regression_manifest`
has what one of a mean says. `manifest_text` reads and writes them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.drift import BINS
from edge_app.runtime.prediction import Sampling, Thresholds

TEMPERATURES: Final = (0.5, 2.0)
"""Between these a temperature is fitted."""
ALWAYS: Final = -1.0
"""The warning threshold below every entropy: each image carries a warning."""

Positive = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Side = Annotated[int, msgspec.Meta(ge=1, le=4096)]
Shape = Annotated[tuple[Side, ...], msgspec.Meta(min_length=1, max_length=4)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Level = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
FileName = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_][0-9A-Za-z_.-]*\Z", max_length=200)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Kind(StrEnum):
    """How a bundle carries its posterior."""

    ENSEMBLE = "ensemble"  # deterministic graphs, of one sample each or of an equal share
    STACKED = "stacked"  # K frozen samples in one graph
    SAMPLED = "sampled"  # one graph that draws its own weights
    MOMENTS = "moments"  # one graph of means and variances; K points of the logits' Gaussian

    @property
    def sampling(self) -> Sampling:
        """How its K samples stand for the posterior."""
        return Sampling.EVEN if self is Kind.MOMENTS else Sampling.INDEPENDENT


class Quantisation(StrEnum):
    """How a graph stores its weights."""

    NONE = "none"
    FLOAT16 = "float16"
    DYNAMIC = "dynamic"
    INT8 = "int8"


class CalibratedOn(StrEnum):
    """What a warning's threshold was chosen on; its promise holds for inputs like these."""

    IMAGES = "images"  # a data set's own, cut out and centred as the data set has them
    PAGES = "pages"  # all boxes that the app shows on generated pages, digits or not


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the manifest. A key that is added later has a default, and is not written where it has that."""


class InputPart(Part, frozen=True):
    """One of several inputs: its name, which the graph's tensor has too, and the shape of one."""

    name: Name
    shape: Shape


class Input(Part, frozen=True):
    """What a graph takes: the shape of one, its type, and of an image of ink which values mean paper and ink.

    The shape is an image's (height, width, channels), a sequence's (steps, features), or a vector's (features,).
    Of several inputs the graph takes each by its name; here they are parts of one vector: each flattened, one behind
    the other.
    """

    shape: Shape
    dtype: Literal["float32"]
    paper: Level | None = None
    ink: Level | None = None
    parts: tuple[InputPart, ...] = ()

    def __post_init__(self) -> None:
        expected = sum(math.prod(part.shape) for part in self.parts)
        if self.parts and self.shape != (expected,):
            raise ValueError(f"found input shape {list(self.shape)}, expected [{expected}], the length of its parts")
        if (self.paper is None) != (self.ink is None):
            raise ValueError("found one of paper and ink, expected both or none")
        if self.paper is not None and self.paper == self.ink:
            raise ValueError(f"found paper and ink both {self.paper:g}, expected two values")

    def pack(self, inputs: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Put several inputs into the one vector that a bundle is asked with.

        Args:
            inputs: by the names of the parts, float32 [N, *shape] each.

        Returns:
            float32 [N, P].

        Raises:
            ValueError: a part is missing or unknown, or of another shape or number.
        """
        names = [part.name for part in self.parts]
        if sorted(inputs) != sorted(names):
            raise ValueError(f"inputs: found {', '.join(inputs)}, expected {', '.join(names) or 'one array'}")
        count = len(inputs[names[0]])
        for part in self.parts:
            if inputs[part.name].shape != (count, *part.shape):
                raise ValueError(
                    f"inputs: found {part.name} {list(inputs[part.name].shape)}, expected "
                    f"[{', '.join(map(str, (count, *part.shape)))}]"
                )
        return np.concatenate([inputs[name].reshape(count, -1) for name in names], axis=1, dtype=np.float32)

    def from_paper_and_ink(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn images whose paper is 1 and whose ink is 0 into what the graph takes, float32 of the same shape.

        Raises:
            ValueError: the input is no image of ink.
        """
        if self.paper is None or self.ink is None:
            raise ValueError("input: found no values of paper and ink, expected an image of ink")
        return images * np.float32(self.paper) + (1 - images) * np.float32(self.ink)


class GraphFile(Part, frozen=True):
    """One graph, or the carried posterior: its file name inside the folder, its size in bytes and its SHA-256."""

    name: FileName
    bytes: Positive
    sha256: Digest


class Origin(Part, frozen=True):
    """The posterior that the graphs were drawn from, and the seed of the draw.

    The calibrated seed is that of the samples that the thresholds were calibrated on, where those were others.
    """

    architecture: Name
    sha256: Digest
    seed: Seed
    calibrated_seed: Seed | None = None


class WarningRule(Part, frozen=True):
    """The calibrated warning: a total entropy above the threshold carries one.

    The threshold in bits is all that the device reads; -1 warns of every image, because no other kept the promise. The
    rest states the promise: at most the target risk of errors among what carries no warning, with this confidence, for
    inputs like those that it was calibrated on, at so many weight samples. Doubted is the share of the calibration
    images that were to carry a warning at the least, images their number.
    """

    rule: Literal["total_entropy"]
    threshold_bits: Annotated[float, msgspec.Meta(ge=-1)]
    target_risk: Share
    confidence: Share
    doubted: Annotated[float, msgspec.Meta(ge=0, lt=1)]
    calibrated_on: CalibratedOn
    samples: Positive
    images: Positive

    def require_reachable(self, classes: int) -> None:
        """Refuse a threshold beyond every entropy over so many classes.

        Raises:
            ValueError: it is.
        """
        most = math.log2(classes) + 1e-9  # the entropy of even chances, as rounded
        found = self.threshold_bits
        if found != ALWAYS and not 0 <= found <= most:
            raise ValueError(f"found warning threshold {found:g} bits, expected 0 to {most:.4g}, or -1")


class Conformal(Part, frozen=True):
    """The split-conformal threshold on 1 - p(label), the error rate alpha of its label sets, and the images used.

    A threshold of 1 puts every class into every set: there were too few images for alpha.
    """

    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)]
    alpha: Share
    images: Positive


class AnyManifest(Part, frozen=True):
    """What the device must know about any bundle.

    `labels` name what the graphs give: the classes, or the quantities. `quantisation` and `posterior` are metadata, for
    people and for the offline check: no reading depends on them.
    """

    opener: ClassVar[str]
    """The name in `edge_app.runtime` of what opens such a bundle."""
    wanted: ClassVar[str]
    """What its graphs give, where something else was found."""
    giving: ClassVar[str]
    """The same of one bundle, for messages; {} stands for how many labels it has."""

    format: Literal["bayes-edge"]
    version: Literal[2]
    kind: Kind
    samples: Positive
    input: Input
    labels: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=100_000)]
    files: Annotated[tuple[GraphFile, ...], msgspec.Meta(min_length=1, max_length=100_000)]
    quantisation: Quantisation
    posterior: Origin

    def __post_init__(self) -> None:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("found a label twice, expected a name for each class or quantity")
        if len({file.name for file in self.files}) != len(self.files):
            raise ValueError("found a file name twice, expected a file for each graph")
        for label in self.labels:
            if not label.isprintable() or label.isspace():
                raise ValueError(f"found label {label!r}, expected a name that can be printed")

    @property
    def width(self) -> int:
        """Number V of values that each sample gives: of classes or labels C, one for each."""
        return len(self.labels)

    @property
    def gives(self) -> str:
        """What each sample gives, for messages."""
        return self.giving.format(len(self.labels))


class Manifest(AnyManifest, frozen=True):
    """Everything the device must know about a bundle whose graphs give class probabilities.

    With fewer `samples` than `prediction.FEWEST_FOR_INTERVAL`, intervals cover less than the 95 % that they are for.
    `versions` are metadata too. `carried` describes the file with the posterior itself, where there is one: only
    `reseed` reads it. `entropy_counts` says how many calibration images had which total entropy, as
    `drift.count_scores` counts them: a device holds the digits that it sees against them. It is empty where nobody
    counted.
    """

    opener = "open_bundle"
    wanted = "class probabilities"
    giving = "probabilities of {} classes"

    temperature: Annotated[float, msgspec.Meta(ge=TEMPERATURES[0], le=TEMPERATURES[1])]
    warning: WarningRule
    conformal: Conformal
    versions: dict[Name, Name]
    carried: GraphFile | None = None
    entropy_counts: Annotated[tuple[Count, ...], msgspec.Meta(max_length=BINS)] = ()
    output: Literal["probabilities"] = "probabilities"

    def __post_init__(self) -> None:
        if len(self.labels) < 2:
            raise ValueError("found 1 label, expected at least 2 classes")
        self.warning.require_reachable(len(self.labels))
        if self.entropy_counts and (len(self.entropy_counts) != BINS or sum(self.entropy_counts) == 0):
            raise ValueError(f"found {len(self.entropy_counts)} entropy counts, expected {BINS}, not all of them 0")
        super().__post_init__()

    @property
    def thresholds(self) -> Thresholds:
        """What a prediction is judged by."""
        return Thresholds(self.warning.threshold_bits, self.conformal.threshold, self.kind.sampling)
