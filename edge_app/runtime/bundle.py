"""The contract between the exporter and the device: a folder of graphs with a strict manifest, or one such graph."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from edge_app.runtime.embedded import BLANK, blanked, find_manifest
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import is_there, put_in_place, read_whole
from edge_app.runtime.manifest import AnyManifest, GraphFile, Kind
from edge_app.runtime.manifest_text import decode_manifest, encode_manifest

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 2**22
LARGEST_GRAPH = 2**30
OWN_SUFFIXES = (".json", ".npz", ".sig", ".tflite")
SOURCES = ("bayes_edge.h", "model.c", "operations.h", "reading.c", "self_test.c")
"""What lies beside the graph in a bundle for microcontrollers."""
M = TypeVar("M", bound=AnyManifest)
EXPECTED = "name a bundle made by export/to_tflite.py, its folder or a .tflite"


class Bundle(msgspec.Struct, frozen=True):
    """A bundle in memory.

    Attributes:
        path: the folder or the file that it came from.
        manifest: what it says of itself.
        graphs: the graphs' bytes, in the manifest's order.
        manifest_text: the manifest's bytes as they were read, from `manifest.json` or from within the graph.
    """

    path: Path
    manifest: AnyManifest
    graphs: tuple[bytes, ...]
    manifest_text: bytes

    @property
    def digest(self) -> str:
        """SHA-256 that names exactly this bundle: of the folder's manifest, which names its graphs', or of the file."""
        return hashlib.sha256(self.manifest_text if self.path.is_dir() else self.graphs[0]).hexdigest()

    @property
    def sources(self) -> tuple[Path, ...]:
        """The graphs' files, in the manifest's order."""
        if self.path.is_dir():
            return tuple(self.path / file.name for file in self.manifest.files)
        return (self.path,)


def describe_graphs(graphs: Mapping[str, bytes]) -> tuple[GraphFile, ...]:
    """List graphs by file name, size and SHA-256, as a manifest does."""
    return tuple(
        GraphFile(name=name, bytes=len(graph), sha256=hashlib.sha256(graph).hexdigest())
        for name, graph in graphs.items()
    )


def load_bundle(path: Path) -> Bundle:
    """Read a bundle, trusting nothing.

    Args:
        path: the folder; or one `.tflite` that holds all samples, whose embedded manifest then speaks for it.

    Raises:
        EdgeError: the folder or a file is missing or no regular file, the manifest is not exactly version 2 or does
            not fit its checksum, a file leads out of the folder, or a file's size or SHA-256 is not the manifest's.
    """
    if is_there(path) and not path.is_dir():
        return _load_graph(path)
    text = read_whole(path / MANIFEST, LARGEST_MANIFEST, EXPECTED)
    manifest = decode_manifest(text, str(path / MANIFEST))
    _require_share(manifest, path / MANIFEST)
    return Bundle(path, manifest, tuple(_read_graph(path, file) for file in manifest.files), text)


def _require_share(manifest: AnyManifest, source: Path) -> None:
    """Refuse graphs that cannot share the samples: one holds all, or several of an ensemble as many each."""
    found, samples = len(manifest.files), manifest.samples
    several = manifest.kind is Kind.ENSEMBLE and samples > 1
    if (found > 1) != several or samples % found:
        expected = f"from 2 to {samples}, evenly," if several else "1"
        raise EdgeError(
            f"{source}: found {found} files, expected {expected} for kind {manifest.kind} with {samples} samples; "
            "export the bundle again"
        )


def _load_graph(path: Path) -> Bundle:
    graph = read_whole(path, LARGEST_GRAPH, EXPECTED)
    part = find_manifest(graph, str(path))
    text = graph[part].rstrip(BLANK)
    manifest = decode_manifest(text, str(path))
    if manifest.kind is Kind.ENSEMBLE:
        raise EdgeError(f"{path}: found one of an ensemble's graphs; name the bundle's folder")
    blank = blanked(graph, part)
    for file in manifest.files:
        _expect_contents(path, blank, file)
    return Bundle(path, manifest, (graph,), text)


def manifest_of(bundle: Bundle, kind: type[M]) -> M:
    """Give a bundle's manifest of the kind that is needed.

    Args:
        bundle: any.
        kind: of manifest.

    Raises:
        EdgeError: its graphs give something else.
    """
    manifest = bundle.manifest
    if not isinstance(manifest, kind):
        raise EdgeError(
            f"{bundle.path}: gives {manifest.gives} ({', '.join(manifest.labels)}), expected {kind.wanted}; open it "
            f"with edge_app.runtime.{manifest.opener} in a program of your own"
        )
    return manifest


def write_bundle(path: Path, manifest: AnyManifest, graphs: Mapping[str, bytes], *, replace: bool = False) -> None:
    """Write a bundle whole or not at all.

    Args:
        path: the folder to make.
        manifest: its `files` describe `graphs`.
        graphs: file name -> flatbuffer.
        replace: put the new bundle in the place of an existing one.

    Raises:
        EdgeError: the path exists and is not to be replaced, or cannot be written.
    """
    require_place(path, replace=replace)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as scratch:
            fresh = Path(scratch) / "new"
            fresh.mkdir()
            for name, graph in graphs.items():
                (fresh / name).write_bytes(graph)
            (fresh / MANIFEST).write_bytes(encode_manifest(manifest))
            put_in_place(fresh, path, Path(scratch) / "old")
    except OSError as error:
        raise EdgeError(f"{path}: cannot be written ({error.strerror or error}); choose another folder") from None


def require_place(path: Path, *, replace: bool) -> None:
    """Refuse to write where something is that must not be replaced.

    Raises:
        EdgeError: the path exists, and is not to be replaced or is no bundle.
    """
    if path.exists() and not replace:
        raise EdgeError(f"{path}: exists already; choose another folder or replace it with --force")
    if path.exists() and not (path / MANIFEST).is_file():
        raise EdgeError(f"{path}: exists and is no bundle, so it is not replaced; choose another folder")
    files = sorted(path.iterdir()) if path.exists() else []
    if others := [file.name for file in files if file.suffix not in OWN_SUFFIXES and file.name not in SOURCES]:
        raise EdgeError(f"{path}: holds {others[0]}, which is no bundle's and would be lost; choose another folder")


def _read_graph(folder: Path, file: GraphFile) -> bytes:
    path = folder / file.name
    if Path(os.path.realpath(path)).parent != Path(os.path.realpath(folder)):
        raise EdgeError(f"{path}: leads outside the bundle, expected a file inside the folder; export it again")
    graph = read_whole(path, file.bytes, "copy or export the bundle again")
    _expect_contents(path, graph, file)
    return graph


def _expect_contents(path: Path, graph: bytes, file: GraphFile) -> None:
    if len(graph) != file.bytes:
        raise EdgeError(f"{path}: found {len(graph)} bytes, expected {file.bytes}; copy or export the bundle again")
    digest = hashlib.sha256(graph).hexdigest()
    if digest != file.sha256:
        raise EdgeError(f"{path}: found SHA-256 {digest}, expected {file.sha256}; copy or export the bundle again")
