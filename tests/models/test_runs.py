"""A run folder: round trip, and every way in which it can be broken."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
import tf_keras

from models.errors import ModelError
from models.network import Normal
from models.networks import BUILDERS
from models.posterior import digest
from models.predictive import sample_probabilities
from models.read_model import read_posterior
from models.rebuild import rebuild, restore_training_state, training_state
from models.runs import POSTERIOR, PRETRAINED, RECORD, Input, Record, load_run, load_runs, read_record, save_run


def record(model: str = "bayesian", **changes: object) -> Record:
    plain = Record(
        format="bayes-edge-run",
        version=2,
        model=model,
        recipe={"model": model},
        seed=0,
        rows=100,
        holdout=10,
        input=Input(paper=1.0, ink=0.0),
        labels=tuple("0123456789"),
        epochs=(),
        finished=True,
        metrics={},
        versions={},
    )
    return msgspec.structs.replace(plain, **changes)


def trained(name: str = "bayesian") -> tf_keras.Sequential:
    model = BUILDERS[name](100)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.weights])
    model.compile(tf_keras.optimizers.RMSprop())
    model.optimizer.build(model.trainable_variables)
    return model


def save(folder: Path, model: str = "bayesian", **changes: object) -> Record:
    network = trained(model)
    state = None if changes.get("finished", True) else training_state(network)
    return save_run(folder, record(model, **changes), read_posterior(network), state)


@pytest.mark.parametrize("name", list(BUILDERS))
def test_the_posterior_comes_back_to_the_last_bit(tmp_path: Path, name: str) -> None:
    saved = save(tmp_path / "run", name)
    run = load_run(tmp_path / "run")
    assert run.record == saved
    assert digest(run.posterior) == digest(read_posterior(trained(name)))


@pytest.mark.parametrize("name", list(BUILDERS))
def test_the_keras_model_is_made_again(tmp_path: Path, name: str) -> None:
    save(tmp_path, name)
    run = load_run(tmp_path)
    model = rebuild(run)
    for layer, saved in zip(read_posterior(model).layers, run.posterior.layers, strict=True):
        for role, weight in saved.weights.items():
            found = layer.weights[role]
            if isinstance(weight, Normal):
                np.testing.assert_array_equal(found.loc, weight.loc)
                np.testing.assert_allclose(found.scale, weight.scale, rtol=1e-5)
            else:
                np.testing.assert_array_equal(found.value, weight.value)
    images = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    before, after = (sample_probabilities(network, images, 2, seed=0) for network in (trained(name), model))
    np.testing.assert_allclose(after, before, atol=1e-4)


def test_a_posterior_is_read_without_tensorflow() -> None:
    program = (
        "import sys; from models.posterior import draw_samples; from models.runs import PRETRAINED, load_run; "
        "draw_samples(load_run(PRETRAINED / 'bayesian').posterior, 2, seed=0); "
        "print([name for name in ('tensorflow', 'tf_keras', 'scipy') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (result.stdout, result.stderr) == ("[]\n", "")


def test_a_posteriors_arrays_are_named_by_layer_role_and_parameter() -> None:
    with np.load(PRETRAINED / "bayesian" / POSTERIOR) as arrays:
        assert sorted(arrays.files) == sorted(
            ["network"]
            + [
                f"{layer}/{role}/{name}"
                for layer in ("conv", "dense")
                for role in ("kernel", "bias")
                for name in ("loc", "scale")
            ]
        )
        layers = json.loads(bytes(arrays["network"]))["layers"]
        assert layers[0] == {
            "name": "conv",
            "operation": {
                "type": "Conv2D", "strides": [1, 1], "padding": "VALID", "dilations": [1, 1], "activation": "relu",
            },
        }  # fmt: skip
        assert arrays["conv/kernel/loc"].shape == (5, 5, 1, 8)


def test_same_posterior_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        save(tmp_path / folder)
    for name in (POSTERIOR, RECORD):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_an_unfinished_run_keeps_its_weights_and_its_optimiser(tmp_path: Path) -> None:
    model = trained()
    for index, variable in enumerate(model.optimizer.variables):
        variable.assign(np.full(variable.shape, index + 2))
    save_run(tmp_path, record(finished=False), read_posterior(model), training_state(model))
    fresh = BUILDERS["bayesian"](100)
    fresh.compile(tf_keras.optimizers.RMSprop())
    restore_training_state(load_run(tmp_path), fresh)
    for before, after in zip(model.optimizer.variables, fresh.optimizer.variables, strict=True):
        np.testing.assert_array_equal(before.numpy(), after.numpy())
    for before, after in zip(model.get_weights(), fresh.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_finished_run_has_nothing_to_go_on_from(tmp_path: Path) -> None:
    save(tmp_path)
    with pytest.raises(ModelError, match="holds no state that training could go on from; remove it to start anew"):
        restore_training_state(load_run(tmp_path), trained())


def test_a_finished_run_leaves_no_epochs_behind(tmp_path: Path) -> None:
    save(tmp_path, finished=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch-00-training.npz", "epoch-00.npz", RECORD]
    save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [POSTERIOR, RECORD]


def test_death_between_posterior_and_record_loses_nothing(tmp_path: Path) -> None:
    save(tmp_path, finished=False)
    (tmp_path / "epoch-01.npz").write_bytes(b"half an epoch")
    assert load_run(tmp_path).record.posterior.name == "epoch-00.npz"


def rewrite(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def rewrite_posterior(folder: Path, content: bytes) -> None:
    """Put other bytes in the posterior's place, and their digest in the record."""
    (folder / POSTERIOR).write_bytes(content)
    rewrite(folder / RECORD, read_record(folder).posterior.sha256, hashlib.sha256(content).hexdigest())


