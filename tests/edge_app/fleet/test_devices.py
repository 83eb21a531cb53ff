"""What is known of a fleet, by what its devices told."""

from __future__ import annotations

import random

import msgspec
import pytest
from simulated import Pretended

from edge_app.fleet.devices import MOST_PICTURES, POINT_S, POINTS, ROWS, SILENT_S, Fleet, Order, Query, State


class Clock:
    """A steady clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fleet(clock: Clock) -> Fleet:
    return Fleet(clock)


def tell(fleet: Fleet, device: Pretended, *, retained: bool = False) -> None:
    payload = msgspec.json.encode(device.health(random.Random(0)))
    fleet.hear(device.name, "health", payload, retained=retained)


def states(fleet: Fleet) -> dict[str, State]:
    return {row.name: row.state for row in fleet.overview(Query()).rows}


def test_a_device_is_as_it_tells_and_silent_after_five_seconds(fleet: Fleet, clock: Clock) -> None:
    for device in (Pretended("a"), Pretended("b", reason="no picture"), Pretended("c", evidence=3.5)):
        tell(fleet, device)
    assert states(fleet) == {"a": State.ALIVE, "b": State.TROUBLE, "c": State.UNLIKE}
    fleet.hear("c", "availability", b"offline", retained=False)
    clock.now_s += SILENT_S + 0.1
    assert states(fleet) == {"a": State.SILENT, "b": State.SILENT, "c": State.OFFLINE}
    assert [row.name for row in fleet.overview(Query()).rows] == ["c", "a", "b"]  # what needs somebody comes first


def test_what_was_retained_does_not_make_a_device_alive(fleet: Fleet) -> None:
    tell(fleet, Pretended("a"), retained=True)
    (row,) = fleet.overview(Query()).rows
    assert (row.state, row.heard_s, row.frames_per_second) == (State.SILENT, None, 15.0)


def test_what_no_device_would_say_is_left(fleet: Fleet) -> None:
    fleet.hear("a", "health", b'{"healthy": 7}', retained=False)
    fleet.hear("a", "still", bytes(2**20 + 1), retained=False)
    fleet.hear("b", "health", b"", retained=False)
    (row,) = fleet.overview(Query()).rows
    assert (row.state, row.pictures) == (State.SILENT, ())


def test_a_plot_shows_a_quarter_of_an_hour_and_each_points_own_share(fleet: Fleet, clock: Clock) -> None:
    device = Pretended("a", warned=0.0)
    for point in range(POINTS + 10):
        device.warned = 1.0 if point >= POINTS else 0.0
        tell(fleet, device)
        clock.now_s += POINT_S
    (row,) = fleet.overview(Query()).rows
    assert len(row.plot) == POINTS
    assert [point.warned for point in row.plot] == [0.0] * (POINTS - 10) + [1.0] * 10
    assert row.warned == pytest.approx(10 / (POINTS + 10), abs=1e-4)


def test_devices_are_found_sorted_and_told_some_at_a_time(fleet: Fleet) -> None:
    for number in range(60):
        tell(fleet, Pretended(f"pi-{number:02}", bundle=f"{number % 2}" * 64, warned=number / 100))
    overview = fleet.overview(Query(text="PI-1"))
    assert [row.name for row in overview.rows] == [f"pi-{number}" for number in range(10, 20)]
    assert fleet.overview(Query(text="11111")).found == 30
    overview = fleet.overview(Query(order=Order.WARNED, first=2 * ROWS + 5))
    assert (overview.first, len(overview.rows), overview.devices) == (2 * ROWS, 60 - 2 * ROWS, 60)
    shares = [row.warned for row in overview.rows]
    assert shares == sorted(shares, reverse=True)
    assert fleet.overview(Query(first=10_000)).first == 2 * ROWS


def test_it_is_told_who_reads_with_what_and_who_went_back(fleet: Fleet) -> None:
    old, new = "0" * 64, "1" * 64
    tell(fleet, Pretended("a", bundle=old, refused={new: "warned of 30 of 40 digits"}))
    tell(fleet, Pretended("b", bundle=old))
    tell(fleet, Pretended("c", bundle=new, number=4, on_trial=True))
    shares = {share.bundle: (share.devices, share.on_trial, share.back) for share in fleet.overview(Query()).bundles}
    assert shares == {old: (2, 0, 0), new: (1, 1, 1)}
    row = next(row for row in fleet.overview(Query()).rows if row.name == "a")
    assert row.says == "bundle 111111111111 was no good: warned of 30 of 40 digits"


def test_of_all_pictures_the_newest_are_kept(fleet: Fleet) -> None:
    names = [f"d{number}" for number in range(MOST_PICTURES)]
    for name in names:
        fleet.hear(name, "doubtful", name.encode(), retained=False)
    fleet.hear("d0", "doubtful", b"newer", retained=False)
    fleet.hear("d1", "still", b"still", retained=False)
    assert fleet.picture("d0", "doubtful") == b"newer"
    assert fleet.picture("d1", "still") == b"still"
    assert [name for name in names if fleet.picture(name, "doubtful") is None] == ["d1"]
