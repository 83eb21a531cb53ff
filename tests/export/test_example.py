"""The example of exporting one's own model runs as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "export" / "example.py"


def test_the_example_makes_a_bundle_that_reads(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, EXAMPLE], cwd=tmp_path, env=environment, check=True, capture_output=True)
    bundle = load_bundle(tmp_path / "bundles" / "bars")
    upright = np.full((1, 12, 12, 1), 0.5, np.float32)
    upright[:, :, 5:7] = 0.0
    prediction = Classifier(bundle).classify_batch(np.concatenate([upright, upright.swapaxes(1, 2)]))
    assert [bundle.manifest.labels[label] for label in prediction.label] == ["upright", "lying"]
    assert not prediction.unsure.any()
