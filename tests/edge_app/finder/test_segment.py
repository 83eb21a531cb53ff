"""The network that tells digits' ink: what it is given, and that it is kept ready."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from edge_app.finder.segment import NETWORK, _large, _moderate, tell_digits


@pytest.mark.parametrize(("shape", "blocks"), [((64, 96), (64, 96)), ((33, 70), (64, 96)), ((1, 32), (32, 32))])
def test_the_network_is_given_whole_blocks_with_bare_paper_beyond(
    shape: tuple[int, int], blocks: tuple[int, int]
) -> None:
    strength = np.zeros(shape, np.uint8)
    strength[:, 8:12] = 200  # a stroke, of which the network is less sure at its ends
    padded = np.zeros((1, *blocks, 1), np.float32)
    padded[0, : shape[0], : shape[1], 0] = strength.astype(np.float32) / 255
    network = Interpreter(model_path=str(NETWORK), num_threads=1)
    network.resize_tensor_input(network.get_input_details()[0]["index"], padded.shape)
    network.allocate_tensors()
    network.set_tensor(network.get_input_details()[0]["index"], padded)
    network.invoke()
    chances = network.get_tensor(network.get_output_details()[0]["index"])[0, : shape[0], : shape[1], 0]
    found = tell_digits(strength)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, np.floor(255 * chances))
    assert found.max() > found.min()


@pytest.mark.parametrize(("ready_for", "height", "kept"), [(_moderate, 32, 4), (_large, 64, 2)])
def test_they_are_kept_ready_for_so_many_sizes(
    ready_for: Callable[[tuple[int, int]], Interpreter], height: int, kept: int
) -> None:
    sizes = [(height, 32 * blocks) for blocks in range(1, kept + 1)]
    ready = [ready_for(size) for size in sizes]
    assert all(ready_for(size) is one for size, one in zip(sizes, ready, strict=True))
    ready_for((96, 32))
    assert ready_for(sizes[1]) is ready[1]
    assert ready_for(sizes[0]) is not ready[0]


@pytest.mark.parametrize(("shape", "kept"), [((512, 768), 1), ((512, 800), 0)])
def test_a_frame_is_moderate_and_a_tile_is_large(shape: tuple[int, int], kept: int) -> None:
    _moderate.cache_clear()
    tell_digits(np.zeros(shape, np.uint8))
    assert _moderate.cache_info().currsize == kept
