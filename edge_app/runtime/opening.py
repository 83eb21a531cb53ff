"""Finds a bundle and makes sure of it, whatever its graphs give."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edge_app.runtime.bundle import Bundle, load_bundle
from edge_app.runtime.files import is_there
from edge_app.runtime.signature import require_signed
from edge_app.runtime.trial import require_trial

SHIPPED: Final = Path(__file__).parents[1] / "bundles"


def open_trusted(where: str | Path, *, verify_key: Path | None = None) -> Bundle:
    """Read a bundle that may be run.

    Args:
        where: its folder; or one `.tflite` that holds all samples; or, where there is no such file or folder, the name
            of a bundle that is shipped: "digits".
        verify_key: a public key in a PEM file, with which the bundle must be signed (`signature`); None for no matter.

    Raises:
        EdgeError: there is no such bundle, it is no good, or it is not signed with the key; one that is not shipped and
            was not seen here before is first tried in a process of its own (`trial`).
    """
    path = Path(where)
    shipped = SHIPPED / path.name
    if not is_there(path) and path.name == str(where) and is_there(shipped):
        path = shipped
    bundle = load_bundle(path)
    if verify_key is not None:
        require_signed(bundle, verify_key)
    if not path.resolve().is_relative_to(SHIPPED):
        require_trial(bundle)
    return bundle
