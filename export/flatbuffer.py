"""Reads and edits graphs without TensorFlow."""

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


def with_graph_seed(graph: bytes, seed: int) -> bytes:
    """Give a sampled graph a stream that every fresh interpreter repeats.

    Args:
        graph: a flatbuffer whose random operations may read the system's entropy.
        seed: at least 1.
    """
    model = schema.ModelT.InitFromPackedBuf(graph, 0)
    random = [operator.builtinOptions for operator in _operators(model, schema.BuiltinOperator.RANDOM_UNIFORM)]
    for stream, options in enumerate(random, start=1):
        options.seed, options.seed2 = seed, stream
    return _pack(model)


def embed_manifest(name: str, graph: bytes, manifest: Manifest) -> bytes:
    """Put a manifest into a graph's metadata, in the place of an earlier one; `edge_app.runtime.embedded` reads it.

    Args:
        name: the graph's file name, which the embedded manifest names alone.
        graph: a flatbuffer.
        manifest: its `files` may be empty.
    """
    room = len(_text_for(manifest, GraphFile(name=name, bytes=10**9, sha256="0" * 64)))
    blank = _with_entry(graph, BLANK * room)
    text = _text_for(manifest, describe_graphs({name: blank})[0]).ljust(room)
    part = find_manifest(blank, name)
    return blank[: part.start] + text + blank[part.stop :]


def _text_for(manifest: Manifest, file: GraphFile) -> bytes:
    return encode_manifest(msgspec.structs.replace(manifest, files=(file,)))


def _with_entry(graph: bytes, content: bytes) -> bytes:
    model = schema.ModelT.InitFromPackedBuf(graph, 0)
    entry = next((entry for entry in model.metadata if entry.name == ENTRY.encode()), None)
    if entry is None:
        entry = schema.MetadataT()
        entry.name, entry.buffer = ENTRY, len(model.buffers)
        model.metadata.append(entry)
        model.buffers.append(schema.BufferT())
    model.buffers[entry.buffer].data = np.frombuffer(content, np.uint8)
    return _pack(model)


def _operators(model: Any, code: int) -> list[Any]:
    return [
        operator
        for subgraph in model.subgraphs
        for operator in subgraph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode == code
    ]


def _pack(model: Any) -> bytes:
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())
