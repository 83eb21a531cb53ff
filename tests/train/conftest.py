"""A few real digits to train on."""

import pytest

from dataset import Split, load_split


@pytest.fixture(scope="session")
def digits() -> Split:
    data = load_split("MNIST", "train")
    return Split(data.x[:700], data.y[:700], data.onehot[:700])
