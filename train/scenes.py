"""Measures the app's eyes: python -m train.scenes [--count 500] [--bundle DIR] [--photos DIR] [--json FILE]."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dataset import DataError
from dataset.scenes import Scene, render_scene
from dataset.scenes.matching import match
from edge_app.commands.parser import positive
from edge_app.finder import Digit, find_digits
from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from train.errors import TrainError
from train.json_file import write_json
from train.kept import Kept, keep
from train.photographs import read_photographs


@dataclass(frozen=True, slots=True)
class Finding:
    """How the finder does on scenes.

    Attributes:
        scenes: how many.
        digits: how many digits they show.
        recall: share of those digits that are found.
        precision: share of the found boxes that hold a digit.
        median_ms: median time to find the digits of a scene, in milliseconds.
        p95_ms: its 95th percentile.
    """

    scenes: int
    digits: int
    recall: float
    precision: float
    median_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured: finding, and reading what was found, and photographs."""

    bundle: str
    finding: Finding
    reading: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class _Search:
    """What was found in one scene: matched digits and their true labels, how many boxes and digits, and the time."""

    matched: list[Digit]
    labels: list[int]
    boxes: int
    digits: int
    ms: float


def main(arguments: list[str] | None = None) -> int:
    """Measure and print as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        report = measure(options.bundle, options.count, options.seed, options.photos)
        if options.json:
            write_json(options.json, report)
    except (DataError, EdgeError, TrainError) as error:
        print(f"scenes: {error}", file=sys.stderr)
        return 1
    print(_table(report))
    return 0


def measure(bundle: Path, count: int, seed: int, photographs: Path | None) -> Report:
    """Find and read the digits of scenes, and of photographs if there are any.

    Args:
        bundle: the bundle's folder.
        count: how many scenes.
        seed: of the first scene; the others follow.
        photographs: a folder as `read_photographs` takes it.

    Raises:
        DataError: MNIST cannot be read.
        EdgeError: the bundle cannot be read.
        TrainError: the photographs cannot be read.
    """
    classifier = Classifier(load_bundle(bundle))
    photographed = None if photographs is None else read_photographs(photographs)
    scenes = (render_scene(seed + number) for number in range(count))
    searches = [_search(scene) for scene in tqdm(scenes, total=count, unit="scene", disable=None)]
    reading = list(_read_scenes(searches, classifier))
    if photographed is not None:
        reading.append(keep("photographs", classifier.classify(photographed.images), photographed.labels))
    return Report(str(bundle), _summary(searches), tuple(reading))


def _search(scene: Scene) -> _Search:
    start = time.perf_counter()
    found = find_digits(scene.image)
    ms = 1000 * (time.perf_counter() - start)
    pairs = match([digit.box for digit in found], [digit.box for digit in scene.digits])
    labels = [scene.digits[truth].label for _, truth in pairs]
    return _Search([found[box] for box, _ in pairs], labels, len(found), len(scene.digits), ms)


def _read_scenes(searches: list[_Search], classifier: Classifier) -> Iterator[Kept]:
    digits = [digit.image for search in searches for digit in search.matched]
    labels = np.array([label for search in searches for label in search.labels])
    if digits:
        yield keep("scenes", classifier.classify(np.stack(digits)), labels)


def _summary(searches: list[_Search]) -> Finding:
    matched = sum(len(search.matched) for search in searches)
    digits, boxes = sum(search.digits for search in searches), sum(search.boxes for search in searches)
    times: NDArray[np.float64] = np.array([search.ms for search in searches])
    return Finding(
        scenes=len(searches),
        digits=digits,
        recall=matched / max(1, digits),
        precision=matched / max(1, boxes),
        median_ms=float(np.median(times)),
        p95_ms=float(np.percentile(times, 95)),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train.scenes", description="Measure finding and reading digits.")
    parser.add_argument("--count", type=positive, default=500, help="how many scenes (default: 500)")
    parser.add_argument("--seed", type=int, default=0, help="of the first scene (default: 0)")
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="default: the shipped one")
    parser.add_argument("--photos", type=Path, help="a folder with labels.csv (file,label) and crops/")
    parser.add_argument("--json", type=Path, help="write every number to this file")
    return parser


def _table(report: Report) -> str:
    found = report.finding
    shares, times = f"{found.recall:.4f} | {found.precision:.4f}", f"{found.median_ms:.1f} | {found.p95_ms:.1f}"
    lines = [
        "| scenes | digits | recall | precision | median ms | 95 % ms |",
        "|---|---|---|---|---|---|",
        f"| {found.scenes} | {found.digits:,} | {shares} | {times} |",
        "",
        "| digits read | images | accuracy | warned | accuracy without a warning | errors without a warning |",
        "|---|---|---|---|---|---|",
    ]
    for row in report.reading:
        unwarned = f"{1 - row.unwarned_error:.4f} | {row.unwarned_errors}"
        lines.append(f"| {row.data} | {row.images:,} | {row.accuracy:.4f} | {row.warned:.1%} | {unwarned} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
