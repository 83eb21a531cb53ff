"""Writes a manifest into a graph, so that one file can be a bundle; `edge_app.runtime.embedded` reads it."""

from __future__ import annotations

from typing import Any

import flatbuffers  # type: ignore[import-untyped]  # it publishes none
import msgspec
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from edge_app.runtime.bundle import describe_graphs
from edge_app.runtime.embedded import BLANK, ENTRY, find_manifest
from edge_app.runtime.flatbuffer import IDENTIFIER
from edge_app.runtime.manifest import AnyManifest, GraphFile
from edge_app.runtime.manifest_text import encode_manifest

CONVERSION = b"CONVERSION_METADATA"
ROOM = 2**16
"""For all but the contents of buffers. A builder that has too little doubles it, and copies all."""


def embed_manifest(name: str, graph: bytes, manifest: AnyManifest) -> bytes:
    """Put a manifest into a graph's metadata, in the place of an earlier one.

    Args:
        name: the graph's file name, which the embedded manifest names alone.
        graph: a flatbuffer.
        manifest: its `files` may be empty.
    """
    return embed_in(name, unpack_graph(graph), manifest)


def embed_in(name: str, model: Any, manifest: AnyManifest) -> bytes:
    """Write the objects of `unpack_graph` as a graph that carries a manifest; see `embed_manifest`."""
    room = len(_text_for(manifest, GraphFile(name=name, bytes=10**9, sha256="0" * 64)))
    _leave_conversion_record_out(model)
    _set_entry(model, BLANK * room)
    blank = pack_graph(model)
    text = _text_for(manifest, describe_graphs({name: blank})[0]).ljust(room)
    part = find_manifest(blank, name)
    view = memoryview(blank)
    return b"".join((view[: part.start], text, view[part.stop :]))


def unpack_graph(graph: bytes) -> Any:
    """Read a whole graph as the objects of TFLite's schema, to be changed."""
    return schema.ModelT.InitFromPackedBuf(graph, 0)


def pack_graph(model: Any) -> bytes:
    """Write the objects of `unpack_graph` as a graph."""
    contents = sum(len(buffer.data) for buffer in model.buffers if buffer.data is not None)
    builder = flatbuffers.Builder(contents + ROOM)
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return bytes(memoryview(builder.Bytes)[builder.Head() :])


def without_conversion_record(graph: bytes) -> bytes:
    """Leave out what TensorFlow's converter writes of itself: a hash in it would tell equal graphs apart."""
    model = unpack_graph(graph)
    _leave_conversion_record_out(model)
    return pack_graph(model)


def _leave_conversion_record_out(model: Any) -> None:
    for entry in model.metadata or []:
        if entry.name == CONVERSION:
            model.buffers[entry.buffer].data = None
    model.metadata = [entry for entry in model.metadata or [] if entry.name != CONVERSION]


def _text_for(manifest: AnyManifest, file: GraphFile) -> bytes:
    return encode_manifest(msgspec.structs.replace(manifest, files=(file,)))


def _set_entry(model: Any, content: bytes) -> None:
    entry = next((entry for entry in model.metadata if entry.name == ENTRY.encode()), None)
    if entry is None:
        entry = schema.MetadataT()
        entry.name, entry.buffer = ENTRY, len(model.buffers)
        model.metadata.append(entry)
        model.buffers.append(schema.BufferT())
    model.buffers[entry.buffer].data = np.frombuffer(content, np.uint8)
