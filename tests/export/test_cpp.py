"""The reader in C++: compiled here, linked with LiteRT's own library, and held against the device's Python."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
from pathlib import Path

import ai_edge_litert
import numpy as np
import pytest

import export
from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import open_bundle
from export.flatbuffer import for_one_image
from export.graphs.summary import with_summary
from export.summary_proof import LIMIT, NUMBERS

SOURCE = Path(export.__file__).with_name("cpp") / "read.cpp"
LIBRARY = Path(ai_edge_litert.__file__).with_name("libLiteRt.so")
DECLARED = (2, 3)
"""The version of LiteRT that `litert.h` declares; in 2.1 functions take other arguments."""


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the reader, every warning an error."""
    version = importlib.metadata.version("ai-edge-litert")
    if tuple(map(int, version.split(".")[:2])) < DECLARED or not LIBRARY.exists():
        pytest.skip(f"needs libLiteRt.so of LiteRT 2.3 or newer; found {version}")
    if not (compiler := shutil.which("g++")):
        pytest.skip("needs g++")
    program = tmp_path_factory.mktemp("cpp") / "read"
    strict = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
    linked = ["-o", program, f"-L{LIBRARY.parent}", "-lLiteRt", f"-Wl,-rpath,{LIBRARY.parent}"]
    subprocess.run([compiler, *strict, SOURCE, *linked], check=True)
    return program


def run(reader: Path, graph: Path, images: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([reader, graph], input=images, capture_output=True, check=False)


@pytest.mark.slow
def test_it_says_of_the_shipped_bundle_what_the_device_says(reader: Path, tmp_path: Path) -> None:
    shipped = load_bundle(DEFAULT_BUNDLE)
    graph = tmp_path / "read.tflite"
    graph.write_bytes(with_summary(for_one_image(shipped.graphs[0]), shipped.manifest))
    images = np.ones((40, 28, 28, 1), np.float32)
    rng = np.random.default_rng(0)
    for index, image in enumerate(images[1:]):  # bare paper first; strokes, ever fainter, on ever more noise
        row, column = rng.integers(4, 12, 2)
        image[row : row + 12, column : column + 3] = index / 60
        np.subtract(image, rng.random(image.shape, np.float32) * index / 40, out=image)
    done = run(reader, graph, images.tobytes())
    assert done.returncode == 0, done.stderr.decode()
    found = [json.loads(line) for line in done.stdout.splitlines()]
    expected = list(open_bundle(DEFAULT_BUNDLE).classify_batch(images))
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        for name in NUMBERS:
            np.testing.assert_allclose(one[name], getattr(other, name), atol=LIMIT, rtol=0, err_msg=name)
        assert (one["label"], tuple(one["label_set"]), one["reason"]) == (other.label, other.label_set, other.reason)
    assert len({one["reason"] for one in found}) > 1
    assert len({one["label"] for one in found}) > 1

    cut = run(reader, graph, images.tobytes()[:-3])
    assert (cut.returncode, len(cut.stdout.splitlines())) == (1, 39)
    assert cut.stderr.endswith(b"read: images: found 3133 bytes at the end, expected 3136 for each image\n")


@pytest.mark.slow
def test_what_it_cannot_read_is_said_in_a_line(reader: Path, tmp_path: Path) -> None:
    plain = run(reader, DEFAULT_BUNDLE / load_bundle(DEFAULT_BUNDLE).manifest.files[0].name, b"")
    assert plain.returncode == 1
    assert plain.stderr.endswith(b"read: found no signature read; export the bundle with --summary\n")
    missing = run(reader, tmp_path / "none.tflite", b"")
    assert missing.returncode == 1
    assert missing.stderr.endswith(b"none.tflite: LiteRT says status 500\n")
    assert subprocess.run([reader], capture_output=True, check=False).returncode == 2
