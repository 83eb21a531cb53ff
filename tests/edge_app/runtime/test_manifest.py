"""A manifest says the same after a round trip, and one with a changed bit says nothing."""

from __future__ import annotations

import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.embedded import BLANK, find_manifest
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import (
    CalibratedOn,
    Conformal,
    GraphFile,
    Input,
    InputPart,
    Kind,
    Manifest,
    Origin,
    Quantisation,
    WarningRule,
)
from edge_app.runtime.manifest_text import decode_manifest, encode_manifest, manifest_schema
from edge_app.runtime.prediction import Thresholds
from edge_app.runtime.regression import Calibration
from edge_app.runtime.regression_manifest import PredictionInterval, RegressionManifest

SHIPPED = Path(__file__).parents[3] / "edge_app" / "bundles" / "digits"
TEXT = (SHIPPED / "manifest.json").read_bytes()


def with_checksum(manifest: dict[str, Any]) -> bytes:
    """Write any manifest with a checksum that fits."""
    text = json.dumps(manifest | {"checksum": "0" * 64}).encode()
    return text.replace(b"0" * 64, hashlib.sha256(text).hexdigest().encode())


REGRESSION = RegressionManifest(
    format="bayes-edge",
    version=2,
    kind=Kind.STACKED,
    samples=3,
    input=Input(shape=(7,), dtype="float32"),
    labels=("height, m", "mass, kg"),
    files=(GraphFile("stacked.tflite", 1, "0" * 64),),
    quantisation=Quantisation.NONE,
    posterior=Origin("line", "0" * 64, 0),
    output="mean_scale",
    noise=(1.0, 0.5),
    interval=PredictionInterval((1.96, 2.1), 0.05, 400),
    versions={},
)


shares = st.floats(0, 1, exclude_min=True, exclude_max=True)
counts = st.integers(1, 2**31 - 1)
names = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=50)
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
levels = st.floats(-1e6, 1e6)
normal_levels = st.floats(-1e6, 1e6, width=32, allow_subnormal=False)  # of subnormals float32 keeps but a few bits


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    labels = draw(st.lists(names, min_size=2, max_size=12, unique=True))
    files = draw(st.lists(st.from_regex(r"[0-9A-Za-z_][0-9A-Za-z_.-]{0,30}", fullmatch=True), min_size=1, unique=True))
    paper, ink = draw(st.lists(levels, min_size=2, max_size=2, unique=True))
    return Manifest(
        format="bayes-edge",
        version=2,
        kind=draw(st.sampled_from(Kind)),
        samples=draw(counts),
        input=Input(draw(st.tuples(*[st.integers(1, 4096)] * 3)), "float32", paper, ink),
        labels=tuple(labels),
        files=tuple(GraphFile(name, draw(counts), draw(digests)) for name in files),
        quantisation=draw(st.sampled_from(Quantisation)),
        posterior=Origin(draw(names), draw(digests), draw(st.integers(0, 2**63 - 1))),
        temperature=draw(st.floats(0.5, 2)),
        warning=WarningRule(
            rule="total_entropy",
            threshold_bits=draw(st.just(-1.0) | st.floats(0, math.log2(len(labels)))),
            target_risk=draw(shares),
            confidence=draw(shares),
            doubted=draw(st.floats(0, 1, exclude_max=True)),
            calibrated_on=draw(st.sampled_from(CalibratedOn)),
            samples=draw(counts),
            images=draw(counts),
        ),
        conformal=Conformal(draw(st.floats(0, 1)), draw(shares), draw(counts)),
        versions=draw(st.dictionaries(names, names, max_size=5)),
        entropy_counts=draw(st.just(()) | st.tuples(*[st.integers(0, 2**31 - 1)] * 54, counts)),
    )


@settings(deadline=None)
@given(manifests())
def test_what_is_written_is_read_again(manifest: Manifest) -> None:
    text = encode_manifest(manifest)
    assert decode_manifest(text, "here") == manifest
    assert encode_manifest(decode_manifest(text, "here")) == text
    expected = manifest.warning.threshold_bits, manifest.conformal.threshold, manifest.kind.sampling
    assert manifest.thresholds == Thresholds(*expected)


