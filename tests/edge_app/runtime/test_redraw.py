"""Samples drawn anew compute what NumPy computes with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from edge_app.commands import reseed
from edge_app.runtime.bundle import Bundle, describe_graphs, load_bundle, write_bundle
from edge_app.runtime.carried import POSTERIOR, Carried, Place, Plan, encode_carried
from edge_app.runtime.embed import embed_manifest, pack_graph, unpack_graph, without_conversion_record
from edge_app.runtime.embedded import ENTRY, find_manifest
from edge_app.runtime.engine import open_engine
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Input, Kind, Manifest, Origin
from edge_app.runtime.redraw import MOST_SAMPLES, draw, redraw, write_samples

SHIPPED = Path(__file__).parents[3] / "edge_app" / "bundles" / "digits"
INPUTS, CLASSES, SAMPLES, SEED = 4, 3, 5, 2
PLACE = Place(layer="dense", index=1, role="kernel", buffer=1, axes=(0, 2, 1), dtype="float32")
PLAN_OF_GRAPH = Plan(
    places=(PLACE,),
    extents=((2, 0, CLASSES), (3, 1, CLASSES), (5, 1, 1), (6, 1, 1)),  # kernel, logits side by side, logits, output
    constants=((2, 1, 1),),  # the K of the shape [-1, K, C]
)

Array = NDArray[np.float32]


def make_graph(samples: int, kernel: bytes) -> bytes:
    """A dense layer of K samples without a bias, as a graph: float32 [N, 2, 2, 1] -> [N, K, C]."""
    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version, model.metadata = 3, []
    contents = [b"", kernel, np.array([-1, samples, CLASSES], np.int32).tobytes()]
    contents.append(np.array([-1, INPUTS], np.int32).tobytes())
    model.buffers = []
    for content in contents:
        model.buffers.append(schema.BufferT())
        model.buffers[-1].data = np.frombuffer(content, np.uint8) if content else None
    number = schema.TensorType.FLOAT32, schema.TensorType.INT32
    graph.tensors = [
        make_tensor("image", [1, 2, 2, 1], number[0], 0),
        make_tensor("rows", [1, INPUTS], number[0], 0),
        make_tensor("kernel", [samples * CLASSES, INPUTS], number[0], 1),
        make_tensor("side_by_side", [1, samples * CLASSES], number[0], 0),
        make_tensor("shape", [3], number[1], 2),
        make_tensor("logits", [1, samples, CLASSES], number[0], 0),
        make_tensor("output", [1, samples, CLASSES], number[0], 0),
        make_tensor("flat", [2], number[1], 3),
    ]
    options = schema.BuiltinOptions
    softmax = schema.SoftmaxOptionsT()
    softmax.beta = 1.0
    graph.operators = [
        make_operator(0, [0, 7], [1], options.ReshapeOptions, schema.ReshapeOptionsT()),
        make_operator(1, [1, 2, -1], [3], options.FullyConnectedOptions, schema.FullyConnectedOptionsT()),
        make_operator(0, [3, 4], [5], options.ReshapeOptions, schema.ReshapeOptionsT()),
        make_operator(2, [5], [6], options.SoftmaxOptions, softmax),
    ]
    graph.inputs, graph.outputs = [0], [6]
    model.subgraphs = [graph]
    builtins = schema.BuiltinOperator
    model.operatorCodes = [make_code(code) for code in (builtins.RESHAPE, builtins.FULLY_CONNECTED, builtins.SOFTMAX)]
    return pack_graph(model)


def make_tensor(name: str, shape: list[int], number: int, buffer: int) -> Any:
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.type, tensor.buffer = name, shape, number, buffer
    if shape[0] == 1:
        tensor.shapeSignature = [-1, *shape[1:]]
    return tensor


def make_operator(code: int, inputs: list[int], outputs: list[int], kind: int, options: Any) -> Any:
    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = code, inputs, outputs
    operator.builtinOptionsType, operator.builtinOptions = kind, options
    return operator


def make_code(number: int) -> Any:
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = number
    return code


@pytest.fixture
def carried() -> Carried:
    rng = np.random.default_rng(0)
    loc = rng.normal(size=(INPUTS, CLASSES)).astype(np.float16).astype(np.float32)  # as the exporter rounds it
    return Carried(PLAN_OF_GRAPH, ((loc, np.full_like(loc, 0.5)),))


def samples_of(carried: Carried, count: int, seed: int) -> Array:
    """A stream for each weight, whose seed is the draw's, the layer's number and the role's letters."""
    ((loc, scale),) = carried.normals
    noise = np.random.default_rng([seed, 1, *b"kernel"]).standard_normal((count, INPUTS, CLASSES), np.float32)
    return loc + scale * noise


def graph_of(carried: Carried, count: int, seed: int) -> bytes:
    return make_graph(count, samples_of(carried, count, seed).transpose(0, 2, 1).tobytes())


