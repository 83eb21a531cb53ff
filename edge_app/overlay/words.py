"""What is said about a digit, in plain English."""

from __future__ import annotations

import math
from typing import Final

from edge_app.runtime.prediction import Prediction, Reason

UNLIKE: Final = "The digits here are unlike those I was calibrated on"
UNLIKE_BRIEFLY: Final = "unlike my calibration"


NO_DIGIT: Final = "\N{EN DASH}"


def headline(prediction: Prediction, labels: tuple[str, ...]) -> str:
    """Say what one image is, or why nobody can tell."""
    label = labels[prediction.label]
    if prediction.reason is None:
        return f"{label}, {percent(prediction.probability)}"
    return {
        Reason.AMBIGUOUS: f"Unsure: {candidates(prediction, labels)}?",
        Reason.UNFAMILIAR: "Not like my digits",
        Reason.LINE: f"A line runs through it: {label}?",
        Reason.EDGE: f"Cut off at the edge: {label}?",
        Reason.PRINT: f"Print or a line, perhaps: {label}?",
        Reason.NOT_A_DIGIT: "Not a digit",
    }[prediction.reason]


def short(prediction: Prediction, labels: tuple[str, ...]) -> str:
    """Say it in the room that a tag has: `3`, `3 or 8?`, `3 ??` for what only looks most like a 3, a dash for none."""
    label = labels[prediction.label]
    match prediction.reason:
        case Reason.AMBIGUOUS:
            return f"{candidates(prediction, labels)}?"
        case Reason.UNFAMILIAR:
            return f"{label} ??"
        case Reason.NOT_A_DIGIT:
            return NO_DIGIT
        case Reason.LINE | Reason.EDGE | Reason.PRINT:
            return f"{label}?"
        case None:
            return label


def briefest(prediction: Prediction, labels: tuple[str, ...]) -> str:
    """Say it in the least room: `3`, `3?` for an unsure one, a dash for what is no digit."""
    return NO_DIGIT if not prediction.is_digit else labels[prediction.label] + "?" * prediction.unsure


def candidates(prediction: Prediction, labels: tuple[str, ...]) -> str:
    """Name the two most probable classes, the more probable first: `3 or 8`."""
    first, second = sorted(range(len(labels)), key=lambda i: -prediction.mean[i])[:2]
    return f"{labels[first]} or {labels[second]}"


def interval(prediction: Prediction) -> str:
    """Give the interval of the predicted class in per cent, rounded outwards: `93 to 100 %`."""
    low, high = prediction.interval
    return f"{math.floor(100 * low)} to {math.ceil(100 * high)} %"


def label_set(prediction: Prediction, labels: tuple[str, ...]) -> str:
    """List the conformal label set: `3, 8`."""
    return ", ".join(labels[i] for i in prediction.label_set) or "empty"


def percent(share: float) -> str:
    """Round to whole per cent, but never to a certainty that is not there."""
    if 0.995 <= share < 1:
        return ">99 %"
    if 0 < share <= 0.005:
        return "<1 %"
    return f"{100 * share:.0f} %"
