"""What a model gives, and how that becomes what graphs give: probabilities, or a mean and perhaps a scale.

Nothing is guessed. A distribution says what it is; rows that sum to one are class probabilities; all else the caller
declares, and a declaration that the model's own values contradict is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, get_args

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from numpy.typing import NDArray

tfd = tfp.distributions

Declared = Literal["probabilities", "logits", "multi_label", "multi_label_logits", "mean", "mean_scale"]
"""What a caller can say that a model gives. A probability or a logit [N, 1] is that of the second of two classes."""

TOLERANCE: Final = 1e-3  # of a sum of class probabilities
GAUSSIANS: Final = (tfd.Normal, tfd.MultivariateNormalDiag)


class Output(StrEnum):
    """What a graph gives of each sample."""

    PROBABILITIES = "probabilities"  # of C classes, one of which is the true one, [N, C]
    MULTI_LABEL = "multi_label"  # of C labels, each of which may apply or not, [N, C]
    MEAN = "mean"  # of D quantities, [N, D]
    MEAN_SCALE = "mean_scale"  # of D quantities, and behind it the noise's standard deviation, [N, 2 D]

    @property
    def is_probability(self) -> bool:
        """Whether it is a share of one, and not in a unit of its own."""
        return self in {Output.PROBABILITIES, Output.MULTI_LABEL}


@dataclass(frozen=True, slots=True)
class Way:
    """From what a model gives to what its graphs give.

    Attributes:
        output: what the graphs give.
        turn: a tensor [N, V] -> what the graphs give.
        fault: says in words why values [N, V] of random inputs are not what was declared; None where they may be.
    """

    output: Output
    turn: Callable[[tf.Tensor], tf.Tensor]
    fault: Callable[[NDArray[np.float32]], str | None]


def _both(p: tf.Tensor) -> tf.Tensor:
    """Give probabilities of both classes, [N, 1] -> [N, 2]; of more classes, those."""
    return tf.concat([1 - p, p], axis=1) if p.shape[1] == 1 else p


def _softmax(logits: tf.Tensor) -> tf.Tensor:
    return _both(tf.nn.sigmoid(logits)) if logits.shape[1] == 1 else tf.nn.softmax(logits)


def _unchanged(values: tf.Tensor) -> tf.Tensor:
    return values


def _sum_to_one(values: NDArray[np.float32]) -> bool:
    return bool(values.shape[1] > 1 and (np.abs(values.sum(axis=1) - 1) <= TOLERANCE).all() and values.min() >= 0)


def _are_shares(values: NDArray[np.float32]) -> bool:
    return bool((values >= 0).all() and (values <= 1).all())


def _no_distributions(values: NDArray[np.float32]) -> str | None:
    if _sum_to_one(values) or (values.shape[1] == 1 and _are_shares(values)):
        return None
    return "rows that do not sum to 1" if values.shape[1] > 1 else "values outside 0 to 1"


def _no_logits(values: NDArray[np.float32]) -> str | None:
    if _sum_to_one(values):
        return "rows that sum to 1, as class probabilities do"
    return "no value outside 0 to 1, as of probabilities" if _are_shares(values) else None


def _no_shares(values: NDArray[np.float32]) -> str | None:
    if _sum_to_one(values):
        return "rows that sum to 1, as class probabilities do"
    return None if _are_shares(values) else "values outside 0 to 1"


def _no_scales(values: NDArray[np.float32]) -> str | None:
    if values.shape[1] % 2:
        return f"{values.shape[1]} values, expected as many scales as means"
    scales = values[:, values.shape[1] // 2 :]
    return f"a scale of {scales.min():.2g}, which is no standard deviation" if (scales < 0).any() else None


def _no_fault(_: NDArray[np.float32]) -> None:
    return None


WAYS: Final[dict[str, Way]] = {
    "probabilities": Way(Output.PROBABILITIES, _both, _no_distributions),
    "logits": Way(Output.PROBABILITIES, _softmax, _no_logits),
    "multi_label": Way(Output.MULTI_LABEL, _unchanged, _no_shares),
    "multi_label_logits": Way(Output.MULTI_LABEL, tf.nn.sigmoid, _no_logits),
    "mean": Way(Output.MEAN, _unchanged, _no_fault),
    "mean_scale": Way(Output.MEAN_SCALE, _unchanged, _no_scales),
}
"""Every declaration's."""
assert set(WAYS) == set(get_args(Declared))  # noqa: S101 - both say the same


def declared_by(output: Any) -> str | None:
    """Give what a model's output says of itself; None of a tensor, or of a distribution that is not served."""
    if isinstance(output, tf.Tensor | tuple | list | dict):
        return None
    plain = getattr(output, "tensor_distribution", output)
    each = plain.distribution if isinstance(plain, tfd.Independent) else plain
    if isinstance(each, GAUSSIANS):
        return "mean_scale"
    if isinstance(each, tfd.Bernoulli):
        return "probabilities" if (output.batch_shape + output.event_shape)[1:].num_elements() == 1 else "multi_label"
    return "probabilities" if isinstance(each, tfd.OneHotCategorical | tfd.Categorical) else None


def values_of(output: Any, declared: str | None) -> tf.Tensor | None:
    """Give a model's output as one tensor, [N, V] as a rule; None where it is none.

    Args:
        output: a tensor; a mean and a scale; or a distribution.
        declared: what it is.
    """
    if isinstance(output, tf.Tensor):
        return output[:, None] if output.shape.rank == 1 else output
    if isinstance(output, tuple | list):
        tensors = all(isinstance(part, tf.Tensor) for part in output)
        if declared != "mean_scale" or len(output) != 2 or not tensors:
            return None
        return tf.concat([values_of(part, None) for part in output], axis=1)
    if declared_by(output) is None:
        return None
    parts = [output.mean(), output.stddev()] if declared == "mean_scale" else [output.probs_parameter()]
    return tf.concat([values_of(part, None) for part in parts], axis=1)
