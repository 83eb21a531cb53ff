"""What a device reads of `check.json`, and that it is bound to one bundle."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.check import check_file, read_check
from edge_app.runtime.errors import EdgeError

SHIPPED = Path(__file__).parents[3] / "edge_app" / "bundles" / "digits"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "digits"))


def summary(digest: str, **changes: Any) -> dict[str, Any]:
    checks = [{"data": "MNIST", "images": 1000, "passed": True, "nll": 0.02}]
    return {"format": "bayes-edge check", "version": 1, "digest": digest, "checks": checks} | changes


def test_the_shipped_bundle_was_checked() -> None:
    bundle = load_bundle(SHIPPED)
    check = read_check(bundle)
    assert check is not None
    assert check.digest == bundle.digest
    assert check.passed
    assert {one.data for one in check.checks} == {"MNIST", "MNIST_corrupted"}


def test_the_digest_is_of_the_folders_manifest_or_of_the_file(folder: Path) -> None:
    for path, content in ((folder, folder / "manifest.json"), (folder / "moments.tflite", folder / "moments.tflite")):
        assert load_bundle(path).digest == hashlib.sha256(content.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["digits", "digits/moments.tflite"])
def test_a_check_lies_inside_the_folder_or_beside_the_file(name: str, folder: Path) -> None:
    bundle = load_bundle(folder.parent / name)
    path = check_file(bundle)
    assert path == folder / ("check.json" if name == "digits" else "moments.check.json")
    path.unlink(missing_ok=True)
    assert read_check(bundle) is None
    path.write_text(json.dumps(summary(bundle.digest)))
    check = read_check(bundle)
    assert check is not None
    assert (check.digest, check.passed) == (bundle.digest, True)
    assert load_bundle(bundle.path).digest == bundle.digest


def test_one_failure_fails_all(folder: Path) -> None:
    bundle = load_bundle(folder)
    one = {"data": "MNIST", "images": 1}
    checks = [one | {"passed": True}, one | {"passed": False}]
    check_file(bundle).write_text(json.dumps(summary(bundle.digest, checks=checks)))
    check = read_check(bundle)
    assert check is not None
    assert not check.passed


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"\xff",
        *(
            json.dumps(summary(d, **c)).encode()
            for d, c in [("0", {}), ("0" * 64, {"checks": []}), ("0" * 64, {"version": 2})]
        ),
    ],
)
def test_what_is_no_check_is_refused_in_one_line(text: bytes, folder: Path) -> None:
    bundle = load_bundle(folder)
    check_file(bundle).write_bytes(text)
    with pytest.raises(EdgeError, match=r"check\.json: .*check the bundle again"):
        read_check(bundle)
