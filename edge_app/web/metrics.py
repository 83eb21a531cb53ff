"""What Prometheus reads at /metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from edge_app.board import Board
from edge_app.machine import read_machine
from edge_app.result import FrameResult
from edge_app.web.checks import Checks

SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class BoardCollector(Collector):
    """Reads the board whenever Prometheus asks.

    Attributes:
        checks: what viewers answered about the bundle that reads.
        digest: the bundle's.
    """

    def __init__(self, board: Board, checks: Checks, digest: str) -> None:
        """Read `board` and `checks`, of a run with the bundle of this digest."""
        self._board = board
        self.checks = checks
        self.digest = digest

    def collect(self) -> Iterator[Metric]:
        """Give the totals and states."""
        counts = self._board.counts
        yield CounterMetricFamily("bayes_edge_frames", "Frames read", counts.frames)
        yield CounterMetricFamily("bayes_edge_digits", "Digits found, once for every frame", counts.digits)
        yield CounterMetricFamily("bayes_edge_warnings", "Of these, raw readings with a warning", counts.warnings)
        yield CounterMetricFamily(
            "bayes_edge_silent_errors", "Expected wrong ones of those without a warning", counts.silent_errors
        )
        checks = self.checks.state
        yield CounterMetricFamily("bayes_edge_checks", "Readings without a warning that were checked", checks.checked)
        yield CounterMetricFamily("bayes_edge_checked_errors", "Wrong ones of these", checks.wrong)
        yield GaugeMetricFamily(
            "bayes_edge_promise_broken", "1 once checks show it", float(checks.broken_at is not None)
        )
        drift = None if self._board.result is None else self._board.result.drift
        if drift is not None:
            yield CounterMetricFamily("bayes_edge_followed_digits", "Digits held against the calibration", drift.digits)
            yield GaugeMetricFamily(
                "bayes_edge_drift_log10_evidence",
                "Evidence that they are unlike it",
                drift.log10_evidence,
            )
            yield GaugeMetricFamily(
                "bayes_edge_drift_alarm", "1 once they are held to be unlike it", float(drift.alarmed_at is not None)
            )
        yield GaugeMetricFamily("bayes_edge_source_up", "1 while frames come", float(self._board.trouble is None))
        yield InfoMetricFamily("bayes_edge_bundle", "The bundle that reads", {"digest": self.digest})
        machine = read_machine()
        if machine.celsius is not None:
            yield GaugeMetricFamily("bayes_edge_celsius", "Temperature of the processor", machine.celsius)
        if machine.limits is not None:
            yield GaugeMetricFamily(
                "bayes_edge_throttled", "1 while the processor is slowed", float(bool(machine.limits))
            )


class Metrics:
    """All that is measured of one run."""

    def __init__(self, board: Board, checks: Checks, digest: str) -> None:
        """Measure a run; see `BoardCollector`."""
        self._registry = CollectorRegistry()
        self._collector = BoardCollector(board, checks, digest)
        self._registry.register(self._collector)
        self._latency = Histogram(
            "bayes_edge_latency_seconds", "From the frame to its reading", registry=self._registry, buckets=SECONDS
        )

    def observe(self, result: FrameResult) -> None:
        """Count a frame's latency."""
        self._latency.observe(result.latency.total / 1000)

    def bundle(self, checks: Checks, digest: str) -> None:
        """Measure another bundle from now on."""
        self._collector.checks, self._collector.digest = checks, digest

    def text(self) -> bytes:
        """Give everything in Prometheus's text format."""
        return generate_latest(self._registry)