def rewrite_arrays(folder: Path, changes: dict[str, np.ndarray | None]) -> None:
    """Change arrays of the posterior; None takes one out."""
    with np.load(folder / POSTERIOR) as archive:
        arrays = {name: archive[name] for name in archive.files} | changes
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in arrays.items() if array is not None})
    rewrite_posterior(folder, buffer.getvalue())


BREAKAGES = {
    "run.json: cannot be read": lambda folder: (folder / RECORD).unlink(),
    "run.json: Input data was truncated": lambda folder: (folder / RECORD).write_text("{"),
    "run.json: Object": lambda folder: rewrite(folder / RECORD, '"seed"', '"sead"'),
    "Invalid enum value 1": lambda folder: rewrite(folder / RECORD, '"version": 2', '"version": 1'),
    "found a posterior of 'bayesian', expected one of 'oracle'": lambda folder: rewrite(
        folder / RECORD, '"model": "bayesian",\n  "recipe"', '"model": "oracle",\n  "recipe"'
    ),
    "Expected `str` matching regex": lambda folder: rewrite(folder / RECORD, POSTERIOR, "../posterior.npz"),
    "posterior.npz: cannot be read": lambda folder: (folder / POSTERIOR).unlink(),
    "posterior.npz: found SHA-256": lambda folder: (folder / POSTERIOR).write_bytes(b"half"),
    "found no array 'network'": lambda folder: rewrite_arrays(folder, {"network": None}),
    "posterior.npz: Input data was truncated": lambda folder: rewrite_arrays(
        folder, {"network": np.frombuffer(b"{", np.uint8)}
    ),
    "conv/kernel: found loc [5, 5, 1, 8], expected value, loc and scale of one shape, or rate": lambda folder: (
        rewrite_arrays(folder, {"conv/kernel/scale": None})
    ),
    "found float64 in 'conv/bias/loc', expected finite float32": lambda folder: rewrite_arrays(
        folder, {"conv/bias/loc": np.zeros(8)}
    ),
    "found weights of other, expected those of its layers alone": lambda folder: rewrite_arrays(
        folder, {"other/bias/value": np.zeros(8, np.float32)}
    ),
    "found no NumPy archive": lambda folder: rewrite_posterior(folder, b"no archive"),
}


@pytest.mark.parametrize("words", BREAKAGES)
def test_a_broken_run_is_refused_in_one_line(tmp_path: Path, words: str) -> None:
    save(tmp_path)
    BREAKAGES[words](tmp_path)
    with pytest.raises(ModelError) as caught:
        load_run(tmp_path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"conv/bias/loc": np.zeros(9, np.float32), "conv/bias/scale": np.ones(9, np.float32)}, "found layer 'conv'"),
        ({"conv/bias/loc": None, "conv/bias/scale": None}, "found layer 'conv'"),
    ],
)
def test_a_posterior_that_does_not_fit_its_network_is_not_rebuilt(
    tmp_path: Path, change: dict[str, np.ndarray | None], words: str
) -> None:
    save(tmp_path)
    rewrite_arrays(tmp_path, change)
    with pytest.raises(ModelError, match=words):
        rebuild(load_run(tmp_path))


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(ModelError, match="cannot be written"):
        save(tmp_path / "run")


def test_the_shipped_runs_load() -> None:
    folders = sorted(path for path in PRETRAINED.iterdir() if path.is_dir())
    assert PRETRAINED / "bayesian" in folders
    for folder in folders:
        for run in load_runs(folder):
            assert run.record.finished
            assert run.record.holdout == 5000


def test_a_folder_of_runs_is_a_mixture_in_the_order_of_their_names(tmp_path: Path) -> None:
    for seed in (1, 0):
        save(tmp_path / f"seed-{seed}", seed=seed)
    (tmp_path / "notes.txt").write_text("not a run")
    assert [run.record.seed for run in load_runs(tmp_path)] == [0, 1]
    assert [run.folder for run in load_runs(tmp_path / "seed-1")] == [tmp_path / "seed-1"]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"finished": False}, "not finished, expected finished ones; go on training"),
        (
            {"model": "deterministic"},
            "found a run of 'deterministic' on 100 images with 10 held out, expected one like",
        ),
        ({"rows": 90}, "on 90 images with 10 held out, expected one like"),
        ({"holdout": 20}, "expected one like"),
    ],
)
def test_runs_that_cannot_be_mixed_are_named(tmp_path: Path, other: dict[str, object], message: str) -> None:
    save(tmp_path / "one")
    save(tmp_path / "two", **other)
    with pytest.raises(ModelError, match=f"^{tmp_path / 'two'}: .*{message}"):
        load_runs(tmp_path)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=RECORD):
        load_runs(tmp_path)
