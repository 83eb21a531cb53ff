"""What a bundle says of itself: every key of `manifest.json`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from edge_app.runtime.errors import EdgeError
from edge_app.runtime.prediction import Thresholds

Positive = Annotated[int, msgspec.Meta(ge=1)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Kind(StrEnum):
    """How a bundle carries its posterior."""

    ENSEMBLE = "ensemble"  # K deterministic graphs
    STACKED = "stacked"  # K frozen samples in one graph
    SAMPLED = "sampled"  # one graph that draws its own weights
    MOMENTS = "moments"  # one graph of means and variances; K points of the logits' Gaussian


class Quantisation(StrEnum):
    """How a graph stores its weights."""

    NONE = "none"
    FLOAT16 = "float16"
    DYNAMIC = "dynamic"
    INT8 = "int8"


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a graph takes: one image's shape, its type, and which values mean paper and ink."""

    shape: tuple[Positive, Positive, Positive]
    dtype: Literal["float32"]
    paper: float
    ink: float


class GraphFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One graph: its file name inside the folder, its size in bytes and its SHA-256."""

    name: str
    bytes: Positive
    sha256: Digest


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The posterior that the graphs were drawn from, and the seed of the draw."""

    architecture: str
    sha256: Digest
    seed: int


class WarningRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The calibrated warning: total entropy above the threshold promises at most the target risk below it.

    A threshold of -1 warns of every image: no other kept the promise. Doubted is the share of the calibration images
    that were to carry a warning at the least.
    """

    rule: Literal["total_entropy"]
    threshold_bits: Annotated[float, msgspec.Meta(ge=-1)]
    target_risk: Share
    confidence: Share
    doubted: Share
    samples: Positive
    images: Positive


class Conformal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The split-conformal threshold on 1 - p(label), and the error rate alpha of its label sets."""

    threshold: float
    alpha: Share
    images: Positive


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one predictor does on one data set; spread and entropies are means over the images, entropies in bits."""

    accuracy: Share
    nll: float
    brier: float
    ece: float
    spread: float
    total_bits: float
    aleatoric_bits: float
    epistemic_bits: float


class Agreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the bundle is from the full model under the same weights, image by image and sample by sample.

    Largest, 99.9 percentile and mean |difference| of a sample's class probability, largest one of the predictive
    mean's, the full model's accuracy, share of images with the same label, mean |difference| of the interval's width
    and of the total entropy in bits.
    """

    max_dp: float
    most_dp: float
    mean_dp: float
    predictive_dp: float
    accuracy: Share
    same_label: Share
    spread: float
    entropy_bits: float


class DrawsTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a sampled graph draws from the full model's distribution, by a statistical test on doubtful images.

    Draws a source for each image; the probability, were the two alike, of a mean as far off as the farthest, and of a
    ratio of spreads as far from 1; that ratio, the graph's to the full model's, and its standard error.
    """

    images: Positive
    draws: Positive
    mean_p: Share
    spread_p: Share
    spread_ratio: float
    spread_error: float


class CheckFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the last offline check found on one data set: the bundle beside the full model.

    Same weights: of kinds that carry frozen ones. Draws: of kind sampled. Kernels: largest difference of a class
    probability between LiteRT's XNNPACK kernels and its builtin ones, with the same random numbers.
    """

    data: str
    images: Positive
    passed: bool
    same_weights: Agreement | None
    draws: DrawsTest | None
    kernels_max_dp: float
    bundle: Figures
    full_model: Figures
    full_model_passes: Positive


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the device must know about a bundle; `manifest.json` holds exactly these keys."""

    format: Literal["bayes-edge"]
    version: Literal[1]
    kind: Kind
    samples: Positive
    input: Input
    labels: Annotated[tuple[str, ...], msgspec.Meta(min_length=2)]
    files: Annotated[tuple[GraphFile, ...], msgspec.Meta(min_length=1)]
    quantisation: Quantisation
    posterior: Origin
    temperature: Annotated[float, msgspec.Meta(gt=0)]
    warning: WarningRule
    conformal: Conformal
    check: tuple[CheckFigures, ...]
    versions: dict[str, str]

    @property
    def thresholds(self) -> Thresholds:
        """What a prediction is judged by."""
        return Thresholds(self.warning.threshold_bits, self.conformal.threshold)


def encode_manifest(manifest: Manifest) -> bytes:
    """Give the manifest's text, the same bytes for the same manifest."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def decode_manifest(text: bytes, source: str) -> Manifest:
    """Read a manifest strictly.

    Args:
        text: JSON.
        source: where it comes from, for messages.

    Raises:
        EdgeError: it is not exactly a manifest of version 1.
    """
    try:
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:  # ValidationError is one of these
        raise EdgeError(
            f"{source}: {error}; expected a bayes-edge manifest, version 1; export the bundle again"
        ) from None
