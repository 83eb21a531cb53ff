"""Finds the manifest inside a graph, so that one file can be a bundle.

The manifest is an entry of the flatbuffer's `Model.metadata`. It cannot hold the digest of the file that it is part
of: its digest is that of the file with the manifest's own bytes made spaces.
"""

from __future__ import annotations

import struct

from ai_edge_litert import schema_py_generated as schema

from edge_app.runtime.errors import EdgeError

ENTRY = "bayes-edge manifest"
IDENTIFIER = b"TFL3"
BLANK = b" "


def find_manifest(graph: bytes, source: str) -> slice:
    """Find the bytes of the embedded manifest.

    Args:
        graph: a flatbuffer.
        source: where it comes from, for messages.

    Raises:
        EdgeError: it is no TFLite graph, or one without a manifest.
    """
    if graph[4:8] != IDENTIFIER:
        raise EdgeError(f"{source}: found no TFLite graph, expected a .tflite file made by export/to_tflite.py")
    try:
        text = _read_entry(graph)
    except (struct.error, ValueError, IndexError, TypeError) as error:
        raise EdgeError(f"{source}: found a broken graph ({error}); copy or export it again") from None
    if text is None:
        raise EdgeError(f"{source}: found a graph without a manifest; export it with export/to_tflite.py")
    start = graph.index(text)
    return slice(start, start + len(text))


def blanked(graph: bytes, part: slice) -> bytes:
    """Make the embedded manifest spaces, as its digest has it."""
    start, stop = int(part.start), int(part.stop)
    return graph[:start] + BLANK * (stop - start) + graph[stop:]


def _read_entry(graph: bytes) -> bytes | None:
    model = schema.Model.GetRootAs(graph, 0)
    for index in range(model.MetadataLength()):
        entry = model.Metadata(index)
        if entry.Name() == ENTRY.encode():
            buffer = model.Buffers(entry.Buffer())
            content: bytes = buffer.DataAsNumpy().tobytes() if buffer.DataLength() else b""
            return content or None
    return None
