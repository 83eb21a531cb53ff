"""A bundle for microcontrollers: its sources compiled here, its graph run on a microcontroller's kernels."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from edge_app.runtime.bundle import SOURCES, load_bundle, require_place
from edge_app.runtime.engine import Kernels, open_engine
from edge_app.runtime.manifest import Kind, Quantisation
from edge_app.runtime.prediction import predict_batch, temper
from export import ExportOptions, Holdout, to_bundle
from export.errors import ExportError
from export.micro import __main__ as measure
from export.micro.kernels import MicroEngine
from export.micro.sources import choose_golden, operations, render_sources
from export.options import Runtime

pytest.importorskip("tflite_micro", reason="needs the extra `micro`, which there is for x86-64 Linux")
MICRO = ExportOptions(samples=5, quantisation=Quantisation.INT8, runtime=Runtime.MICRO)
LABELS = ("a", 'the "b"', "ü", "d?")
Floats = np.ctypeslib.ndpointer(np.float32, flags="C_CONTIGUOUS")
Run = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.POINTER(ctypes.c_float), ctypes.POINTER(ctypes.c_float))


@pytest.fixture(scope="module")
def data() -> Holdout:
    rng = np.random.default_rng(7)
    return Holdout(rng.random((80, 10, 10, 1), np.float32), rng.integers(0, 4, 80))


@pytest.fixture(scope="module")
def bundle(make_network: Any, data: Holdout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("micro") / "bundle"
    to_bundle(make_network("plain"), path, data, MICRO, labels=LABELS, paper=1.0, ink=0.0)
    require_place(path, replace=True)  # its own sources are no stranger's
    return path


def compiled(folder: Path, into: Path) -> ctypes.CDLL:
    """Compile the sources as a library, every warning an error."""
    if not (compiler := shutil.which("gcc")):
        pytest.skip("needs gcc")
    strict = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
    sources = [folder / name for name in SOURCES if name.endswith(".c")]
    subprocess.run([compiler, *strict, "-shared", "-fPIC", "-o", into / "bayes.so", *sources, "-lm"], check=True)
    return ctypes.CDLL(str(into / "bayes.so"))


def reading_type(classes: int) -> type[ctypes.Structure]:
    """The struct of bayes_edge.h."""
    each = ctypes.c_float * classes

    class Reading(ctypes.Structure):
        _fields_ = [
            ("label", ctypes.c_int),
            *((name, each) for name in ("mean", "low", "high")),
            *((name, ctypes.c_float) for name in ("total_bits", "aleatoric_bits", "epistemic_bits")),
            ("label_set", ctypes.c_bool * classes),
            ("reason", ctypes.c_int),
        ]

    return Reading


@pytest.mark.slow
def test_the_graph_in_c_passes_its_self_test_on_tflm(bundle: Path, tmp_path: Path) -> None:
    library = compiled(bundle, tmp_path)
    size = ctypes.c_size_t.in_dll(library, "bayes_model_bytes").value
    graph = bytes((ctypes.c_ubyte * size).in_dll(library, "bayes_model"))
    engine = MicroEngine(graph)
    assert f"#define BAYES_ARENA_BYTES {engine.arena_bytes}\n" in (bundle / "bayes_edge.h").read_text()
    names = (ctypes.c_char_p * 4).in_dll(library, "bayes_labels")
    assert tuple(name.decode() for name in names) == LABELS

    def run(off: float) -> Any:
        def callback(image: Any, probabilities: Any) -> bool:
            found = engine.run(np.ctypeslib.as_array(image, (1, 10, 10, 1)).copy())
            np.ctypeslib.as_array(probabilities, (5, 4))[:] = found[0] + np.float32(off)
            return True

        return Run(callback)

    assert library.bayes_self_test(run(0.0)) == 0
    assert library.bayes_self_test(run(1e-3)) == 1
    assert library.bayes_self_test(Run(lambda _, __: False)) == 1


@pytest.mark.slow
def test_it_computes_what_litert_computes_and_is_calibrated_on_it(bundle: Path, data: Holdout) -> None:
    loaded = load_bundle(bundle)
    engine = MicroEngine(loaded.graphs[0])
    ours = engine.run(data.images)
    plain = open_engine(loaded, kernels=Kernels.BUILTIN).run(data.images)
    np.testing.assert_allclose(ours, plain, atol=1e-6)
    manifest = loaded.manifest
    assert (manifest.kind, manifest.quantisation, manifest.samples) == (Kind.STACKED, Quantisation.INT8, 5)
    assert manifest.versions["tflite-micro"]
    ranked = np.sort(1 - temper(ours, manifest.temperature).mean(axis=1)[np.arange(80), data.labels])
    assert manifest.conformal.threshold == 1.0  # 80 images are too few for alpha
    assert len(ranked) == manifest.conformal.images


@pytest.mark.slow
def test_the_arena_is_the_least(bundle: Path) -> None:
    from tflite_micro.python.tflite_micro import runtime  # noqa: PLC0415 - an optional extra

    engine = MicroEngine(load_bundle(bundle).graphs[0])
    runtime.Interpreter.from_bytes(engine.graph, arena_size=engine.arena_bytes).invoke()
    with pytest.raises(RuntimeError):
        runtime.Interpreter.from_bytes(engine.graph, arena_size=engine.arena_bytes - 16)


@pytest.mark.slow
@pytest.mark.parametrize(("samples", "temperature"), [(1, 1.0), (5, 1.3), (50, 0.7)])
def test_a_reading_in_c_is_the_runtimes(samples: int, temperature: float, bundle: Path, tmp_path: Path) -> None:
    manifest = load_bundle(bundle).manifest
    warning = msgspec.structs.replace(manifest.warning, threshold_bits=0.9)
    conformal = msgspec.structs.replace(manifest.conformal, threshold=0.55)
    manifest = msgspec.structs.replace(
        manifest, samples=samples, temperature=temperature, warning=warning, conformal=conformal
    )
    rng = np.random.default_rng(samples)
    peaks = rng.gamma(rng.choice([0.05, 0.5, 50.0], (300, 1, 4)), size=(300, samples, 4))
    probabilities = (peaks / peaks.sum(axis=-1, keepdims=True)).astype(np.float32)
    images = np.zeros((300, 10, 10, 1), np.float32)
    engine = MicroEngine(load_bundle(bundle).graphs[0])
    for name, text in render_sources(engine, manifest, choose_golden(images, probabilities)).items():
        (tmp_path / name).write_bytes(text)
    library, reading = compiled(tmp_path, tmp_path), reading_type(4)()
    library.bayes_read.argtypes = [Floats, ctypes.c_void_p]
    expected = predict_batch(temper(probabilities, temperature), manifest.thresholds)
    for row, wanted in zip(probabilities, expected, strict=True):
        library.bayes_read(row, ctypes.byref(reading))
        for name in ("mean", "low", "high", "total_bits", "aleatoric_bits", "epistemic_bits"):
            np.testing.assert_allclose(np.array(getattr(reading, name)), getattr(wanted, name), atol=1e-5, err_msg=name)
        assert reading.label == wanted.label
        assert tuple(np.flatnonzero(reading.label_set)) == wanted.label_set
        assert [None, "ambiguous", "unfamiliar"][reading.reason] == wanted.reason
    assert len({wanted.reason for wanted in expected}) == 3


@pytest.mark.slow
def test_every_operation_is_registered(bundle: Path, tmp_path: Path) -> None:
    """The template is given a resolver that prints what it is asked to add."""
    if not (compiler := shutil.which("g++")):
        pytest.skip("needs g++")
    names = operations(load_bundle(bundle).graphs[0])
    methods = "".join(f'int Add{name}() {{ std::puts("{name}"); return 0; }}\n' for name in names)
    program = tmp_path / "main.cc"
    program.write_text(
        '#include <cstdio>\n#include "bayes_edge.h"\n#include "operations.h"\n'
        f"struct Resolver {{\n{methods}}};\n"
        "int main() { Resolver r; return bayes_add_operations(r) ? 0 : 1; }\n"
    )
    subprocess.run([compiler, "-Wall", "-Werror", f"-I{bundle}", program, "-o", tmp_path / "main"], check=True)
    said = subprocess.run([tmp_path / "main"], check=True, capture_output=True, text=True).stdout.split()
    assert tuple(said) == names
    assert {"Quantize", "Conv2D", "MaxPool2D", "Dequantize", "Softmax"} <= set(names)


@pytest.mark.slow
def test_the_command_measures_it(
    bundle: Path, data: Holdout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "test.npz", images=data.images, labels=data.labels)
    assert measure.main([str(bundle), "--data", str(tmp_path / "test.npz"), "--images", "9"]) == 0
    said = capsys.readouterr().out
    assert "stacked, K = 5, int8" in said
    assert "9 images: accuracy" in said
    assert "max |dp| to LiteRT's builtin kernels" in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ExportOptions(samples=5, runtime=Runtime.MICRO), "found kind stacked, none, a batch of 1, expected"),
        (ExportOptions(Kind.ENSEMBLE, 5, Quantisation.INT8, runtime=Runtime.MICRO), "found kind ensemble"),
        (
            ExportOptions(samples=5, quantisation=Quantisation.INT8, summary=True, runtime=Runtime.MICRO),
            "expected neither",
        ),
    ],
)
def test_what_a_microcontroller_cannot_take_is_refused(
    options: ExportOptions, message: str, make_network: Any, data: Holdout, tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match=f"^micro: .*{message}"):
        to_bundle(make_network("plain"), tmp_path / "bundle", data, options, labels=LABELS, paper=1.0, ink=0.0)
    assert not list(tmp_path.iterdir())
