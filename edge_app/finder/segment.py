"""Tell the ink of digits from lines, print and texture with a small network."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge_app.runtime.quiet import silenced_native_log

NETWORK: Final = Path(__file__).with_name("segmenter.tflite")
"""Trained on generated pages by `python -m train.segmenter`."""
BLOCK: Final = 32
"""Both sides of what the network takes are multiples of so many pixels, so that sizes are few."""
KEPT: Final = 5
"""Sizes for which it is kept ready: a video's frame is searched at so many scales."""


def tell_digits(strength: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the chance that each pixel's ink is a digit's.

    Args:
        strength: of the ink, uint8 [h, w]; see `Ink`.

    Returns:
        uint8 [h, w], 0 to 255; on bare paper it means nothing.
    """
    height, width = strength.shape
    shape = (-(-height // BLOCK) * BLOCK, -(-width // BLOCK) * BLOCK)
    interpreter = _interpreter(shape)
    scaled = np.zeros((1, *shape, 1), np.float32)
    np.divide(strength, 255, out=scaled[0, :height, :width, 0], dtype=np.float32)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], scaled)
    interpreter.invoke()
    chances = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return np.asarray(255 * chances[0, :height, :width, 0], np.uint8)


@lru_cache(maxsize=KEPT)
def _interpreter(shape: tuple[int, int]) -> Interpreter:
    """Make the network ready for pictures of a height and width."""
    with silenced_native_log():
        interpreter = Interpreter(model_path=str(NETWORK), num_threads=1)
    interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], (1, *shape, 1))
    interpreter.allocate_tensors()
    return interpreter
