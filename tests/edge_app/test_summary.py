import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.reader import Reader
from edge_app.runtime.classifier import Classifier
from edge_app.sources import Frame
from edge_app.summary import Summary


def test_a_summary_counts_raw_readings_and_gives_percentiles(page: NDArray[np.uint8], classifier: Classifier) -> None:
    reader = Reader(classifier)
    scribble = page.copy()
    scribble[::6] = 40
    summary = Summary()
    results = [reader.read(Frame(scribble if n % 2 else page, n / 30)) for n in range(50)]
    for result in results:
        summary.add(result)
    totals = [result.latency.total for result in results]
    assert (summary.frames, summary.digits) == (50, sum(len(result.digits) for result in results))
    assert summary.warnings == sum(p.unsure for result in results for p in result.raw.predictions)
    for percent in (50, 95):
        exact = np.percentile(totals, percent, method="inverted_cdf")
        assert summary.latency_ms(percent) == pytest.approx(exact, rel=0.011)


def test_an_empty_summary_is_all_zero() -> None:
    assert str(Summary()) == "0 frames, 0 digits, 0 raw warnings; latency p50 0.0 ms, p95 0.0 ms"
