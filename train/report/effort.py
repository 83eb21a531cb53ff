"""How much is measured: everything, or a sample that is ready within a minute."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """Sizes of what is measured; every n-th image keeps the easy and the hard half of MNIST's test set in balance.

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


FULL = Effort(test_stride=1, test_passes=50, corruption_stride=5, corruption_passes=50, curve_stride=5)
QUICK = Effort(test_stride=10, test_passes=20, corruption_stride=40, corruption_passes=10, curve_stride=40)
