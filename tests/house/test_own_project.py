"""A project with folders named like the workshop's rooms uses the rooms as bayes_edge.export, bayes_edge.models, ..."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import setuptools

from edge_app.runtime.bundle import load_bundle

Run = Callable[..., subprocess.CompletedProcess[str]]

NETWORK = """
import tensorflow_probability as tfp
import tf_keras


def build():
    dense = tfp.layers.DenseFlipout(2, activation="softmax", bias_posterior_fn=None, kernel_divergence_fn=None)
    return tf_keras.Sequential([tf_keras.Input((8, 8, 1)), tf_keras.layers.Flatten(), dense])
"""
DATA = """
import numpy as np

labels = np.random.default_rng(0).integers(0, 2, 2000)
images = np.random.default_rng(1).random((2000, 8, 8, 1), np.float32)
images[labels == 0, :, :4] = images[labels == 1, :, 4:] = 0.0
"""
SCRIPT = """
from pathlib import Path

from bayes_edge.export import ExportOptions, Holdout, to_bundle
from dataset import images, labels
from models.network import build

model = build()
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(images[:1000], labels[:1000], epochs=3, verbose=0)
holdout = Holdout(images[1000:], labels[1000:])
options = ExportOptions(samples=5, target_risk=0.05)
to_bundle(model, Path("bundle"), holdout, options, labels=("left", "right"), paper=1.0, ink=0.0)

import dataset, models, sys
print(dataset.__file__, models.__file__)
print([name for name in sys.modules if name.partition(".")[0] in {"export", "train"}])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with models/, a train.py and a dataset.py of its own."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").touch()
    (tmp_path / "models" / "network.py").write_text(NETWORK)
    (tmp_path / "dataset.py").write_text(DATA)
    (tmp_path / "train.py").write_text("raise ImportError('nobody asked for the training script')\n")
    (tmp_path / "to_device.py").write_text(SCRIPT)
    return tmp_path


@pytest.mark.slow
def test_a_project_with_models_of_its_own_exports_a_bundle(project: Path, run: Run) -> None:
    done = run(sys.executable, "to_device.py", cwd=project)
    bundle = load_bundle(project / "bundle")
    assert list(bundle.manifest.labels) == ["left", "right"]
    assert bundle.manifest.samples == 5
    own, rooms = done.stdout.splitlines()
    assert own == f"{project / 'dataset.py'} {project / 'models' / '__init__.py'}"
    assert rooms == "[]"
    assert done.stderr == ""  # TensorFlow's start-up messages are held back


def test_both_rooms_called_dataset_live_side_by_side(project: Path, run: Run) -> None:
    script = "import dataset, bayes_edge.dataset.load as ours, bayes_edge.dataset as room; print(len(dataset.images))\n"
    script += "print(ours.load_split.__module__, room.DataError.__module__, ours.load_split is room.load_split)"
    (project / "both.py").write_text(script)
    done = run(sys.executable, "both.py", cwd=project)
    assert done.stdout.split() == ["2000", "bayes_edge.dataset.load", "bayes_edge.dataset.errors", "True"]


@pytest.mark.parametrize("name", ["tests", "edge_app", "dataset.nothing"])
def test_nothing_but_the_rooms_has_a_second_name(project: Path, name: str) -> None:
    command = [sys.executable, "-c", f"import bayes_edge.{name}"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert f"ModuleNotFoundError: No module named 'bayes_edge.{name}'" in done.stderr


@pytest.mark.slow
def test_an_editable_install_gives_every_room(checkout: Path, run: Run, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "empty", cwd=tmp_path)
    python = tmp_path / "empty" / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "--editable", checkout)
    run(*pip, cwd=tmp_path, env={"PYTHONPATH": str(Path(setuptools.__file__).parents[1])})
    rooms = ["bayes_edge", "dataset", "edge_app", "export", "models", "train"]
    find = f"import importlib.util as util; print(*(util.find_spec(room).origin for room in {rooms}), sep='\\n')"
    found = run(python, "-c", find, cwd=tmp_path).stdout.splitlines()
    assert [Path(path) for path in found] == [checkout / room / "__init__.py" for room in rooms]
