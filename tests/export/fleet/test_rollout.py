"""A whole fleet: a good bundle reaches every device, a bad one at most the first stage, and is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from edge_app.commands.speed import demo_page
from edge_app.fleet.devices import Report
from edge_app.options import DEFAULT_BUNDLE
from edge_app.reader import Reader
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.sources import Frame
from edge_app.updates.follow import Follower
from edge_app.updates.offer import Offer
from edge_app.updates.shelf import Shelf, ShelfState, Warned
from export.advance import Step, decide

DEVICES = 40
OFFER = "1" * 64


def report(device: Any) -> Report:
    """What a device tells the broker."""
    state: ShelfState = device.shelf.state
    refused = {bundle.digest: bundle.reason for bundle in state.refused}
    name = device.shelf.folder.name.removeprefix("device-")
    return told(name, state.digest or "", on_trial=state.on_trial, refused=refused)


def read_on(shelf: Shelf) -> None:
    """Let a device's app read the demo's page until the trial has ended."""
    with Follower(shelf, lambda path: Classifier(load_bundle(path or DEFAULT_BUNDLE)), settled_s=0.0) as follower:
        reader = Reader(follower.classifier)
        follower.use = reader.read_with
        found = reader.read(Frame(demo_page(), 0.0))
        numbers = count()
        while shelf.state.on_trial:
            tracks = tuple(replace(track, number=next(numbers)) for track in found.tracks)
            follower.take(replace(found, tracks=tracks))


@pytest.mark.slow
def test_a_bad_bundle_reaches_at_most_the_first_stage_and_is_taken_back(
    publisher: Any, bundles: Callable[[str], Path]
) -> None:
    devices = [publisher.device(f"pi-{number}") for number in range(DEVICES)]
    for device in devices:
        device.shelf.change(lambda state: state.having_read(None, Warned(500, 20)))
    timid = publisher.offer(bundles("timid"), 10, 50, 100)
    (offer,) = publisher.repository.offers.values()
    stage = [device for device in devices if offer.covers(device.shelf.folder.name.removeprefix("device-"))]
    assert 1 <= len(stage) <= 8
    for device in devices:
        device.update()
    assert {device.digest for device in stage} == {timid}
    assert decide(offer, map(report, devices)).step is Step.WAIT
    for device in stage:
        read_on(device.shelf)
    decision = decide(offer, map(report, devices))
    assert decision.step is Step.PAUSE
    assert "warned of" in decision.reason
    publisher.change(paused=True)
    for device in devices:
        assert device.update().step == "kept"
    assert [device.digest for device in devices] == [None] * DEVICES
    reached = [device for device in devices if device.shelf.state.refused]
    assert reached == stage


def told(name: str, bundle: str = OFFER, **changed: Any) -> Report:
    return Report(**{"name": name, "heard": True, "bundle": bundle, "on_trial": False, "refused": {}} | changed)


def test_a_bundle_goes_on_when_every_device_of_its_stage_that_is_heard_reads_with_it() -> None:
    first, everywhere = Offer(2, OFFER, (50, 100)), Offer(2, OFFER, (50, 100), 1)
    inside = [f"pi-{number}" for number in range(100) if first.covers(f"pi-{number}")]
    outside = next(f"pi-{number}" for number in range(100) if not first.covers(f"pi-{number}"))
    well = [told(name) for name in inside]
    assert decide(first, [*well, told(outside, "0" * 64)]).step is Step.PROMOTE
    assert decide(everywhere, [*well, told(outside, "0" * 64)]).step is Step.WAIT
    assert decide(everywhere, well).reason == "it is everywhere"
    assert decide(first, [told(outside, "0" * 64)]).reason == "its stage has no device that is heard"
    assert decide(first, [*well[1:], told(inside[0], on_trial=True)]).step is Step.WAIT
    assert decide(first, [*well[1:], told(inside[0], heard=False, bundle="0" * 64)]).step is Step.PROMOTE
    assert decide(first, [told(inside[0], heard=False)]).step is Step.WAIT
    back = told(inside[0], "0" * 64, refused={OFFER: "no good"})
    assert decide(first, [*well[1:], back]).step is Step.PROMOTE  # one in forty or so
    assert decide(first, [well[1], well[2], back]).step is Step.PAUSE