@pytest.fixture
def manifest() -> Manifest:
    shipped = load_bundle(SHIPPED).manifest
    return msgspec.structs.replace(
        shipped,
        kind=Kind.STACKED,
        samples=SAMPLES,
        input=Input((2, 2, 1), "float32", paper=1.0, ink=0.0),
        labels=("a", "b", "c"),
        files=(),
        posterior=Origin("dense", "0" * 64, SEED),
        warning=msgspec.structs.replace(shipped.warning, threshold_bits=0.5, samples=SAMPLES),
        carried=None,
    )


@pytest.fixture
def bundle(manifest: Manifest, carried: Carried, tmp_path: Path) -> Bundle:
    return write(tmp_path / "bundle", manifest, graph_of(carried, SAMPLES, SEED), encode_carried(carried))


def write(path: Path, manifest: Manifest, graph: bytes, posterior: bytes | None) -> Bundle:
    beside = {} if posterior is None else {POSTERIOR: posterior}
    manifest = msgspec.structs.replace(manifest, carried=describe_graphs(beside)[0] if beside else None)
    files = {"dense.tflite": embed_manifest("dense.tflite", graph, manifest)}
    write_bundle(path, msgspec.structs.replace(manifest, files=describe_graphs(files)), files | beside)
    return load_bundle(path)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize(("count", "seed"), [(None, 9), (1, 9), (11, SEED), (11, 0)])
def test_samples_drawn_anew_compute_what_numpy_computes(
    count: int | None, seed: int, bundle: Bundle, carried: Carried, tmp_path: Path
) -> None:
    manifest, files = redraw(bundle, seed=seed, samples=count)
    write_bundle(tmp_path / "drawn", manifest, files)
    drawn = load_bundle(tmp_path / "drawn")
    assert drawn.manifest.samples == (count or SAMPLES)
    assert drawn.manifest.posterior.seed == seed
    assert drawn.manifest.posterior.calibrated_seed == (None if seed == SEED else SEED)
    assert drawn.manifest.warning.samples == SAMPLES
    images = np.random.default_rng(1).random((7, 2, 2, 1), np.float32)
    weights = samples_of(carried, count or SAMPLES, seed)
    expected = softmax(np.einsum("ni,kic->nkc", images.reshape(7, INPUTS), weights, dtype=np.float64))
    np.testing.assert_allclose(open_engine(drawn).run(images), expected, atol=1e-6)


def test_there_and_back_gives_the_same_bytes(bundle: Bundle, tmp_path: Path) -> None:
    there, files = redraw(bundle, seed=9, samples=8)
    write_bundle(tmp_path / "there", there, files)
    back, files = redraw(load_bundle(tmp_path / "there"), seed=SEED, samples=SAMPLES)
    write_bundle(tmp_path / "back", back, files)
    assert back.posterior.calibrated_seed is None
    for path in (tmp_path / "back").iterdir():
        assert path.read_bytes() == (bundle.path / path.name).read_bytes()


def test_samples_have_the_posteriors_mean_and_spread(carried: Carried) -> None:
    ((loc, scale),) = carried.normals
    drawn = draw(loc, scale, 20_000, 0, PLACE).swapaxes(1, 2)  # the buffer has them by output
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn.mean(axis=0), loc, atol=5 * 0.5 / np.sqrt(20_000))
    np.testing.assert_allclose(drawn.std(axis=0), scale, rtol=5 / np.sqrt(2 * 20_000))
    bias = msgspec.structs.replace(PLACE, role="bias")
    other = msgspec.structs.replace(PLACE, index=2)
    for place in (bias, other):
        other_draw = draw(loc, scale, 20_000, 0, place).swapaxes(1, 2)
        assert abs(np.corrcoef((drawn - loc).ravel(), (other_draw - loc).ravel())[0, 1]) < 0.02


@pytest.mark.parametrize(
    ("seed", "samples", "found"),
    [(-1, 5, "seed -1 and 5"), (0, 0, "seed 0 and 0"), (0, MOST_SAMPLES + 1, "seed 0 and 10001")],
)
def test_numbers_out_of_range_are_refused(seed: int, samples: int, found: str, bundle: Bundle) -> None:
    with pytest.raises(EdgeError, match=f"reseed: found {found} samples, expected at least 0 and 1 to 10,000"):
        redraw(bundle, seed=seed, samples=samples)


def test_the_ends_of_the_range_are_taken(bundle: Bundle) -> None:
    assert redraw(bundle, seed=0, samples=MOST_SAMPLES)[0].samples == MOST_SAMPLES
    assert redraw(bundle, seed=0, samples=1)[0].samples == 1


