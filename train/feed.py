"""Hands the training images out epoch by epoch, each epoch prepared while the one before is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from dataset import Split
from train.augment import augment
from train.mixup import mix_up
from train.outliers import draw_outliers
from train.teacher import Teacher

NO_DIGIT: Final = -1
"""The label of an image that is no digit; its one-hot row gives every class the same share."""


def feed(
    data: Split,
    *,
    augmented: float,
    outliers: float,
    seed: int,
    epochs: range,
    teacher: Teacher | None = None,
    mixup: float = 0.0,
) -> Iterator[Split]:
    """Shuffle and augment the images anew for every epoch, mix in images that are no digits, and let a teacher speak.

    Args:
        data: the images to train on.
        augmented: share of the images that are augmented in an epoch, other ones in each.
        outliers: how many images that are no digits to one that is, new ones in each epoch.
        seed: an epoch's order, augmentation and outliers depend on the seed and the epoch's number alone.
        epochs: their numbers.
        teacher: who says beside the labels what the digits are; None for nobody.
        mixup: see `Recipe.mixup`; the teacher speaks of what is not mixed yet.
    """

    def prepare(epoch: int) -> Split:
        images = _prepare(data, augmented, outliers, seed, epoch)
        if teacher is not None:
            images = _teach(images, teacher)
        return images if mixup == 0 else mix_up(images, mixup, np.random.default_rng([seed, epoch, 1]))

    with ThreadPoolExecutor(1) as background:
        coming = [background.submit(prepare, epoch) for epoch in epochs[:1]]
        for epoch in epochs:
            ready = coming.pop().result()
            if epoch + 1 in epochs:
                coming.append(background.submit(prepare, epoch + 1))
            yield ready


def count_outliers(rows: int, outliers: float) -> int:
    """Give the number of images that are no digits in an epoch over so many that are."""
    return round(rows * outliers)


def _prepare(data: Split, augmented: float, outliers: float, seed: int, epoch: int) -> Split:
    rng = np.random.default_rng([seed, epoch])
    mixed = _mix(data, draw_outliers(data.x, count_outliers(len(data.x), outliers), rng))
    order = rng.permutation(len(mixed.x))
    x, y = mixed.x[order], mixed.y[order]
    chosen = np.flatnonzero(rng.random(len(x)) < augmented)
    if len(chosen):
        x[chosen] = augment(x[chosen], y[chosen], rng)
    return Split(x, y, mixed.onehot[order])


def _teach(images: Split, teacher: Teacher) -> Split:
    digits = images.y != NO_DIGIT
    images.onehot[digits] = teacher.teach(images.x[digits], images.onehot[digits])
    return images


def _mix(data: Split, outliers: np.ndarray) -> Split:
    """Add images that are no digits: the uniform distribution is all that the network should say of them."""
    count, classes = len(outliers), data.onehot.shape[1]
    return Split(
        np.concatenate([data.x, outliers]),
        np.concatenate([data.y, np.full(count, NO_DIGIT, data.y.dtype)]),
        np.concatenate([data.onehot, np.full((count, classes), 1 / classes, data.onehot.dtype)]),
    )
