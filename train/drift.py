"""Measures how soon a bundle notices drift: python -m train.drift [--bundle DIR] [--photos DIR] [--json FILE].

The alarm is `edge_app.runtime.drift`'s, at its false-alarm rate of 1 in 1,000, on single digits as data sets have them.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dataset import corruptions, load_split
from edge_app.options import DEFAULT_BUNDLE, positive
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.drift import DriftMonitor, count_scores
from edge_app.runtime.files import write_json
from train.command import command
from train.errors import TrainError
from train.evaluate import predict_all
from train.evaluate.photographs import read_photographs

CLEAN_BEFORE: Final = 200
"""Digits of MNIST before a change."""
SLOWLY: Final = 1000
"""Digits over which a slow change goes from none to all of them corrupted."""
WATCHED: Final = 2000
"""Digits from a change on; a change that is not noticed by then counts as missed."""
CLEAN_LENGTH: Final = 500
"""Digits of a clean stream."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Digits from a change to the alarm.

    Attributes:
        streams: how many were watched.
        early: how many of them alarmed before anything had changed.
        noticed: how many of the others alarmed within the digits watched.
        median: digits until the alarm, of all but the early ones; None where half of them did not alarm.
        most: the most digits that any took that alarmed; None where none did.
    """

    streams: int
    early: int
    noticed: int
    median: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class DriftFigures:
    """How soon a bundle notices what.

    Attributes:
        bundle: its folder.
        clean_streams: streams of MNIST's test digits, each in an order of its own.
        false_alarms: how many of these alarmed when the other half of the test digits was what they were held against.
        test_alarms: how many alarmed when they were held against the bundle's own calibration.
        at_once: by corruption, when it comes from one digit to the next.
        slowly: by corruption, when ever more digits have it.
        photographs: of photographed digits from the first on; None without any.
    """

    bundle: str
    clean_streams: int
    false_alarms: int
    test_alarms: int
    at_once: dict[str, Delays]
    slowly: dict[str, Delays]
    photographs: Delays | None


@command("drift")
def main(arguments: list[str] | None = None) -> int:
    """Measure and print as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    figures = measure_drift(
        options.bundle, options.photos, limit=options.limit, streams=options.streams, clean_streams=options.clean
    )
    if options.json:
        write_json(options.json, figures)
    print(_table(figures))
    return 0


