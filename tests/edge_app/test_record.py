import json

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.reader import read_frame
from edge_app.record import encode_record, record_frame
from edge_app.runtime.classifier import Classifier
from edge_app.summary import Summary


def test_a_record_is_the_documented_line(page: NDArray[np.uint8], classifier: Classifier) -> None:
    reading = read_frame(page, classifier)
    line = encode_record(record_frame(4, 0.1334, reading))
    assert line.count(b"\n") == 1
    record = json.loads(line)
    assert list(record) == ["frame", "time_s", "digits", "latency_ms"]
    assert (record["frame"], record["time_s"]) == (4, 0.133)
    assert list(record["latency_ms"]) == ["find", "classify", "total"]
    assert len(record["digits"]) == len(reading.digits) == 3
    keys = ["box", "label", "probability", "interval", "spread", "entropy_bits", "aleatoric_bits", "epistemic_bits"]
    for number, digit in enumerate(record["digits"]):
        one = reading.predictions[number]
        assert list(digit) == [*keys, "set", "unsure", "reason"]
        assert digit["label"] == one.label
        assert digit["probability"] == pytest.approx(one.probability, abs=1e-6)
        assert digit["interval"] == pytest.approx(one.interval, abs=1e-6)
        assert digit["spread"] == pytest.approx(digit["interval"][1] - digit["interval"][0], abs=2e-6)
        assert digit["entropy_bits"] == pytest.approx(one.total_bits, abs=1e-6)
        assert digit["set"] == list(one.label_set)
        assert digit["unsure"] is one.unsure
        assert digit["reason"] == one.reason


def test_an_empty_page_has_no_digits(classifier: Classifier) -> None:
    reading = read_frame(np.full((480, 640, 3), 220, np.uint8), classifier)
    assert json.loads(encode_record(record_frame(0, 0, reading)))["digits"] == []


def test_a_summary_counts_and_gives_percentiles(page: NDArray[np.uint8], classifier: Classifier) -> None:
    summary = Summary()
    readings = [read_frame(page, classifier) for _ in range(50)]
    for reading in readings:
        summary.add(reading)
    totals = [reading.latency.total for reading in readings]
    assert (summary.frames, summary.digits) == (50, 150)
    assert summary.warnings == sum(int(reading.predictions.unsure.sum()) for reading in readings)
    for percent in (50, 95):
        exact = np.percentile(totals, percent, method="inverted_cdf")
        assert summary.latency_ms(percent) == pytest.approx(exact, rel=0.011)


def test_an_empty_summary_is_all_zero() -> None:
    assert str(Summary()) == "0 frames, 0 digits, 0 warnings; latency p50 0.0 ms, p95 0.0 ms"
