"""Proves graphs against the model that they were made of, before anything is written.

Nothing else has to be complete for an export to be right: whatever a model does that its posterior does not say shows
as a disagreement under fixed weights, or in the draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Kind, Quantisation
from export.build import build
from export.draws_test import compare_draws, largest_spread
from export.errors import ExportError
from export.figures import DrawsTest
from export.graphs.layers import class_probabilities, walk
from export.graphs.stacked import FrozenWeights, select
from export.options import ExportOptions
from export.quantisation import SCHEMES
from export.reference import Reference
from models.network import Dropped, Normal, Point, Posterior, Samples, Weight
from models.outputs import Output
from models.posterior import draw_mixture

Array = NDArray[np.float32]

IMAGES = 8  # of each sort: held out, and random
PROVED = 4  # of the K samples
DRAWS, LEVEL = 400, 1e-2
MANY_DRAWS, STRICT_LEVEL = 4000, 1e-5
"""Draws that disagree at the first level are drawn anew, more of them, and fail at the second: a right graph fails in
one of ten million exports."""
HOPELESS = 1e-12  # not drawn anew
LAYER_DRAWS, LAYER_RATIO = 200, 1.3
DRAWING = frozenset({Kind.SAMPLED, Kind.MOMENTS})
"""The kinds whose graphs hold no weight samples."""
MOMENTS_LIMIT = 1e-3
"""Moments never have quite no variance. How near they come to draws, `export.choose` tells; here the posterior that
they are of is held against the model."""
LEAST_SPREAD = 1e-6  # of a class probability: below it float32 has nothing to compare
VALUES = {
    Output.PROBABILITIES: "class probabilities",
    Output.MULTI_LABEL: "probabilities",
    Output.MEAN: "means (over their size)",
    Output.MEAN_SCALE: "means and scales (over their size)",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found.

    Attributes:
        max_dp: largest difference of a class probability under the same weights, or of a mean or scale over its size.
        draws: of posteriors that are no points, what was drawn beside the model's own draws; None where nothing
            varies by more than rounding.
    """

    max_dp: float
    draws: DrawsTest | None


def prove(reference: Reference, engine: Engine, options: ExportOptions, held_out: Array) -> Proof:
    """Hold graphs against the models behind them.

    Args:
        reference: the models, which are left as they were.
        engine: the graphs, ready to run.
        options: what they were built by.
        held_out: images that were not trained on, float32 [N, h, w, c].

    Raises:
        ExportError: the graphs disagree with the models; the message names the layer.
    """
    images = np.concatenate([_some(held_out), _random(held_out)])
    unit = reference.unit(images)
    samples = draw_mixture(reference.posteriors, engine.signature.samples, options.seed)
    if reference.known:
        _prove_certainty(reference, samples, images, unit)
    max_dp = _prove_same_weights(reference, engine, options, samples, images, unit=unit)
    return Proof(max_dp, None if reference.known else _prove_draws(reference, engine, options, images, unit))


def _some(images: Array) -> Array:
    return np.asarray(images[np.linspace(0, len(images) - 1, min(IMAGES, len(images))).astype(int)])


def _random(images: Array) -> Array:
    """Draw values between the least and the largest of these images."""
    noise = np.random.default_rng(0).random((IMAGES, *images.shape[1:]), np.float32)
    low, high = images.min(), images.max()
    return np.asarray(low + (high - low) * noise, np.float32)


def _prove_same_weights(
    reference: Reference, engine: Engine, options: ExportOptions, samples: Samples, images: Array, *, unit: Array
) -> float:
    count = engine.signature.samples
    members = len(reference.members)
    indices = list(range(members)) if options.kind in DRAWING else _spread(count, min(PROVED, count))
    if options.kind in DRAWING:  # each takes a graph of its own
        samples = _without_masks(samples, reference.posteriors[0])
    expected = np.stack(list(reference.same_weights(samples, images, indices)), axis=1) / unit
    limit = SCHEMES[Quantisation.NONE].tolerance.sample
    if options.kind in DRAWING:
        found = _run_narrowed(reference, samples, images, options) / unit
        limit = MOMENTS_LIMIT if options.kind is Kind.MOMENTS else limit
    elif options.quantisation is Quantisation.NONE:
        found = engine.run(images)[:, indices] / unit
    else:
        found = expected if reference.whole else _run_layers(samples, indices, images)
        _prove_rounding(engine, options.quantisation, found, indices, images, unit=unit)
    difference = np.abs(found - expected)
    if difference.max() > limit:
        moved = reference.same_weights(samples, _nudged(images), indices)
        limit = max(limit, 10.0 * float(np.abs(np.stack(list(moved), axis=1) / unit - expected).max()))
    limit = min(limit, MOMENTS_LIMIT)
    if not difference.max() <= limit:
        worst = indices[int(difference.max(axis=(0, 2)).argmax())]
        raise ExportError(
            f"{_name_layer(reference, samples, worst, images)}: under the same weights its graphs give "
            f"{VALUES[reference.output]} up to {difference.max():.3g} off, expected at most {limit:.2g}; nothing was "
            "written"
        )
    return float(difference.max())


