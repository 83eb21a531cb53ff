"""`python -m edge_app reseed BUNDLE`: draws a bundle's weight samples anew, on the device.

The bundle must carry its posterior: python export/to_tflite.py --carry-posterior
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edge_app.options import PROGRAM, Parser, positive
from edge_app.runtime.bundle import Bundle, load_bundle, require_place, write_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Manifest
from edge_app.runtime.recheck import hold_promise, read_labelled
from edge_app.runtime.redraw import redraw


def run(arguments: list[str]) -> None:
    """Draw, write, and say what the thresholds are still worth.

    Raises:
        EdgeError: the bundle carries no posterior, the new one cannot be written, or it breaks its promise on the
            images that it is held against.
    """
    parser = Parser(prog=f"{PROGRAM} reseed", description="Draw a bundle's weight samples anew.")
    parser.add_argument("bundle", type=Path, help="a folder of kind stacked that carries its posterior")
    parser.add_argument("--seed", type=int, required=True, help="of the draw; an exporter's seed gives its own bytes")
    parser.add_argument("--samples", type=positive, metavar="K", help="how many (default: as many as there are)")
    parser.add_argument("--out", type=Path, help="the folder to make (default: the bundle itself is replaced)")
    parser.add_argument(
        "--images", type=Path, metavar="NPZ", help="labelled images not trained on: write only what keeps its promise"
    )
    options = parser.parse_args(arguments)
    out = options.out or options.bundle
    require_place(out, replace=options.out is None)
    manifest, files = redraw(load_bundle(options.bundle), seed=options.seed, samples=options.samples)
    held = None if options.images is None else _hold(manifest, files, options.images)
    write_bundle(out, manifest, files, replace=options.out is None)
    print(f"{out}: K = {manifest.samples}, seed {manifest.posterior.seed}")
    if held is not None:
        print(held)
        return
    calibrated = manifest.posterior.calibrated_seed
    if calibrated is not None or manifest.samples != manifest.warning.samples:
        print(
            f"its thresholds were calibrated on {manifest.warning.samples} samples of seed "
            f"{manifest.posterior.seed if calibrated is None else calibrated}: with these its warning promises nothing "
            "until it is held against labelled images (--images), or calibrated anew by export/to_tflite.py"
        )


def _hold(manifest: Manifest, files: Mapping[str, bytes], path: Path) -> str:
    """Say how the fresh samples read labelled images.

    Raises:
        EdgeError: there are no such images, or the samples break their promise on them.
    """
    images, labels = read_labelled(path, manifest.input.shape)
    fresh = Bundle(path, manifest, tuple(files[file.name] for file in manifest.files), b"")
    kept, rule = hold_promise(Classifier(fresh), images, labels), manifest.warning
    found = f"{kept.errors} errors among {kept.unwarned:,} of {kept.images:,} images without a warning"
    promised = f"at most {rule.target_risk:.1%} with {rule.confidence:.0%} confidence"
    if not kept.keeps(rule):
        raise EdgeError(
            f"{path}: found {found}, too many or too few images to promise {promised}; nothing was written; "
            "try another seed, or calibrate anew by export/to_tflite.py"
        )
    return f"its warning keeps its promise, {promised}: {found}"
