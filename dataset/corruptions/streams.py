"""One random stream an image, so that no image depends on its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Images: TypeAlias = NDArray[np.float64]
Streams: TypeAlias = Sequence[np.random.Generator]


def open_streams(purpose: str, indices: Iterable[int], seed: int) -> Streams:
    """Open the stream of every image, told apart by what is drawn, the image's index and the seed."""
    letters = list(purpose.encode())
    return [np.random.default_rng([seed, index, *letters]) for index in indices]


def draw_each(streams: Streams, draw: Callable[[np.random.Generator], Any]) -> NDArray[Any]:
    """Draw once from every stream; the results are stacked along a first axis of images."""
    return np.stack([draw(stream) for stream in streams])
