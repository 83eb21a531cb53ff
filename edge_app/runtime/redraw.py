"""Draws a stacked bundle's weight samples anew, without TensorFlow."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.bundle import Bundle, describe_graphs, manifest_of
from edge_app.runtime.carried import POSTERIOR, Carried, Place, decode_carried
from edge_app.runtime.embed import embed_in, unpack_graph
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import read_whole
from edge_app.runtime.manifest import Kind, Manifest

MOST_SAMPLES = 10_000


def redraw(bundle: Bundle, *, seed: int, samples: int | None = None) -> tuple[Manifest, dict[str, bytes]]:
    """Draw fresh weight samples, and write them into a copy of a bundle's graph.

    The same seed and number of samples give the exporter's own bytes.

    Args:
        bundle: a folder of kind stacked that carries its posterior.
        seed: of the draw, at least 0.
        samples: number K; None for as many as there are.

    Returns:
        The new manifest, and the new bundle's files by name; `write_bundle` writes them. The thresholds are those of
        the samples that they were calibrated on: `Origin.calibrated_seed` and `WarningRule.samples` say which.

    Raises:
        EdgeError: the bundle carries no posterior, or it does not fit the graph; or a number is out of range.
    """
    old = manifest_of(bundle, Manifest)
    count = old.samples if samples is None else samples
    if not 1 <= count <= MOST_SAMPLES or seed < 0:
        raise EdgeError(f"reseed: found seed {seed} and {count} samples, expected at least 0 and 1 to {MOST_SAMPLES:,}")
    content = _read_carried(bundle, old)
    carried = decode_carried(content, str(bundle.path / POSTERIOR))
    (file,) = old.files
    model = unpack_graph(bundle.graphs[0])
    write_samples(model, carried, old.samples, count, seed)
    calibrated = old.posterior.seed if old.posterior.calibrated_seed is None else old.posterior.calibrated_seed
    origin = msgspec.structs.replace(
        old.posterior, seed=seed, calibrated_seed=None if seed == calibrated else calibrated
    )
    manifest = msgspec.structs.replace(old, samples=count, posterior=origin, files=())
    embedded = embed_in(file.name, model, manifest)
    described = msgspec.structs.replace(manifest, files=describe_graphs({file.name: embedded}))
    return described, {file.name: embedded, POSTERIOR: content}


def write_samples(model: Any, carried: Carried, old: int, count: int, seed: int) -> None:
    """Write fresh samples into a graph.

    Args:
        model: what `unpack_graph` made of a graph of kind stacked; it is changed.
        carried: the posterior, with the graph's plan.
        old: number of samples that the graph holds.
        count: number that it is to hold.
        seed: of the draw.

    Raises:
        EdgeError: the plan does not fit the graph.
    """
    try:
        for tensor, axis, multiple in carried.plan.extents:
            changed = model.subgraphs[0].tensors[tensor]
            changed.shape = _replaced(changed.shape, axis, multiple * old, multiple * count)
            if changed.shapeSignature is not None:
                changed.shapeSignature = _replaced(changed.shapeSignature, axis, multiple * old, multiple * count)
        for buffer, element, multiple in carried.plan.constants:
            numbers = np.frombuffer(bytes(model.buffers[buffer].data), np.int32)
            model.buffers[buffer].data = _replaced(numbers, element, multiple * old, multiple * count).view(np.uint8)
        for place, (loc, scale) in zip(carried.plan.places, carried.normals, strict=True):
            _refill(model.buffers[place.buffer], draw(loc, scale, count, seed, place), old, count)
    except (IndexError, TypeError, ValueError) as error:
        raise EdgeError(f"{POSTERIOR}: does not fit the graph ({error}); export the bundle again") from None


def draw(
    loc: NDArray[np.float32], scale: NDArray[np.float32], count: int, seed: int, place: Place
) -> NDArray[np.floating]:
    """Draw a weight's samples as the exporter does, each weight from a stream of its own, and as the buffer has them.

    Sample by sample: all of them in float32 would take several times the memory of the graph.
    """
    stream = np.random.default_rng([seed, place.index, *place.role.encode()])
    shape = (count, *loc.shape)
    stored = np.empty([shape[axis] for axis in place.axes], place.dtype)
    by_sample = stored.transpose(np.argsort(place.axes))
    for index in range(count):
        sample = stream.standard_normal(loc.shape, np.float32)
        sample *= scale
        sample += loc
        by_sample[index] = sample
    return stored


def _replaced(numbers: NDArray[np.int32], index: int, old: int, new: int) -> NDArray[np.int32]:
    if numbers[index] != old:
        raise IndexError(f"found {numbers[index]}, expected {old}")
    changed = numbers.copy()
    changed[index] = new
    return changed


def _refill(buffer: Any, values: NDArray[np.floating], old: int, new: int) -> None:
    stored = values.reshape(-1).view(np.uint8)
    if len(buffer.data) * new != len(stored) * old:
        raise IndexError(f"found {len(buffer.data)} bytes of weights, expected {len(stored) * old // new}")
    buffer.data = stored


def _read_carried(bundle: Bundle, manifest: Manifest) -> bytes:
    file = manifest.carried
    if manifest.kind is not Kind.STACKED or file is None or not bundle.path.is_dir():
        raise EdgeError(
            f"{bundle.path}: carries no posterior; export it with --mode stacked --carry-posterior, and name its folder"
        )
    path = bundle.path / file.name
    content = read_whole(path, file.bytes, "copy or export the bundle again")
    found = describe_graphs({file.name: content})[0]
    if found != file:
        raise EdgeError(
            f"{path}: found SHA-256 {found.sha256}, expected {file.sha256}; copy or export the bundle again"
        )
    return content
