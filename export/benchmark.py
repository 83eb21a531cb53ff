"""Measures what each way to carry a posterior costs: python export/benchmark.py [RUN|MODEL] [--json FILE]."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge_app.options import positive
from edge_app.runtime.files import write_json
from edge_app.runtime.manifest import Kind, Quantisation
from export.bench.contenders import Contender, Subject, carry, full_model, onnx_runtime
from export.bench.plot import draw_plot
from export.bench.quality import measure_quality
from export.bench.row import Row
from export.bench.table import AUTO, render_ratios, render_table
from export.choose import choose_assumptions
from export.choose_regression import choose_for_regression
from export.errors import ExportError
from export.exportable import make_reference
from export.graphs.build import POINTS
from export.options import Assumptions, ExportOptions, Holdout
from export.reference import Reference
from export.saved_model import add_model, load_holdout, load_model, load_test, load_weight_sets, read_labelled
from export.timing import time_interleaved
from models.outputs import Output
from train.command import command
from train.evaluate import UNCALIBRATED, UNCALIBRATED_POINTS

SAMPLES = (1, 5, 10, 20, 50, 100, 200)
CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}
TRACED_DRAWS = 400
REFERENCE_SEEDS = range(1_000_000, 1_000_010)  # ten times 200 draws that no contender has seen


@command("benchmark")
def main(arguments: list[str] | None = None) -> int:
    """Measure as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    model = load_model(options.model)
    weights = load_weight_sets(options.weights) if options.weights else None
    reference = make_reference(model, samples=weights, mc_dropout=options.mc_dropout, output=options.output)
    subject = Subject(reference, load_holdout(options.holdout, model).images, options.threads)
    assumptions = _choose(subject) if Kind.MOMENTS in options.kinds and not reference.known else None
    data = _load_data(options.data, reference, options.images)
    counts = options.samples or ((len(reference.members),) if reference.known else SAMPLES)
    wanted = [
        ExportOptions(kind=kind, samples=samples, quantisation=quantisation, assumptions=assumptions)
        for kind, quantisation, samples in product(options.kinds, options.quantize, counts)
    ]
    rows = benchmark(subject, wanted, data, options.rounds, CLOCKS[options.clock])
    if options.json:
        write_json(options.json, rows)
    if options.plot:
        draw_plot(rows, options.plot)
    print(f"{render_table(rows)}\n\n{render_ratios(rows)}")
    return 0


def benchmark(
    subject: Subject,
    wanted: Sequence[ExportOptions],
    data: Holdout,
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Row]:
    """Measure every export, ONNX Runtime at every K, and the full model at the largest.

    Args:
        subject: what is carried.
        wanted: the kinds, numbers of samples and quantisations to compare.
        data: what quality is measured on, of class probabilities; its first image is the one that is timed.
        rounds: of timing; 5 calls a round.
        clock: in seconds.
    """
    contenders = list(_build(subject, wanted))
    classes = subject.reference.output is Output.PROBABILITIES
    reference = _draw_reference(subject, data.images) if classes else None
    image = data.images[:1]
    calls = {
        index: partial(contender.predict, image) for index, contender in enumerate(contenders) if contender.predict
    }
    times = time_interleaved(calls, rounds, clock)
    return [
        _finish(contender, times.get(index), reference, data)
        for index, contender in enumerate(tqdm(contenders, "quality", disable=None))
    ]


def _load_data(name: str, reference: Reference, images: int) -> Holdout:
    """Read the first images of a data set, or other inputs, and their truth."""
    if reference.output is Output.PROBABILITIES:
        test = load_test(name, [""] * reference.width, reference.posteriors[0].input_shape)
        return Holdout(test.x[:images], test.y[:images])
    if not name.endswith(".npz"):
        raise ExportError(f"--data: found {name}, expected an .npz of inputs, as images, and of labels")
    data = read_labelled(Path(name))
    return Holdout(data.images[:images], data.labels[:images])


def _choose(subject: Subject) -> Assumptions | None:
    """Give what an export would assume; None where it would refuse moments, whose rows then show how far off it is."""
    reference, options = subject.reference, ExportOptions(kind=Kind.MOMENTS, samples=POINTS)
    try:
        if reference.is_regression:
            return choose_for_regression(reference, options, subject.images).assumptions
        return choose_assumptions(reference.posteriors, options, subject.images).assumptions
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
    """Give class probabilities of many other samples, float32 [N, M, C].

    2,000 of a posterior that our layers describe, 400 of another; of models whose every weight is known, theirs.
    """
    reference = subject.reference
    if reference.known:
        return np.stack(list(reference.own_draws(images, len(reference.members))), axis=1)
    if reference.whole:
        return reference.many_draws(images, TRACED_DRAWS, seed=1)
    draws = [carry(subject, ExportOptions(samples=200, seed=seed)).engine for seed in REFERENCE_SEEDS]
    return np.concatenate([engine.run(images) for engine in draws if engine], axis=1)


def _finish(
    contender: Contender, times: NDArray[np.float64] | None, reference: NDArray[np.float32] | None, data: Holdout
) -> Row:
    row, engine = contender.row, contender.engine
    if times is None:
        return row
    # The 95 percentile of a sum of calls is not that of one call times their number: only a single call has one.
    p95 = float(np.percentile(times, 95)) if contender.calls == 1 else None
    thresholds = UNCALIBRATED_POINTS if row.way == Kind.MOMENTS else UNCALIBRATED
    quality = None
    if engine and reference is not None:
        quality = measure_quality(engine.run(data.images), reference, data.labels, thresholds)
    return msgspec.structs.replace(row, p50_ms=float(np.median(times)) * contender.calls, p95_ms=p95, quality=quality)


def _kind(text: str) -> Kind | None:
    return None if text == AUTO else Kind(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="export/benchmark.py", description="Measure kinds, numbers of samples and quantisations side by side."
    )
    add_model(parser)
    kinds = [None, *Kind]
    parser.add_argument(
        "--kinds", type=_kind, nargs="+", default=kinds, metavar="KIND", help=f"auto, {', '.join(Kind)}; default: all"
    )
    parser.add_argument("--samples", type=positive, nargs="+", help="numbers K of samples; default: 1 to 200")
    parser.add_argument(
        "--quantize", type=Quantisation, choices=list(Quantisation), nargs="+", default=list(Quantisation)
    )
    parser.add_argument(
        "--data", default="MNIST", help="what quality is measured on: a test set, or an .npz of images and labels"
    )
    parser.add_argument("--images", type=positive, default=1000, help="how many of it")
    parser.add_argument("--rounds", type=positive, default=30, help="of timing, 5 calls each")
    parser.add_argument(
        "--clock", choices=list(CLOCKS), default="wall", help="processor: leave out what other programs take"
    )
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--plot", type=Path, help="draw time and size against the distance to the posterior")
    return parser


if __name__ == "__main__":
    sys.exit(main())
