"""Tests of the store of corrections."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime.errors import EdgeError
from edge_app.web.feedback import Correction, FeedbackStore, export_feedback


def correction(number: int, label: str = "3") -> Correction:
    image = np.full((28, 28, 1), 1.0, np.float32)
    image[number % 28] = 0.0
    return Correction(float(number), "d" * 64, label, "8", unsure=False, asked=False, image=image, picture=bytes(5_000))


def test_what_is_kept_is_given_back_after_a_restart(tmp_path: Path) -> None:
    for number in range(3):
        store = FeedbackStore(tmp_path / "f.sqlite")
        store.add(correction(number))
        store.close()
    store = FeedbackStore(tmp_path / "f.sqlite")
    found = store.corrections()
    store.close()
    assert [one.time for one in found] == [0.0, 1.0, 2.0]
    np.testing.assert_array_equal(found[2].image, correction(2).image)
    assert (found[0].label, found[0].read_as, found[0].unsure, found[0].picture) == ("3", "8", False, bytes(5_000))


def test_the_oldest_make_room_for_the_newest(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "f.sqlite", largest_bytes=50_000)
    for number in range(40):
        store.add(correction(number))
    times = [one.time for one in store.corrections()]
    store.close()
    assert 4 <= len(times) <= 6
    assert times == [float(number) for number in range(40 - len(times), 40)]


def test_corrections_become_a_data_set_with_ink_white_as_mnist_has_it(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "f.sqlite")
    store.add(correction(5, "7"))
    store.add(correction(6, "1"))
    store.close()
    assert export_feedback(tmp_path / "f.sqlite", tmp_path / "set") == 2
    images, labels = np.load(tmp_path / "set" / "x_train.npy"), np.load(tmp_path / "set" / "y_train.npy")
    assert images.dtype == np.uint8
    assert images[0, 5].min() == 255
    assert images[0, 6].max() == 0
    assert labels.tolist() == [7, 1]
    with pytest.raises(EdgeError, match="exists already"):
        export_feedback(tmp_path / "f.sqlite", tmp_path / "set")


def test_what_holds_no_correction_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="not found"):
        export_feedback(tmp_path / "none.sqlite", tmp_path / "set")
    (tmp_path / "other.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(EdgeError, match="cannot be used for corrections"):
        FeedbackStore(tmp_path / "other.sqlite")
    FeedbackStore(tmp_path / "empty.sqlite").close()
    with pytest.raises(EdgeError, match="no correction yet"):
        export_feedback(tmp_path / "empty.sqlite", tmp_path / "set")
    assert not (tmp_path / "set").exists()
