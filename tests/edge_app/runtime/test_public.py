"""What a program of one's own uses: three lines, by folder, file or name, and nothing of the app around them."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import edge_app.runtime
from edge_app.runtime import EdgeError, Predictions, load_bundle, open_bundle, predict

SHIPPED = Path(__file__).parents[3] / "edge_app" / "bundles" / "digits"

THREE_LINES = """
digits = open_bundle("digits")
prediction = digits.classify(image)
print(digits.labels[prediction.label], prediction.interval, prediction.reason)
"""
"""As the README and the package's docstring show them, after the import."""

PROGRAM = f"""
import json, sys
import numpy as np
from edge_app.runtime import open_bundle
image = np.ones((28, 28, 1), np.float32)
image[4:24, 13:16] = 0
{THREE_LINES}
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture
def one() -> NDArray[np.float32]:
    """A stroke that every sample takes for a 1."""
    image = np.ones((28, 28, 1), np.float32)
    image[4:24, 13:16] = 0
    return image


def test_three_lines_read_a_digit_and_load_nothing_else_of_the_app() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    said, modules = done.stdout.splitlines()
    assert said.startswith("1 (0.")
    assert said.endswith("None")
    loaded = set(json.loads(modules))
    assert not loaded & {"cv2", "PIL", "tensorflow"}
    ours = {name for name in loaded if name.startswith("edge_app.")}
    assert {name for name in ours if not name.startswith("edge_app.runtime")} == set()


def test_the_documentation_shows_these_lines() -> None:
    shown = [line.partition("  #")[0].strip() for line in (edge_app.runtime.__doc__ or "").splitlines()]
    assert [line for line in THREE_LINES.split("\n") if line and line not in shown] == []


@pytest.mark.parametrize("where", ["digits", str(SHIPPED), SHIPPED, SHIPPED / "moments.tflite"])
def test_a_bundle_is_opened_by_name_folder_or_file(where: str | Path, one: NDArray[np.float32]) -> None:
    digits = open_bundle(where)
    assert digits.labels[digits.classify(one).label] == "1"


def test_what_lies_at_the_path_goes_before_the_shipped_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SHIPPED, tmp_path / "digits")
    (tmp_path / "digits" / "moments.tflite").unlink()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EdgeError, match=r"digits/moments\.tflite: cannot be read"):
        open_bundle("digits")


def test_a_bundle_from_elsewhere_is_tried_first(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "digits")
    environment = os.environ | {"PYTHONPATH": str(SHIPPED.parents[2]), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path, env=environment
    )
    assert done.stdout.startswith("1 (0."), done.stderr
    tried = [path.name for path in (tmp_path / "cache" / "bayes-edge" / "tried").iterdir()]
    assert tried == [load_bundle(tmp_path / "digits").digest]


@pytest.mark.parametrize("where", ["letters", "../digits", ".", "digits/.", ""])
def test_what_is_no_shipped_name_is_not_guessed(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EdgeError, match="cannot be read"):
        open_bundle(where)


def test_one_image_is_the_first_of_a_batch_of_one(one: NDArray[np.float32]) -> None:
    digits = open_bundle("digits")
    batch = digits.classify_batch(np.stack([one, 1 - one]))
    assert isinstance(batch, Predictions)
    assert digits.classify(one) == batch[0]
    assert predict(digits.probabilities(one[None])[0], digits.manifest.thresholds) == batch[0]


def test_every_public_name_is_there_and_is_the_one_of_its_module() -> None:
    homes = {name: module for module, names in edge_app.runtime._MODULES.items() for name in names}
    assert set(edge_app.runtime.__all__) == set(homes)
    for name, module in homes.items():
        found = getattr(edge_app.runtime, name)
        assert found is getattr(importlib.import_module(f"edge_app.runtime.{module}"), name)
        assert getattr(found, "__module__", f"edge_app.runtime.{module}") == f"edge_app.runtime.{module}"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = edge_app.runtime.nothing
