"""A bundle is written whole, read strictly, and one of its graphs may stand for it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge_app.runtime import files
from edge_app.runtime.bundle import MANIFEST, Bundle, describe_graphs, load_bundle, write_bundle
from edge_app.runtime.embedded import find_manifest
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Kind
from edge_app.runtime.manifest_text import encode_manifest

SHIPPED = Path(__file__).parents[3] / "edge_app" / "bundles" / "digits"
GRAPH = "moments.tflite"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "digits"))


def write_again(path: Path, bundle: Bundle, *, replace: bool = False) -> None:
    write_bundle(path, bundle.manifest, {GRAPH: bundle.graphs[0]}, replace=replace)


def edit(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the manifest, and its checksum so that it fits."""
    manifest = json.loads((folder / MANIFEST).read_text())
    change(manifest)
    text = json.dumps(manifest | {"checksum": "0" * 64}).encode()
    head, _, tail = text.rpartition(b"0" * 64)
    (folder / MANIFEST).write_bytes(head + hashlib.sha256(text).hexdigest().encode() + tail)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    bundle = load_bundle(SHIPPED)
    write_again(tmp_path / "new" / "copy", bundle)
    again = load_bundle(tmp_path / "new" / "copy")
    assert (again.manifest, again.graphs) == (bundle.manifest, bundle.graphs)
    assert again.sources == (tmp_path / "new" / "copy" / GRAPH,)


def test_the_manifest_has_one_spelling(folder: Path) -> None:
    assert encode_manifest(load_bundle(folder).manifest) == (folder / MANIFEST).read_bytes()


EDITS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "the version before": (lambda m: m.update(version=1), r"version`; expected .* version 2; export the bundle again"),
    "other format": (lambda m: m.update(format="zip"), "format"),
    "missing key": (lambda m: m.pop("labels"), "labels"),
    "unknown key": (lambda m: m.update(colour="red"), "colour"),
    "wrong type": (lambda m: m.update(samples="50"), "samples"),
    "no sample": (lambda m: m.update(samples=0), "samples"),
    "unknown kind": (lambda m: m.update(kind="stack"), "kind"),
    "a share above 1": (lambda m: m["conformal"].update(alpha=1.5), "alpha"),
    "too few files": (lambda m: m.update(kind="ensemble"), "found 1 files, expected from 2 to 200, evenly, for kind"),
    "a name that leaves": (lambda m: m["files"][0].update(name="../x.tflite"), r"files\[0\]\.name"),
    "a name with a backslash": (lambda m: m["files"][0].update(name="a\\b"), r"files\[0\]\.name"),
    "a name with a null": (lambda m: m["files"][0].update(name="a\0"), r"files\[0\]\.name"),
    "a name that ends a line": (lambda m: m["files"][0].update(name="a\n"), r"files\[0\]\.name"),
    "a name that is the folder": (lambda m: m["files"][0].update(name=".."), r"files\[0\]\.name"),
    "a missing file": (lambda m: m["files"][0].update(name="other.tflite"), "other.tflite: cannot be read"),
    "another size": (lambda m: m["files"][0].update(bytes=7), "bytes, expected at most 7"),
    "a larger size": (lambda m: m["files"][0].update(bytes=2**30), "bytes, expected 1073741824"),
    "another digest": (lambda m: m["files"][0].update(sha256="0" * 64), "expected 0000"),
}


@pytest.mark.parametrize("case", EDITS)
def test_a_manifest_that_does_not_fit_is_refused_in_one_line(case: str, folder: Path) -> None:
    change, expected = EDITS[case]
    edit(folder, change)
    with pytest.raises(EdgeError, match=expected) as raised:
        load_bundle(folder)
    assert str(folder) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_changed_graph_is_refused(folder: Path) -> None:
    graph = bytearray((folder / GRAPH).read_bytes())
    graph[len(graph) // 2] ^= 1
    (folder / GRAPH).write_bytes(graph)
    with pytest.raises(EdgeError, match="found SHA-256"):
        load_bundle(folder)


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    shutil.move(folder / GRAPH, tmp_path / GRAPH)
    (folder / GRAPH).symlink_to(tmp_path / GRAPH)
    with pytest.raises(EdgeError, match="leads outside the bundle"):
        load_bundle(folder)


def test_only_regular_files_of_a_sensible_size_are_read(folder: Path) -> None:
    for name, largest in ((MANIFEST, 2**22), (GRAPH, 2**30)):
        path = folder / name
        content = path.read_bytes()
        path.unlink()
        os.mkfifo(path)
        for where in {folder, folder if name == MANIFEST else path}:
            with pytest.raises(EdgeError, match=r"cannot be read \(no regular file\)"):
                load_bundle(where)
        path.unlink()
        path.symlink_to(path)
        with pytest.raises(EdgeError, match=r"cannot be read \(Too many levels of symbolic links\)"):
            load_bundle(folder)
        path.unlink()
        with path.open("wb") as sparse:
            sparse.truncate(largest + 1)
        with pytest.raises(EdgeError, match=f"found {largest + 1} bytes, expected at most"):
            load_bundle(folder)
        with pytest.raises(EdgeError, match=f"found {largest + 1} bytes, expected at most {largest}"):
            load_bundle(folder if name == MANIFEST else path)
        path.write_bytes(content)
    load_bundle(folder)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_a_manifest_that_is_none_is_refused(text: bytes, folder: Path) -> None:
    (folder / MANIFEST).write_bytes(text)
    with pytest.raises(EdgeError, match=r"manifest\.json"):
        load_bundle(folder)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="cannot be read"):
        load_bundle(tmp_path / "none")


