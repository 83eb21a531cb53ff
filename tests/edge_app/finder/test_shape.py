"""Strokes are told from blots by their shape; around a picture is bare paper."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.finder.ink import MARGIN, Ink, with_margin
from edge_app.finder.shape import _is_drawn
from edge_app.finder.writing import outline


@pytest.mark.parametrize(("height", "drawn"), [(40, False), (70, False), (100, True), (300, True)])
def test_what_fills_its_hull_is_a_blot_unless_it_is_more_than_twice_as_long_as_wide(height: int, drawn: bool) -> None:  # noqa: FBT001
    mask = np.zeros((320, 60), np.uint8)
    mask[10 : 10 + height, 10:50] = 1
    (bar,) = outline(mask, 1, (0, 0))
    assert _is_drawn(bar) == drawn


def test_the_margin_is_bare_paper_of_the_edges_brightness() -> None:
    strength, paper = np.random.default_rng(0).integers(1, 255, (2, 5, 7), np.uint8)
    wide = with_margin(Ink(strength, paper))
    np.testing.assert_array_equal(wide.strength, np.pad(strength, MARGIN))
    np.testing.assert_array_equal(wide.paper, np.pad(paper, MARGIN, mode="edge"))


def test_a_ring_is_drawn() -> None:
    rows, columns = np.mgrid[:60, :60] - 30
    radius = np.hypot(rows, columns)
    (ring,) = outline(((radius < 25) & (radius > 18)).astype(np.uint8), 1, (0, 0))
    (disc,) = outline((radius < 25).astype(np.uint8), 1, (0, 0))
    assert _is_drawn(ring)
    assert not _is_drawn(disc)
