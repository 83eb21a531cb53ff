"""A signature tells who made a bundle: whoever has not the key can make none that fits."""

from __future__ import annotations

import base64
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519

from edge_app.runtime.bundle import MANIFEST, load_bundle
from edge_app.runtime.classifier import open_bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest_text import encode_manifest
from edge_app.runtime.signature import SIGNATURE, is_signature, make_keys, require_signed, sign, sign_bundle

SHIPPED = Path(__file__).parents[3] / "edge_app" / "bundles" / "digits"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A private key; its public one is beside it as `maker.pub`."""
    make_keys(tmp_path / "maker")
    return tmp_path / "maker"


@pytest.fixture
def signed(tmp_path: Path, key: Path) -> Path:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "digits"))
    sign_bundle(load_bundle(folder), key)
    return folder


def public(key: Path) -> Path:
    return key.with_name(f"{key.name}.pub")


def test_a_signed_bundle_opens_with_its_makers_key(signed: Path, key: Path) -> None:
    assert open_bundle(signed, verify_key=public(key)).bundle.path == signed


def test_a_file_that_is_a_bundle_is_signed_beside_it(signed: Path, key: Path) -> None:
    (graph,) = load_bundle(signed).sources
    with pytest.raises(EdgeError, match=rf"found no {graph.stem}.manifest.sig"):
        require_signed(load_bundle(graph), public(key))
    assert sign_bundle(load_bundle(graph), key) == signed / f"{graph.stem}.manifest.sig"
    require_signed(load_bundle(graph), public(key))


def test_without_a_key_nothing_is_asked(signed: Path) -> None:
    (signed / SIGNATURE).write_bytes(b"rubbish")
    assert open_bundle(signed).bundle.path == signed


def _another_key(signed: Path) -> Path:
    return make_keys(signed.parent / "stranger")


def _another_manifest(signed: Path) -> Path:
    manifest = load_bundle(signed).manifest
    lenient = msgspec.structs.replace(manifest.warning, threshold_bits=3.0)
    (signed / MANIFEST).write_bytes(encode_manifest(msgspec.structs.replace(manifest, warning=lenient)))
    return public(signed.parent / "maker")


def _another_bundles_signature(signed: Path) -> Path:
    (signed / SIGNATURE).write_bytes(sign(b"another manifest", signed.parent / "maker"))
    return public(signed.parent / "maker")


def _half(signed: Path) -> Path:
    (signed / SIGNATURE).write_bytes((signed / SIGNATURE).read_bytes()[:32])
    return public(signed.parent / "maker")


def _too_long(signed: Path) -> Path:
    (signed / SIGNATURE).write_bytes(2 * (signed / SIGNATURE).read_bytes())
    return public(signed.parent / "maker")


def _none(signed: Path) -> Path:
    (signed / SIGNATURE).unlink()
    return public(signed.parent / "maker")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_another_key, "another key than .*stranger.pub"),
        (_another_manifest, "another manifest or"),
        (_another_bundles_signature, "another manifest or"),
        (_half, "another manifest or"),
        (_too_long, "found 128 bytes, expected at most 64"),
        (_none, "found no manifest.sig, expected a signature by .*maker.pub"),
    ],
)
def test_what_the_maker_did_not_sign_is_refused(change: Callable[[Path], Path], expected: str, signed: Path) -> None:
    with pytest.raises(EdgeError, match=expected):
        open_bundle(signed, verify_key=change(signed))


def test_every_changed_bit_of_a_signature_is_noticed(key: Path) -> None:
    signature = sign(b"text", key)
    assert is_signature(signature, b"text", public(key))
    for bit in range(8 * len(signature)):
        changed = bytearray(signature)
        changed[bit // 8] ^= 1 << bit % 8
        assert not is_signature(bytes(changed), b"text", public(key))


def test_keys_are_never_replaced_and_the_private_one_is_its_owners(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    with pytest.raises(EdgeError, match=r"maker\.pub: exists already"):
        make_keys(key)
    public(key).unlink()
    with pytest.raises(EdgeError, match=r"maker: cannot be written \(File exists\)"):
        make_keys(key)
    assert key.read_bytes() == before


def test_a_public_key_of_another_kind_or_too_large_a_file_is_refused(signed: Path, tmp_path: Path) -> None:
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    other = x25519.X25519PrivateKey.generate().public_key().public_bytes(*form)
    curve = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*form)
    unheard_of = curve.replace(bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d03017f"))
    for key in (other, curve, unheard_of):
        pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(key) + b"-----END PUBLIC KEY-----\n"
        (tmp_path / "other").write_bytes(pem)
        with pytest.raises(EdgeError, match="other: expected an Ed25519 public key"):
            open_bundle(signed, verify_key=tmp_path / "other")
    (tmp_path / "large").write_bytes(b" " * (2**14 + 1))
    with pytest.raises(EdgeError, match="large: found 16385 bytes, expected at most 16384"):
        open_bundle(signed, verify_key=tmp_path / "large")


def test_a_key_in_the_bundle_is_refused(signed: Path, key: Path) -> None:
    inside = Path(shutil.copy(key, signed / "maker"))
    with pytest.raises(EdgeError, match="lies in the bundle"):
        sign_bundle(load_bundle(signed), inside)


@pytest.mark.parametrize("content", [b"", b"rubbish", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_key_is_refused_in_one_line(content: bytes, signed: Path, tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(content)
    with pytest.raises(EdgeError, match="odd: expected an Ed25519 public key"):
        open_bundle(signed, verify_key=tmp_path / "odd")
    with pytest.raises(EdgeError, match="odd: expected an Ed25519 private key"):
        sign_bundle(load_bundle(signed), tmp_path / "odd")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_openssl_makes_keys_and_checks_signatures(signed: Path, key: Path, tmp_path: Path) -> None:
    check = ("openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public(key), "-in", signed / MANIFEST)
    subprocess.run([*check, "-sigfile", signed / SIGNATURE], check=True, capture_output=True)
    theirs = tmp_path / "theirs"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", theirs], check=True)
    subprocess.run(["openssl", "pkey", "-in", theirs, "-pubout", "-out", public(theirs)], check=True)
    sign_bundle(load_bundle(signed), theirs)
    require_signed(load_bundle(signed), public(theirs))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_a_key_of_another_kind_or_with_a_password_is_refused(signed: Path, tmp_path: Path) -> None:
    make = ("openssl", "genpkey", "-out", tmp_path / "odd", "-algorithm")
    for kind in (("ed448",), ("ed25519", "-aes256", "-pass", "pass:secret")):
        subprocess.run([*make, *kind], check=True)
        with pytest.raises(EdgeError, match="odd: expected an Ed25519 private key without a password"):
            sign_bundle(load_bundle(signed), tmp_path / "odd")
    subprocess.run(["openssl", "genpkey", "-out", tmp_path / "odd", "-algorithm", "ed448"], check=True)
    subprocess.run(["openssl", "pkey", "-in", tmp_path / "odd", "-pubout", "-out", tmp_path / "odd.pub"], check=True)
    with pytest.raises(EdgeError, match=r"odd\.pub: expected an Ed25519 public key"):
        require_signed(load_bundle(signed), tmp_path / "odd.pub")


def test_where_the_extra_is_missing_its_name_is_said(signed: Path, key: Path) -> None:
    script = "import sys; sys.modules['cryptography'] = None\nfrom edge_app.__main__ import main\nsys.exit(main())"
    command = [sys.executable, "-c", script, "demo", "--headless", "--bundle", signed, "--verify-key", public(key)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": "."})
    assert done.returncode == 1
    assert done.stderr == (
        "edge_app: signatures need the extra sign (cryptography is missing); pip install 'bayes-edge[sign]'\n"
    )
