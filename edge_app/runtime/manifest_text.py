"""Reads and writes `manifest.json`, strictly.

The text ends with a checksum over itself, so that a manifest with a changed bit is refused. That guards against bad
copies, not against whoever can compute a checksum anew.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

import msgspec

from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import AnyManifest, Digest, Manifest
from edge_app.runtime.multi_label_manifest import MultiLabelManifest
from edge_app.runtime.regression_manifest import RegressionManifest

VERSION: Final = 2
NO_CHECKSUM: Final = "0" * 64
DEFAULT_OUTPUT: Final = "probabilities"


class _Written(Manifest, frozen=True, kw_only=True):
    """A manifest as it is written: its last key is the SHA-256 of the text in which that key's digits are zeros."""

    checksum: Digest


class _WrittenRegression(RegressionManifest, frozen=True, kw_only=True):
    """The same of a regression's."""

    checksum: Digest


class _WrittenMultiLabel(MultiLabelManifest, frozen=True, kw_only=True):
    """The same of several labels'."""

    checksum: Digest


_WRITTEN: Final = {
    "probabilities": (Manifest, _Written),
    "multi_label": (MultiLabelManifest, _WrittenMultiLabel),
    "mean": (RegressionManifest, _WrittenRegression),
    "mean_scale": (RegressionManifest, _WrittenRegression),
}
"""The key `output` -> a manifest, and how it is written."""


class _Output(msgspec.Struct, frozen=True):
    output: str = DEFAULT_OUTPUT


def encode_manifest(manifest: AnyManifest) -> bytes:
    """Give the manifest's text, the same bytes for the same manifest."""
    parts = msgspec.structs.asdict(manifest)
    written = _WRITTEN[parts["output"]][1](**parts, checksum=NO_CHECKSUM)
    text = msgspec.json.format(msgspec.json.encode(written), indent=2) + b"\n"
    return _with_checksum(text, NO_CHECKSUM, hashlib.sha256(text).hexdigest())


def decode_manifest(text: bytes, source: str) -> AnyManifest:
    """Read a manifest strictly.

    Args:
        text: JSON.
        source: where it comes from, for messages.

    Raises:
        EdgeError: it is not exactly a manifest of version 2, holds a key twice, or does not fit its checksum.
    """
    try:
        output = msgspec.json.decode(text, type=_Output).output
        if output not in _WRITTEN:
            raise ValueError(f"found output {output!r}, expected one of {', '.join(_WRITTEN)}")  # noqa: TRY301 - one message for all
        plain, as_written = _WRITTEN[output]
        written = msgspec.json.decode(text, type=as_written)
        json.loads(text, object_pairs_hook=_without_repeats)  # of a key that stands twice msgspec takes the last
    # A ValueError: no UTF-8, or a key that stands twice; a RecursionError: brackets without end.
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise EdgeError(
            f"{source}: {error}; expected a bayes-edge manifest, version {VERSION}; export the bundle again"
        ) from None
    blank = _with_checksum(text, written.checksum, NO_CHECKSUM)
    found = hashlib.sha256(blank).hexdigest()
    if found != written.checksum:
        raise EdgeError(
            f"{source}: found checksum {found}, expected {written.checksum}; copy or export the bundle again"
        )
    parts = msgspec.structs.asdict(written)
    del parts["checksum"]
    manifest: AnyManifest = plain(**parts)
    return manifest


def manifest_schema() -> dict[str, Any]:
    """Give the JSON schema of `manifest.json`, draft 2020-12; `decode_manifest` refuses more than it can say."""
    outputs = dict.fromkeys(written for _, written in _WRITTEN.values())
    references, definitions = msgspec.json.schema_components(outputs, ref_template="#/$defs/{name}")
    schema = {"anyOf": list(references), "$defs": _with_plain_ends(definitions)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _with_plain_ends(part: Any) -> Any:
    r"""Write the end of a pattern as JavaScript has it: `$`, not Python's `\Z`."""
    if isinstance(part, dict):
        return {key: _with_plain_ends(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_with_plain_ends(value) for value in part]
    return f"{part[:-2]}$" if isinstance(part, str) and part.endswith(r"\Z") else part


def _with_checksum(text: bytes, old: str, new: str) -> bytes:
    """Put another checksum into the manifest's text, whose last key it is."""
    head, _, tail = text.rpartition(old.encode())
    return head + new.encode() + tail


def _without_repeats(pairs: list[tuple[str, Any]]) -> None:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"found key {repeated!r} twice")
