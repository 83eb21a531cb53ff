"""Writes a bundle whose graphs carry its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from edge_app.runtime.bundle import Bundle, describe_graphs, write_bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import CheckFigures, Manifest
from export.flatbuffer import embed_manifest


def seal_bundle(path: Path, manifest: Manifest, graphs: Mapping[str, bytes], *, replace: bool = False) -> Manifest:
    """Embed a manifest in graphs, and write them as a bundle.

    Args:
        path: the folder to make.
        manifest: its `files` may be empty.
        graphs: file name -> flatbuffer.
        replace: put the new bundle in the place of an existing one.

    Returns:
        The manifest with its files described.

    Raises:
        EdgeError: the path exists and is not to be replaced, or cannot be written.
    """
    sealed = {name: embed_manifest(name, graph, manifest) for name, graph in graphs.items()}
    described = msgspec.structs.replace(manifest, files=describe_graphs(sealed))
    write_bundle(path, described, sealed, replace=replace)
    return described


def require_folder(bundle: Bundle) -> None:
    """Refuse a bundle that nothing can be written into.

    Raises:
        EdgeError: the bundle is one file.
    """
    if not bundle.path.is_dir():
        raise EdgeError(f"{bundle.path}: found a single graph, expected a bundle's folder to write the result into")


def record_checks(bundle: Bundle, checks: tuple[CheckFigures, ...]) -> None:
    """Write what a check found into a bundle's manifest, in its folder and in its graphs.

    Raises:
        EdgeError: the bundle is one file, or cannot be written.
    """
    require_folder(bundle)
    graphs = {file.name: graph for file, graph in zip(bundle.manifest.files, bundle.graphs, strict=True)}
    seal_bundle(bundle.path, msgspec.structs.replace(bundle.manifest, check=checks), graphs, replace=True)
