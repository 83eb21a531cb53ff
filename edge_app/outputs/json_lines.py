"""A JSON line per frame, each written whole; it holds the raw reading."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from edge_app.finder import Digit
from edge_app.outputs.lines import LineOutput, Lines, open_lines, write_or_explain
from edge_app.outputs.sink import Run
from edge_app.result import FrameResult, Reading
from edge_app.runtime.prediction import Prediction

DECIMALS: Final = 6
UNPRINTABLE: Final = re.compile(b"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
"""What JSON allows and a terminal obeys, in UTF-8: DEL, C1 control characters, and marks that turn text around."""


class DigitLine(msgspec.Struct, frozen=True):
    """One digit: its box in the frame's pixels, where it stands, and what is said of it; entropies in bits.

    `line`, `number` and `column` count from 0; see `edge_app.finder.Place`. A `reason` of "not a digit" says that it is
    taken for none of the classes; its label is then only what it is least unlike.
    """

    box: tuple[int, int, int, int]
    line: int
    number: int
    column: int
    label: str
    probability: float
    interval: tuple[float, float]
    spread: float
    entropy_bits: float
    aleatoric_bits: float
    epistemic_bits: float
    label_set: tuple[str, ...] = msgspec.field(name="set")
    unsure: bool
    reason: str | None


class LatencyLine(msgspec.Struct, frozen=True):
    """How long the frame took, in milliseconds."""

    find: float
    classify: float
    total: float


class FrameLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One frame; `picture` is there for pictures alone, `more` where there are more digits than were read."""

    frame: int
    time_s: float
    picture: str | None = None
    reading: Literal["raw", "steady"]
    samples: int
    digits: tuple[DigitLine, ...]
    more: bool = False
    latency_ms: LatencyLine


@dataclass(frozen=True, slots=True)
class JsonLines(LineOutput):
    """JSON lines, to be written to a file, or to standard output for `-`."""

    def open(self, run: Run) -> JsonWriter:
        """Get ready to write; a file is begun with its first line.

        Raises:
            EdgeError: no file can be written there, nobody reads the pipe, or standard output is closed.
        """
        return JsonWriter(open_lines(self.target), run.manifest.labels)


class JsonWriter:
    """Writes a line per frame, with its raw reading."""

    def __init__(self, lines: Lines, labels: tuple[str, ...]) -> None:
        """Write to `lines`; see `JsonLines.open`."""
        self._lines = lines
        self._labels = labels

    def take(self, result: FrameResult) -> None:
        """Write a frame's line.

        Raises:
            EdgeError: there is no room for it; the lines before are kept whole.
            BrokenPipeError: nobody reads any more.
        """
        write_or_explain(self._lines, encode_reading(result, result.raw, self._labels))

    def close(self) -> None:
        """Finish the file.

        Raises:
            EdgeError: it cannot take its name.
        """
        self._lines.close()


def encode_reading(result: FrameResult, reading: Reading, labels: tuple[str, ...]) -> bytes:
    """Give one of a frame's readings as a JSON line, with its line end.

    Args:
        result: the frame's.
        reading: `result.raw` or `result.steady`.
        labels: the classes' names.
    """
    digits = zip(result.digits, reading.predictions, strict=True)
    latency = result.latency
    line = FrameLine(
        frame=result.index,
        time_s=round(result.frame.time_s, 3),
        picture=_readable(result.frame.picture),
        reading=reading.name,
        samples=reading.samples,
        digits=tuple(describe_digit(digit, prediction, labels) for digit, prediction in digits),
        more=result.more,
        latency_ms=LatencyLine(round(latency.find, 3), round(latency.classify, 3), round(latency.total, 3)),
    )
    return UNPRINTABLE.sub(_escape, msgspec.json.encode(line)) + b"\n"


def describe_digit(digit: Digit, prediction: Prediction, labels: tuple[str, ...]) -> DigitLine:
    """Say of one digit what a JSON line says of it."""
    box = digit.box
    low, high = prediction.interval
    return DigitLine(
        box=(box.x, box.y, box.width, box.height),
        line=digit.place.line,
        number=digit.place.number,
        column=digit.place.column,
        label=labels[prediction.label],
        probability=_short(prediction.probability),
        interval=(_short(low), _short(high)),
        spread=_short(prediction.spread),
        entropy_bits=_short(prediction.total_bits),
        aleatoric_bits=_short(prediction.aleatoric_bits),
        epistemic_bits=_short(prediction.epistemic_bits),
        label_set=tuple(labels[index] for index in prediction.label_set),
        unsure=prediction.unsure,
        reason=prediction.reason,
    )


def _short(value: float) -> float:
    return round(value, DECIMALS)


def _escape(found: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(found[0].decode())


def _readable(name: str | None) -> str | None:
    """Replace the bytes of a file's name that are no UTF-8, which JSON cannot hold."""
    return None if name is None else os.fsencode(name).decode(errors="replace")
