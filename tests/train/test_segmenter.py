"""What the finder's network is trained on."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tf_keras as keras
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from train.segmenter.__main__ import _batches, _made_crisp
from train.segmenter.graph import convert
from train.segmenter.network import build
from train.segmenter.patches import SIDE, Patches


def ramp() -> NDArray[np.uint8]:
    """A patch whose ink grows from left to right, up to 200 of 255."""
    return np.tile(np.linspace(0, 200, SIDE).round().astype(np.uint8), (SIDE, 1))


def test_crisp_ink_rises_from_nothing_to_the_darkest_within_four_tenths() -> None:
    strength = np.repeat(ramp()[None, ..., None].astype(np.float32) / 255, 50, axis=0)
    crisp = _made_crisp(strength, np.random.default_rng(0))
    darkest = np.float32(200 / 255)
    for one in crisp[..., 0]:
        assert (np.diff(one[0]) >= 0).all()
        begins, ends = np.searchsorted(one[0], [1e-6, darkest - 1e-6]) / (SIDE - 1)
        assert 0.1 <= begins <= 0.41
        assert begins + 0.09 <= ends <= begins + 0.42
    assert not _made_crisp(np.zeros_like(strength), np.random.default_rng(0)).any()


def test_ink_that_is_gone_weighs_no_more_than_bare_paper_in_a_third_of_the_patches() -> None:
    patches = Patches(
        np.repeat(ramp()[None], 200, axis=0),
        np.ones((200, SIDE, SIDE), np.uint8),
        np.ones((200, SIDE, SIDE), np.float16),
    )
    weights = np.concatenate([weight for _, _, weight in _batches(patches, 50, 0, 0.3)])
    crisp = (weights < 1).any(axis=(1, 2, 3))
    assert abs(crisp.mean() - 0.3) < 0.08
    assert set(np.unique(weights[~crisp])) == {1.0}
    # A patch's faintest column is blank however it is drawn; of a crisp one at least a tenth of the ink is gone.
    gone = (weights[crisp] < 1).mean(axis=(1, 2, 3))
    assert gone.min() >= 0.1
    assert gone.max() <= 0.41


def test_the_graph_is_the_mean_of_the_networks_chances() -> None:
    keras.utils.set_random_seed(0)
    networks = [build(), build()]
    strength = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    graph = Interpreter(model_content=convert(networks), num_threads=1)
    graph.allocate_tensors()
    graph.set_tensor(graph.get_input_details()[0]["index"], strength)
    graph.invoke()
    chance = graph.get_tensor(graph.get_output_details()[0]["index"])
    wanted = np.mean([tf.sigmoid(network(strength)) for network in networks], axis=0)
    np.testing.assert_allclose(chance, wanted, atol=1e-6)
