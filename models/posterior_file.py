"""A posterior in one file: named arrays beside their architecture, readable with NumPy alone.

The file is an `.npz`. `network` holds the architecture as JSON, in bytes; every weight is `LAYER/ROLE/value` where it
is known, `LAYER/ROLE/loc` and `LAYER/ROLE/scale` (the standard deviation) where its posterior is a Normal, or
`LAYER/ROLE/rate` where it is a mask of dropout.
"""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.network import Dropped, Layer, Network, Normal, Operation, Point, Posterior, Weight

ARCHITECTURE = "network"

Array = NDArray[np.float32]
Extent = Annotated[int, msgspec.Meta(ge=1)]


class LayerHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One layer's name and hyperparameters."""

    name: str
    operation: Operation


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of a posterior but its numbers."""

    format: Literal["bayes-edge-posterior"]
    version: Literal[1]
    architecture: str
    input_shape: tuple[Extent, ...]
    layers: tuple[LayerHeader, ...]


def encode_posterior(posterior: Posterior) -> bytes:
    """Give the file's bytes, the same for the same posterior.

    Raises:
        ModelError: a weight's posterior is known by its draws alone, or two layers have one name.
    """
    header = Header(
        format="bayes-edge-posterior",
        version=1,
        architecture=posterior.architecture,
        input_shape=posterior.input_shape,
        layers=tuple(LayerHeader(layer.name, layer.operation) for layer in posterior.layers),
    )
    names = [layer.name for layer in posterior.layers]
    if len(set(names)) < len(names):
        raise ModelError(f"model {posterior.architecture!r}: found two layers of one name; give each its own")
    arrays = {
        f"{layer.name}/{role}/{parameter}": array
        for layer in posterior.layers
        for role, weight in layer.weights.items()
        for parameter, array in _parameters(layer.name, weight).items()
    }
    text = np.frombuffer(msgspec.json.encode(header), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{ARCHITECTURE: text}, **arrays)  # uncompressed: the same bytes everywhere
    return buffer.getvalue()


def decode_posterior(content: bytes, source: str) -> Posterior:
    """Read a file's bytes strictly.

    Args:
        content: the file's.
        source: where they come from, for messages.

    Raises:
        ModelError: they are not exactly a posterior of version 1.
    """
    arrays = read_archive(content, source)
    if ARCHITECTURE not in arrays:
        raise ModelError(f"{source}: found no array {ARCHITECTURE!r}, expected a posterior written by python -m train")
    try:
        header = msgspec.json.decode(arrays.pop(ARCHITECTURE).tobytes(), type=Header)
    except msgspec.DecodeError as error:
        raise ModelError(f"{source}: {error}; expected a bayes-edge posterior, version 1; train it again") from None
    weights = _weights(arrays, source)
    unknown = weights.keys() - {layer.name for layer in header.layers}
    if unknown:
        raise ModelError(f"{source}: found weights of {', '.join(sorted(unknown))}, expected those of its layers alone")
    layers = tuple(Layer(layer.name, layer.operation, weights.get(layer.name, {})) for layer in header.layers)
    return Network(header.architecture, header.input_shape, layers)


def read_archive(content: bytes, source: str) -> dict[str, NDArray[np.generic]]:
    """Read the arrays of an `.npz` by name.

    Raises:
        ModelError: it is none.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise ModelError(f"{source}: found no NumPy archive ({error}), expected an .npz; train it again") from None


def _parameters(layer: str, weight: Weight) -> dict[str, Array]:
    match weight:
        case Point(value):
            return {"value": value}
        case Normal(loc, scale):
            return {"loc": loc, "scale": scale}
        case Dropped(rate):
            return {"rate": rate}
    raise ModelError(
        f"layer {layer!r}: found a posterior that is no mean-field Normal, which cannot be saved as numbers; "
        "save draws of its weights, and export those as samples"
    )


def _weights(arrays: Mapping[str, NDArray[np.generic]], source: str) -> dict[str, dict[str, Weight]]:
    """Gather arrays by layer and role."""
    parameters: dict[tuple[str, str], dict[str, Array]] = defaultdict(dict)
    for name, array in arrays.items():
        layer, role, parameter = (["", "", "", *name.rsplit("/", 2)])[-3:]
        if array.dtype != np.float32 or not np.isfinite(array).all():
            raise ModelError(f"{source}: found {array.dtype} in {name!r}, expected finite float32; train it again")
        parameters[layer, role][parameter] = array.astype(np.float32)
    weights: dict[str, dict[str, Weight]] = defaultdict(dict)
    for (layer, role), found in parameters.items():
        weights[layer][role] = _weight(found, f"{source}: {layer}/{role}")
    return weights


def _weight(found: Mapping[str, Array], source: str) -> Weight:
    match sorted(found):
        case ["value"]:
            return Point(found["value"])
        case ["loc", "scale"] if found["loc"].shape == found["scale"].shape and (found["scale"] >= 0).all():
            return Normal(found["loc"], found["scale"])
        case ["rate"] if (found["rate"] >= 0).all() and (found["rate"] < 1).all():
            return Dropped(found["rate"])
    shapes = ", ".join(f"{name} {list(array.shape)}" for name, array in sorted(found.items()))
    raise ModelError(f"{source}: found {shapes}, expected value, loc and scale of one shape, or rate; train it again")
