"""Exports the corpus and holds each bundle against its model: python tests/export/corpus.py [NAME ...] [--draws 4000].

The exporter's own proof is not asked. Under the same weights a bundle is held against a plain twin of the model, whose
ordinary Keras layers are given each sample; its spread against the model, called again and again as its user calls it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from export import ExportOptions, Holdout, to_bundle  # before TensorFlow, whose start-up messages it holds back

import tensorflow as tf  # isort: skip
import corpus_models as corpus
import tf_keras
from tqdm import tqdm

from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.engine import Engine, open_engine
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Kind
from export.draws_test import compare_draws
from export.exportable import make_reference
from models.errors import ModelError
from models.posterior import draw_mixture

LIMIT = 1e-5  # of a class probability under the same weights
SPREAD = 0.02  # of the ratio of spreads, beside three times its error
WIDTH = 0.05  # of moments, which are no draws: what a check lets pass
BLOCKS = 20
SEED, LABELS = 3, "abc"
COMPARED, TRACED, FEW = 4, 4, 50  # samples: under the same weights; of a traced model; of a graph that draws anew
FRESH = 4  # images that the export did not see


@dataclass(frozen=True)
class Row:
    """What was found of one model in one kind."""

    name: str
    kind: Kind
    max_dp: float | None = None
    ratio: float | None = None
    error: float = 0.0
    refused: str | None = None

    @property
    def wrong(self) -> bool:
        spread = WIDTH if self.kind is Kind.MOMENTS else SPREAD
        off = self.ratio is not None and not abs(self.ratio - 1) <= spread + 3 * self.error
        return off or (self.max_dp is not None and not self.max_dp <= LIMIT)

    def __str__(self) -> str:
        if self.refused:
            return f"{self.name:<44}{self.kind:<10}refused: {self.refused}"
        same = "" if self.max_dp is None else f"{self.max_dp:.1e}"
        spread = "" if self.ratio is None else f"{self.ratio:.3f} +- {self.error:.3f}"
        return f"{self.name:<44}{self.kind:<10}{same:>9}{spread:>17}{'  WRONG' if self.wrong else ''}"


def main(arguments: list[str] | None = None) -> int:
    """Export and compare; returns the exit status."""
    parser = argparse.ArgumentParser(description="Export the corpus, and hold each bundle against its model.")
    names = [*corpus.VARIATIONAL, *corpus.POINTS, *corpus.DROPOUT, *corpus.OTHERS, "mixture of posteriors"]
    parser.add_argument("names", nargs="*", metavar="NAME", default=names, help="of models; default: all")
    parser.add_argument("--draws", type=int, default=4000, help="of the model itself (default: 4000)")
    options = parser.parse_args(arguments)
    rows = []
    for name in tqdm(options.names, unit="model", disable=None):
        for row in judge(name, options.draws):
            print(row, flush=True)
            rows.append(row)
    served = [row for row in rows if not row.refused]
    wrong = sum(row.wrong for row in served)
    worst = max((row.max_dp for row in served if row.max_dp is not None), default=0.0)
    print(
        f"{len({row.name for row in served})} models, {len(served)} bundles, {wrong} wrong, {len(rows) - len(served)} "
        f"refused; max |dp| {worst:.1e}"
    )
    print(_spreads(served))
    return 1 if wrong or len({row.name for row in served}) < len(options.names) else 0


def _spreads(rows: Sequence[Row]) -> str:
    """Say how far the ratios of spreads are from 1, in units of their own errors."""
    drawn = [row for row in rows if row.ratio is not None and row.error and row.kind is not Kind.MOMENTS]
    if not drawn:
        return "no spread compared"
    ratios, errors = (np.array(each) for each in zip(*((row.ratio, row.error) for row in drawn), strict=True))
    off = np.abs(ratios - 1)
    farthest = drawn[int((off / errors).argmax())]
    return (
        f"{len(drawn)} spreads: {(off <= SPREAD).sum()} within {SPREAD} of 1, {(off <= SPREAD + errors).sum()} within "
        f"that and one error; root mean square {np.sqrt(np.mean((off / errors) ** 2)):.2f} errors from 1, at most "
        f"{(off / errors).max():.1f} ({farthest.name}, {farthest.kind})"
    )


def judge(name: str, draws: int) -> Iterator[Row]:
    """Export one model in every kind that applies, and compare."""
    tf_keras.utils.set_random_seed(1)
    if name in corpus.POINTS:
        return _judge_points(name, corpus.POINTS[name]())
    if name in corpus.DROPOUT:
        return _judge_dropout(name, corpus.DROPOUT[name](), draws)
    if name in corpus.OTHERS:
        other = corpus.OTHERS[name]
        return _judge_variational(name, lambda kit: [other.make(kit)], draws, other)
    make = corpus.mixture if name == "mixture of posteriors" else lambda kit: [corpus.VARIATIONAL[name](kit)]
    return _judge_variational(name, make, draws)


def _judge_variational(
    name: str, make: Callable[[corpus.Kit], list[Any]], draws: int, other: corpus.Other | None = None
) -> Iterator[Row]:
    turn, declared = (other.turn, {"output": other.output}) if other else (tf.identity, {})
    feed = other.feed if other else tf.identity
    models, plain = _built(make, plain=False), _built(make, plain=True)
    reference, members = make_reference(models, **declared), len(models)
    shape = reference.posteriors[0].input_shape
    fresh = _images(shape, FRESH, 9)
    twins = [Twin(twin, model, models[0], turn, feed) for twin, model in zip(plain, models, strict=True)]
    own = np.stack([_own_draws(model, feed(fresh), draws // members, turn) for model in models], axis=2)
    own = own.reshape(len(fresh), -1, own.shape[-1])
    for kind in Kind.STACKED, Kind.ENSEMBLE, Kind.SAMPLED, Kind.MOMENTS:
        if kind is Kind.MOMENTS:
            engine = _export(models, kind, None, shape, other.labels if other else LABELS, **declared)
            refused = engine if isinstance(engine, str) else None
            row = Row(name, kind, refused=refused)
            yield row if isinstance(engine, str) else _with_width(row, engine.run(fresh), own)
            continue
        each = {Kind.STACKED: TRACED if reference.whole else draws // members, Kind.SAMPLED: FEW}.get(kind, COMPARED)
        count = each * members
        engine = _export(models, kind, count, shape, other.labels if other else LABELS, **declared)
        if isinstance(engine, str):
            yield Row(name, kind, refused=engine)
            continue
        found = engine.run(fresh)
        if kind is Kind.SAMPLED:
            rounds = draws // count
            found = np.concatenate([found, *(engine.run(fresh) for _ in range(rounds - 1))], axis=1)
            yield _with_spread(Row(name, kind), found, own)
            continue
        drawn = draw_mixture(reference.posteriors, count, SEED)
        compared = range(min(count, COMPARED * members))
        expected = np.stack([twins[k % members].run(drawn, k, fresh) for k in compared], axis=1)
        row = Row(name, kind, float(np.abs(found[:, list(compared)] - expected).max()))
        if kind is Kind.STACKED and reference.whole:  # the graph is the twin, as has just been seen: more of its draws
            more = draw_mixture(reference.posteriors, draws, SEED + 1)
            found = np.stack([twins[0].run(more, k, fresh) for k in range(draws)], axis=1)
        yield _with_spread(row, found, own) if kind is Kind.STACKED else row


def _judge_dropout(name: str, model: Any, draws: int) -> Iterator[Row]:
    fresh = _images(corpus.SHAPE, FRESH, 9)
    own = _own_draws(model, fresh, draws, tf.identity, training=True)
    for kind, count in (Kind.STACKED, draws), (Kind.SAMPLED, FEW):
        engine = _export([model], kind, count, corpus.SHAPE, LABELS, mc_dropout=True)
        if isinstance(engine, str):
            yield Row(name, kind, refused=engine)
            continue
        found = np.concatenate([engine.run(fresh) for _ in range(draws // count)], axis=1)
        yield _with_spread(Row(name, kind), found, own)


def _judge_points(name: str, points: corpus.Points) -> Iterator[Row]:
    model, fresh = points.models[0], _images(corpus.SHAPE, FRESH, 9)
    expected = [each(fresh, training=False).numpy() for each in points.models]
    if points.sets is not None:
        before, expected = model.get_weights(), []
        for weights in points.sets:
            model.set_weights(weights)
            expected.append(model(fresh, training=False).numpy())
        model.set_weights(before)
    for kind in Kind.STACKED, Kind.ENSEMBLE:
        engine = _export(points.models, kind, None, corpus.SHAPE, LABELS, samples=points.sets)
        if isinstance(engine, str):
            yield Row(name, kind, refused=engine)
            continue
        yield Row(name, kind, float(np.abs(engine.run(fresh) - np.stack(expected, axis=1)).max()))


def _built(make: Callable[[corpus.Kit], list[Any]], *, plain: bool) -> list[Any]:
    tf_keras.backend.clear_session()  # so that a layer has the same name in either
    return make(corpus.Kit(plain))


def _export(
    models: Sequence[Any], kind: Kind, count: int | None, shape: Sequence[int], labels: Sequence[str], **more: Any
) -> Engine | str:
    """Export; gives the graphs ready to run, or the sentence with which they were refused."""
    images = _images(shape, 24, 7)
    truth: Any = np.arange(24) % len(labels)
    if len(labels) == 1:
        truth = np.float32(truth)[:, None] + images[:, 0, 0]
    elif str(more.get("output")).startswith("multi_label"):
        truth = (truth[:, None] >= np.arange(len(labels))).astype(int)
    holdout = Holdout(images, truth)
    model = models[0] if len(models) == 1 else list(models)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle"
        options = ExportOptions(kind, count, seed=SEED)
        try:
            to_bundle(model, path, holdout, options, labels=labels, paper=1.0, ink=0.0, **more)
        except (EdgeError, ModelError) as error:
            return str(error)
        return open_engine(load_bundle(path))


def _images(shape: Sequence[int], count: int, seed: int) -> Any:
    return np.random.default_rng(seed).random((count, *shape), np.float32)


def _own_draws(model: Any, images: Any, draws: int, turn: Any, **call: Any) -> Any:
    """Call the model as its user does, again and again: float32 [N, draws, C]."""

    @tf.function
    def run() -> tf.Tensor:
        return tf.map_fn(lambda _: turn(_mean(model(images, **call))), tf.range(draws), fn_output_signature=tf.float32)

    return run().numpy().swapaxes(0, 1)


def _mean(output: Any) -> tf.Tensor:
    return output if isinstance(output, tf.Tensor) else output.mean()


class Twin:
    """A model's plain twin, which takes one sample of its weights after the other."""

    def __init__(self, twin: Any, model: Any, first: Any, turn: Any, feed: Any) -> None:
        """Pair their layers, which were made in one order; samples name the layers of the first model of a mixture."""
        kinds = {*corpus.PLAIN, *corpus.PLAIN.values(), corpus.tfpl.DenseVariational}
        named = {layer.name: layer for layer in _leaves(model)}
        for layer in _leaves(twin):  # such as a GRU; Keras counts the others' names otherwise in a twin
            if type(layer) not in kinds and layer.name in named:
                layer.set_weights(named[layer.name].get_weights())
        mine, theirs, names = ([each for each in _leaves(m) if type(each) in kinds] for m in (twin, model, first))
        self._drawn = []
        for layer, their, name in zip(mine, theirs, names, strict=True):
            if type(their) is type(layer):
                layer.set_weights(their.get_weights())
            else:
                self._drawn.append((layer, name.name))
        self._run = tf.function(lambda images: turn(twin(feed(images), training=False)))

    def run(self, samples: Any, index: int, images: Any) -> Any:
        """Give class probabilities with one sample: float32 [N, C]."""
        weights = {layer.name: layer.weights for layer in samples.layers}
        for layer, name in self._drawn:
            layer.kernel.assign(np.reshape(weights[name]["kernel"][index], layer.kernel.shape))
            if "bias" in weights[name]:
                layer.bias.assign(weights[name]["bias"][index])
        return self._run(images).numpy()


def _leaves(model: Any) -> list[Any]:
    """Give a model's own layers in the order of their making, nested models opened."""
    found = []
    for layer in model.layers:
        found += _leaves(layer) if isinstance(layer, tf_keras.Model) else [layer]
    return found


def _with_width(row: Row, ours: Any, own: Any) -> Row:
    """Compare the standard deviation over even points, [N, K, V], with that of draws, which blocks of them tell."""
    blocks = np.array_split(own, BLOCKS, axis=1)
    widths = np.array([block.std(axis=1, ddof=1).mean() for block in blocks])
    ratio = float(ours.std(axis=1).mean() / own.std(axis=1, ddof=1).mean())
    return replace(row, ratio=ratio, error=ratio * float(widths.std(ddof=1) / widths.mean() / BLOCKS**0.5))


def _with_spread(row: Row, ours: Any, own: Any) -> Row:
    """Compare as many draws of either: spreads of few draws are low, of the same number alike."""
    count = min(ours.shape[1], own.shape[1])
    test = compare_draws(ours[:, :count], own[:, :count])
    return replace(row, ratio=test.spread_ratio, error=test.spread_error)


if __name__ == "__main__":
    sys.exit(main())