def test_the_checksum_is_the_hash_of_the_text_with_zeros_in_its_place() -> None:
    written = json.loads(TEXT)
    assert list(written)[-1] == "checksum"
    blank = TEXT.replace(written["checksum"].encode(), b"0" * 64)
    assert hashlib.sha256(blank).hexdigest() == written["checksum"]


def test_every_changed_bit_is_refused_in_one_line() -> None:
    """All of them: of a folder's manifest, and of the one embedded in a graph with its padding."""
    graph = (SHIPPED / "moments.tflite").read_bytes()
    embedded = graph[find_manifest(graph, "")]
    assert decode_manifest(embedded.rstrip(BLANK), "here") == load_bundle(SHIPPED / "moments.tflite").manifest
    refused = 0
    for text in (TEXT, embedded):
        for position in range(8 * len(text)):
            changed = bytearray(text)
            changed[position // 8] ^= 1 << position % 8
            with pytest.raises(EdgeError) as raised:
                decode_manifest(bytes(changed).rstrip(BLANK), "here/manifest.json")
            message = str(raised.value)
            assert message.startswith("here/manifest.json: ")
            assert message.isprintable()
            refused += 1
    assert refused == 8 * (len(TEXT) + len(embedded))


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(TEXT)), st.integers(0, 20), st.binary(max_size=20))
def test_every_other_change_is_refused(start: int, length: int, other: bytes) -> None:
    changed = TEXT[:start] + other + TEXT[start + length :]
    if changed == TEXT:
        return
    with pytest.raises(EdgeError):
        decode_manifest(changed, "here")


@settings(deadline=None)
@given(st.binary(max_size=60))
@example(b"")
@example(b"null")
@example(b"[" * 100_000)
@example(b'{"format":' * 100_000)
@example(b'{"samples": 1' + b"0" * 10_000 + b"}")
@example('{"\n\x1b[2J": 1}'.encode("utf-16"))
def test_what_is_no_manifest_is_refused(text: bytes) -> None:
    with pytest.raises(EdgeError, match="expected a bayes-edge manifest, version 2; export the bundle again"):
        decode_manifest(text, "here")


@pytest.mark.parametrize(
    ("key", "again"),
    [
        ('"samples": 200', '"samples": 200, "samples": 200'),
        ('"samples": 200', '"s\\u0061mples": 7, "samples": 200'),
        ('"alpha": 0.01', '"alpha": 0.5, "alpha": 0.01'),
    ],
)
def test_a_key_that_stands_twice_is_refused_though_the_checksum_fits(key: str, again: str) -> None:
    written = json.loads(TEXT)
    text = json.dumps(written | {"checksum": "0" * 64})
    assert key in text
    changed = text.replace(key, again).encode()
    changed = changed.replace(b"0" * 64, hashlib.sha256(changed).hexdigest().encode())
    with pytest.raises(EdgeError, match=r"found key '(samples|alpha)' twice"):
        decode_manifest(changed, "here")
    assert decode_manifest(with_checksum(written), "here") == decode_manifest(TEXT, "here")


