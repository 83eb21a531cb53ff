"""What is known of the devices of a fleet, by what they tell the broker of themselves."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from edge_app.mqtt.discovery import AVAILABILITY, DOUBTFUL, HEALTH, ONLINE, STILL
from edge_app.mqtt.health import Health

SILENT_S: Final = 5.0
"""A device tells of its health every two seconds; one that has not for so long is silent."""
POINT_S: Final = 10.0
POINTS: Final = 90
"""What is drawn of a device: so many points, so far apart, of a quarter of an hour."""
ROWS: Final = 24
"""Devices that are told at a time."""
LARGEST_PICTURE: Final = 2**20
MOST_DEVICES: Final = 10_000
MOST_PICTURES: Final = 200
"""Pictures that are kept, of all devices together and the newest: at most 200 MB."""


class State(StrEnum):
    """How a device is, the worst first."""

    OFFLINE = "offline"  # its broker says so
    SILENT = "silent"  # it should have told something
    TROUBLE = "trouble"  # it tells why it reads nothing
    UNLIKE = "unlike"  # the digits are unlike those that its bundle was calibrated on
    ALIVE = "alive"


class Point(msgspec.Struct, frozen=True, array_like=True):
    """A moment: frames a second, the share of digits since the point before that were warned of, drift's evidence."""

    frames_per_second: float
    warned: float | None
    evidence: float | None


class Row(msgspec.Struct, frozen=True):
    """One device, as the page is told.

    Attributes:
        name: the level of its topics below the fleet's prefix.
        state: how it is.
        says: what people should know: why nothing is read, or why a bundle went back.
        bundle: the digest of what it reads with; empty before it told.
        number: of the bundle in the repository; None for what the app was started with, or came with.
        on_trial: whether that must still show that it is no worse than the one before.
        frames_per_second: over its last second.
        warned: share of the digits of this run that carried a warning, once for every frame; None without a digit.
        evidence: that the digits are unlike the calibration's, as a power of ten; None where nobody can tell.
        heard_s: seconds since it told its health; None for never since the page began to listen.
        pictures: which of its pictures are there: `doubtful`, `still`.
        plot: the last quarter of an hour, the oldest first.
    """

    name: str
    state: State
    says: str
    bundle: str
    number: int | None
    on_trial: bool
    frames_per_second: float
    warned: float | None
    evidence: float | None
    heard_s: float | None
    pictures: tuple[str, ...]
    plot: tuple[Point, ...]


class Report(msgspec.Struct, frozen=True):
    """How one device stands with its bundles.

    `refused` says which were no good there, and why; `heard` whether it is there at all.
    """

    name: str
    heard: bool
    bundle: str
    on_trial: bool
    refused: dict[str, str]


class Share(msgspec.Struct, frozen=True):
    """How many devices read with a bundle, how many of these on trial, and how many went back from it."""

    bundle: str
    devices: int
    on_trial: int
    back: int


class Order(StrEnum):
    """By what devices are sorted; what needs somebody comes first."""

    STATE = "state"
    NAME = "name"
    BUNDLE = "bundle"
    RATE = "rate"
    WARNED = "warned"
    DRIFT = "drift"


class Query(msgspec.Struct, frozen=True):
    """Which devices are asked for: whose names, states or bundles hold a text; in which order; from which one on."""

    text: str = ""
    order: Order = Order.STATE
    first: int = 0


class Overview(msgspec.Struct, frozen=True):
    """The fleet at one moment.

    Attributes:
        trouble: why nothing is heard; None while the broker is connected.
        devices: how many there are.
        states: how many are in each state.
        bundles: who reads with what.
        found: how many were asked for.
        first: index of the first row among these.
        rows: at most twenty-four of them.
    """

    trouble: str | None
    devices: int
    states: dict[State, int]
    bundles: tuple[Share, ...]
    found: int
    first: int
    rows: tuple[Row, ...]


