"""Measures what each way to carry a posterior costs: python export/benchmark.py [RUN] [--json FILE] [--plot FILE]."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dataset import Split, load_split
from edge_app.options import positive
from edge_app.runtime.files import write_json
from edge_app.runtime.manifest import Kind, Quantisation
from export.bench.contenders import Contender, Subject, carry, full_model, onnx_runtime
from export.bench.plot import draw_plot
from export.bench.quality import measure_quality
from export.bench.row import Row
from export.bench.table import render_ratios, render_table
from export.bench.timing import time_interleaved
from export.choose import choose_assumptions
from export.errors import ExportError
from export.graphs.build import POINTS
from export.options import Assumptions, ExportOptions
from export.saved_model import read_holdout
from models.rebuild import rebuild
from models.runs import PRETRAINED, load_run
from train.command import command
from train.evaluate import UNCALIBRATED, UNCALIBRATED_POINTS

SAMPLES = (1, 5, 10, 20, 50, 100, 200)
REFERENCE_SEEDS = range(1_000_000, 1_000_010)  # ten times 200 draws that no contender has seen


@command("benchmark")
def main(arguments: list[str] | None = None) -> int:
    """Measure as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    run = load_run(options.run)
    subject = Subject(rebuild(run), run.posterior, read_holdout(run).images, options.threads)
    assumptions = _choose(subject) if Kind.MOMENTS in options.kinds else None
    test = load_split(options.data, "test")
    data = Split(test.x[: options.images], test.y[: options.images], test.onehot[: options.images])
    wanted = [
        ExportOptions(kind=kind, samples=samples, quantisation=quantisation, assumptions=assumptions)
        for kind, quantisation, samples in product(options.kinds, options.quantize, options.samples)
    ]
    rows = benchmark(subject, wanted, data, options.rounds)
    if options.json:
        write_json(options.json, rows)
    if options.plot:
        draw_plot(rows, options.plot)
    print(f"{render_table(rows)}\n\n{render_ratios(rows)}")
    return 0


def benchmark(subject: Subject, wanted: Sequence[ExportOptions], data: Split, rounds: int) -> list[Row]:
    """Measure every export, ONNX Runtime at every K, and the full model at the largest.

    Args:
        subject: what is carried.
        wanted: the kinds, numbers of samples and quantisations to compare.
        data: what quality is measured on; its first image is the one that is timed.
        rounds: of timing; 5 calls a round.
    """
    contenders = list(_build(subject, wanted))
    reference = _draw_reference(subject, data.x)
    image = data.x[:1]
    calls = {
        index: partial(contender.predict, image) for index, contender in enumerate(contenders) if contender.predict
    }
    times = time_interleaved(calls, rounds)
    return [
        _finish(contender, times.get(index), reference, data)
        for index, contender in enumerate(tqdm(contenders, "quality", disable=None))
    ]


def _choose(subject: Subject) -> Assumptions | None:
    """Give what an export would assume; None where it would refuse moments, whose rows then show how far off it is."""
    try:
        return choose_assumptions(
            [subject.posterior], ExportOptions(kind=Kind.MOMENTS, samples=POINTS), subject.images
        ).assumptions
    except ExportError as error:
        tqdm.write(f"benchmark: {error}", file=sys.stderr)
        return None


def _build(subject: Subject, wanted: Sequence[ExportOptions]) -> Iterator[Contender]:
    for options in tqdm(wanted, "graphs", disable=None):
        yield carry(subject, options)
    counts = sorted({options.count for options in wanted})
    for samples in counts:
        yield onnx_runtime(subject, samples)
    yield from full_model(subject, counts[-1])


def _draw_reference(subject: Subject, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give class probabilities of 2,000 other samples, float32 [N, 2000, C]."""
    draws = [carry(subject, ExportOptions(samples=200, seed=seed)).engine for seed in REFERENCE_SEEDS]
    return np.concatenate([engine.probabilities(images) for engine in draws if engine], axis=1)


def _finish(
    contender: Contender, times: NDArray[np.float64] | None, reference: NDArray[np.float32], data: Split
) -> Row:
    row, engine = contender.row, contender.engine
    if times is None:
        return row
    # The 95 percentile of a sum of calls is not that of one call times their number: only a single call has one.
    p95 = float(np.percentile(times, 95)) if contender.calls == 1 else None
    thresholds = UNCALIBRATED_POINTS if row.way == Kind.MOMENTS else UNCALIBRATED
    quality = measure_quality(engine.probabilities(data.x), reference, data.y, thresholds) if engine else None
    return msgspec.structs.replace(row, p50_ms=float(np.median(times)) * contender.calls, p95_ms=p95, quality=quality)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="export/benchmark.py", description="Measure kinds, numbers of samples and quantisations side by side."
    )
    parser.add_argument("run", nargs="?", type=Path, default=PRETRAINED / "bayesian", help="default: the shipped run")
    parser.add_argument("--kinds", type=Kind, choices=list(Kind), nargs="+", default=list(Kind))
    parser.add_argument("--samples", type=positive, nargs="+", default=SAMPLES, help="numbers K of samples")
    parser.add_argument(
        "--quantize", type=Quantisation, choices=list(Quantisation), nargs="+", default=list(Quantisation)
    )
    parser.add_argument("--data", default="MNIST", help="the test set that quality is measured on")
    parser.add_argument("--images", type=positive, default=1000, help="how many of it")
    parser.add_argument("--rounds", type=positive, default=30, help="of timing, 5 calls each")
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--plot", type=Path, help="draw time and size against the distance to the posterior")
    return parser


if __name__ == "__main__":
    sys.exit(main())
