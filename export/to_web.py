"""Makes a page that reads digits in a browser, without a server: python export/to_web.py BUNDLE [--out web]."""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

import edge_app
from edge_app.finder.normalise import SIDE
from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.bundle import Bundle, load_bundle, manifest_of
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import put_in_place
from edge_app.runtime.manifest import Kind, Manifest
from export.errors import ExportError
from export.flatbuffer import for_one_image, has_signature
from export.graphs.summary import READ, with_summary
from export.litert_js import VERSION, read_litert_js
from train.command import command

PAGE: Final = Path(__file__).parent / "web"
PALETTE: Final = Path(edge_app.__file__).parent / "web" / "static" / "palette.css"
KEPT: Final = "files.js"
NOTICE: Final = f"""The folder litert holds LiteRT.js {VERSION}, packages @litertjs/core and @litertjs/wasm-utils,
copyright Google LLC, under the Apache License, version 2.0: https://www.apache.org/licenses/LICENSE-2.0
In litert/core.js one import was changed to a path. All else in this folder is bayes-edge's, under its MIT licence.
"""


class About(msgspec.Struct, frozen=True):
    """What the page must know of its bundle; the graph has the rest inside."""

    labels: tuple[str, ...]
    paper: float
    ink: float
    kind: str
    samples: int
    digest: str


@command("to_web")
def main(arguments: list[str] | None = None) -> int:
    """Make the page as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    bundle = load_bundle(options.bundle)
    files = make_page(bundle, read_litert_js(options.litert))
    write_page(options.out, files, replace=options.force)
    size = sum(map(len, files.values()))
    print(
        f"{options.out}: {len(files)} files, {size / 1e6:.1f} MB; serve the folder with any web server, and open it at "
        f"localhost or by https:\n  python -m http.server --directory {options.out}"
    )
    return 0


def make_page(bundle: Bundle, litert: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give all files of the page by their place in its folder.

    Args:
        bundle: reads single digits of 28 x 28, in one graph.
        litert: what `read_litert_js` returned.

    Raises:
        ExportError: the bundle reads something else, or has a graph for each sample.
    """
    manifest = manifest_of(bundle, Manifest)
    if manifest.kind is Kind.ENSEMBLE:
        raise ExportError(f"{bundle.path}: found kind ensemble, expected one graph; export it with --mode stacked")
    paper, ink = manifest.input.paper, manifest.input.ink
    if manifest.input.shape != (SIDE, SIDE, 1) or paper is None or ink is None:
        raise ExportError(
            f"{bundle.path}: found images {list(manifest.input.shape)}, expected [{SIDE}, {SIDE}, 1], a drawn digit"
        )
    graph = for_one_image(bundle.graphs[0])
    about = About(
        labels=manifest.labels,
        paper=paper,
        ink=ink,
        kind=manifest.kind,
        samples=manifest.samples,
        digest=bundle.digest,
    )
    files = {
        **{path.name: path.read_bytes() for path in (*sorted(PAGE.iterdir()), PALETTE)},
        **litert,
        "NOTICE.txt": NOTICE.encode(),
        "bundle.json": msgspec.json.encode(about),
        "model.tflite": graph if has_signature(graph, READ) else with_summary(graph, manifest),
    }
    digest = hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in files.values())).hexdigest()
    kept = msgspec.json.encode({"digest": digest, "files": list(files)}).decode()
    return files | {KEPT: f"self.KEPT = {kept};\n".encode()}


def write_page(path: Path, files: Mapping[str, bytes], *, replace: bool = False) -> None:
    """Write the page whole or not at all.

    Raises:
        EdgeError: the folder exists and is not to be replaced or is no such page, or cannot be written.
    """
    if path.exists() and not (replace and (path / KEPT).is_file()):
        raise EdgeError(f"{path}: exists already; choose another folder, or replace a page with --force")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as scratch:
            fresh = Path(scratch) / "new"
            for name, content in files.items():
                (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                (fresh / name).write_bytes(content)
            put_in_place(fresh, path, Path(scratch) / "old")
    except OSError as error:
        raise EdgeError(f"{path}: cannot be written ({error.strerror or error}); choose another folder") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="export/to_web.py", description="Make a page that reads digits in a browser, with nothing behind it."
    )
    parser.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="default: the shipped bundle")
    parser.add_argument("--out", type=Path, default=Path("web"), help="the folder to make (default: web)")
    parser.add_argument("--force", action="store_true", help="replace a page that is there")
    parser.add_argument(
        "--litert",
        type=Path,
        metavar="DIR",
        help=f"a folder with the packages @litertjs/core and @litertjs/wasm-utils {VERSION}; default: npm fetches them",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
