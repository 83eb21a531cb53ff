"""Writes a bundle whose graphs carry its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from edge_app.runtime.bundle import describe_graphs, write_bundle
from edge_app.runtime.carried import POSTERIOR
from edge_app.runtime.embed import embed_manifest
from edge_app.runtime.manifest import AnyManifest, Manifest
from export.flatbuffer import with_constants
from export.graphs.summary import settings

M = TypeVar("M", bound=AnyManifest)


def write_graphs(
    path: Path, manifest: M, graphs: Mapping[str, bytes], beside: Mapping[str, bytes], *, replace: bool = False
) -> M:
    """Embed a manifest in graphs, and write them as a bundle.

    Args:
        path: the folder to make.
        manifest: its `files` may be empty.
        graphs: file name -> flatbuffer.
        beside: file name -> content of what else lies in the folder, such as the posterior that it carries.
        replace: put the new bundle in the place of an existing one.

    Returns:
        The manifest with its files described.

    Raises:
        EdgeError: the path exists and is not to be replaced, or cannot be written.
    """
    if POSTERIOR in beside:
        manifest = msgspec.structs.replace(manifest, carried=describe_graphs({POSTERIOR: beside[POSTERIOR]})[0])
    constants = settings(manifest) if isinstance(manifest, Manifest) else {}  # a graph's summary holds them too
    current = {name: with_constants(graph, constants) for name, graph in graphs.items()}
    whole = {name: embed_manifest(name, graph, manifest) for name, graph in current.items()}
    described = msgspec.structs.replace(manifest, files=describe_graphs(whole))
    write_bundle(path, described, {**whole, **beside}, replace=replace)
    return described
