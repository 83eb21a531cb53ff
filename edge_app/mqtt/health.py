"""How the device is: one retained message, every two seconds and whenever something changes for people."""

from __future__ import annotations

import msgspec

from edge_app.board import Board
from edge_app.machine import read_machine
from edge_app.runtime.drift import Drift
from edge_app.updates.follow import Standing


class Health(msgspec.Struct, frozen=True):
    """The device at one moment.

    Attributes:
        healthy: whether frames come.
        reason: why not.
        frozen: whether somebody asked for no readings for now.
        unlike: whether the digits are unlike those that the bundle was calibrated on.
        source: its name, without secrets.
        bundle: the bundle's digest.
        frames_per_second: over the last second.
        latency_ms: of the newest frame.
        frames, digits, warnings: totals of the run; a digit counts once for every frame.
        drift: what the digits say of drift; None where the bundle has nothing to hold them against.
        celsius, limits: the processor's temperature, and what slows it down; None where nobody knows.
        waiting: messages that are not delivered.
        dropped: messages of this run that made room for newer ones and are lost.
        bundles: how bundles over the air stand; None where none are fetched.
    """

    healthy: bool
    reason: str | None
    frozen: bool
    unlike: bool
    source: str
    bundle: str
    frames_per_second: float
    latency_ms: float
    frames: int
    digits: int
    warnings: int
    drift: Drift | None
    celsius: float | None
    limits: tuple[str, ...] | None
    waiting: int
    dropped: int
    bundles: Standing | None = None

    @property
    def for_people(self) -> tuple[object, ...]:
        """What people want to hear at once when it changes."""
        standing = self.bundles
        return (
            *(self.healthy, self.frozen, self.unlike, self.dropped > 0, self.bundle),
            *(() if standing is None else (standing.on_trial, tuple(standing.refused))),
        )


def describe_health(
    board: Board, *, source: str, bundle: str, standing: Standing | None, frozen: bool, waiting: int, dropped: int
) -> Health:
    """Say how the device is now."""
    result, counts, trouble, machine = board.result, board.counts, board.trouble, read_machine()
    drift = None if result is None else result.drift
    return Health(
        healthy=trouble is None,
        reason=trouble,
        frozen=frozen,
        unlike=drift is not None and drift.alarmed_at is not None,
        source=source,
        bundle=bundle,
        frames_per_second=board.frames_per_second,
        latency_ms=0.0 if result is None else round(result.latency.total, 2),
        frames=counts.frames,
        digits=counts.digits,
        warnings=counts.warnings,
        drift=drift,
        celsius=machine.celsius,
        limits=machine.limits,
        waiting=waiting,
        dropped=dropped,
        bundles=standing,
    )
