"""Letters that look like digits, told by the word in which they stand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge_app.finder import Place
from edge_app.letters import among_letters
from edge_app.options import DEFAULT_BUNDLE
from edge_app.reader import read_frame
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.prediction import Prediction, Reason, Thresholds, predict

THRESHOLDS = Thresholds(entropy_bits=0.3, conformal=0.9)


def read(probability: float) -> Prediction:
    """A prediction of a 0 with a probability, in which all samples agree."""
    rest = (1 - probability) / 9
    return predict(np.array([[probability] + 9 * [rest]] * 40), THRESHOLDS)


@pytest.mark.parametrize(
    ("probabilities", "letters"),
    [
        ([0.99], [False]),
        ([0.99, 0.49], [True, False]),
        ([0.99, 0.51], [False, False]),
        ([0.99, 0.98, 0.3], [True, True, False]),
        ([0.99, 0.98, 0.97, 0.3], [False, False, False, False]),
        ([0.99, 0.2, 0.3], [True, False, False]),
    ],
)
def test_a_letter_stands_beside_as_many_unread_ones_as_read(probabilities: list[float], letters: list[bool]) -> None:
    places = [Place(line=1, number=2)] * len(probabilities)
    assert among_letters(places, [read(probability) for probability in probabilities]) == letters


def test_other_numbers_and_lines_say_nothing() -> None:
    places = [Place(0, 0), Place(0, 1), Place(1, 0)]
    assert among_letters(places, [read(0.99), read(0.2), read(0.2)]) == [False, False, False]


def test_an_o_in_a_printed_word_is_doubted() -> None:
    """Seen: the o of a newspaper's headline was read as a 0 without a word."""
    page = np.full((480, 640, 3), 225, np.uint8)
    cv2.putText(page, "hoW", (200, 260), cv2.FONT_HERSHEY_SIMPLEX, 2, (40, 40, 40), 5, cv2.LINE_AA)
    cv2.putText(page, "o", (500, 260), cv2.FONT_HERSHEY_SIMPLEX, 2, (40, 40, 40), 5, cv2.LINE_AA)
    result = read_frame(page, Classifier(load_bundle(DEFAULT_BUNDLE)))
    zeros = [
        (digit.doubt, prediction.reason)
        for digit, prediction in zip(result.digits, result.raw.predictions, strict=True)
        if prediction.label == 0
    ]
    assert (Reason.PRINT, Reason.PRINT) in zeros
    assert result.raw.predictions[-1].reason is None
    assert [prediction.reason for prediction in result.steady.predictions].count(Reason.PRINT) >= 1
