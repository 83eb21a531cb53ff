"""A posterior travels with its bundle as it is, and what is no posterior is refused in one line."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.runtime.carried import PLAN, Carried, Place, Plan, decode_carried, encode_carried
from edge_app.runtime.errors import EdgeError

INPUTS, CLASSES = 4, 3
PLACE = Place(layer="dense", index=1, role="kernel", buffer=1, axes=(0, 2, 1), dtype="float32")
PLAN_OF_GRAPH = Plan(places=(PLACE,), extents=((2, 0, CLASSES), (3, 1, CLASSES)), constants=((2, 1, 1),))


def test_a_carried_posterior_is_read_as_it_was_written() -> None:
    loc = np.random.default_rng(0).normal(size=(INPUTS, CLASSES)).astype(np.float16).astype(np.float32)
    carried = Carried(PLAN_OF_GRAPH, ((loc, np.full_like(loc, 0.5)),))
    content = encode_carried(carried)
    assert encode_carried(carried) == content
    found = decode_carried(content, "here")
    assert found.plan == carried.plan
    np.testing.assert_array_equal(found.normals, carried.normals)


def planned(**changed: Any) -> NDArray[np.uint8]:
    """The plan as the file holds it, with other parts."""
    return np.frombuffer(msgspec.json.encode(msgspec.structs.replace(PLAN_OF_GRAPH, **changed)), np.uint8)


def archive(**changed: Any) -> bytes:
    """The file of a carried posterior, with arrays in the place of its own; None leaves one out."""
    arrays = {
        "dense/kernel/loc": np.zeros((INPUTS, CLASSES), np.float16),
        "dense/kernel/scale": np.ones((INPUTS, CLASSES), np.float16),
        PLAN: np.frombuffer(msgspec.json.encode(PLAN_OF_GRAPH), np.uint8),
    } | changed
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **{name: array for name, array in arrays.items() if array is not None})
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "No data left"),
        (b"text", "pickled"),
        (archive()[:-30], "not a zip file"),
        (archive(plan=None), "plan"),
        (archive(plan=np.frombuffer(b"{}", np.uint8)), "missing required field"),
        (archive(plan=np.frombuffer(b"{", np.uint8)), "truncated"),
        (archive(plan=np.array([{}], object)), "Object arrays cannot be loaded"),
        (archive(**{"dense/kernel/scale": None}), "dense/kernel/scale"),
        (archive(**{"dense/kernel/scale": np.ones(3, np.float16)}), r"has float16 \(4, 3\) and float16 \(3,\)"),
        (archive(**{"dense/kernel/loc": np.zeros((INPUTS, CLASSES), np.float32)}), "has float32"),
        (archive(**{"dense/kernel/scale": np.zeros((INPUTS, CLASSES))}), "and float64"),
        (archive(plan=planned(places=(msgspec.structs.replace(PLACE, axes=(0, 1, 1)),))), r"has axes \[0, 1, 1\] of 3"),
        (archive(plan=planned(places=(msgspec.structs.replace(PLACE, axes=(0, 1, 3)),))), r"has axes \[0, 1, 3\] of 3"),
        (archive(plan=planned(extents=((2**31, 0, 1),))), r"`int` <= 2147483647 - at `\$.extents\[0\]\[0\]`"),
        (archive(plan=planned(extents=((0, 0, 2**31),))), r"`int` <= 2147483647 - at `\$.extents\[0\]\[2\]`"),
        (archive(plan=planned(extents=((0, 0, 0),))), r"`int` >= 1 - at `\$.extents\[0\]\[2\]`"),
        (archive(plan=planned(extents=((0, -1, 1),))), r"`int` >= 0 - at `\$.extents\[0\]\[1\]`"),
    ],
)
def test_what_is_no_carried_posterior_is_refused(content: bytes, found: str) -> None:
    with pytest.raises(EdgeError, match=rf"here: found no posterior \(.*{found}.*export the bundle again"):
        decode_carried(content, "here")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_whatever_the_bytes_are_the_answer_is_a_posterior_or_one_line(compression: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive())) as plain, zipfile.ZipFile(buffer, "w", compression) as packed:
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))
    whole = buffer.getvalue()
    assert decode_carried(whole, "here").plan == PLAN_OF_GRAPH
    for position in range(len(whole)):
        for bit in (1, 128):
            changed = bytearray(whole)
            changed[position] ^= bit
            for content in (bytes(changed), whole[:position]):
                with suppress(EdgeError):  # nothing else may be raised
                    assert decode_carried(content, "here").plan.places
