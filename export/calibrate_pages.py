"""Lets a bundle's warning keep its promise on whole pages: python -m export.calibrate_pages BUNDLE [--pages 12]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dataset.scenes.kinds import Kind, render_kind
from edge_app.options import positive
from edge_app.reader import read_frame
from edge_app.runtime.bundle import SOURCES, load_bundle, manifest_of
from edge_app.runtime.carried import POSTERIOR
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.drift import count_scores
from edge_app.runtime.manifest import CalibratedOn, Manifest, WarningRule
from edge_app.runtime.prediction import Reason
from export.calibrate import risk_threshold
from export.errors import ExportError
from export.write import write_graphs
from train.command import command
from train.evaluate.scenes.tally import wrong_boxes

ALWAYS: Final = (Reason.EDGE, Reason.PRINT)
"""What is warned of whatever the entropy."""


@command("calibrate_pages")
def main(arguments: list[str] | None = None) -> int:
    """Calibrate as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    cv2.setNumThreads(1)
    bundle = load_bundle(options.bundle)
    if (bundle.path / SOURCES[0]).exists():
        raise ExportError(f"{bundle.path}: found a microcontroller's sources, which read no pages; name another")
    manifest = manifest_of(bundle, Manifest)
    doubt, wrong = read_pages(Classifier(bundle), options.pages, options.seed)
    warning = calibrate_on_pages(manifest.warning, doubt, wrong)
    graphs = {file.name: graph for file, graph in zip(manifest.files, bundle.graphs, strict=True)}
    beside = {POSTERIOR: (bundle.path / POSTERIOR).read_bytes()} if manifest.carried else {}
    manifest = msgspec.structs.replace(
        manifest,
        warning=warning,
        entropy_counts=count_scores(doubt[np.isfinite(doubt)]),
        files=(),
        carried=None,
    )
    write_graphs(bundle.path, manifest, graphs, beside, replace=True)
    kept = doubt <= warning.threshold_bits
    print(
        f"{bundle.path}: warns above {warning.threshold_bits:.4f} bits; of {len(doubt):,} boxes on generated pages"
        f" {kept.mean():.1%} carry no warning, {int(wrong[kept].sum())} of them wrong"
    )
    return 0


def read_pages(classifier: Classifier, pages: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Read generated pages of every kind, made of what is for training and was not trained on.

    Args:
        classifier: runs the bundle.
        pages: how many of each kind.
        seed: of the first page of each kind; the others follow.

    Returns:
        Of each box that is shown its total entropy in bits, infinite for one that carries a warning whatever its
        entropy, float64 [N]; and whether its label is wrong or it holds no digit, bool [N].
    """
    doubt: list[float] = []
    wrong: list[bool] = []
    for kind in tqdm(list(Kind), unit="kind", disable=None):
        for number in range(seed, seed + pages):
            scene = render_kind(kind, "train", number)
            result = read_frame(scene.image, classifier)
            wrong += wrong_boxes(scene, result)
            doubt += [np.inf if p.reason in ALWAYS else p.total_bits for p in result.raw.predictions]
    return np.array(doubt), np.array(wrong, bool)


def calibrate_on_pages(warning: WarningRule, doubt: NDArray[np.float64], wrong: NDArray[np.bool_]) -> WarningRule:
    """Choose the threshold that keeps a warning's promise for all boxes that are shown, and not above its own.

    Boxes of one page are taken for independent of one another, which they are not quite.
    """
    threshold = risk_threshold(
        doubt,
        wrong,
        target_risk=warning.target_risk,
        confidence=warning.confidence,
        most=int(np.isfinite(doubt).sum()),
    )
    return msgspec.structs.replace(
        warning,
        threshold_bits=min(threshold, warning.threshold_bits),
        calibrated_on=CalibratedOn.PAGES,
        images=len(doubt),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export.calibrate_pages",
        description="Choose a bundle's warning so that its promise counts every box shown on a page.",
    )
    parser.add_argument("bundle", type=Path, help="the bundle's folder; its manifest is written anew")
    parser.add_argument("--pages", type=positive, default=12, help="of each kind (default: 12)")
    parser.add_argument("--seed", type=int, default=5000, help="of the first page of each kind (default: 5000)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