def measure_drift(
    bundle: Path, photographs: Path | None, *, limit: int | None, streams: int, clean_streams: int
) -> DriftFigures:
    """Watch streams of MNIST's test digits, clean, corrupted at once and slowly, and of photographs if there are any.

    Args:
        bundle: the bundle's folder.
        photographs: a folder as `read_photographs` takes it.
        limit: how many images of each data set, the first ones; None for all.
        streams: how many of each kind of change.
        clean_streams: how many without a change.

    Raises:
        DataError: a data set cannot be read.
        EdgeError: the bundle cannot be read.
        TrainError: the bundle carries no scores, or the photographs cannot be read.
    """
    classifier = Classifier(load_bundle(bundle))
    reference = classifier.manifest.entropy_counts
    if not reference:
        raise TrainError(f"{bundle}: carries no scores to hold digits against; export it again")

    def entropies(name: str) -> NDArray[np.float64]:
        return predict_all(classifier, load_split(name, "test").x[:limit]).total_bits

    clean = entropies("MNIST")
    false_alarms = test_alarms = 0
    for seed in tqdm(range(clean_streams), unit="stream", disable=None):
        shuffled = np.random.default_rng(seed).permutation(clean)
        stream, other = shuffled[: min(CLEAN_LENGTH, len(clean) // 2)], shuffled[len(clean) // 2 :]
        false_alarms += _watch(count_scores(other), stream, seed) is not None
        test_alarms += _watch(reference, stream, seed) is not None
    at_once, slowly = {}, {}
    for name in tqdm([name for name in corruptions.NAMES if name != "identity"], unit="data set", disable=None):
        corrupted = entropies(f"MNIST_corrupted/{name}")
        at_once[name] = measure_delays(reference, clean, corrupted, streams=streams, slowly=1)
        slowly[name] = measure_delays(reference, clean, corrupted, streams=streams, slowly=SLOWLY)
    photographed = None
    if photographs is not None:
        found = predict_all(classifier, read_photographs(photographs).images).total_bits
        delays = [_watch(reference, np.random.default_rng(seed).permutation(found), seed) for seed in range(streams)]
        photographed = _summarise(delays, early=0)
    return DriftFigures(str(bundle), clean_streams, false_alarms, test_alarms, at_once, slowly, photographed)


def measure_delays(
    reference: tuple[int, ...],
    clean: NDArray[np.float64],
    changed: NDArray[np.float64],
    *,
    streams: int,
    slowly: int,
) -> Delays:
    """Watch streams that change after 200 clean digits.

    Args:
        reference: the bundle's scores, as `count_scores` counts them.
        clean: scores before the change, float64 [N].
        changed: scores after it, float64 [M].
        streams: how many.
        slowly: over how many digits the share of changed ones goes from 0 to 1; 1 for at once.
    """
    delays: list[int | None] = []
    early = 0
    for seed in range(streams):
        rng = np.random.default_rng(seed)
        share = np.minimum(np.arange(1, WATCHED + 1) / slowly, 1.0)
        after = np.where(rng.random(WATCHED) < share, rng.choice(changed, WATCHED), rng.choice(clean, WATCHED))
        alarm = _watch(reference, np.concatenate([rng.choice(clean, CLEAN_BEFORE), after]), seed)
        if alarm is not None and alarm <= CLEAN_BEFORE:
            early += 1
        else:
            delays.append(None if alarm is None else alarm - CLEAN_BEFORE)
    return _summarise(delays, early)


def _watch(reference: tuple[int, ...], scores: NDArray[np.float64], seed: int) -> int | None:
    """Give after how many scores the alarm comes; None when it does not."""
    monitor = DriftMonitor(reference, seed=seed)
    for score in scores.tolist():
        monitor.observe(score)
        if monitor.drift.alarmed_at is not None:
            return monitor.drift.alarmed_at
    return None


def _summarise(delays: list[int | None], early: int) -> Delays:
    found = sorted(delay for delay in delays if delay is not None)
    middle = len(delays) // 2
    return Delays(
        streams=len(delays) + early,
        early=early,
        noticed=len(found),
        median=found[middle] if middle < len(found) else None,
        most=found[-1] if found else None,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train.drift", description="Measure how soon drift is noticed.")
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="default: the shipped one")
    parser.add_argument("--photos", type=Path, help="a folder with labels.csv (file,label) and crops/")
    parser.add_argument("--limit", type=positive, help="use the first images of each data set only")
    parser.add_argument("--streams", type=positive, default=40, help="of each kind of change (default 40)")
    parser.add_argument("--clean", type=positive, default=2000, help="streams without a change (default 2000)")
    parser.add_argument("--json", type=Path, help="write every number to this file")
    return parser


def _table(figures: DriftFigures) -> str:
    clean = f"{figures.clean_streams:,} clean streams of {CLEAN_LENGTH} digits"
    lines = [
        f"{figures.bundle}: {figures.test_alarms} alarms in {clean}; {figures.false_alarms} where half of MNIST's test",
        "digits are held against the other half",
        "",
        f"{'digits until the alarm':<24}{'noticed':>16}{'median':>7}{'most':>8}",
    ]
    for way, found in (("at once", figures.at_once), (f"over {SLOWLY:,} digits", figures.slowly)):
        lines += [_row(f"{name}, {way}", delays) for name, delays in found.items()]
    if figures.photographs is not None:
        lines.append(_row("photographs", figures.photographs))
    return "\n".join(lines)


def _row(name: str, delays: Delays) -> str:
    median, most = (f"{value:,}" if value is not None else "none" for value in (delays.median, delays.most))
    return f"{name:<32}{delays.noticed:>4} of {delays.streams - delays.early:<3}{median:>6}{most:>8}"


if __name__ == "__main__":
    sys.exit(main())
