"""Hands the training images out epoch by epoch, each epoch prepared while the one before is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from dataset import Split
from train.augment import augment


def feed(data: Split, *, augmented: float, seed: int, epochs: range) -> Iterator[Split]:
    """Shuffle and augment the images anew for every epoch.

    Args:
        data: the images to train on.
        augmented: share of the images that are augmented in an epoch, other ones in each.
        seed: an epoch's order and augmentation depend on the seed and the epoch's number alone.
        epochs: their numbers.
    """
    with ThreadPoolExecutor(1) as background:
        coming = [background.submit(_prepare, data, augmented, seed, epoch) for epoch in epochs[:1]]
        for epoch in epochs:
            ready = coming.pop().result()
            if epoch + 1 in epochs:
                coming.append(background.submit(_prepare, data, augmented, seed, epoch + 1))
            yield ready


def _prepare(data: Split, augmented: float, seed: int, epoch: int) -> Split:
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(len(data.x))
    x = data.x[order]
    chosen = np.flatnonzero(rng.random(len(x)) < augmented)
    if len(chosen):
        x[chosen] = augment(x[chosen], data.y[order][chosen], rng)
    return Split(x, data.y[order], data.onehot[order])
