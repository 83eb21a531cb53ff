"""Data sets by name: contents, contract, genuine arrays, and what is said when a file is bad."""

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dataset import DataError, load_data, load_folder, load_split
from dataset.corruptions import corrupt

Raw = dict[str, NDArray[np.uint8]]
Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]

OWN_LAYOUT = ("x_test.npy", "y_test.npy")
MNIST_C_LAYOUT = ("test_images.npy", "test_labels.npy")
IDX_MD5 = {
    "x_train": "6bbc9ace898e44ae57da46a324031adb",
    "y_train": "a25bea736e30d166cdddb491f175f624",
    "x_test": "2646ac647ad5339dbf082846283269ea",
    "y_test": "27ae3e4e09519cfbb04c329615203637",
}


@pytest.mark.parametrize("key", IDX_MD5)
def test_the_archive_holds_the_original_idx_files(raw: Raw, key: str) -> None:
    array = raw[key]
    header = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    assert hashlib.md5(header + array.tobytes(), usedforsecurity=False).hexdigest() == IDX_MD5[key]


def test_both_halves_unpack_as_images_labels_and_onehot(raw: Raw) -> None:
    (x_train, y_train, onehot_train), (x_test, y_test, onehot_test) = load_data("MNIST")
    assert x_train.shape == (60_000, 28, 28, 1)
    assert x_test.shape == (10_000, 28, 28, 1)
    assert x_train.dtype == x_test.dtype == onehot_train.dtype == onehot_test.dtype == np.float32
    assert y_train.dtype == y_test.dtype == np.int64
    np.testing.assert_array_equal(y_train, raw["y_train"])
    np.testing.assert_array_equal(onehot_train.argmax(axis=1), y_train)
    np.testing.assert_array_equal(onehot_test.sum(axis=1), 1)


def test_paper_is_one_and_ink_is_nought(raw: Raw) -> None:
    x = load_split("MNIST", "test").x
    np.testing.assert_array_equal(x[..., 0], 1 - raw["x_test"].astype(np.float32) / 255)
    assert x.max() == 1
    assert x.min() == 0


@pytest.mark.usefixtures("cache")
def test_the_corrupted_set_is_spatter_over_the_same_labels(raw: Raw) -> None:
    plain, named = load_split("MNIST_corrupted", "test"), load_split("MNIST_corrupted/spatter", "test")
    np.testing.assert_array_equal(plain.x, named.x)
    np.testing.assert_array_equal(plain.y, raw["y_test"])
    expected = 1 - corrupt(raw["x_test"][:20], "spatter", split="test").astype(np.float32) / 255
    np.testing.assert_array_equal(plain.x[:20, ..., 0], expected)


@pytest.mark.slow
@pytest.mark.usefixtures("cache")
def test_another_seed_draws_another_set() -> None:
    assert np.any(load_split("MNIST_corrupted", "test", seed=1).x != load_split("MNIST_corrupted", "test").x)


@pytest.mark.parametrize("name", ["", "mnist", "MNIST/fog", "MNIST_corrupted/", "MNIST_corrupted/smog", "../MNIST"])
def test_an_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(DataError, match=r"unknown; expected MNIST, .*spatter") as caught:
        load_split(name, "test")
    assert repr(name) in str(caught.value)


# ---- genuine arrays


def write_genuine(
    folder: Path, images: NDArray[Any], labels: NDArray[Any], layout: tuple[str, str] = OWN_LAYOUT
) -> None:
    folder.mkdir(parents=True)
    for name, array in zip(layout, (images, labels), strict=True):
        np.save(folder / name, array)


@pytest.fixture
def genuine(raw: Raw) -> Pair:
    return np.roll(raw["x_test"], 1, axis=2), np.roll(raw["y_test"], 1)


@pytest.mark.parametrize(
    ("name", "folder", "layout"),
    [
        ("MNIST", "MNIST", OWN_LAYOUT),
        ("MNIST_corrupted", "MNIST_corrupted", OWN_LAYOUT),
        ("MNIST_corrupted", "mnist_c/spatter", MNIST_C_LAYOUT),
        ("MNIST_corrupted/fog", "MNIST_corrupted/fog", OWN_LAYOUT),
        ("MNIST_corrupted/fog", "mnist_c/fog", MNIST_C_LAYOUT),
    ],
)
def test_genuine_arrays_win(tmp_path: Path, genuine: Pair, name: str, folder: str, layout: tuple[str, str]) -> None:
    images, labels = genuine
    write_genuine(tmp_path / folder, images[..., None], labels.astype(np.int64), layout)
    split = load_split(name, "test", folder=tmp_path)
    np.testing.assert_array_equal(split.x[..., 0], 1 - images.astype(np.float32) / 255)
    np.testing.assert_array_equal(split.y, labels)


@pytest.mark.usefixtures("cache")
def test_genuine_arrays_of_another_corruption_are_left_alone(tmp_path: Path, archive: Path, genuine: Pair) -> None:
    write_genuine(tmp_path / "mnist_c" / "fog", *genuine, MNIST_C_LAYOUT)
    (tmp_path / "MNIST.npz").symlink_to(archive)
    drawn = load_split("MNIST_corrupted/stripe", "test", folder=tmp_path)
    np.testing.assert_array_equal(drawn.x, load_split("MNIST_corrupted/stripe", "test").x)