def test_a_bundle_that_carries_nothing_is_refused(
    bundle: Bundle, manifest: Manifest, carried: Carried, tmp_path: Path
) -> None:
    bare = write(tmp_path / "bare", manifest, graph_of(carried, SAMPLES, SEED), None)
    alone = load_bundle(*bundle.sources)  # the graph's file, beside which nothing is looked for
    other_kind = msgspec.structs.replace(bundle, manifest=msgspec.structs.replace(bundle.manifest, kind=Kind.SAMPLED))
    for one in (bare, alone, other_kind):
        with pytest.raises(EdgeError, match="carries no posterior; export it with --mode stacked --carry-posterior"):
            redraw(one, seed=1)


def test_a_changed_posterior_is_refused(bundle: Bundle) -> None:
    path = bundle.path / POSTERIOR
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(EdgeError, match=f"{path}: found SHA-256 .*, expected .*; copy or export the bundle again"):
        redraw(bundle, seed=1)


@pytest.mark.parametrize(
    ("plan", "found"),
    [
        ({"extents": ((2, 0, CLASSES + 1),)}, "found 15, expected 20"),
        ({"extents": ((99, 0, 1),)}, "out of range"),
        ({"extents": ((2, 7, 1),)}, "out of bounds"),
        ({"constants": ((2, 2, 1),)}, "found 3, expected 5"),
        ({"constants": ((0, 0, 1),)}, "NoneType"),
        ({"places": (msgspec.structs.replace(PLACE, buffer=3),)}, "found 8 bytes of weights, expected 240"),
    ],
)
def test_a_plan_that_does_not_fit_its_graph_is_refused(plan: dict[str, Any], found: str, carried: Carried) -> None:
    other = Carried(msgspec.structs.replace(PLAN_OF_GRAPH, **plan), carried.normals)
    with pytest.raises(EdgeError, match=rf"posterior.npz: does not fit the graph \(.*{found}"):
        write_samples(unpack_graph(graph_of(carried, SAMPLES, SEED)), other, SAMPLES, 8, seed=1)


def test_a_manifest_takes_the_place_of_an_earlier_one(manifest: Manifest, carried: Carried) -> None:
    graph = graph_of(carried, SAMPLES, SEED)
    once = embed_manifest("dense.tflite", graph, manifest)
    other = msgspec.structs.replace(manifest, labels=("a longer name", "b", "c"))
    assert embed_manifest("dense.tflite", embed_manifest("dense.tflite", graph, other), manifest) == once
    (entry,) = unpack_graph(once).metadata
    assert entry.name == ENTRY.encode()
    assert find_manifest(once, "x").stop <= len(once)


def test_what_the_converter_says_of_itself_is_left_out(carried: Carried) -> None:
    graph = graph_of(carried, SAMPLES, SEED)
    marked = []
    for text in (b"one run", b"another"):
        model = unpack_graph(graph)
        entry = schema.MetadataT()
        entry.name, entry.buffer = "CONVERSION_METADATA", len(model.buffers)
        model.metadata = [entry]
        model.buffers.append(schema.BufferT())
        model.buffers[-1].data = np.frombuffer(text, np.uint8)
        marked.append(pack_graph(model))
    first, second = map(without_conversion_record, marked)
    assert marked[0] != marked[1]
    assert first == second
    assert b"one run" not in first
    assert not unpack_graph(first).metadata


def test_fresh_samples_are_written_only_if_they_keep_their_promise(
    manifest: Manifest, carried: Carried, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warning = msgspec.structs.replace(manifest.warning, threshold_bits=1.58)
    conformal = msgspec.structs.replace(manifest.conformal, threshold=1.0)
    lenient = msgspec.structs.replace(manifest, warning=warning, conformal=conformal, temperature=1.0)
    bundle = write(tmp_path / "bundle", lenient, graph_of(carried, SAMPLES, SEED), encode_carried(carried))
    images = np.random.default_rng(1).random((3000, 2, 2, 1), np.float32)
    weights = samples_of(carried, SAMPLES, 9).astype(np.float64)
    labels = softmax(np.einsum("ni,kic->nkc", images.reshape(-1, INPUTS), weights)).mean(axis=1).argmax(axis=1)
    for name, truth in (("right", labels), ("wrong", (labels + 1) % CLASSES)):
        np.savez(tmp_path / f"{name}.npz", images=images, labels=truth)
    command = [str(bundle.path), "--seed", "9"]
    with pytest.raises(EdgeError, match=r"wrong.npz: found [\d,]+ errors among .*; nothing was written"):
        reseed.run([*command, "--out", str(tmp_path / "bad"), "--images", str(tmp_path / "wrong.npz")])
    assert not (tmp_path / "bad").exists()
    reseed.run([*command, "--out", str(tmp_path / "good"), "--images", str(tmp_path / "right.npz")])
    assert "keeps its promise, at most 0.5% with 95% confidence: 0 errors among" in capsys.readouterr().out
    assert load_bundle(tmp_path / "good").manifest.posterior.seed == 9
