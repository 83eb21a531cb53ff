"""Counts passes over images, by far the longest work of a report, so that rate and time left are true."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from train.report.subjects import Subject


@dataclass(frozen=True, slots=True)
class Progress:
    """A bar on standard error, quiet when that is not a terminal."""

    bar: tqdm

    def run(self, subject: Subject, images: NDArray[np.float32], passes: int, what: str) -> NDArray[np.floating]:
        """Give the subject's class probabilities [N, K, C], and count them."""
        self.bar.set_description(f"{subject.facts.name}, {what}")
        probabilities = subject.probabilities(images, passes)
        self.bar.update(len(images) * subject.passes(passes))
        return probabilities


@contextmanager
def show_progress(total: int) -> Iterator[Progress]:
    """Show a bar up to so many passes over one image."""
    with tqdm(total=total, unit="pass", unit_scale=True, disable=None) as bar:
        yield Progress(bar)
