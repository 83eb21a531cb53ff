"""Images that are a little of another one (mixup, Zhang et al. 2018, arXiv 1710.09412)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dataset import Split


def mix_up(images: Split, alpha: float, rng: np.random.Generator) -> Split:
    """Blend each image, and its target, with another one's.

    Args:
        images: float32 [N, 28, 28, 1], their labels, and targets, float32 [N, C].
        alpha: of the distribution Beta(alpha, alpha) that each image's share is drawn from; above 0.
        rng: draws shares and partners.

    Returns:
        As many images, each the larger part of its own, so that the labels stay.
    """
    partner = rng.permutation(len(images.x))
    drawn = rng.beta(alpha, alpha, len(images.x))
    share = np.maximum(drawn, 1 - drawn).astype(np.float32)
    return Split(
        _blend(share[:, None, None, None], images.x, partner),
        images.y,
        _blend(share[:, None], images.onehot, partner),
    )


def _blend(share: NDArray[np.float32], values: NDArray[np.float32], partner: NDArray[np.intp]) -> NDArray[np.float32]:
    return values[partner] + share * (values - values[partner])
