"""Everything that one annotated picture shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Digit
from edge_app.runtime.prediction import Prediction


@dataclass(frozen=True, slots=True)
class Status:
    """The small print.

    Attributes:
        frames_per_second: how many frames are read each second; 0 while that is unknown.
        latency_ms: how long reading the newest frame took.
        samples: how many weight samples are used.
        calibrated: for how many the warning was calibrated.
        more: whether the frame holds more digits than were read.
        unlike: whether the digits are unlike those that the bundle was calibrated on.
        message: a short word to the user, such as where a still went; empty for none.
    """

    frames_per_second: float
    latency_ms: float
    samples: int
    calibrated: int
    more: bool = False
    unlike: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class ReadDigit:
    """A digit and what is said of it."""

    digit: Digit
    prediction: Prediction


@dataclass(frozen=True, slots=True)
class AnnotatedFrame:
    """A frame and what is said of it.

    Attributes:
        image: uint8 [H, W, 3] BGR.
        digits: its digits.
        focus: index of the digit that the panel tells about; None when there is none.
        labels: the classes' names.
        status: the small print.
        panel: whether the panel is shown.
        mirrored: whether the picture is shown as in a mirror.
        help: whether the keys are explained.
    """

    image: NDArray[np.uint8]
    digits: tuple[ReadDigit, ...]
    focus: int | None
    labels: tuple[str, ...]
    status: Status
    panel: bool = True
    mirrored: bool = False
    help: bool = False

    @property
    def focused(self) -> ReadDigit | None:
        """The digit in focus."""
        return None if self.focus is None else self.digits[self.focus]
