"""Trains the finder's networks on generated pages: python -m train.segmenter [--steps 24000] [--out FILE].

What is written is the mean of their chances: where the one takes a stroke beside a line for the line's, the other may
keep it, and fewer letters are taken for digits by both.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import tensorflow as tf
import tf_keras as keras
from numpy.typing import NDArray
from tqdm import tqdm

from edge_app.finder.segment import NETWORK
from edge_app.options import positive
from train.segmenter.graph import convert
from train.segmenter.network import build
from train.segmenter.patches import BARE, Patches, cut_patches

EACH: Final = 6
"""Patches of a page."""
BATCH: Final = 8
RATE: Final = 0.004
GAIN: Final = (-0.7, 0.3)
"""Least and largest logarithm of the factor by which a patch's ink is made fainter or stronger."""
CRISP: Final = (0.0, 0.3)
"""Share of the patches whose ink is made as crisp as a scanner's or a drawing program's, one network each."""
EDGE_OF_CRISP: Final = (0.1, 0.4)
"""Least and largest strength at which crisp ink begins, and over which it rises, as a share of the patch's darkest."""
HELD_OUT: Final = 0.05
"""Share of the patches that are not trained on but scored."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m train.segmenter", description="Train the finder's networks.")
    parser.add_argument("--pages", type=positive, default=110, help="of each kind (default: 110)")
    parser.add_argument("--steps", type=positive, default=24_000, help="of training (default: 24000)")
    parser.add_argument("--seed", type=int, default=1000, help="of all chance (default: 1000)")
    parser.add_argument("--out", type=Path, default=NETWORK, help="default: the shipped one")
    options = parser.parse_args(arguments)
    keras.utils.set_random_seed(options.seed)
    patches = cut_patches(options.pages, EACH, options.seed)
    networks = [train(patches, options.steps, options.seed, crisp) for crisp in CRISP]
    options.out.write_bytes(convert(networks))
    held = round(HELD_OUT * len(patches.strength))
    right = ", ".join(f"{score(network, patches, held):.2%}" for network in networks)
    print(f"{options.out}: {options.out.stat().st_size:,} bytes; by each network alone, of the ink right: {right}")
    return 0


def train(patches: Patches, steps: int, seed: int, crisp: float) -> keras.Model:
    """Train a new network by binary cross-entropy, the learning rate falling along a cosine.

    Args:
        patches: to train on, but for the first `HELD_OUT` of them.
        steps: of BATCH patches each.
        seed: of the order of the patches and their contrast.
        crisp: share of the patches whose ink is made crisp.
    """
    network = build()
    optimiser = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, steps))

    @tf.function
    def step(strength: tf.Tensor, digit: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = network(strength, training=True)
            entropy = tf.nn.sigmoid_cross_entropy_with_logits(digit, logits)
            loss = tf.reduce_sum(weight * entropy) / tf.reduce_sum(weight)
        gradients = tape.gradient(loss, network.trainable_variables)
        optimiser.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return loss

    progress = tqdm(_batches(patches, steps, seed, crisp), total=steps, unit="step", disable=None)
    for number, batch in enumerate(progress):
        loss = step(*batch)
        if number % 50 == 0:
            progress.set_postfix(loss=f"{float(loss):.4f}")
    return network


def score(network: keras.Model, patches: Patches, held: int) -> float:
    """Share of the held-out patches' weighted pixels that are told right."""
    told = network.predict(_scaled(patches.strength[:held]), batch_size=BATCH, verbose=0)[..., 0] > 0
    weight = patches.weight[:held].astype(np.float64) * (patches.weight[:held] == 1)
    return float((weight * (told == (patches.digit[:held] > 0))).sum() / weight.sum())


def _batches(
    patches: Patches, steps: int, seed: int, crisp_share: float
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]]:
    """Draw patches at random, each with its contrast changed by chance."""
    rng = np.random.default_rng(seed)
    first = round(HELD_OUT * len(patches.strength))
    for _ in range(steps):
        chosen = rng.integers(first, len(patches.strength), BATCH)
        gain = np.exp(rng.uniform(*GAIN, (BATCH, 1, 1, 1))).astype(np.float32)
        noise = rng.normal(0, rng.uniform(0, 0.02), (BATCH, *patches.strength.shape[1:], 1)).astype(np.float32)
        strength, weight = _scaled(patches.strength[chosen]), patches.weight[chosen][..., None].astype(np.float32)
        crisp = rng.random(BATCH) < crisp_share
        strength[crisp] = _made_crisp(strength[crisp], rng)
        weight[crisp] = np.where(strength[crisp] > 0, weight[crisp], np.minimum(weight[crisp], BARE))
        strength = np.clip(gain * strength + noise, 0, 1)
        yield strength, patches.digit[chosen][..., None].astype(np.float32), weight


def _made_crisp(strength: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Let ink [N, SIDE, SIDE, 1] rise from nothing to its patch's darkest over a narrow range of strengths."""
    darkest = strength.max(axis=(1, 2, 3), keepdims=True)
    begins, rises = rng.uniform(*EDGE_OF_CRISP, (2, len(strength), 1, 1, 1))
    return np.asarray(darkest * np.clip((strength / np.maximum(darkest, 1e-3) - begins) / rises, 0, 1), np.float32)


def _scaled(strength: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.divide(strength, 255, dtype=np.float32)[..., None]


if __name__ == "__main__":
    sys.exit(main())