OUT_OF_RANGE: list[tuple[str, Any]] = [
    ("version", 1),
    ("version", 3),
    ("samples", 0),
    ("samples", 2**31),
    ("temperature", 0.49),
    ("temperature", 2.01),
    ("labels", ["0"]),
    ("labels", [*"012345678", "8"]),
    ("labels", [*"012345678", ""]),
    ("labels", [*"012345678", " "]),
    ("labels", [*"012345678", "9\n"]),
    ("labels", [*"012345678", "\x1b[2J"]),
    ("files", []),
    ("input.shape", []),
    ("input.shape", [28] * 5),
    ("input.shape", [0, 28, 1]),
    ("input.shape", [4097, 28, 1]),
    ("input.dtype", "uint8"),
    ("input.paper", 0.0),
    ("input.paper", 1e7),
    ("input.ink", -1e7),
    ("posterior.seed", -1),
    ("posterior.seed", 2**63),
    ("posterior.sha256", "0" * 63),
    ("posterior.sha256", "0" * 64 + "\n"),
    ("posterior.architecture", ""),
    ("warning.threshold_bits", -0.5),
    ("warning.threshold_bits", -2),
    ("warning.threshold_bits", 3.33),
    ("warning.threshold_bits", 8.215),
    ("warning.threshold_bits", None),
    ("warning.target_risk", 0),
    ("warning.target_risk", 1),
    ("warning.confidence", 0),
    ("warning.confidence", 1),
    ("warning.doubted", -0.1),
    ("warning.doubted", 1),
    ("warning.calibrated_on", "dreams"),
    ("warning.samples", 0),
    ("warning.images", 0),
    ("conformal.threshold", -0.1),
    ("conformal.threshold", 1.1),
    ("conformal.alpha", 0),
    ("conformal.alpha", 1),
    ("conformal.images", 0),
]


@pytest.mark.parametrize(("key", "value"), OUT_OF_RANGE)
def test_a_value_out_of_range_is_refused_though_the_checksum_fits(key: str, value: Any) -> None:
    written = json.loads(TEXT)
    *path, last = key.split(".")
    part = written
    for name in path:
        part = part[name]
    assert part[last] != value
    part[last] = value
    with pytest.raises(EdgeError, match=r"found|Expected|Invalid|Missing") as raised:
        decode_manifest(with_checksum(written), "here")
    assert "checksum" not in str(raised.value)


def test_a_file_name_that_stands_twice_is_refused() -> None:
    written = json.loads(TEXT)
    written["files"] *= 2
    with pytest.raises(EdgeError, match="found a file name twice"):
        decode_manifest(with_checksum(written), "here")


@pytest.mark.parametrize("counts", [[1], [0] * 55, [1] * 56, [-1] * 55, ["1"] * 55])
def test_entropy_counts_that_count_nothing_are_refused(counts: list[Any]) -> None:
    written = json.loads(TEXT) | {"entropy_counts": counts}
    del written["checksum"]
    with pytest.raises(EdgeError, match=r"entropy counts, expected 55|Expected"):
        decode_manifest(with_checksum(written), "here")


@pytest.mark.parametrize(("key", "value"), [("threshold_bits", -1), ("threshold_bits", 0), ("threshold_bits", 3.3219)])
def test_the_ends_of_the_threshold_are_taken(key: str, value: float) -> None:
    written = json.loads(TEXT)
    written["warning"][key] = value
    assert decode_manifest(with_checksum(written), "here").warning.threshold_bits == value


@settings(deadline=None)
@given(st.lists(normal_levels, min_size=2, max_size=2, unique=True), st.floats(0, 1, width=32))
def test_paper_and_ink_become_what_the_graph_takes(values: list[float], shade: float) -> None:
    paper, ink = values
    images = np.array([1.0, 0.0, shade], np.float32).reshape(1, 3, 1, 1)
    found = Input((3, 1, 1), "float32", paper, ink).from_paper_and_ink(images)
    assert (found.dtype, found.shape) == (np.float32, images.shape)
    assert found.ravel()[:2].tolist() == [np.float32(paper), np.float32(ink)]
    assert found.ravel()[2] == pytest.approx(shade * paper + (1 - shade) * ink, abs=1e-6 * max(abs(paper), abs(ink)))


def test_paper_one_and_ink_zero_are_left_as_they_are() -> None:
    images = np.random.default_rng(0).random((2, 28, 28, 1), np.float32)
    found = msgspec.json.decode(TEXT, type=dict[str, Any])["input"]
    np.testing.assert_array_equal(msgspec.convert(found, Input).from_paper_and_ink(images), images)


