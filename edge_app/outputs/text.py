"""What is written, as plain text: line by line, in columns, doubtful digits with a question mark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from edge_app.finder import Digit
from edge_app.outputs.lines import LineOutput, Lines, open_lines, write_or_explain
from edge_app.outputs.sink import Run
from edge_app.result import FrameResult
from edge_app.runtime.prediction import Prediction

UNSURE: Final = "?"
GAP: Final = "  "
"""Between columns."""


@dataclass(frozen=True, slots=True)
class Text(LineOutput):
    """Plain text, to be written to a file, or to standard output for `-`."""

    def open(self, run: Run) -> TextWriter:
        """Get ready to write; a file is begun with its first line.

        Raises:
            EdgeError: no file can be written there, nobody reads the pipe, or standard output is closed.
        """
        return TextWriter(open_lines(self.target), run.manifest.labels)


class TextWriter:
    """Writes what a frame's steady reading says, with an empty line after it, unless the frame before said the same."""

    def __init__(self, lines: Lines, labels: tuple[str, ...]) -> None:
        """Write to `lines`; see `Text.open`."""
        self._lines = lines
        self._labels = labels
        self._before = ""

    def take(self, result: FrameResult) -> None:
        """Write a frame's text.

        Raises:
            EdgeError: there is no room for it; what was written before is kept whole.
            BrokenPipeError: nobody reads any more.
        """
        text = "\n".join(in_lines(result, self._labels))
        if text and text != self._before:
            write_or_explain(self._lines, f"{text}\n\n".encode())
        self._before = text

    def close(self) -> None:
        """Finish the file.

        Raises:
            EdgeError: it cannot take its name.
        """
        self._lines.close()


def in_lines(result: FrameResult, labels: tuple[str, ...]) -> list[str]:
    """Lay out a frame's steady reading as it is written: lines, and columns one above the other.

    A question mark follows an unsure digit; what is taken for no digit is left out. A last line says so where the frame
    holds more than was read.

    Args:
        result: the frame's.
        labels: the classes' names.
    """
    cells: dict[int, dict[int, str]] = {}
    for (line, column), found in groupby(_digits(result), key=lambda one: (one[0].place.line, one[0].place.column)):
        numbers = groupby(found, key=lambda one: one[0].place.number)
        words = ("".join(_word(prediction, labels) for _, prediction in number) for _, number in numbers)
        cells.setdefault(line, {})[column] = " ".join(words)
    columns = sorted({column for row in cells.values() for column in row})
    widths = {column: max(len(row.get(column, "")) for row in cells.values()) for column in columns}
    lines = [
        GAP.join(row.get(column, "").ljust(widths[column]) for column in columns).rstrip() for row in cells.values()
    ]
    return [*lines, "(there is more)"] if result.more else lines


def _digits(result: FrameResult) -> Iterator[tuple[Digit, Prediction]]:
    """The digits in order, line by line, without what is taken for none."""
    pairs = zip(result.digits, result.steady.predictions, strict=True)
    kept = [(digit, prediction) for digit, prediction in pairs if prediction.is_digit]
    return iter(sorted(kept, key=lambda one: (one[0].place.line, one[0].place.number)))


def _word(prediction: Prediction, labels: tuple[str, ...]) -> str:
    return labels[prediction.label] + UNSURE * prediction.unsure
