"""What is found on a page of each kind stays as it was last looked at, within what another processor rounds otherwise.

Pages with known truth say whether the finder is good; this says whether it has changed. After a change that is meant,
look at what it does, then keep what is found now: python tests/edge_app/finder/test_findings.py
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from dataset.scenes.kinds import Kind, render_kind
from dataset.scenes.matching import overlap
from edge_app.finder import Box, Digit, find_digits
from edge_app.runtime.prediction import Reason

Image = NDArray[np.uint8]

KEPT = Path(__file__).with_name("findings.json")
SAME_BOX = 0.85
SAME_TONE = 1
"""Most by which a sixteenth of a cut's image may be lighter or darker, of 15."""
OTHERWISE = 0.01
"""Share of the digits that another processor may find otherwise."""


class Finding(msgspec.Struct, frozen=True, array_like=True):
    """One digit.

    Attributes:
        box: left, top, width and height in pixels.
        place: line, number and column.
        doubt: the reason for it.
        tones: of each cut's image, the means of its 4 x 4 parts in hexadecimal digits, 0 dark.
    """

    box: tuple[int, int, int, int]
    place: tuple[int, int, int]
    doubt: Reason | None
    tones: tuple[str, ...]


def pages() -> Iterator[tuple[str, Image]]:
    """A page of each kind of usual size, pages of other sizes and shapes, a board, and single digits."""
    for kind in [kind for kind in Kind if kind is not Kind.SMALL]:
        yield kind.value, render_kind(kind, "test", 3).image
    listed = render_kind(Kind.LIST, "test", 3).image
    yield "board", np.asarray(255 - listed, np.uint8)
    yield "large", cv2.resize(listed, None, fx=2.1, fy=2.1)
    yield "grey, half the size", cv2.cvtColor(cv2.resize(listed, None, fx=0.5, fy=0.5), cv2.COLOR_BGR2GRAY)
    yield "strip", listed[20:110]
    yield "ribbon", np.tile(cv2.resize(listed[20:110], None, fx=0.3, fy=0.3), (1, 10, 1))
    scene = render_kind(Kind.FAINT, "test", 3)
    for number, digit in enumerate(scene.digits[:6]):
        left, top = digit.box.x, digit.box.y
        right, bottom = left + digit.box.width, top + digit.box.height
        around = 4 + 3 * number
        yield (
            f"digit {number}",
            scene.image[max(0, top - around) : bottom + around, max(0, left - around) : right + around],
        )


def describe(digit: Digit) -> Finding:
    box, place = digit.box, digit.place
    parts = [np.rint(15 * image.reshape(4, 7, 4, 7).mean((1, 3))).astype(int).ravel() for image in digit.images]
    tones = tuple("".join(f"{part:x}" for part in image) for image in parts)
    return Finding((box.x, box.y, box.width, box.height), (place.line, place.number, place.column), digit.doubt, tones)


def find_all() -> dict[str, list[Finding]]:
    return {name: [describe(digit) for digit in find_digits(image)] for name, image in pages()}


def alike(one: Finding, other: Finding) -> bool:
    if overlap(Box(*one.box), Box(*other.box)) < SAME_BOX:
        return False
    if (one.place, one.doubt, len(one.tones)) != (other.place, other.doubt, len(other.tones)):
        return False
    apart = [int(a, 16) - int(b, 16) for a, b in zip("".join(one.tones), "".join(other.tones), strict=True)]
    return max(map(abs, apart)) <= SAME_TONE


def unlike(kept: list[Finding], found: list[Finding]) -> list[str]:
    """Say what differs: digits that are not there, others that are, and those out of order."""
    partners = [next((index for index, now in enumerate(found) if alike(one, now)), None) for one in kept]
    lost = [f"was {one.box} {one.place} {one.doubt}" for one, at in zip(kept, partners, strict=True) if at is None]
    new = [f"is {now.box} {now.place} {now.doubt}" for index, now in enumerate(found) if index not in partners]
    order = [at for at in partners if at is not None]
    return [*lost, *new, *(f"{later} before {at}" for at, later in pairwise(order) if later < at)]


def test_what_is_found_on_a_page_of_each_kind_is_what_was_kept() -> None:
    kept, found = msgspec.json.decode(KEPT.read_bytes(), type=dict[str, list[Finding]]), find_all()
    assert found.keys() == kept.keys()
    differences = {name: unlike(kept[name], found[name]) for name in kept}
    digits = sum(map(len, kept.values()))
    assert sum(map(len, differences.values())) <= OTHERWISE * digits, differences


def test_a_change_is_told() -> None:
    one = Finding((10, 10, 20, 30), (0, 0, 0), None, ("0123456789abcdef",))
    for box, place, doubt, tones in (
        ((14, 10, 20, 30), one.place, None, one.tones),
        (one.box, (0, 1, 0), None, one.tones),
        (one.box, one.place, Reason.LINE, one.tones),
        (one.box, one.place, None, one.tones * 2),
        (one.box, one.place, None, ("2123456789abcdef",)),
    ):
        assert len(unlike([one], [Finding(box, place, doubt, tones)])) == 2
    other = Finding((60, 10, 20, 30), (0, 0, 0), None, one.tones)
    assert unlike([one, other], [one, other]) == []
    assert len(unlike([one, other], [other, one])) == 1
    assert len(unlike([one, other], [one])) == 1


if __name__ == "__main__":
    text = msgspec.json.encode(find_all()).decode()
    KEPT.write_text(text.replace("]],[[", "]],\n[[").replace(":[[[", ":[\n[[").replace(']],"', ']],\n"') + "\n")
