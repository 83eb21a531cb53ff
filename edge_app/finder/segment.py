"""Tell the ink of digits from lines, print and texture with two small networks in one graph."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge_app.runtime.quiet import silenced_native_log

NETWORK: Final = Path(__file__).with_name("segmenter.tflite")
"""The mean chance of two networks, trained on generated pages by `python -m train.segmenter`."""
BLOCK: Final = 32
"""Both sides of what the networks take are multiples of so many pixels, so that sizes are few."""
MODERATE: Final = 400_000
"""Pixels of the largest picture that is a moderate one: a frame of 640 x 480 and its margin."""
KEPT: Final = 4
"""Sizes of moderate pictures for which it is kept ready: a video's frame is searched at so many scales."""
KEPT_LARGE: Final = 2
"""The same of larger ones, the tiles of a scan, each of which takes much memory."""


def tell_digits(strength: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the chance that each pixel's ink is a digit's.

    Args:
        strength: of the ink, uint8 [h, w]; see `Ink`.

    Returns:
        uint8 [h, w], 0 to 255; on bare paper it means nothing.
    """
    height, width = strength.shape
    shape = (-(-height // BLOCK) * BLOCK, -(-width // BLOCK) * BLOCK)
    interpreter = _large(shape) if shape[0] * shape[1] > MODERATE else _moderate(shape)
    scaled = np.zeros((1, *shape, 1), np.float32)
    np.divide(strength, 255, out=scaled[0, :height, :width, 0], dtype=np.float32)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], scaled)
    interpreter.invoke()
    chances = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return np.asarray(255 * chances[0, :height, :width, 0], np.uint8)


def _interpreter(shape: tuple[int, int]) -> Interpreter:
    """Make the networks ready for pictures of a height and width."""
    with silenced_native_log():
        interpreter = Interpreter(model_path=str(NETWORK), num_threads=1)
    interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], (1, *shape, 1))
    interpreter.allocate_tensors()
    return interpreter


_moderate: Final = lru_cache(maxsize=KEPT)(_interpreter)
_large: Final = lru_cache(maxsize=KEPT_LARGE)(_interpreter)