def test_an_existing_bundle_is_left_as_it_was_unless_it_is_to_be_replaced(folder: Path) -> None:
    bundle = load_bundle(folder)
    other = msgspec.structs.replace(bundle, manifest=msgspec.structs.replace(bundle.manifest, temperature=2.0))
    with pytest.raises(EdgeError, match="exists already"):
        write_again(folder, other)
    assert load_bundle(folder).manifest == bundle.manifest
    write_again(folder, other, replace=True)
    assert load_bundle(folder).manifest.temperature == 2.0
    assert [path.name for path in folder.parent.iterdir()] == ["digits"]


def test_what_is_no_bundle_is_never_replaced(tmp_path: Path) -> None:
    precious = tmp_path / "notes"
    precious.mkdir()
    (precious / "diary.txt").write_text("dear")
    with pytest.raises(EdgeError, match="is no bundle"):
        write_again(precious, load_bundle(SHIPPED), replace=True)
    assert (precious / "diary.txt").read_text() == "dear"


def test_a_write_that_fails_leaves_nothing_and_keeps_the_old(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = load_bundle(folder)

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(EdgeError, match="cannot be written \\(No space left on device\\)"):
            write_again(folder, bundle, replace=True)
    assert load_bundle(folder).graphs == bundle.graphs
    assert [path.name for path in folder.parent.iterdir()] == ["digits"]


def test_a_bundle_that_cannot_be_put_in_its_place_leaves_the_old_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, rename = load_bundle(folder), Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise OSError(13, os.strerror(13))
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(files, "_exchange", lambda *_: False)  # as on a file system that cannot exchange names
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(EdgeError, match=r"cannot be written \(Permission denied\)"):
            write_again(folder, bundle, replace=True)
    assert load_bundle(folder).graphs == bundle.graphs
    assert [path.name for path in folder.parent.iterdir()] == ["digits"]


def test_a_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EdgeError, match="cannot be written"):
        write_again(tmp_path / "file" / "digits", load_bundle(SHIPPED))


def test_one_graph_is_a_bundle_by_its_own_manifest(tmp_path: Path) -> None:
    single = Path(shutil.copy(SHIPPED / GRAPH, tmp_path / "renamed.tflite"))
    whole, alone = load_bundle(SHIPPED), load_bundle(single)
    assert alone.graphs == whole.graphs
    assert msgspec.structs.replace(alone.manifest, files=()) == msgspec.structs.replace(whole.manifest, files=())
    assert alone.sources == (single,)


@pytest.mark.parametrize("position", [100, 5000, -100])
def test_one_graph_that_was_changed_is_refused(position: int, tmp_path: Path) -> None:
    graph = bytearray((SHIPPED / GRAPH).read_bytes())
    graph[position] ^= 0xFF
    (tmp_path / GRAPH).write_bytes(graph)
    with pytest.raises(EdgeError, match=GRAPH):
        load_bundle(tmp_path / GRAPH)


@pytest.mark.parametrize("content", [b"", b"no graph at all", b"\0\0\0\0TFL3", b"\x10\0\0\0TFL3" + bytes(range(200))])
def test_what_is_no_graph_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / GRAPH).write_bytes(content)
    with pytest.raises(EdgeError, match=GRAPH):
        load_bundle(tmp_path / GRAPH)


def test_a_graph_without_a_manifest_is_refused(tmp_path: Path) -> None:
    graph = (SHIPPED / GRAPH).read_bytes().replace(b"bayes-edge manifest", b"bayes-edge manifold")
    (tmp_path / GRAPH).write_bytes(graph)
    with pytest.raises(EdgeError, match="found a graph without a manifest; export it with"):
        load_bundle(tmp_path / GRAPH)


def test_one_graph_of_an_ensemble_is_refused(tmp_path: Path) -> None:
    graph = (SHIPPED / GRAPH).read_bytes()
    part = find_manifest(graph, GRAPH)
    bundle = load_bundle(SHIPPED / GRAPH)
    text = encode_manifest(msgspec.structs.replace(bundle.manifest, kind=Kind.ENSEMBLE))
    (tmp_path / GRAPH).write_bytes(graph[: part.start] + text.ljust(part.stop - part.start) + graph[part.stop :])
    with pytest.raises(EdgeError, match="found one of an ensemble's graphs"):
        load_bundle(tmp_path / GRAPH)


def test_graphs_are_described_by_size_and_digest() -> None:
    (file,) = describe_graphs({"a.tflite": b"abc"})
    assert (file.name, file.bytes, file.sha256[:8]) == ("a.tflite", 3, "ba7816bf")


def test_kinds_are_spelt_as_on_the_command_line() -> None:
    assert [str(kind) for kind in Kind] == ["ensemble", "stacked", "sampled", "moments"]


def test_a_bundle_with_a_file_of_the_users_in_it_is_not_replaced(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(EdgeError, match=r"holds notes.txt, which is no bundle's and would be lost"):
        write_again(folder, load_bundle(folder), replace=True)
    assert (folder / "notes.txt").read_text() == "mine"


def test_where_names_cannot_be_exchanged_a_bundle_is_replaced_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = load_bundle(folder)
    (folder / "stale.tflite").write_bytes(b"old")
    monkeypatch.setattr(files, "_exchange", lambda *_: False)
    write_again(folder, bundle, replace=True)
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, GRAPH]
    assert list(folder.parent.iterdir()) == [folder]