def _nudged(images: Array) -> Array:
    """Move every value by a rounding error or so: what this moves, float32 cannot tell."""
    signs = np.random.default_rng(1).choice(np.array([-1, 1], np.float32), images.shape)
    return np.asarray(images + signs * np.spacing(np.maximum(np.abs(images), np.float32(0.5))), np.float32)


def _run_layers(samples: Samples, indices: Sequence[int], images: Array) -> Array:
    """Run our layers in TensorFlow, before any converter: float32 [N, indices, C]."""
    network = select(samples, indices)
    return np.asarray(class_probabilities(network, FrozenWeights(network), tf.constant(images)))


def _spread(count: int, some: int) -> list[int]:
    return [int(index) for index in np.linspace(0, count - 1, some)]


def _run_narrowed(reference: Reference, samples: Samples, images: Array, options: ExportOptions) -> Array:
    """Run a graph of each posterior without width, which can give one sample alone: float32 [N, posteriors, C]."""
    found = []
    for index, posterior in enumerate(reference.posteriors):
        count = options.count if options.kind is Kind.MOMENTS else 1  # points, or samples: without width all the same
        alone = reference.alone(index, _narrowed(posterior, samples, index))
        graphs = build(alone, replace(options, samples=count), images)
        engine = Engine(graphs, Signature(posterior.input_shape, count, reference.width))
        found.append(engine.run(images)[:, 0])
    return np.stack(found, axis=1)


def _narrowed(posterior: Posterior, samples: Samples, index: int) -> Posterior:
    layers = tuple(
        replace(
            layer, weights={role: _at(weight, drawn.weights[role][index]) for role, weight in layer.weights.items()}
        )
        for layer, drawn in zip(posterior.layers, samples.layers, strict=True)
    )
    return replace(posterior, layers=layers)


def _at(weight: Weight, value: Array) -> Weight:
    match weight:
        case Normal():
            return Normal(value, np.zeros_like(value))
        case Dropped():
            return Dropped(np.zeros_like(value))
    return Point(value)


def _without_masks(samples: Samples, posterior: Posterior) -> Samples:
    """Let nothing drop: a graph that draws its masks can be told no other one."""
    layers = tuple(
        replace(
            layer,
            weights={
                role: np.ones_like(values) if isinstance(known.weights[role], Dropped) else values
                for role, values in layer.weights.items()
            },
        )
        for layer, known in zip(samples.layers, posterior.layers, strict=True)
    )
    return replace(samples, layers=layers)


def _prove_rounding(
    engine: Engine, quantisation: Quantisation, exact: Array, indices: Sequence[int], images: Array, *, unit: Array
) -> None:
    held_out = len(images) - IMAGES  # integers know the ranges of such images alone
    found = engine.run(images[:held_out])[:, indices].mean(axis=1) / unit
    off = float(np.abs(found - exact[:held_out].mean(axis=1)).max())
    limit = SCHEMES[quantisation].rounding
    if not off <= limit:
        raise ExportError(
            f"{quantisation}: takes what a graph gives {off:.2g} off, expected at most {limit:.2g}; choose numbers of "
            f"more bits than {quantisation}"
        )


def _prove_certainty(reference: Reference, samples: Samples, images: Array, unit: Array) -> None:
    """Where every weight is known, a model's passes must be the same time after time."""
    count = min(len(reference.members), 2 * PROVED)
    first, second = (np.stack(list(reference.own_draws(images, count, seed=seed))) for seed in (0, 1))
    off = float(np.abs((first - second) / unit).max())
    if off > 10 * LEAST_SPREAD:
        raise ExportError(
            f"{_name_drawing_layer(reference, samples, images)}: the model's own passes differ by {off:.2g} from one "
            "to the next, but every weight is known; nothing was written; if its dropout is to stay active, say "
            "mc_dropout=True"
        )


