"""Brokers that fail: a real Mosquitto that is killed, paused, cut off and closed to a device that reads on and on."""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from guarded import Bounds
from hunt import Attempt

from edge_app.app import Options, describe_run
from edge_app.commands.speed import demo_page
from edge_app.options import DEFAULT_BUNDLE
from edge_app.reader import Reader, open_classifier
from edge_app.sources import Frame, open_source

if TYPE_CHECKING:
    from edge_app.mqtt.output import BrokerSink

RIG: Final = Path(__file__).parents[1] / "edge_app" / "mqtt"
FAULTS: Final = ("killed", "paused", "silent", "given up", "closed", "refused")
READ_S: Final = 0.02
RIGHT_WITHIN_S: Final = 5.0
GIVEN_UP_WITHIN_S: Final = 10.0
"""One and a half times the keepalive, and the five seconds that Mosquitto looks after; it counts whole seconds."""
BLOCKED_S: Final = 0.05


class Brokers:
    """Each attempt reads on through three faults in a row.

    It is lost when a reading does not arrive; when the availability at the broker is not right five seconds after a
    fault was mended, or ten after the line went silent; or when the loop waits more than 50 ms for its readings to be
    taken. On a busy machine run it under `chrt --fifo 1`: what others do to its threads counts as waiting.
    """

    name = "broker failures"
    bounds = Bounds(seconds=120.0)

    def prepare(self, folder: Path) -> None:
        """Read the frame that is told again and again."""
        reader = Reader(open_classifier(DEFAULT_BUNDLE, threads=1))
        self._run = describe_run(Options(), open_source("demo"), reader)
        self._result = reader.read(Frame(demo_page(), 0.0))
        (folder / "mine.txt").write_text("mine")

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Choose the faults and how long they last."""
        faults = [(rng.choice(FAULTS), rng.uniform(0.1, 2.0)) for _ in range(3)]
        scratch = folder.parent

        def run() -> int:
            sys.path.append(str(RIG))
            from rig import Audience, Line, Mosquitto  # noqa: PLC0415 - it needs the extra mqtt

            from edge_app.mqtt.address import read_address  # noqa: PLC0415
            from edge_app.mqtt.output import Broker  # noqa: PLC0415

            broker = Mosquitto(scratch, "allow_anonymous true")
            try:
                audience = Audience(broker.port)
                line = Line(broker.port)
                queue = scratch / f"queue-{os.getpid()}"
                address = read_address(f"mqtt://127.0.0.1:{line.port}/attic")
                sink = Broker(address, queue=queue, frames=True).open(self._run)
                told = _Told(sink, self._result)
                stage = _Stage(told, broker, line, audience)
                told.go_on(0.3)
                for fault, seconds in faults:
                    stage.make(fault, seconds)
                told.until(lambda: _frames(audience) == set(range(told.count)), 20.0, "readings lost")
                sink.close()
            finally:
                broker.kill()
            if told.blocked_s > BLOCKED_S:
                raise AssertionError(f"blocked {told.blocked_s:.3f} s")
            os._exit(0)  # the rig's threads may still wait

        return Attempt(run, repr(faults).encode(), ".faults", frozenset({0}))


class _Told:
    """The loop: it tells frame after frame, while it waits for something as well."""

    def __init__(self, sink: BrokerSink, result: object) -> None:
        self.count = 0
        self.blocked_s = 0.0
        self._sink = sink
        self._result = result

    def go_on(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            before = _Clock()
            self._sink.take(replace(self._result, index=self.count))
            self.blocked_s = max(self.blocked_s, _Clock().waited_since(before))
            self.count += 1
            time.sleep(READ_S)

    def until(self, condition: object, seconds: float, fault: str) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(fault)
            time.sleep(READ_S)


class _Stage:
    """Makes a fault, mends it, and looks whether the availability is right."""

    def __init__(self, told: _Told, broker: object, line: object, audience: object) -> None:
        self._told, self._broker, self._line, self._audience = told, broker, line, audience

    def make(self, fault: str, seconds: float) -> None:
        broker, line, audience, told = self._broker, self._line, self._audience, self._told
        match fault:
            case "killed":
                line.closed = True
                time.sleep(0.1)  # what the broker acknowledged goes on to the audience
                broker.kill()
                told.go_on(seconds)
                broker.start()
                told.until(audience.listening.is_set, 10.0, "the audience is lost")
            case "paused":
                broker.pause(seconds)
            case "silent":
                line.silent = True
                told.go_on(seconds)
            case "given up":
                line.silent = True
                told.until(lambda: self._available() == b"offline", GIVEN_UP_WITHIN_S, "offline is not told")
                told.go_on(seconds)
            case "closed":
                line.closed = True
                told.go_on(0.1)
            case "refused":
                line.closed = True
                told.go_on(seconds)
        audience.retained.pop("attic/availability", None) if fault in {"killed", "closed", "refused"} else None
        line.silent = line.closed = False
        told.until(
            lambda: self._available() in {b"online", None} and self._fresh(), RIGHT_WITHIN_S, "online is not told"
        )

    def _available(self) -> bytes | None:
        return self._audience.retained.get("attic/availability")

    def _fresh(self) -> bool:
        """Whether a frame that was told after the mending has arrived."""
        last = self._told.count
        self._told.go_on(READ_S)
        end = time.monotonic() + RIGHT_WITHIN_S
        while time.monotonic() < end:
            if last in _frames(self._audience):
                return True
            time.sleep(READ_S)
        return False


class _Clock:
    """A moment, by the clock, by this thread's processor time, and by how often it gave the processor away."""

    def __init__(self) -> None:
        self._time_s, self._busy_s = time.monotonic(), time.thread_time()
        self._given_away = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw

    def waited_since(self, before: _Clock) -> float:
        """For how long it did not run; 0 where it waited for nothing, and others took the processor from it."""
        if self._given_away == before._given_away:
            return 0.0
        return self._time_s - before._time_s - (self._busy_s - before._busy_s)


def _frames(audience: object) -> set[int]:
    """The numbers of the frames that have arrived."""
    return {int(payload.split(b":", 1)[1].split(b",", 1)[0]) for payload in audience.on("attic/frames")}
