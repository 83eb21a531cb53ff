"""Writes a bundle whose graphs carry its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from edge_app.runtime.bundle import describe_graphs, write_bundle
from edge_app.runtime.manifest import Manifest
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
