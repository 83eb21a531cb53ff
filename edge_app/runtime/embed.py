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
from edge_app.runtime.manifest import GraphFile, Manifest, encode_manifest

CONVERSION = b"CONVERSION_METADATA"


def embed_manifest(name: str, graph: bytes, manifest: Manifest) -> bytes:
    """Put a manifest into a graph's metadata, in the place of an earlier one.

    Args:
        name: the graph's file name, which the embedded manifest names alone.
        graph: a flatbuffer.
        manifest: its `files` may be empty.
    """
    room = len(_text_for(manifest, GraphFile(name=name, bytes=10**9, sha256="0" * 64)))
    blank = _with_entry(without_conversion_record(graph), BLANK * room)
    text = _text_for(manifest, describe_graphs({name: blank})[0]).ljust(room)
    part = find_manifest(blank, name)
    return blank[: part.start] + text + blank[part.stop :]


def unpack_graph(graph: bytes) -> Any:
    """Read a whole graph as the objects of TFLite's schema, to be changed."""
    return schema.ModelT.InitFromPackedBuf(graph, 0)


def pack_graph(model: Any) -> bytes:
    """Write the objects of `unpack_graph` as a graph."""
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())


def without_conversion_record(graph: bytes) -> bytes:
    """Leave out what TensorFlow's converter writes of itself: a hash in it would tell equal graphs apart."""
    model = unpack_graph(graph)
    for entry in model.metadata or []:
        if entry.name == CONVERSION:
            model.buffers[entry.buffer].data = None
    model.metadata = [entry for entry in model.metadata or [] if entry.name != CONVERSION]
    return pack_graph(model)


def _text_for(manifest: Manifest, file: GraphFile) -> bytes:
    return encode_manifest(msgspec.structs.replace(manifest, files=(file,)))


def _with_entry(graph: bytes, content: bytes) -> bytes:
    model = unpack_graph(graph)
    entry = next((entry for entry in model.metadata if entry.name == ENTRY.encode()), None)
    if entry is None:
        entry = schema.MetadataT()
        entry.name, entry.buffer = ENTRY, len(model.buffers)
        model.metadata.append(entry)
        model.buffers.append(schema.BufferT())
    model.buffers[entry.buffer].data = np.frombuffer(content, np.uint8)
    return pack_graph(model)
