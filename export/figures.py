"""What a check finds, and the file beside the bundle that keeps it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

import msgspec

from edge_app.runtime.bundle import Bundle
from edge_app.runtime.check import check_file
from edge_app.runtime.files import write_json
from edge_app.runtime.manifest import Digest, Positive

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


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


class MomentsTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How near a graph of moments comes to so many own draws of the full model.

    Total variation distance of the predictive means and share of images with another label, each beside what 50 of the
    draws have against the others; the graph's mean spread and entropies over the draws'.
    """

    draws: Positive
    total_variation: Share
    draws_total_variation: Share
    other_label: Share
    draws_other_label: Share
    spread_ratio: float
    total_ratio: float
    aleatoric_ratio: float
    epistemic_ratio: float


class CheckFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an offline check found on one data set: the bundle beside the full model.

    Same weights: of kinds that carry frozen ones. Draws: of kind sampled. Kernels: largest difference of a class
    probability between LiteRT's XNNPACK kernels and its builtin ones, with the same random numbers. Moments: of that
    kind.
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
    moments: MomentsTest | None = None


F = TypeVar("F")
"""What a check finds on one data set: `CheckFigures`, or a regression's."""


class Check(msgspec.Struct, Generic[F], frozen=True, forbid_unknown_fields=True):
    """What `check.json` holds: the digest of the bundle that was checked, and what was found on each data set."""

    format: Literal["bayes-edge check"]
    version: Literal[1]
    digest: Digest
    checks: tuple[F, ...]


def write_check(bundle: Bundle, checks: tuple[F, ...]) -> Path:
    """Write what was found beside the bundle, which stays as it is.

    Raises:
        EdgeError: the file cannot be written.
    """
    path = check_file(bundle)
    write_json(path, Check("bayes-edge check", 1, bundle.digest, checks))
    return path
