"""What is written, in lines and columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.app import run
from edge_app.commands.arguments import parse_options
from edge_app.finder import Place, find_digits
from edge_app.outputs.text import in_lines
from edge_app.reader import Reader
from edge_app.result import FrameResult
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.prediction import Prediction, Reason, Thresholds, predict
from edge_app.sources import Frame

LABELS = tuple("0123456789")


def table() -> NDArray[np.uint8]:
    """Two columns of numbers in three lines, the second of them empty on the left."""
    page = np.full((480, 640, 3), 215, np.uint8)
    for y, left, right in ((120, "12", "345"), (250, "", "67"), (380, "8", "90")):
        for x, text in ((60, left), (330, right)):
            cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 2.5, (70, 40, 30), 5, cv2.LINE_AA)
    return page


def test_lines_numbers_and_columns_are_told_apart() -> None:
    places = [digit.place for digit in find_digits(table())]
    first, second = [Place(0, 0, 0)] * 2, [Place(0, 1, 1)] * 3
    assert places == [*first, *second, *[Place(1, 0, 1)] * 2, Place(2, 0, 0), *[Place(2, 1, 1)] * 2]


def test_one_digit_stands_in_the_first_line_and_column() -> None:
    page = np.full((300, 300, 3), 215, np.uint8)
    cv2.putText(page, "5", (120, 200), cv2.FONT_HERSHEY_SIMPLEX, 4, (70, 40, 30), 8, cv2.LINE_AA)
    (digit,) = find_digits(page)
    assert digit.place == Place(0, 0, 0)


def said(label: int, reason: Reason | None) -> Prediction:
    p = np.full((1, 10), 0.001)
    p[0, label] = 0.991
    return replace(predict(p, Thresholds(1.0, 0.5)), reason=reason)


@pytest.fixture
def read_table(classifier: Classifier) -> FrameResult:
    """The table, with what it says put in by hand: the network has not learnt print."""
    result = Reader(classifier, pooled_s=0.0).read(Frame(table(), 0.0))
    said_of = [said(label, None) for label in (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)]
    return with_reading(result, said_of)


def with_reading(result: FrameResult, predictions: list[Prediction]) -> FrameResult:
    changed = replace(result)
    changed.__dict__["steady"] = replace(result.raw, name="steady", predictions=tuple(predictions))
    return changed


def test_text_is_laid_out_as_it_is_written(read_table: FrameResult) -> None:
    assert in_lines(read_table, LABELS) == ["12  345", "    67", "8   90"]


def test_doubt_is_marked_and_what_is_no_digit_left_out(read_table: FrameResult) -> None:
    predictions = list(read_table.steady.predictions)
    predictions[0] = replace(predictions[0], reason=Reason.AMBIGUOUS)
    predictions[7] = replace(predictions[7], reason=Reason.NOT_A_DIGIT)
    assert in_lines(with_reading(read_table, predictions), LABELS) == ["1?2  345", "     67", "     90"]


def test_numbers_that_share_a_column_stay_apart(read_table: FrameResult) -> None:
    digits = tuple(replace(digit, place=replace(digit.place, column=0)) for digit in read_table.digits)
    changed = with_reading(replace(read_table, digits=digits), list(read_table.steady.predictions))
    assert in_lines(changed, LABELS) == ["12 345", "67", "8 90"]


def test_it_says_that_there_is_more(read_table: FrameResult) -> None:
    assert in_lines(with_reading(replace(read_table, more=True), list(read_table.steady.predictions)), LABELS)[-1] == (
        "(there is more)"
    )


def test_the_app_writes_text(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.txt"
    run(parse_options([str(picture), "--headless", "--text", str(out)]))
    lines = out.read_text().splitlines()
    assert lines[-1] == ""
    assert sum(character.isdigit() for line in lines for character in line) >= 1


def test_standard_output_takes_one_of_them(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse_options([str(picture), "--headless", "--text", "-", "--jsonl", "-"])
    assert "--text -: --jsonl - prints there too" in capsys.readouterr().err