class Device:
    """One device."""

    def __init__(self, name: str) -> None:
        """Know its name."""
        self.name = name
        self.pictures: dict[str, bytes] = {}
        self._available = True
        self._health: Health | None = None
        self._heard_s: float | None = None
        self._points: deque[Point] = deque(maxlen=POINTS)
        self._pointed_s = -POINT_S
        self._counted = (0, 0)

    def hear(self, level: str, payload: bytes, now_s: float, *, retained: bool) -> None:
        """Take in what it told; what was retained may be old."""
        if level == AVAILABILITY:
            self._available = payload == ONLINE
        elif level == HEALTH:
            self._health = msgspec.json.decode(payload, type=Health)
            if not retained:
                self._heard_s = now_s
                self._point(self._health, now_s)
        elif level in {STILL, DOUBTFUL} and len(payload) <= LARGEST_PICTURE:
            self.pictures[level] = payload

    def row(self, now_s: float, *, plot: bool) -> Row:
        """Say how it is now."""
        health = self._health
        standing = None if health is None else health.bundles
        drift = None if health is None else health.drift
        return Row(
            name=self.name,
            state=self._state(now_s),
            says=self._says(),
            bundle="" if health is None else health.bundle,
            number=None if standing is None else standing.number,
            on_trial=standing is not None and standing.on_trial,
            frames_per_second=0.0 if health is None else health.frames_per_second,
            warned=None if health is None or not health.digits else round(health.warnings / health.digits, 4),
            evidence=None if drift is None else round(drift.log10_evidence, 2),
            heard_s=None if self._heard_s is None else round(now_s - self._heard_s, 1),
            pictures=tuple(sorted(self.pictures)),
            plot=tuple(self._points) if plot else (),
        )

    def report(self, now_s: float) -> Report:
        """Say how it stands with its bundles."""
        standing = None if self._health is None else self._health.bundles
        return Report(
            name=self.name,
            heard=self._state(now_s) not in {State.OFFLINE, State.SILENT},
            bundle="" if self._health is None else self._health.bundle,
            on_trial=standing is not None and standing.on_trial,
            refused={} if standing is None else standing.refused,
        )

    def _state(self, now_s: float) -> State:
        if not self._available:
            return State.OFFLINE
        if self._health is None or self._heard_s is None or now_s - self._heard_s > SILENT_S:
            return State.SILENT
        if not self._health.healthy:
            return State.TROUBLE
        return State.UNLIKE if self._health.unlike else State.ALIVE

    def _says(self) -> str:
        health = self._health
        if health is None:
            return ""
        refused = () if health.bundles is None else tuple(health.bundles.refused.items())
        back = [f"bundle {digest[:12]} was no good: {reason}" for digest, reason in refused[-1:]]
        return "; ".join([*([health.reason] if health.reason else []), *back])

    def _point(self, health: Health, now_s: float) -> None:
        if now_s - self._pointed_s < POINT_S:
            return
        self._pointed_s = now_s
        digits, warned = health.digits - self._counted[0], health.warnings - self._counted[1]
        self._counted = health.digits, health.warnings
        self._points.append(
            Point(
                frames_per_second=health.frames_per_second,
                warned=round(warned / digits, 4) if digits > 0 and warned >= 0 else None,
                evidence=None if health.drift is None else round(health.drift.log10_evidence, 2),
            )
        )


KEYS: Final[dict[Order, Callable[[Row], tuple[object, ...]]]] = {
    Order.STATE: lambda row: (list(State).index(row.state), row.name),
    Order.NAME: lambda row: (row.name,),
    Order.BUNDLE: lambda row: (-(row.number or 0), row.bundle, row.name),
    Order.RATE: lambda row: (row.frames_per_second, row.name),
    Order.WARNED: lambda row: (-(row.warned or 0.0), row.name),
    Order.DRIFT: lambda row: (-(row.evidence or 0.0), row.name),
}


class Fleet:
    """All devices; the broker's thread tells, the server's asks.

    Attributes:
        trouble: why nothing is heard; None while the broker is connected.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Know no device yet; `clock` gives the seconds of a steady clock."""
        self.trouble: str | None = "the broker has not answered yet"
        self._clock = clock
        self._lock = threading.Lock()
        self._devices: dict[str, Device] = {}
        self._pictured: OrderedDict[tuple[str, str], None] = OrderedDict()

    def hear(self, name: str, level: str, payload: bytes, *, retained: bool) -> None:
        """Take in what a device told; what is no such thing is left."""
        with self._lock:
            device = self._devices.get(name)
            if device is None:
                if len(self._devices) >= MOST_DEVICES or not payload:
                    return
                device = self._devices[name] = Device(name)
            try:
                device.hear(level, payload, self._clock(), retained=retained)
            except (msgspec.DecodeError, UnicodeDecodeError):
                return
            if level in device.pictures:
                self._keep_newest(name, level)

    def _keep_newest(self, name: str, kind: str) -> None:
        self._pictured[name, kind] = None
        self._pictured.move_to_end((name, kind))
        while len(self._pictured) > MOST_PICTURES:
            (old, what), _ = self._pictured.popitem(last=False)
            self._devices[old].pictures.pop(what)

    def picture(self, name: str, kind: str) -> bytes | None:
        """Give a device's picture, a JPEG; None where there is none."""
        with self._lock:
            device = self._devices.get(name)
            return None if device is None else device.pictures.get(kind)

    def knows(self, name: str) -> bool:
        """Say whether there is such a device."""
        with self._lock:
            return name in self._devices

    def reports(self) -> list[Report]:
        """Say how every device stands with its bundles."""
        with self._lock:
            now = self._clock()
            return [device.report(now) for device in self._devices.values()]

    def overview(self, query: Query) -> Overview:
        """Say how the fleet is, and the devices that are asked for."""
        with self._lock:
            now = self._clock()
            rows = [device.row(now, plot=False) for device in self._devices.values()]
            found = sorted((row for row in rows if _matches(row, query.text)), key=KEYS[query.order])
            first = min(max(0, query.first), max(0, len(found) - 1)) // ROWS * ROWS
            shown = tuple(self._devices[row.name].row(now, plot=True) for row in found[first : first + ROWS])
            back = Counter(digest for device in self._devices.values() for digest in device.report(now).refused)
        return Overview(
            trouble=self.trouble,
            devices=len(rows),
            states={state: sum(row.state is state for row in rows) for state in State},
            bundles=_shares(rows, back),
            found=len(found),
            first=first,
            rows=shown,
        )


def _matches(row: Row, text: str) -> bool:
    wanted = text.casefold()
    return wanted in row.name.casefold() or row.bundle.startswith(wanted) or wanted == row.state


def _shares(rows: list[Row], back: Counter[str]) -> tuple[Share, ...]:
    read = Counter(row.bundle for row in rows if row.bundle)
    tried = Counter(row.bundle for row in rows if row.on_trial)
    most = sorted({*read, *back}, key=lambda bundle: (-read[bundle], bundle))
    return tuple(Share(bundle, read[bundle], tried[bundle], back[bundle]) for bundle in most)
