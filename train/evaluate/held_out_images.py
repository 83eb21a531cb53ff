"""The training images that a run held out."""

from __future__ import annotations

from dataset import Split
from models.runs import Record


def take_held_out(record: Record, data: Split) -> Split:
    """Take out of MNIST's training images those that a run held out: the last of the first ones that it was given.

    How many of MNIST's it was given is not known of a run that learned from images of one's own besides (`--extra`); it
    is taken to have had all that are here.

    Args:
        record: the run's.
        data: at least the training images that it was given.
    """
    end = len(data.x) if record.recipe.get("extra") else min(len(data.x), record.rows + record.holdout)
    part = slice(end - record.holdout, end)
    return Split(data.x[part], data.y[part], data.onehot[part])
