"""A warning's promise is held against labelled images by the exact binomial test."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from scipy.stats import binom

from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.recheck import Kept, binomial_tail, hold_promise, read_labelled

SHIPPED = Path(__file__).parents[3] / "edge_app" / "bundles" / "digits"
SHAPE = (28, 28, 1)


@pytest.mark.parametrize("chance", [0.005, 0.3])
@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (0, 597), (3, 1500), (40, 5000), (7, 7), (9, 7)])
def test_the_tail_is_the_binomial_distributions(successes: int, trials: int, chance: float) -> None:
    assert binomial_tail(successes, trials, chance) == pytest.approx(binom.cdf(successes, trials, chance), rel=1e-9)


@pytest.mark.parametrize(
    ("unwarned", "errors", "kept"),
    [(597, 0, False), (598, 0, True), (5000, 16, True), (5000, 17, False), (0, 0, False)],
)
def test_few_errors_keep_the_promise_and_few_images_do_not(*, unwarned: int, errors: int, kept: bool) -> None:
    rule = msgspec.structs.replace(load_bundle(SHIPPED).manifest.warning, target_risk=0.005, confidence=0.95)
    assert Kept(6000, unwarned, errors).keeps(rule) is kept


def test_errors_are_counted_among_what_carries_no_warning() -> None:
    classifier = Classifier(load_bundle(SHIPPED))
    images = np.ones((600, *SHAPE), np.float32)  # bare paper is warned of
    images[:100, 4:24, 13:16] = 0  # a stroke is a 1, for sure
    labels = np.ones(600, np.int64)
    labels[:30] = 7
    assert hold_promise(classifier, images, labels) == Kept(images=600, unwarned=100, errors=30)


def test_labelled_images_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, images=np.zeros((2, *SHAPE), np.float32), labels=np.array([3, 4], np.uint8))
    images, labels = read_labelled(path, SHAPE)
    assert (images.shape, images.dtype, labels.tolist(), labels.dtype) == ((2, *SHAPE), np.float32, [3, 4], np.int64)


@pytest.mark.parametrize(
    ("arrays", "found"),
    [
        ({}, "found no images and labels"),
        ({"images": np.zeros((2, *SHAPE), np.float32)}, "found no images and labels"),
        (
            {"images": np.zeros((2, 28, 28), np.float32), "labels": np.zeros(2, int)},
            r"found images float32 \[2, 28, 28\]",
        ),
        ({"images": np.zeros((2, *SHAPE)), "labels": np.zeros(2, int)}, "found images float64"),
        ({"images": np.zeros((2, *SHAPE), np.float32), "labels": np.zeros(3, int)}, r".*labels int64 \[3\]"),
        ({"images": np.zeros((2, *SHAPE), np.float32), "labels": np.zeros(2)}, ".*labels float64"),
        ({"images": np.zeros((0, *SHAPE), np.float32), "labels": np.zeros(0, int)}, r"found images float32 \[0"),
        ({"images": np.array([{}], object), "labels": np.zeros(1, int)}, "found no images and labels"),
    ],
)
def test_what_holds_no_labelled_images_is_refused_in_one_line(
    arrays: dict[str, np.ndarray], found: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(EdgeError, match=f"a.npz: {found}"):
        read_labelled(tmp_path / "a.npz", SHAPE)


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04"])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    for name in ("a.npz", "none.npz"):
        with pytest.raises(EdgeError, match=f"{name}: found no images and labels"):
            read_labelled(tmp_path / name, SHAPE)