def test_a_genuine_half_that_is_missing_is_not_replaced_by_a_drawn_one(tmp_path: Path, genuine: Pair) -> None:
    write_genuine(tmp_path / "MNIST_corrupted", *genuine)
    load_split("MNIST_corrupted", "test", folder=tmp_path)
    with pytest.raises(DataError, match=r"x_train\.npy: not found; expected .*remove the folder"):
        load_data("MNIST_corrupted", folder=tmp_path)


# ---- bad files


def refusal(folder: Path, name: str = "MNIST") -> str:
    """The one line with which the test half is refused."""
    with pytest.raises(DataError) as caught:
        load_split(name, "test", folder=folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path) == (
        f"{tmp_path / 'MNIST.npz'}: not found; expected MNIST's arrays; restore the repository's file"
    )


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99, 1 - 1e-6])
def test_a_truncated_archive_is_refused(tmp_path: Path, archive: Path, share: float) -> None:
    content = archive.read_bytes()
    (tmp_path / "MNIST.npz").write_bytes(content[: int(share * len(content))])
    assert refusal(tmp_path).startswith(f"{tmp_path / 'MNIST.npz'}: truncated or no NumPy file (")


def test_an_archive_without_the_half_is_refused(tmp_path: Path, raw: Raw) -> None:
    np.savez(tmp_path / "MNIST.npz", x_train=raw["x_test"])
    assert "x_test is not a file in the archive" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("spoil", "found", "expected"),
    [
        (lambda x: x[:-1], "uint8 [9999, 28, 28]", "uint8 [10000, 28, 28]"),
        (lambda x: x[:, :27], "uint8 [10000, 27, 28]", "uint8 [10000, 28, 28]"),
        (lambda x: x.reshape(10_000, 784), "uint8 [10000, 784]", "uint8 [10000, 28, 28]"),
        (lambda x: x / np.float32(255), "float32 [10000, 28, 28]", "uint8 [10000, 28, 28]"),
    ],
)
def test_images_that_do_not_fit_are_refused(
    tmp_path: Path, genuine: Pair, spoil: Callable[[NDArray[Any]], NDArray[Any]], found: str, expected: str
) -> None:
    images, labels = genuine
    write_genuine(tmp_path / "mnist_c" / "fog", spoil(images), labels, MNIST_C_LAYOUT)
    path = tmp_path / "mnist_c" / "fog" / "test_images.npy"
    assert refusal(tmp_path, "MNIST_corrupted/fog") == (
        f"{path}: found test images of {found}, expected {expected}; replace or remove the file"
    )


@pytest.mark.parametrize(
    ("spoil", "found", "expected"),
    [
        (lambda y: y[:5], "of uint8 [5]", "integers [10000]"),
        (lambda y: y.astype(np.float32), "of float32 [10000]", "integers [10000]"),
        (lambda y: np.eye(10)[y], "of float64 [10000, 10]", "integers [10000]"),
        (lambda y: y + 1, "from 1 to 10", "digits from 0 to 9"),
        (lambda y: y.astype(np.int8) - 1, "from -1 to 8", "digits from 0 to 9"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    tmp_path: Path, genuine: Pair, spoil: Callable[[NDArray[Any]], NDArray[Any]], found: str, expected: str
) -> None:
    images, labels = genuine
    write_genuine(tmp_path / "MNIST", images, spoil(labels))
    path = tmp_path / "MNIST" / "y_test.npy"
    assert refusal(tmp_path) == f"{path}: found test labels {found}, expected {expected}; replace or remove the file"


def test_a_pickle_is_not_opened(tmp_path: Path, raw: Raw) -> None:
    write_genuine(tmp_path / "MNIST", raw["x_test"].astype(object)[:2], raw["y_test"])
    assert "truncated or no NumPy file" in refusal(tmp_path)


@settings(max_examples=40, deadline=None)
@given(damage=st.lists(st.tuples(st.integers(0, 127), st.integers(0, 255)), min_size=1, max_size=4))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_damaged_header_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, raw: Raw, damage: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    write_genuine(folder / "MNIST", raw["x_test"], raw["y_test"])
    path = folder / "MNIST" / "x_test.npy"
    with path.open("r+b") as file:
        for place, value in damage:
            file.seek(place)
            file.write(bytes([value]))
    try:
        assert load_split("MNIST", "test", folder=folder).x.shape == (10_000, 28, 28, 1)
    except DataError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017 - some damage does no harm
    finally:
        path.unlink()


def test_a_data_set_of_ones_own_may_have_any_length_but_none(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8)
    np.save(tmp_path / "x_train.npy", images)
    np.save(tmp_path / "y_train.npy", np.array([3, 0, 9]))
    found = load_folder(tmp_path)
    np.testing.assert_allclose(found.x[..., 0], 1 - images / 255, atol=1e-6)
    assert found.y.tolist() == [3, 0, 9]
    np.save(tmp_path / "y_train.npy", np.array([3, 0]))
    with pytest.raises(DataError, match=r"expected integers \[3\]"):
        load_folder(tmp_path)
    np.save(tmp_path / "x_train.npy", images[:0])
    with pytest.raises(DataError, match=r"expected uint8 \[1, 28, 28\]"):
        load_folder(tmp_path)
