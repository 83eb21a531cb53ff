"""What is written down of a frame: one JSON line."""

from __future__ import annotations

import msgspec

from edge_app.reader import Reading

DECIMALS = 6


class DigitRecord(msgspec.Struct, frozen=True):
    """One digit: its box in the frame's pixels and its own reading, not steadied over time."""

    box: tuple[int, int, int, int]
    label: int
    probability: float
    interval: tuple[float, float]
    spread: float
    entropy_bits: float
    aleatoric_bits: float
    epistemic_bits: float
    label_set: tuple[int, ...] = msgspec.field(name="set")
    unsure: bool
    reason: str | None


class LatencyRecord(msgspec.Struct, frozen=True):
    """How long the frame took, in milliseconds."""

    find: float
    classify: float
    total: float


class FrameRecord(msgspec.Struct, frozen=True):
    """One frame."""

    frame: int
    time_s: float
    digits: tuple[DigitRecord, ...]
    latency_ms: LatencyRecord


def record_frame(index: int, time_s: float, reading: Reading) -> FrameRecord:
    """Write down a reading.

    Args:
        index: the frame's number, from 0.
        time_s: seconds since the source's first frame.
        reading: what was read.
    """
    latency = reading.latency
    return FrameRecord(
        frame=index,
        time_s=round(time_s, 3),
        digits=tuple(_digit(reading, number) for number in range(len(reading.digits))),
        latency_ms=LatencyRecord(round(latency.find, 3), round(latency.classify, 3), round(latency.total, 3)),
    )


def encode_record(record: FrameRecord) -> bytes:
    """Give the record's JSON line, with its line end."""
    return msgspec.json.encode(record) + b"\n"


def _digit(reading: Reading, number: int) -> DigitRecord:
    box = reading.digits[number].box
    one = reading.predictions[number]
    low, high = one.interval
    return DigitRecord(
        box=(box.x, box.y, box.width, box.height),
        label=one.label,
        probability=_short(one.probability),
        interval=(_short(low), _short(high)),
        spread=_short(one.spread),
        entropy_bits=_short(one.total_bits),
        aleatoric_bits=_short(one.aleatoric_bits),
        epistemic_bits=_short(one.epistemic_bits),
        label_set=one.label_set,
        unsure=one.unsure,
        reason=one.reason,
    )


def _short(value: float) -> float:
    return round(value, DECIMALS)
