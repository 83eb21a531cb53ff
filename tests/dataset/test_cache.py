"""The cache of drawn sets: read when sound, drawn anew when not, never in the way."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset import load_split


def only_file(cache: Path) -> Path:
    (path,) = cache.iterdir()
    return path


def load_stripes(**options: Any) -> NDArray[np.float32]:
    return load_split("MNIST_corrupted/stripe", "test", **options).x


def test_a_drawn_set_is_kept_and_read_again(cache: Path) -> None:
    first = load_stripes()
    stamp = only_file(cache).stat()
    np.testing.assert_array_equal(load_stripes(), first)
    assert only_file(cache).stat().st_ino == stamp.st_ino
    assert only_file(cache).stat().st_mtime_ns == stamp.st_mtime_ns


def test_what_is_kept_is_really_read(cache: Path) -> None:
    load_stripes()
    with np.load(only_file(cache)) as arrays:
        kept = dict(arrays)
    np.savez(only_file(cache), images=np.zeros_like(kept["images"]), origin=kept["origin"])
    assert np.all(load_stripes() == 1)


def flip_a_bit(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage",
    [lambda content: content[:-100], flip_a_bit, lambda _: b"", lambda _: b"no archive"],
    ids=["truncated", "flipped", "empty", "foreign"],
)
def test_a_broken_cache_is_drawn_anew(cache: Path, damage: Callable[[bytes], bytes]) -> None:
    first = load_stripes()
    path = only_file(cache)
    sound = path.read_bytes()
    path.write_bytes(damage(sound))
    np.testing.assert_array_equal(load_stripes(), first)
    assert only_file(cache).read_bytes() == sound


def test_a_cache_file_of_something_else_is_drawn_anew(cache: Path) -> None:
    first = load_stripes()
    np.savez(only_file(cache), other=np.zeros(1))
    np.testing.assert_array_equal(load_stripes(), first)


@pytest.mark.slow
@pytest.mark.usefixtures("cache")
def test_other_originals_are_not_served_from_the_cache(tmp_path: Path, raw: dict[str, NDArray[np.uint8]]) -> None:
    load_stripes()
    np.savez(tmp_path / "MNIST.npz", x_test=raw["x_test"][::-1], y_test=raw["y_test"][::-1])
    np.testing.assert_array_equal(load_stripes(folder=tmp_path)[..., 7:21, 0], load_stripes()[::-1, ..., 7:21, 0])


@pytest.mark.slow
def test_half_seed_and_name_are_kept_apart(cache: Path) -> None:
    for name, seed in itertools.product(["stripe", "brightness"], [0, 1]):
        load_split(f"MNIST_corrupted/{name}", "test", seed=seed)
    assert len(list(cache.iterdir())) == 4


def test_a_folder_that_cannot_be_written_costs_the_cache_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert load_stripes().shape == (10_000, 28, 28, 1)
    assert list(tmp_path.iterdir()) == [blocked]


def test_without_a_named_cache_folder_the_home_folder_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    load_stripes()
    assert (tmp_path / ".cache" / "bayes-edge" / "stripe-test-0.npz").is_file()


@pytest.mark.usefixtures("cache")
def test_progress_is_silent_off_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    load_stripes()
    assert capfd.readouterr() == ("", "")
