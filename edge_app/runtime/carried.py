"""The posterior that a stacked bundle may carry: what its samples were drawn from, and where its graph holds them.

The file is an `.npz`: `plan` is a `Plan` as JSON, in bytes; every weight is `LAYER/ROLE/loc` and `LAYER/ROLE/scale`
(the standard deviation), float16: the exporter draws from what is rounded so. Only drawing anew reads it.
"""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.errors import EdgeError

POSTERIOR = "posterior.npz"
PLAN = "plan"

Array = NDArray[np.float32]
Index = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Extent = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a graph holds the samples of one weight.

    Attributes:
        layer: its name.
        index: its number in the network, which its random stream depends on.
        role: `kernel` or `bias`.
        buffer: the flatbuffer's.
        axes: of the samples, [K, ...], in the order in which the buffer has them.
        dtype: of the buffer.
    """

    layer: str
    index: Index
    role: str
    buffer: Index
    axes: tuple[Index, ...]
    dtype: Literal["float32", "float16"]


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to write other samples, and more or fewer, into a graph.

    Attributes:
        places: of the weights.
        extents: (tensor, axis, multiple): the axis is so many times K long.
        constants: (buffer, element, multiple): the int32 number is so many times K.
    """

    places: tuple[Place, ...]
    extents: tuple[tuple[Index, Index, Extent], ...]
    constants: tuple[tuple[Index, Index, Extent], ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """A plan, and for each of its places loc and scale, float32 of one shape both, every value one of float16."""

    plan: Plan
    normals: tuple[tuple[Array, Array], ...]


def encode_carried(carried: Carried) -> bytes:
    """Give the file's bytes, the same for the same posterior."""
    arrays = {
        f"{place.layer}/{place.role}/{name}": array.astype(np.float16)
        for place, normal in zip(carried.plan.places, carried.normals, strict=True)
        for name, array in zip(("loc", "scale"), normal, strict=True)
    }
    plan = np.frombuffer(msgspec.json.encode(carried.plan), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{PLAN: plan}, **arrays)
    return buffer.getvalue()


def decode_carried(content: bytes, source: str) -> Carried:
    """Read a file's bytes strictly.

    Args:
        content: the file's.
        source: where they come from, for messages.

    Raises:
        EdgeError: they are no carried posterior.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        plan = msgspec.json.decode(arrays.pop(PLAN).tobytes(), type=Plan)
        return Carried(plan, tuple(_normal(arrays, place) for place in plan.places))
    except _NO_POSTERIOR as error:
        raise EdgeError(f"{source}: found no posterior ({error}); export the bundle again") from None


_NO_POSTERIOR = (
    *(KeyError, ValueError, OSError, EOFError, AttributeError, msgspec.DecodeError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),  # bzip2's is an OSError
    RuntimeError,  # of an archive that is encrypted or of another version
)


def _normal(arrays: Mapping[str, NDArray[np.generic]], place: Place) -> tuple[Array, Array]:
    loc, scale = (arrays[f"{place.layer}/{place.role}/{name}"] for name in ("loc", "scale"))
    if not (loc.dtype == scale.dtype == np.float16) or loc.shape != scale.shape:
        raise ValueError(f"{place.layer}/{place.role} has {loc.dtype} {loc.shape} and {scale.dtype} {scale.shape}")
    if sorted(place.axes) != list(range(loc.ndim + 1)):
        raise ValueError(f"{place.layer}/{place.role} has axes {list(place.axes)} of {loc.ndim + 1}")
    return loc.astype(np.float32), scale.astype(np.float32)