def test_the_schema_names_the_keys_that_are_written_and_ends_patterns_as_javascript_does() -> None:
    schema = manifest_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    written = [schema["$defs"][part["$ref"].rpartition("/")[2]] for part in schema["anyOf"]]
    for text in (TEXT, encode_manifest(REGRESSION)):
        keys = set(json.loads(text))
        fits = [set(part["required"]) <= keys <= set(part["properties"]) for part in written]
        assert sum(fits) == 1
    patterns = re.findall(r'"pattern": ?"([^"]*)"', json.dumps(schema))
    assert patterns
    assert all(pattern.endswith("$") for pattern in patterns)


def test_a_regressions_manifest_is_read_again_as_one() -> None:
    text = encode_manifest(REGRESSION)
    assert decode_manifest(text, "here") == REGRESSION
    assert json.loads(text)["output"] == "mean_scale"
    assert not {"paper", "ink"} & set(json.loads(text)["input"])
    assert REGRESSION.calibration == Calibration((1.0, 0.5), (1.96, 2.1))
    assert (REGRESSION.width, REGRESSION.gives) == (4, "a mean and a scale of 2 quantities")
    plain = msgspec.structs.replace(
        REGRESSION,
        output="mean",
        labels=("mass",),
        noise=(1.0,),
        interval=PredictionInterval((2.0,), 0.05, 400),
    )
    assert (plain.width, plain.gives) == (1, "a mean of 1 quantity")
    assert (decode_manifest(TEXT, "here").width, decode_manifest(TEXT, "here").gives) == (
        10,
        "probabilities of 10 classes",
    )


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("output", "median", "found output 'median', expected one of probabilities, multi_label, mean"),
        ("output", "probabilities", "Object contains unknown field `noise`"),
        ("output", 7, "Expected `str`, got `int`"),
        ("noise", [1.0], "found 1 noise scales, expected 2, one for each quantity"),
        ("noise", [1.0, 0.0], "Expected `float` > 0.0"),
        ("interval", {"deviations": [1.0], "alpha": 0.1, "images": 9}, "found 1 interval's deviations, expected 2"),
        (
            "input",
            {"shape": [7], "dtype": "float32", "paper": 1.0},
            "found one of paper and ink, expected both or none",
        ),
        ("labels", ["a", "a"], "found a label twice"),
    ],
)
def test_a_regressions_manifest_that_does_not_fit_is_refused(key: str, value: Any, found: str) -> None:
    written = json.loads(encode_manifest(REGRESSION)) | {key: value}
    with pytest.raises(EdgeError) as raised:
        decode_manifest(with_checksum(written), "here")
    assert str(raised.value).startswith("here: ")
    assert found in str(raised.value)


def test_an_input_without_paper_and_ink_is_made_of_no_ink() -> None:
    with pytest.raises(ValueError, match="found no values of paper and ink"):
        REGRESSION.input.from_paper_and_ink(np.zeros((1, 7), np.float32))


def test_several_inputs_lie_side_by_side_in_the_order_of_the_manifest() -> None:
    parts = (InputPart("scan", (2, 2)), InputPart("age", (1,)))
    taken = Input(shape=(5,), dtype="float32", parts=parts)
    age, scan = np.float32([[7], [8]]), np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    found = taken.pack({"age": age, "scan": scan})
    np.testing.assert_array_equal(found, [[0, 1, 2, 3, 7], [4, 5, 6, 7, 8]])
    assert found.dtype == np.float32
    for wrong, message in (
        ({"age": age}, "found age, expected scan, age"),
        ({"age": age, "scan": scan[:1]}, r"found age \[2, 1\], expected \[1, 1\]"),
        ({"age": age, "scan": scan[..., 0]}, r"found scan \[2, 2\], expected \[2, 2, 2\]"),
    ):
        with pytest.raises(ValueError, match=message):
            taken.pack(wrong)
    with pytest.raises(ValueError, match=r"found input shape \[6\], expected \[5\], the length of its parts"):
        Input(shape=(6,), dtype="float32", parts=parts)
    with pytest.raises(ValueError, match="expected one array"):
        REGRESSION.input.pack({"age": age})
