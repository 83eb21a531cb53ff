"""Checks a bundle against the full model: python export/check.py BUNDLE [--data MNIST] [--run RUN] [--json FILE]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge_app.options import positive
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.files import write_json
from export.exportable import find_shipped, make_reference, require_same
from export.figures import CheckFigures, write_check
from export.saved_model import load_model, load_test, load_weight_sets
from export.tolerances import broken_tolerances
from export.verify import DRAWS, verify
from train.command import command

TEST_SETS = ("MNIST", "MNIST_corrupted")
ROWS = {
    "accuracy": "accuracy",
    "nll": "NLL, nats",
    "brier": "Brier",
    "ece": "ECE",
    "spread": "mean spread",
    "total_bits": "total entropy, bits",
    "aleatoric_bits": "aleatoric, bits",
    "epistemic_bits": "epistemic, bits",
}


@command("check")
def main(arguments: list[str] | None = None) -> int:
    """Check as the command line says; returns the exit status, 1 when a tolerance is broken."""
    options = _parser().parse_args(arguments)
    bundle = load_bundle(options.bundle)
    model = load_model(options.run) if options.run else find_shipped(bundle.manifest)
    reference = make_reference(
        model,
        samples=load_weight_sets(options.weights) if options.weights else None,
        mc_dropout=options.mc_dropout,
    )
    require_same(bundle.manifest, reference)
    checks = tuple(
        verify(bundle, reference, Path(name).stem, data, images=options.images, draws=options.draws)
        for name in options.data or TEST_SETS
        for data in [load_test(name, bundle.manifest.labels, bundle.manifest.input.shape)]
    )
    write_check(bundle, checks)
    if options.json:
        write_json(options.json, checks)
    for figures in checks:
        print(_table(figures))
    broken = [line for figures in checks for line in broken_tolerances(figures, bundle.manifest)]
    for line in broken:
        print(f"check: {bundle.path}: {line}", file=sys.stderr)
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="export/check.py", description="Check a bundle against the full model, and write the result beside it."
    )
    parser.add_argument("bundle", type=Path, help="the bundle: its folder, or a .tflite that holds all samples")
    parser.add_argument(
        "--data",
        action="append",
        help=f"a test set, or an .npz of images and labels; may be repeated; default: {', '.join(TEST_SETS)}",
    )
    parser.add_argument(
        "--run",
        type=Path,
        metavar="RUN|MODEL",
        help="the run, or the model that Keras saved, that was exported; default: the shipped run that fits",
    )
    parser.add_argument("--weights", type=Path, metavar="NPZ", help="its sets of weights, as to_tflite.py took them")
    parser.add_argument("--mc-dropout", action="store_true", help="its dropout layers stay active when it predicts")
    parser.add_argument("--images", type=positive, help="check the first so many images only")
    parser.add_argument("--draws", type=positive, default=DRAWS, help="for the test of a sampled graph")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    return parser


def _table(check: CheckFigures) -> str:
    lines = [
        f"{check.data}, {check.images:,} images: {'passed' if check.passed else 'FAILED'}",
        f"  {'':<22}{'bundle':>10}{'full model, ' + str(check.full_model_passes) + ' passes':>26}",
    ]
    lines += [
        f"  {row:<22}{getattr(check.bundle, name):>10.4f}{getattr(check.full_model, name):>26.4f}"
        for name, row in ROWS.items()
    ]
    if check.same_weights:
        same = check.same_weights
        lines += [
            f"  under the same weights: same label {same.same_label:.2%}, accuracy {same.accuracy:.4f},",
            f"  |dp| max {same.max_dp:.1e}, 99.9 % {same.most_dp:.1e}, mean {same.mean_dp:.1e}",
            f"  of the predictive mean max {same.predictive_dp:.1e},",
            f"  mean difference of spread {same.spread:.1e}, of total entropy {same.entropy_bits:.1e} bits",
        ]
    if check.draws:
        draws = check.draws
        lines += [
            f"  {draws.draws:,} draws of {draws.images} doubtful images:",
            f"  same means p {draws.mean_p:.3f}, same spreads p {draws.spread_p:.3f},",
            f"  graph's spread over the full model's {draws.spread_ratio:.4f} +- {draws.spread_error:.4f}",
        ]
    if check.moments:
        near = check.moments
        lines += [
            f"  beside {near.draws} draws, and 50 of these beside the others:",
            f"  TV of the mean {near.total_variation:.4f} ({near.draws_total_variation:.4f})",
            f"  other label {near.other_label:.2%} ({near.draws_other_label:.2%})",
            f"  over the draws': spread {near.spread_ratio:.3f}, total {near.total_ratio:.3f}",
            f"  aleatoric {near.aleatoric_ratio:.3f}, epistemic {near.epistemic_ratio:.3f}",
        ]
    lines += [f"  max |dp| between XNNPACK and builtin kernels {check.kernels_max_dp:.1e}"]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
