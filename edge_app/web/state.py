"""What the page is told several times a second, and the API at any time: one message, as JSON."""

from __future__ import annotations

import msgspec

from edge_app.board import Counts, SeenDigit
from edge_app.overlay import words
from edge_app.result import FrameResult
from edge_app.runtime.drift import Drift
from edge_app.runtime.prediction import Prediction
from edge_app.web.checks import CheckState


class DigitState(msgspec.Struct, frozen=True):
    """One digit in view, or one that was doubted: what is said of it; probabilities from 0 to 1, entropies in bits."""

    track: int
    says: str
    label: str
    probability: float
    interval: tuple[float, float]
    entropy_bits: float
    unsure: bool
    reason: str | None


class Controls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What viewers can change; a key that is left out stays as it is."""

    frozen: bool | None = None
    panel: bool | None = None
    samples: int | None = None
    threads: int | None = None
    saving: bool | None = None


class State(msgspec.Struct, frozen=True):
    """Everything at one moment.

    Attributes:
        trouble: why there is no new picture; None while frames come.
        frame: number of the newest frame; None before the first.
        frames_per_second: over the last second.
        latency_ms: of the newest frame.
        digits: in view, steady readings.
        doubtful: the last ones that were doubted, the newest first.
        counts: totals of the run; a digit counts once for every frame.
        threshold_bits: of the warning.
        labels: the classes' names.
        celsius, limits: the processor's temperature, and what slows it down; None where nobody knows.
        controls: as they are now; `saving` is None where nothing can be saved.
        most_samples: what `controls.samples` may be at most.
        feedback: whether corrections are kept.
        source: its name, without secrets.
        drift: what the digits say of drift; None where the bundle has nothing to hold them against.
        checks: what checked readings have shown; None where no answers are kept.
        unlike: what to tell people of it; empty for nothing.
    """

    trouble: str | None
    frame: int | None
    frames_per_second: float
    latency_ms: float
    digits: tuple[DigitState, ...]
    doubtful: tuple[DigitState, ...]
    counts: Counts
    threshold_bits: float
    labels: tuple[str, ...]
    celsius: float | None
    limits: tuple[str, ...] | None
    controls: Controls
    most_samples: int
    feedback: bool
    source: str
    drift: Drift | None
    checks: CheckState | None
    unlike: str


def describe_result(result: FrameResult | None, labels: tuple[str, ...]) -> tuple[DigitState, ...]:
    """Describe the digits in view by their steady readings."""
    if result is None:
        return ()
    pairs = zip(result.tracks, result.steady.predictions, strict=True)
    return tuple(_digit(track.number, prediction, labels) for track, prediction in pairs)


def describe_seen(seen: list[SeenDigit], labels: tuple[str, ...]) -> tuple[DigitState, ...]:
    """Describe digits that were seen of late."""
    return tuple(_digit(digit.track, digit.prediction, labels) for digit in seen)


def _digit(track: int, prediction: Prediction, labels: tuple[str, ...]) -> DigitState:
    low, high = prediction.interval
    return DigitState(
        track=track,
        says=words.headline(prediction, labels),
        label=labels[prediction.label],
        probability=round(prediction.probability, 4),
        interval=(round(low, 4), round(high, 4)),
        entropy_bits=round(prediction.total_bits, 4),
        unsure=prediction.unsure,
        reason=prediction.reason,
    )