def _prove_draws(
    reference: Reference, engine: Engine, options: ExportOptions, images: Array, unit: Array
) -> DrawsTest | None:
    for draws, level in ((DRAWS, LEVEL), (MANY_DRAWS, STRICT_LEVEL)):
        draws = -(-draws // (100 * len(reference.members))) * 100 * len(reference.members)  # noqa: PLW2901 - a multiple
        own = reference.many_draws(images, draws, options.seed + draws) / unit
        ours = _our_draws(reference, engine, options, images, draws) / unit
        spreads = sorted(map(largest_spread, (own, ours)))
        if spreads[1] < LEAST_SPREAD:
            return None
        if spreads[0] < LEAST_SPREAD:
            break
        found = compare_draws(ours, own)
        if min(found.mean_p, found.spread_p) >= level:
            return found
        if found.spread_p < HOPELESS:
            break
    ratio = float(ours.std(axis=1).mean() / max(own.std(axis=1).mean(), LEAST_SPREAD))
    samples = draw_mixture(reference.posteriors, len(reference.members) * LAYER_DRAWS, options.seed)
    raise ExportError(
        f"{_name_drawing_layer(reference, samples, images)}: its weights vary otherwise than its posterior says: the "
        f"graphs' {VALUES[reference.output]} spread {ratio:.2f} times as wide as the model's own; nothing was written"
    )


def _our_draws(reference: Reference, engine: Engine, options: ExportOptions, images: Array, draws: int) -> Array:
    """Draw class probabilities as the graphs do, float32 [N, draws, C]."""
    if options.kind is Kind.SAMPLED:
        rounds = -(-draws // engine.signature.samples)
        return np.concatenate([engine.run(images) for _ in range(rounds)], axis=1)[:, :draws]
    # Our layers in TensorFlow, which give what the graphs give, as has been proved.
    found = []
    block = 100 * len(reference.members)
    for start in range(0, draws, block):
        samples = draw_mixture(reference.posteriors, block, options.seed + 1 + start)
        if reference.whole:
            found.append(np.stack(list(reference.same_weights(samples, images, range(block))), axis=1))
        else:
            found.append(class_probabilities(samples, FrozenWeights(samples), tf.constant(images)).numpy())
    return np.concatenate(found, axis=1)


def _name_layer(reference: Reference, samples: Samples, index: int, images: Array) -> str:
    """Name the first layer that computes something else in Keras than in our graphs."""
    if reference.whole:
        return f"model {samples.architecture!r}"
    network = select(samples, [index])
    ours = [(layer.name, x.by_value()[:, 0].numpy()) for layer, x in walk(network, FrozenWeights(network), images)]
    (theirs,) = reference.layers_at(samples, [index], images)
    for (name, found), expected in zip(ours, theirs, strict=True):
        if found.shape != expected.shape:
            return f"layer {name!r}"
        if not np.abs(found - expected).max() <= 1e-4 * max(1.0, float(np.abs(expected).max())):
            return f"layer {name!r}"
    return f"model {samples.architecture!r}, whose layers agree one by one"


def _name_drawing_layer(reference: Reference, samples: Samples, images: Array) -> str:
    """Name the first layer whose own draws spread otherwise than its posterior's."""
    if reference.whole:
        return f"model {samples.architecture!r}"
    own = list(reference.own_layers(images, LAYER_DRAWS, seed=1))
    count = FrozenWeights(samples).copies
    forced = list(reference.layers_at(samples, [index % count for index in range(LAYER_DRAWS)], images))
    for number, layer in enumerate(samples.layers):
        theirs, ours = (np.stack([layers[number] for layers in passes]) for passes in (own, forced))
        widths = [float(values.std(axis=0).mean()) for values in (theirs, ours)]
        floor = 1e-5 * max(1.0, float(np.abs(ours).mean()))
        if max(widths) > floor and not 1 / LAYER_RATIO < widths[0] / max(widths[1], floor) < LAYER_RATIO:
            return f"layer {layer.name!r}"
        centres = np.abs(theirs.mean(axis=0) - ours.mean(axis=0))
        error = np.sqrt((theirs.var(axis=0) + ours.var(axis=0)) / LAYER_DRAWS) + floor
        if (centres > 8 * error).any():
            return f"layer {layer.name!r}"
    return f"model {samples.architecture!r}"
