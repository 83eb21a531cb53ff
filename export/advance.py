"""Whether a bundle goes on to its next stage: by what the devices that have it tell their broker."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edge_app.fleet.devices import Fleet, Report
from edge_app.fleet.listener import Listener
from edge_app.mqtt.address import BrokerAddress
from edge_app.mqtt.connection import Login
from edge_app.updates.offer import Offer

LISTENING_S: Final = 6.0
"""Every device tells of its health within two seconds."""
MOST_BACK: Final = 0.1
"""A bundle from which a larger share of those that tried it went back is paused."""


class Step(StrEnum):
    """What becomes of a bundle."""

    PROMOTE = "promote"
    PAUSE = "pause"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a bundle, and why."""

    step: Step
    reason: str


def hear_reports(address: BrokerAddress, login: Login) -> list[Report]:
    """Listen to the broker for some seconds, and give what every device told.

    Raises:
        EdgeError: the broker cannot be reached or refuses us.
    """
    fleet = Fleet()
    listener = Listener(address, login, fleet)
    time.sleep(LISTENING_S)
    listener.close()
    return fleet.reports()


def decide(offer: Offer, reports: Iterable[Report]) -> Decision:
    """Decide about the newest bundle.

    It is paused when more than a tenth of the devices that tried it went back; it goes on when every device of its
    stage that is heard has it and has passed its trial, or there is none.
    """
    reports = list(reports)
    back = [report for report in reports if offer.digest in report.refused]
    tried = [report for report in reports if report.bundle == offer.digest or report in back]
    if len(back) > MOST_BACK * len(tried):
        why = f"{back[0].name} {back[0].refused[offer.digest]}"
        return Decision(Step.PAUSE, f"{len(back)} of {len(tried)} devices that tried it went back: {why}")
    if not any(report.heard for report in reports):
        return Decision(Step.WAIT, "no device is heard; see that they are started with --mqtt")
    if offer.paused:
        return Decision(Step.WAIT, "it is paused; promote it by hand, or withdraw it")
    stage = [report for report in reports if report.heard and offer.covers(report.name) and report not in back]
    ahead = [report for report in stage if report.bundle != offer.digest or report.on_trial]
    if ahead:
        return Decision(Step.WAIT, f"{len(ahead)} of the stage's {len(stage)} devices have yet to fetch or to try it")
    if offer.everywhere:
        return Decision(Step.WAIT, "it is everywhere")
    well = f"the stage's {len(stage)} devices read with it as well as before"
    return Decision(Step.PROMOTE, well if stage else "its stage has no device that is heard")
