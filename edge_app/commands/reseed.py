"""`python -m edge_app reseed BUNDLE`: draws a bundle's weight samples anew, on the device.

The bundle must carry its posterior: python export/to_tflite.py --carry-posterior
"""

from __future__ import annotations

from pathlib import Path

from edge_app.options import PROGRAM, Parser, positive
from edge_app.runtime.bundle import load_bundle, require_place, write_bundle
from edge_app.runtime.redraw import redraw


def run(arguments: list[str]) -> None:
    """Draw, write, and say what the thresholds are still worth.

    Raises:
        EdgeError: the bundle carries no posterior, or the new one cannot be written.
    """
    parser = Parser(prog=f"{PROGRAM} reseed", description="Draw a bundle's weight samples anew.")
    parser.add_argument("bundle", type=Path, help="a folder of kind stacked that carries its posterior")
    parser.add_argument("--seed", type=int, required=True, help="of the draw; an exporter's seed gives its own bytes")
    parser.add_argument("--samples", type=positive, metavar="K", help="how many (default: as many as there are)")
    parser.add_argument("--out", type=Path, help="the folder to make (default: the bundle itself is replaced)")
    options = parser.parse_args(arguments)
    out = options.out or options.bundle
    require_place(out, replace=options.out is None)
    manifest, files = redraw(load_bundle(options.bundle), seed=options.seed, samples=options.samples)
    write_bundle(out, manifest, files, replace=options.out is None)
    print(f"{out}: K = {manifest.samples}, seed {manifest.posterior.seed}")
    calibrated = manifest.posterior.calibrated_seed
    if calibrated is not None or manifest.samples != manifest.warning.samples:
        print(
            f"its thresholds were calibrated on {manifest.warning.samples} samples of seed "
            f"{manifest.posterior.seed if calibrated is None else calibrated}: with these its warning promises nothing "
            "until it is calibrated anew by export/to_tflite.py"
        )
