"""What is known of a run and of a bundle before anything is measured."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class LayerFacts(msgspec.Struct, frozen=True):
    """One row of a model summary: the layer's name, its Keras class, one image's output shape, its parameters."""

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int


class RunFacts(msgspec.Struct, frozen=True, tag_field="kind", tag="run"):
    """A run's full model in TensorFlow, or those of a mixture of runs.

    Attributes:
        name: what the page calls it, unique within the report.
        network: the name of the network.
        stochastic: whether one pass differs from the next.
        layers: its model summary; of a mixture, that of one member after the other, and what follows the first one's.
        rows: number of images trained on.
        holdout: number of training images held out.
        epochs: number of passes over the images.
        training_accuracy: of the last epoch; None without any.
        seed: of the training.
    """

    name: str
    network: str
    stochastic: bool
    layers: tuple[LayerFacts, ...]
    rows: int
    holdout: int
    epochs: int
    training_accuracy: float | None
    seed: int

    @property
    def parameters(self) -> int:
        """Number of parameters of all layers."""
        return sum(layer.parameters for layer in self.layers)


class BundleFacts(msgspec.Struct, frozen=True, tag_field="kind", tag="bundle"):
    """A bundle on LiteRT.

    Attributes:
        name: what the page calls it, unique within the report.
        network: the name of the network.
        stochastic: whether one sample differs from the next.
        bundle_kind: how it carries its posterior.
        samples: K.
        files: number of graphs.
        bytes: of all graphs.
        quantisation: how they store their numbers.
        threshold_bits: total entropy above which it warns.
        promised_risk: share of errors that it promises not to exceed among images without a warning.
        promised_coverage: share of images whose label set it promises to hold the true label.
    """

    name: str
    network: str
    stochastic: bool
    bundle_kind: str
    samples: int
    files: int
    bytes: int
    quantisation: str
    threshold_bits: float
    promised_risk: float
    promised_coverage: float


Facts = RunFacts | BundleFacts
"""What is known of a subject of the report."""


def judge(subjects: Sequence[Facts]) -> Facts:
    """Give the subject whose doubt is looked at: the first whose passes differ, or else the first."""
    return next((facts for facts in subjects if facts.stochastic), subjects[0])
