"""Hold what the app shows of a page against what is written on it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

from dataset.scenes import Scene
from dataset.scenes.matching import match
from edge_app.result import FrameResult


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over pages.

    Attributes:
        pages: how many.
        digits: handwritten digits wholly on them.
        found: of those, how many are shown in a box.
        right: of those found, how many are read right.
        shown: boxes shown as digits, whatever they hold; what is shown as not a digit counts as not shown.
        strange: of those, boxes that hold no digit.
        warned: boxes shown with a warning.
        silent: boxes shown without a warning whose label is wrong or that hold no digit.
        silent_strange: of those, boxes that hold no digit.
    """

    pages: int = 0
    digits: int = 0
    found: int = 0
    right: int = 0
    shown: int = 0
    strange: int = 0
    warned: int = 0
    silent: int = 0
    silent_strange: int = 0

    def __add__(self, other: Self) -> Tally:
        """Add up two counts."""
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Tally)))

    @property
    def recall(self) -> float:
        """Share of the digits that are found."""
        return self.found / max(1, self.digits)

    @property
    def precision(self) -> float:
        """Share of the boxes that hold a digit."""
        return 1 - self.strange / max(1, self.shown)

    @property
    def reading(self) -> float:
        """Share of the digits found that are read right."""
        return self.right / max(1, self.found)

    @property
    def silent_share(self) -> float:
        """Share of the boxes that are wrong without a warning."""
        return self.silent / max(1, self.shown)


def tally(scene: Scene, result: FrameResult) -> Tally:
    """Count on one page. A printed or cut digit need not be found; if it is, its label counts as any other's."""
    result = taken_for_digits(result)
    pairs = _matched(scene, result)
    unsure = [prediction.unsure for prediction in result.raw.predictions]
    handwritten = [box for box, index in pairs.items() if index < len(scene.digits)]
    wrong = [box for box, is_wrong in enumerate(wrong_boxes(scene, result)) if is_wrong]
    silent = [box for box in wrong if not unsure[box]]
    return Tally(
        pages=1,
        digits=len(scene.digits),
        found=len(handwritten),
        right=len(handwritten) - len(set(handwritten).intersection(wrong)),
        shown=len(unsure),
        strange=len(unsure) - len(pairs),
        warned=sum(unsure),
        silent=len(silent),
        silent_strange=sum(box not in pairs for box in silent),
    )


def taken_for_digits(result: FrameResult) -> FrameResult:
    """Leave out what is shown as not a digit."""
    kept = [index for index, prediction in enumerate(result.raw.predictions) if prediction.is_digit]
    return replace(
        result,
        digits=tuple(result.digits[index] for index in kept),
        tracks=tuple(result.tracks[index] for index in kept),
        raw=replace(result.raw, predictions=tuple(result.raw.predictions[index] for index in kept)),
    )


def wrong_boxes(scene: Scene, result: FrameResult) -> list[bool]:
    """Tell of each box whether its label is wrong or it holds no digit."""
    truth, pairs = (*scene.digits, *scene.cut, *scene.printed), _matched(scene, result)
    labels = [prediction.label for prediction in result.raw.predictions]
    return [box not in pairs or truth[pairs[box]].label != label for box, label in enumerate(labels)]


def _matched(scene: Scene, result: FrameResult) -> dict[int, int]:
    """Index of each box that holds a digit -> index of that digit, those that must be found first."""
    truth = (*scene.digits, *scene.cut, *scene.printed)
    return dict(match([digit.box for digit in result.digits], [digit.box for digit in truth]))
