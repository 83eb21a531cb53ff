"""A stacked bundle that carries its posterior is drawn anew without TensorFlow, to the exporter's own bytes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge_app.commands import reseed
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.engine import open_engine
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Quantisation
from edge_app.runtime.redraw import redraw
from export import to_tflite
from export.assemble import to_bundle
from export.errors import ExportError
from export.options import ExportOptions
from export.saved_model import read_holdout
from models.runs import PRETRAINED, load_run

BOTH = [Quantisation.NONE, Quantisation.FLOAT16]


def export(path: Path, *options: str) -> Path:
    assert to_tflite.main([*options, "--out", str(path)]) == 0
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module", params=BOTH)
def bundles(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same posterior, carried, at K = 5 of seed 0 and at K = 8 of seed 7."""
    folder = tmp_path_factory.mktemp("carry")
    common = ("--carry-posterior", "--quantize", request.param)
    return (
        export(folder / "five", *common, "--samples", "5"),
        export(folder / "eight", *common, "--samples", "8", "--seed", "7"),
    )


@pytest.mark.slow
def test_other_samples_are_those_of_an_export_byte_for_byte(bundles: tuple[Path, Path], tmp_path: Path) -> None:
    five, eight = bundles
    reseed.run([str(five), "--seed", "7", "--samples", "8", "--out", str(tmp_path / "drawn")])
    drawn, exported = load_bundle(tmp_path / "drawn"), load_bundle(eight)
    assert drawn.manifest.posterior.calibrated_seed == 0
    assert drawn.manifest.warning.samples == 5
    images = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    np.testing.assert_array_equal(open_engine(drawn).run(images), open_engine(exported).run(images))


@pytest.mark.slow
def test_the_way_there_and_back_leads_to_the_exporters_own_bundle(
    bundles: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    five, _ = bundles
    there, back = tmp_path / "there", tmp_path / "back"
    reseed.run([str(five), "--seed", "123456789", "--samples", "11", "--out", str(there)])
    assert "calibrated on 5 samples of seed 0: with these its warning promises nothing" in capsys.readouterr().out
    assert contents(there) != contents(five)
    reseed.run([str(there), "--seed", "0", "--samples", "5", "--out", str(back)])
    assert "promises nothing" not in capsys.readouterr().out
    assert contents(back) == contents(five)


@pytest.mark.slow
def test_drawing_anew_needs_no_tensorflow(bundles: tuple[Path, Path], tmp_path: Path) -> None:
    program = (
        "import sys; from edge_app.commands import reseed; reseed.run(sys.argv[1:]); "
        "assert not {'tensorflow', 'models', 'export', 'cv2'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", program, str(bundles[0]), "--seed", "1", "--out", str(tmp_path / "drawn")]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
    assert load_bundle(tmp_path / "drawn").manifest.posterior.seed == 1


@pytest.mark.slow
def test_a_bundle_without_posterior_and_a_changed_one_are_refused(bundles: tuple[Path, Path], tmp_path: Path) -> None:
    five, _ = bundles
    with pytest.raises(EdgeError, match="carries no posterior; export it with"):
        redraw(load_bundle(PRETRAINED.parents[1] / "edge_app" / "bundles" / "digits"), seed=1)
    with pytest.raises(EdgeError, match="found seed 1 and 0 samples"):
        redraw(load_bundle(five), seed=1, samples=0)
    broken = Path(shutil.copytree(five, tmp_path / "broken"))
    content = bytearray((broken / "posterior.npz").read_bytes())
    content[-100] ^= 1
    (broken / "posterior.npz").write_bytes(content)
    with pytest.raises(EdgeError, match=r"posterior.npz: found SHA-256"):
        redraw(load_bundle(broken), seed=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ExportOptions(quantisation=Quantisation.INT8, samples=5, carry=True), "^int8: integers depend on the samples"),
    ],
)
def test_what_cannot_be_carried_is_refused(options: ExportOptions, message: str, tmp_path: Path) -> None:
    run = load_run(PRETRAINED / "bayesian")
    with pytest.raises(ExportError, match=message):
        to_bundle(run, tmp_path / "bundle", read_holdout(run), options)
    assert not (tmp_path / "bundle").exists()
