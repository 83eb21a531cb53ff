from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import dataset


@pytest.fixture(scope="session")
def archive() -> Path:
    """Where the repository's MNIST is."""
    return Path(dataset.__file__).parent / "MNIST.npz"


@pytest.fixture(scope="session")
def raw(archive: Path) -> dict[str, NDArray[np.uint8]]:
    """Raw MNIST by key: x_train, y_train, x_test, y_test."""
    with np.load(archive) as arrays:
        return dict(arrays)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder in place of the user's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "bayes-edge"
