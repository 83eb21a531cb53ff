"""A bundle's folder as one file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from edge_app.runtime.errors import EdgeError
from edge_app.updates.package import pack, unpack

FILES = {"manifest.json": b"{}", "digits.tflite": bytes(1000)}


def test_what_is_packed_is_unpacked_and_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "package"
    path.write_bytes(pack(FILES))
    assert unpack(path) == FILES
    assert pack(dict(reversed(FILES.items()))) == pack(FILES)


@pytest.mark.parametrize(
    "name", ["../manifest.json", "/etc/manifest.json", "folder/graph.tflite", "run.py", "", ".json"]
)
def test_a_name_that_leads_elsewhere_or_is_no_bundles_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "package"
    path.write_bytes(pack({name: b""}))
    with pytest.raises(EdgeError, match=r"is no bundle's|is no package"):
        unpack(path)


def test_what_is_compressed_or_cut_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("graph.tflite", bytes(10**6))
    path = tmp_path / "package"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(EdgeError, match="compressed"):
        unpack(path)
    for length in range(0, len(pack(FILES)), 37):
        path.write_bytes(pack(FILES)[:length])
        with pytest.raises(EdgeError, match="is no package of a bundle"):
            unpack(path)
