"""Says how near a bundle of moments comes to the full posterior, beside 200 draws: python export/fidelity.py [BUNDLE].

On training images that the run held out, clean and under each of the fifteen corruptions.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dataset import corrupt_seen, corruptions
from edge_app.options import DEFAULT_BUNDLE, positive
from edge_app.runtime.bundle import Bundle, load_bundle
from edge_app.runtime.engine import open_engine
from edge_app.runtime.files import write_json
from edge_app.runtime.manifest import Kind
from export.distance import Distance, mean_distance, measure_distance
from export.errors import ExportError
from export.exportable import find_shipped, make_reference, require_same, runs_of
from export.reference import Reference
from export.saved_model import load_model, read_holdout
from train.command import command
from train.evaluate import UNCALIBRATED_POINTS, predict_blocks

Array = NDArray[np.float32]

CLEAN = "identity"
FEW = 200
"""Draws that moments are held against."""
SETS = 5
"""Of so many draws each: their mean distance is known to a few per cent."""


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How near a bundle comes to the full posterior on one set of images, its reference's own error taken out.

    Attributes:
        images: the set's name.
        moments: the bundle's distance.
        draws: the mean distance of five sets of 200 draws.
        noise: how far the reference draws are from infinitely many: half the distance of their halves.
    """

    images: str
    moments: Distance
    draws: Distance
    noise: Distance


@command("fidelity")
def main(arguments: list[str] | None = None) -> int:
    """Measure and print as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    bundle = load_bundle(options.bundle)
    model = load_model(options.run) if options.run else find_shipped(bundle.manifest)
    if not (runs := runs_of(model)):
        raise ExportError(f"{options.run}: found a model, expected a run, which says what it held out from training")
    reference = make_reference(model)
    require_same(bundle.manifest, reference)
    images = read_holdout(runs[0]).images[: options.images * len(corruptions.NAMES)]
    rows = measure_fidelity(bundle, reference, images, options.draws)
    if options.json:
        write_json(options.json, rows)
    print(_table(rows, options.images, options.draws))
    return 0


def measure_fidelity(bundle: Bundle, reference: Reference, images: Array, draws: int) -> list[Fidelity]:
    """Hold a bundle of moments against draws of the full model, set by set.

    Args:
        bundle: of kind moments.
        reference: what it was made of.
        images: held out from training, float32 [N, 28, 28, 1]; each set is drawn on an equal share of them.
        draws: of the reference; five times 200 others are the yardstick.

    Raises:
        ExportError: the bundle is of another kind, or there are too few images or draws.
    """
    if bundle.manifest.kind is not Kind.MOMENTS:
        raise ExportError(f"{bundle.path}: found kind {bundle.manifest.kind}, expected moments")
    if draws < 2 * FEW:
        raise ExportError(f"draws: found {draws}, expected at least {2 * FEW}")
    if len(images) < len(corruptions.NAMES):
        raise ExportError(
            f"images: found {len(images)}, expected at least one for each of {len(corruptions.NAMES)} sets"
        )
    shares = np.array_split(images, len(corruptions.NAMES))
    sets = [corrupt_seen(share, name) for name, share in zip(corruptions.NAMES, shares, strict=True)]
    points = [open_engine(bundle).run(each) for each in sets]
    passes = _passes(reference, sets, SETS * FEW + draws)
    return [hold(name, own, full) for name, own, full in zip(corruptions.NAMES, points, passes, strict=True)]


def _passes(reference: Reference, sets: Sequence[Array], count: int) -> list[Array]:
    """Draw class probabilities of every set, float32 [n, count, C] each, all sets in one pass."""
    together = np.concatenate(sets)
    drawn = np.empty((len(together), count, reference.width), np.float32)
    for index, found in enumerate(tqdm(reference.own_draws(together, count), "draws", count, disable=None)):
        drawn[:, index] = found
    return np.split(drawn, np.cumsum([len(each) for each in sets])[:-1])


def hold(name: str, points: Array, drawn: Array) -> Fidelity:
    """Hold class probabilities at a graph's points against draws, float32 [n, K, C] and [n, 1000 + N, C], of a set."""
    few = [predict_blocks(each) for each in np.split(drawn[:, : SETS * FEW], SETS, axis=1)]
    rest = drawn[:, SETS * FEW :]
    exact, *halves = (predict_blocks(each) for each in (rest, *np.array_split(rest, 2, axis=1)))
    noise = measure_distance(*halves).scaled(0.5)
    return Fidelity(
        images="clean" if name == CLEAN else name,
        moments=measure_distance(predict_blocks(points, UNCALIBRATED_POINTS), exact).without(noise),
        draws=mean_distance(measure_distance(each, exact) for each in few).without(noise),
        noise=noise,
    )


def _table(rows: Sequence[Fidelity], images: int, draws: int) -> str:
    corrupted = rows[1:]
    together = Fidelity(
        "corruptions",
        mean_distance(row.moments for row in corrupted),
        mean_distance(row.draws for row in corrupted),
        mean_distance(row.noise for row in corrupted),
    )
    head = f"{'':<16}{'TV of the mean':^28}{'spread':^28}{'epistemic bits':^28}"
    return "\n".join(
        [
            f"distance to {draws:,} draws of the full posterior, on {images} held-out images each; in brackets these",
            "draws' own error, which is taken out",
            head,
            f"{'images':<16}" + 3 * f"{'moments':>9}{f'{FEW} draws':>10}{'':9}",
            *(_line(row) for row in (*rows, together)),
        ]
    )


def _line(row: Fidelity) -> str:
    figures = zip(*(astuple(distance) for distance in (row.moments, row.draws, row.noise)), strict=True)
    return f"{row.images:<16}" + "".join(f"{ours:>9.4f}{few:>10.4f} ({noise:.4f})" for ours, few, noise in figures)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="export/fidelity.py", description="Hold a bundle of moments, and 200 draws, against many draws."
    )
    parser.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="default: the shipped one")
    parser.add_argument("--run", type=Path, help="the run that was exported; default: the shipped run that fits")
    parser.add_argument("--images", type=positive, default=50, help="of each of the sixteen sets")
    parser.add_argument("--draws", type=positive, default=2000, help="of the reference")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
