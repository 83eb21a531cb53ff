"""Which bundle is meant for which device."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.updates.offer import Offer, choose, place

DEVICES = [f"pi-{number}" for number in range(1000)]
OLD, NEW = "0" * 64, "1" * 64


def offer(digest: str = NEW, number: int = 2, *stages: int, stage: int = 0, paused: bool = False) -> Offer:
    return Offer(number, digest, stages or (100,), stage, paused=paused)


def test_a_stage_covers_its_share_and_all_that_an_earlier_one_covered() -> None:
    covered = [
        {device for device in DEVICES if offer(NEW, 7, 5, 25, 100, stage=stage).covers(device)} for stage in range(3)
    ]
    assert covered[0] < covered[1] < covered[2] == set(DEVICES)
    assert 30 <= len(covered[0]) <= 70  # 50 expected, 6.9 standard deviation
    assert 200 <= len(covered[1]) <= 300


def test_another_bundle_begins_with_other_devices() -> None:
    first, other = ({device for device in DEVICES if place(device, number) < 0.05} for number in (2, 3))
    assert len(first & other) < 15


@given(st.text(), st.integers(1, 10**9))
def test_a_place_lies_between_0_and_1(device: str, number: int) -> None:
    assert 0 <= place(device, number) < 1


@pytest.mark.parametrize("stages", [(), (5, 5), (25, 5), (0, 100), (101,), (50.5,)])
def test_stages_that_do_not_grow_are_no_offer(stages: tuple[float, ...]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"number": 2, "digest": NEW, "stages": stages}, Offer)


def test_the_newest_that_covers_the_device_is_chosen() -> None:
    ahead = next(device for device in DEVICES if place(device, 2) < 0.05)
    behind = next(device for device in DEVICES if place(device, 2) > 0.25)
    old, new = offer(OLD, 1), offer(NEW, 2, 5, 25, 100)
    assert choose([new, old], ahead, current=None, refused=()) == new
    assert choose([new, old], behind, current=None, refused=()) == old
    assert choose([new, old], ahead, current=None, refused={NEW}) == old
    assert choose([new], behind, current=None, refused=()) is None


def test_nobody_takes_what_is_paused_but_who_has_it_keeps_it() -> None:
    old, new = offer(OLD, 1), offer(NEW, 2, paused=True)
    assert choose([new, old], "pi", current=OLD, refused=()) == old
    assert choose([new, old], "pi", current=NEW, refused=()) == new
