"""Writes the JSON schema of a bundle's manifest: python -m export.schema > FORMAT.schema.json."""

from __future__ import annotations

import sys

import msgspec

from edge_app.runtime.manifest_text import manifest_schema


def schema_text() -> bytes:
    """Give the schema's text, the same bytes for the same code."""
    return msgspec.json.format(msgspec.json.encode(manifest_schema()), indent=2) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(schema_text())
