"""A model of several labels goes the whole way: exported, proved, calibrated label by label, read again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tf_keras

from edge_app.runtime import open_multi_label
from edge_app.runtime.bundle import load_bundle
from export import ExportOptions, Holdout, check, check_multi_label, to_bundle, to_tflite
from export.errors import ExportError
from models.errors import ModelError

FEATURES, LABELS = 3, ("wet", "cold")


def model() -> tf_keras.Sequential:
    kernel = tf_keras.initializers.RandomNormal(stddev=2.0, seed=1)
    dense = tf_keras.layers.Dense(len(LABELS), kernel_initializer=kernel)
    return tf_keras.Sequential([tf_keras.Input((FEATURES,)), dense], name="weather")


@pytest.mark.slow
def test_each_label_keeps_its_probability_and_has_rules_of_its_own(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    members = [model() for _ in range(3)]
    for member in members[1:]:
        member.set_weights([array + 0.3 * rng.normal(size=array.shape) for array in member.get_weights()])
    inputs = rng.normal(size=(900, FEATURES)).astype(np.float32)
    p = np.stack([1 / (1 + np.exp(-member(inputs).numpy().astype(np.float64))) for member in members])
    truth = (rng.random(p.shape[1:]) < p.mean(axis=0)).astype(np.int64)
    holdout = Holdout(inputs, truth)
    manifest = to_bundle(
        members, tmp_path / "b", holdout, ExportOptions(alpha=0.1), labels=LABELS, output="multi_label_logits"
    )
    assert (manifest.labels, manifest.samples, len(manifest.rules)) == (LABELS, 3, 2)
    found = open_multi_label(tmp_path / "b").classify_batch(inputs)
    for number, predictions in enumerate(found):
        if manifest.rules[number].temperature == 1:
            np.testing.assert_allclose(predictions.mean[:, 1], p[..., number].mean(axis=0), atol=1e-5)
        held = predictions.label_set[np.arange(len(inputs)), truth[:, number]].mean()
        assert 0.9 <= held < 0.91  # the very inputs that the sets were chosen on
    with pytest.raises(ExportError, match=r"holdout: found labels .*1 where a label applies and 0 where not"):
        to_bundle(members, tmp_path / "c", Holdout(inputs, truth + 1), labels=LABELS, output="multi_label_logits")
    with pytest.raises(ModelError, match="declared as 'multi_label', but gives values outside 0 to 1"):
        to_bundle(members, tmp_path / "c", holdout, labels=LABELS, output="multi_label")


@pytest.mark.slow
def test_each_label_is_checked_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model().save(tmp_path / "weather.keras")
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(200, FEATURES)).astype(np.float32)
    np.savez(tmp_path / "data.npz", images=inputs, labels=rng.integers(0, 2, (200, len(LABELS))))
    data, saved, bundle = (str(tmp_path / name) for name in ("data.npz", "weather.keras", "bundle"))
    declared = ["--output", "multi_label_logits"]
    assert to_tflite.main([saved, *declared, "--holdout", data, "--labels", ",".join(LABELS), "--out", bundle]) == 0
    assert check.main([bundle, "--run", saved, *declared, "--data", data]) == 0
    printed = capsys.readouterr().out
    for label in LABELS:
        assert f"data, {label}, 200 images: passed\n" in printed
    inverse = tf_keras.models.clone_model(model())
    inverse.set_weights([-array for array in model().get_weights()])
    with pytest.raises(ExportError, match="its posterior is not the one that the bundle was drawn from"):
        check_multi_label(load_bundle(tmp_path / "bundle"), inverse, {}, output="multi_label_logits")
