"""Pairing found boxes with true ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset.scenes import TruthBox
from dataset.scenes.matching import match, overlap

sides = st.integers(1, 50)
boxes = st.builds(TruthBox, st.integers(0, 50), st.integers(0, 50), sides, sides)


def covered(box: TruthBox) -> set[tuple[int, int]]:
    return {(x, y) for x in range(box.x, box.x + box.width) for y in range(box.y, box.y + box.height)}


@given(boxes, boxes)
def test_overlap_is_intersection_over_union(one: TruthBox, other: TruthBox) -> None:
    mine, theirs = covered(one), covered(other)
    assert overlap(one, other) == pytest.approx(len(mine & theirs) / len(mine | theirs))
    assert overlap(one, other) == overlap(other, one)
    assert overlap(one, one) == 1


def test_each_box_is_paired_once_with_its_best() -> None:
    true = [TruthBox(0, 0, 10, 10), TruthBox(100, 0, 10, 10), TruthBox(200, 0, 10, 10)]
    found = [TruthBox(101, 0, 10, 10), TruthBox(1, 1, 10, 10), TruthBox(0, 0, 10, 10), TruthBox(205, 5, 10, 10)]
    assert sorted(match(found, true)) == [(0, 1), (2, 0)]
    assert match([], true) == match(found, []) == []
