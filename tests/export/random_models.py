"""Exports random models and holds each against itself: python tests/export/random_models.py [--models N] [--seed S].

A model is right, refused with a sentence, or accepted and wrong; one that is wrong is named by its seed, and the exit
status is then 1. What is compared is other than what the exporter's own proof compares: other images, every sample.
With `--log FILE` a run that was stopped goes on where it was, and counts what the file holds already.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from export import ExportOptions, Holdout, to_bundle  # before TensorFlow, whose start-up messages it holds back

import tensorflow_probability as tfp  # isort: skip
import tf_keras  # isort: skip
from scipy import stats
from tqdm import tqdm

from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.engine import open_engine
from edge_app.runtime.errors import EdgeError, one_line
from edge_app.runtime.manifest import Kind
from export.draws_test import compare_draws, largest_spread
from export.exportable import make_reference
from export.proof import LEAST_SPREAD
from models.errors import ModelError
from models.posterior import draw_mixture

layers = tf_keras.layers
tfpl = tfp.layers

LIMIT = 1e-3  # of a class probability: a wrong layer is off by far more, a large logit's rounding by less
DRAWS = 400
MOST = 21  # samples, and one more
LEVEL = 1e-6
ACTIVATIONS = ("linear", "relu", "relu6", "elu", "sigmoid", "tanh", "softmax")
CLASSES = 3


def main(arguments: list[str] | None = None) -> int:
    """Export and compare; returns the exit status."""
    parser = argparse.ArgumentParser(description="Export random models, and hold each against itself.")
    parser.add_argument("--models", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--seed", type=int, default=0, help="of the first; the others follow")
    parser.add_argument("--log", type=Path, help="keeps each verdict; seeds that it holds are not run again")
    options = parser.parse_args(arguments)
    known = _read_log(options.log)
    found: Counter[str] = Counter()
    for seed in tqdm(range(options.seed, options.seed + options.models), unit="model", disable=None):
        verdict = known[seed] if seed in known else _judged(seed)
        found[verdict.partition(":")[0]] += 1
        if verdict != "right":
            print(f"seed {seed}: {verdict}", file=sys.stderr)
        if options.log and seed not in known:
            with options.log.open("a") as log:
                log.write(f"{seed} {verdict}\n")
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(found.items())))
    return 1 if found["wrong"] else 0


def _read_log(path: Path | None) -> dict[int, str]:
    """Give the verdicts of an earlier run by seed."""
    if path is None or not path.exists():
        return {}
    lines = (line.split(" ", 1) for line in path.read_text().splitlines())
    return {int(seed): verdict for seed, verdict in lines}


def _judged(seed: int) -> str:
    try:
        return judge(seed)
    except Exception as error:  # noqa: BLE001 - whatever a model ends in that is no sentence is a finding, and the hunt goes on
        return f"wrong: {type(error).__name__}: {one_line(str(error))}"


def judge(seed: int) -> str:
    """Say `right`, `refused: ...` or `wrong: ...` of the model of a seed."""
    rng = np.random.default_rng(seed)
    tf_keras.utils.set_random_seed(seed)
    tf_keras.backend.clear_session()
    model = make_model(rng)
    dropout = any(isinstance(layer, layers.Dropout) for layer in model.layers) and bool(rng.integers(2))
    kind = [Kind.STACKED, Kind.ENSEMBLE, Kind.SAMPLED][rng.integers(3)]
    images = rng.normal(0.5, 0.5, (24, *model.input_shape[1:])).astype(np.float32)
    holdout = Holdout(images[:16], rng.integers(0, CLASSES, 16))
    with tempfile.TemporaryDirectory() as folder:
        try:
            reference = make_reference(model, mc_dropout=dropout)
            wanted = ExportOptions(kind, None if reference.known else int(rng.integers(2, MOST)), seed=seed)
            path = Path(folder) / "bundle"
            manifest = to_bundle(model, path, holdout, wanted, labels="abc", paper=1.0, ink=0.0, mc_dropout=dropout)
        except (EdgeError, ModelError) as error:
            return f"refused: {error}"
        engine = open_engine(load_bundle(path))
    fresh = images[16:]
    ours = engine.run(fresh)
    if kind is not Kind.SAMPLED:
        samples = draw_mixture(reference.posteriors, manifest.samples, seed)
        theirs = np.stack(list(reference.same_weights(samples, fresh, range(manifest.samples))), axis=1)
        off = float(np.abs(ours - theirs).max())
        return "right" if off <= LIMIT else f"wrong: {kind}, class probabilities {off:.2g} off"
    rounds = -(-DRAWS // manifest.samples)
    ours = np.concatenate([ours, *(engine.run(fresh) for _ in range(rounds - 1))], axis=1)[:, :DRAWS]
    own = reference.many_draws(fresh, ours.shape[1], seed=1)
    if min(map(largest_spread, (ours, own))) < LEAST_SPREAD:
        return _rarely_varies(ours, own)
    test = compare_draws(ours, own)
    level = min(test.mean_p, test.spread_p)
    return "right" if level >= LEVEL else f"wrong: sampled, spread {test.spread_ratio:.3f} times, p {level:.1e}"


def _rarely_varies(ours: Any, own: Any) -> str:
    """Compare how many draws, [N, draws, C], are off the usual one, where one of the two never is (Fisher's test)."""
    usual = np.median(own, axis=1, keepdims=True)
    off = [int((np.abs(draws - usual) > LIMIT).any(axis=(0, 2)).sum()) for draws in (ours, own)]
    level = stats.fisher_exact(
        [off, [draws.shape[1] - count for draws, count in zip((ours, own), off, strict=True)]]
    ).pvalue
    return "right" if level >= LEVEL else f"wrong: sampled, {off[0]} of the draws vary, {off[1]} of its own"


def make_model(rng: np.random.Generator) -> Any:
    """Stack layers at random: some on maps, then flat ones, then class probabilities."""
    shape = (*rng.integers(5, 9, 2).tolist(), int(rng.integers(1, 3)))
    model = tf_keras.Sequential([tf_keras.Input(shape)])
    for _ in range(rng.integers(0, 4)):
        height, width = model.output_shape[1:3]
        model.add(_map_layer(rng, min(height, width)))
    ways = [layers.Flatten, layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D]
    model.add(ways[rng.integers(3)]())
    for _ in range(rng.integers(0, 3)):
        model.add(_flat_layer(rng))
    model.add(_dense(rng, CLASSES, "linear"))
    model.add(layers.Softmax() if rng.integers(2) else tfpl.OneHotCategorical(CLASSES))
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])
    return model


