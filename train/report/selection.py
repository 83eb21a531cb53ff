"""Picks the images to show, by rules that anybody can repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.prediction import Predictions

CLEAN = "MNIST"
CORRUPTED = "MNIST_corrupted"


@dataclass(frozen=True, slots=True)
class Pick:
    """One image to show.

    Attributes:
        rule: why, in words.
        data: MNIST or MNIST_corrupted.
        index: its place in the test set, from 0.
    """

    rule: str
    data: str
    index: int


def pick_by_rule(
    clean: Predictions, corrupted: Predictions, labels: NDArray[np.int64], places: NDArray[np.int64]
) -> list[Pick]:
    """Pick images by one subject's doubt.

    Args:
        clean: its predictions on MNIST, [N].
        corrupted: its predictions on the corrupted twins of the same images, [N].
        labels: the true labels, int64 [N].
        places: the images' places in the test set, int64 [N].

    Returns:
        The most confident, the most ambiguous, the two most epistemic on the corrupted twins (without a subject
        whose passes differ, the two of largest total entropy), and the two whose doubt grows most by corruption,
        each of these beside its clean twin. Of equals the first is taken.
    """
    epistemic = corrupted.epistemic_bits.any()
    unfamiliar = _first(-(corrupted.epistemic_bits if epistemic else corrupted.total_bits), 2)
    certain = (clean.label == labels) & (clean.total_bits <= np.median(clean.total_bits))
    shaken = _first(np.where(certain, -corrupted.total_bits, np.inf), 2)
    unfamiliar_rule = "largest epistemic doubt on spatter" if epistemic else "largest entropy on spatter"
    return [
        Pick("smallest entropy on MNIST", CLEAN, int(places[_first(clean.total_bits, 1)[0]])),
        Pick("largest aleatoric doubt on MNIST", CLEAN, int(places[_first(-clean.aleatoric_bits, 1)[0]])),
        *(Pick(unfamiliar_rule, CORRUPTED, int(places[row])) for row in unfamiliar),
        *(pick for row in shaken for pick in _twins("certain on MNIST, unsure on its twin", int(places[row]))),
    ]


def pick_by_index(indices: Sequence[int]) -> list[Pick]:
    """Pick images by their place in the test set, each beside its corrupted twin."""
    return [pick for index in indices for pick in _twins("asked for by its number", index)]


def _twins(rule: str, index: int) -> list[Pick]:
    return [Pick(rule, CLEAN, index), Pick(rule, CORRUPTED, index)]


def _first(values: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    return np.argsort(values, kind="stable")[:count]
