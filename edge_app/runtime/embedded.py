"""Finds the manifest inside a graph, so that one file can be a bundle.

The manifest is an entry of the flatbuffer's `Model.metadata`. It cannot hold the digest of the file that it is part
of: its digest is that of the file with the manifest's own bytes made spaces.
"""

from __future__ import annotations

from typing import Final

from edge_app.runtime.errors import EdgeError
from edge_app.runtime.flatbuffer import BrokenGraph, read_graph

ENTRY: Final = "bayes-edge manifest"
BLANK: Final = b" "


def find_manifest(graph: bytes, source: str) -> slice:
    """Find the bytes of the embedded manifest.

    Args:
        graph: a flatbuffer.
        source: where it comes from, for messages.

    Raises:
        EdgeError: it is no TFLite graph, a broken one, or one without a manifest.
    """
    try:
        parts = read_graph(graph)
    except BrokenGraph as error:
        raise EdgeError(f"{source}: found {error}; expected a .tflite made by export/to_tflite.py") from None
    index = parts.metadata.get(ENTRY, len(parts.buffers))
    if index >= len(parts.buffers) or not graph[parts.buffers[index]]:
        raise EdgeError(f"{source}: found a graph without a manifest; export it with export/to_tflite.py")
    return parts.buffers[index]


def blanked(graph: bytes, part: slice) -> bytes:
    """Make the embedded manifest spaces, as its digest has it."""
    start, stop = int(part.start), int(part.stop)
    return graph[:start] + BLANK * (stop - start) + graph[stop:]
