"""Says where a stacked graph's time goes: python export/layer_times.py [RUN] [--samples 50] [--batch 1]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge_app.options import positive
from edge_app.runtime.manifest import Quantisation
from export.bench.layers import measure_layers, render_layers
from export.graphs.build import DEFAULT_SAMPLES, RANGE_IMAGES
from export.graphs.convert import Precision
from export.saved_model import read_holdout
from models.posterior import draw_samples
from models.runs import PRETRAINED, load_run
from train.command import command


@command("layer_times")
def main(arguments: list[str] | None = None) -> int:
    """Measure as the command line says, on one thread; returns the exit status."""
    options = _parser().parse_args(arguments)
    run = load_run(options.run)
    precision = Precision(options.quantize, read_holdout(run).images[:RANGE_IMAGES])
    samples = draw_samples(run.posterior, options.samples, seed=0)
    print(render_layers(*measure_layers(samples, precision, options.batch, options.rounds)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="export/layer_times.py", description="Measure a stacked graph layer by layer against the core's peak."
    )
    parser.add_argument("run", nargs="?", type=Path, default=PRETRAINED / "lenet", help="default: the shipped lenet")
    parser.add_argument("--samples", type=positive, default=DEFAULT_SAMPLES, help="number K of weight samples")
    parser.add_argument("--batch", type=positive, default=1, help="how many images at a time")
    parser.add_argument("--quantize", type=Quantisation, choices=list(Quantisation), default=Quantisation.NONE)
    parser.add_argument("--rounds", type=positive, default=30, help="of timing, 5 calls each")
    return parser


if __name__ == "__main__":
    sys.exit(main())