def _map_layer(rng: np.random.Generator, side: int) -> Any:
    size, padding = int(rng.integers(1, min(3, side) + 1)), ["valid", "same"][rng.integers(2)]
    stride, dilation = [(1, 1), (2, 1), (1, 2)][rng.integers(3)]
    if (size - 1) * dilation >= side:
        dilation = 1
    filters, activation = int(rng.integers(1, 4)), _activation(rng)
    shared = {"strides": stride, "padding": padding, "dilation_rate": dilation, "activation": activation}
    makers = [
        lambda: layers.Conv2D(filters, size, **shared),
        lambda: layers.DepthwiseConv2D(size, depth_multiplier=filters, **shared),
        lambda: tfpl.Convolution2DReparameterization(filters, size, **shared, **_posteriors(rng)),
        lambda: tfpl.Convolution2DFlipout(filters, size, **shared, **_posteriors(rng)),
        lambda: layers.MaxPooling2D(size, padding=padding),
        lambda: layers.AveragePooling2D(size, padding=padding),
        lambda: layers.SpatialDropout2D(0.3),
        lambda: _dense(rng, filters, activation),
        lambda: _either(rng, activation),
    ]
    return makers[rng.integers(len(makers))]()


def _flat_layer(rng: np.random.Generator) -> Any:
    if rng.integers(2):
        return _dense(rng, int(rng.integers(2, 6)), _activation(rng))
    return _either(rng, _activation(rng))


def _either(rng: np.random.Generator, activation: str) -> Any:
    """Make a layer that maps and vectors take alike."""
    makers = [
        layers.BatchNormalization,
        lambda: layers.Rescaling(float(rng.normal()), float(rng.normal())),
        lambda: layers.Activation(activation),
        lambda: layers.Dropout(0.4),
        layers.ReLU,
        layers.Softmax,
    ]
    return makers[rng.integers(len(makers))]()


def _dense(rng: np.random.Generator, units: int, activation: str) -> Any:
    kinds = [tfpl.DenseReparameterization, tfpl.DenseFlipout, tfpl.DenseLocalReparameterization]
    if rng.integers(4) == 0:
        return layers.Dense(units, activation=activation)
    return kinds[rng.integers(3)](units, activation=activation, **_posteriors(rng))


def _activation(rng: np.random.Generator) -> str:
    return ACTIVATIONS[rng.integers(len(ACTIVATIONS))]


def _posteriors(rng: np.random.Generator) -> dict[str, Any]:
    """Make a kernel's posterior, and a bias that is absent, a point or a Normal."""
    bias = [None, _normal(rng, is_singular=True), _normal(rng, is_singular=False)][rng.integers(3)]
    return {"kernel_posterior_fn": _normal(rng, is_singular=False), "bias_posterior_fn": bias}


def _normal(rng: np.random.Generator, *, is_singular: bool) -> Any:
    seeds = rng.integers(0, 2**31, 2).tolist()
    return tfpl.default_mean_field_normal_fn(
        is_singular=is_singular,
        loc_initializer=tf_keras.initializers.RandomNormal(stddev=0.5, seed=seeds[0]),
        untransformed_scale_initializer=tf_keras.initializers.RandomNormal(mean=-2.0, stddev=0.5, seed=seeds[1]),
    )


if __name__ == "__main__":
    sys.exit(main())
