"""Images that are a little of another one, with targets that say so."""

from pathlib import Path

import numpy as np
import pytest

from dataset import Split
from train import training
from train.feed import feed
from train.mixup import mix_up
from train.sweep import main


def numbered(count: int) -> Split:
    """Images that are their number all over, each of a class of its own."""
    numbers = np.arange(count)
    x = np.broadcast_to(numbers.astype(np.float32)[:, None, None, None], (count, 28, 28, 1))
    return Split(x, numbers, np.eye(count, dtype=np.float32))


def test_image_and_target_are_blended_in_the_same_shares_of_two() -> None:
    images = numbered(500)
    blended = mix_up(images, 1.0, np.random.default_rng(0))
    np.testing.assert_allclose(blended.onehot.sum(axis=1), 1, rtol=1e-6)
    assert (np.count_nonzero(blended.onehot, axis=1) <= 2).all()
    np.testing.assert_allclose(blended.x[:, 5, 7, 0], blended.onehot @ np.float32(images.y), rtol=1e-5)
    np.testing.assert_array_equal(blended.x, np.broadcast_to(blended.x[:, :1, :1], blended.x.shape))


def test_each_stays_the_larger_part_of_itself() -> None:
    blended = mix_up(numbered(500), 1.0, np.random.default_rng(0))
    np.testing.assert_array_equal(blended.y, np.arange(500))
    assert (blended.onehot[np.arange(500), blended.y] >= 0.5).all()


@pytest.mark.parametrize(("alpha", "mean"), [(1e-3, 1.0), (1.0, 0.75), (100.0, 0.528)])
def test_shares_are_of_the_beta_distribution(alpha: float, mean: float) -> None:
    """E max(b, 1 - b): 1 where b is 0 or 1, 3/4 where it is uniform, about 1/2 + sd sqrt(2 / pi) where it is narrow."""
    blended = mix_up(numbered(3_000), alpha, np.random.default_rng(0))
    assert blended.onehot.max(axis=1).mean() == pytest.approx(mean, abs=0.01)


def test_an_epoch_is_the_same_after_a_resumption(digits: Split) -> None:
    def second(first: int) -> Split:
        *_, last = feed(digits, augmented=0.5, outliers=0.1, seed=3, epochs=range(first, 2), mixup=0.2)
        return last

    for whole, resumed in zip(second(0), second(1), strict=True):
        np.testing.assert_array_equal(whole, resumed)
    assert (np.count_nonzero(second(1).onehot, axis=1) > 1).mean() > 0.3


def test_a_network_that_learns_from_whole_labels_is_refused(
    digits: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(training, "load_split", lambda *_: digits)
    for setting in ("mixup=0.2", "outliers=0.1"):
        assert main(["--model", "deterministic", "--vary", setting, "--out", str(tmp_path / "sweep")]) == 1
        assert f"{setting.split('=')[0]}: found model deterministic" in capsys.readouterr().err
