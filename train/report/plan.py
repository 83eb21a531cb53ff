"""What a report measures, and how much of it: everything, or a sample that is ready within a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dataset.corruptions import NAMES
from train.report.subjects import Subject

CORRUPTIONS: Final = tuple(name for name in NAMES if name != "identity")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured; every n-th image keeps the easy and the hard half of MNIST's test set in balance.

    Attributes:
        test_stride: every n-th image of MNIST and of its corrupted twin is measured.
        test_passes: K on them, for a run whose passes differ; a bundle has its own K everywhere.
        corruption_stride: every n-th image under each of the fifteen corruptions.
        corruption_passes: K on them.
        curve_stride: every n-th image of MNIST for the figures against K.
        interval_passes: the largest K of those figures, and the K of the intervals of chosen images.
    """

    test_stride: int
    test_passes: int
    corruption_stride: int
    corruption_passes: int
    curve_stride: int
    interval_passes: int = 200


FULL: Final = Sizes(test_stride=1, test_passes=50, corruption_stride=5, corruption_passes=50, curve_stride=5)
QUICK: Final = Sizes(test_stride=10, test_passes=20, corruption_stride=40, corruption_passes=10, curve_stride=40)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure.

    Attributes:
        subjects: runs and bundles.
        sizes: how much of each.
        seed: of the stochastic passes, for the record; the subjects carry it.
        images: places in the test set of images to show; without any they are picked by rule.
        corruptions: of MNIST-C, by name.
    """

    subjects: Sequence[Subject]
    sizes: Sizes
    seed: int
    images: Sequence[int] = ()
    corruptions: Sequence[str] = CORRUPTIONS
