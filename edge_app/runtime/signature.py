"""Signs a bundle, and tells whether its maker did: Ed25519 over the manifest's text as it stands.

The manifest names the SHA-256 of every graph, so that the signature covers all that a reading depends on. It is 64
bytes in a file of its own and keys are PEM files, so that other tools can make them and check it:

    openssl genpkey -algorithm ed25519 -out maker.key
    openssl pkeyutl -verify -rawin -pubin -inkey maker.key.pub -in manifest.json -sigfile manifest.sig
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any, Final

from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import is_there, read_whole, write_whole

SIGNATURE: Final = "manifest.sig"
SIGNATURE_BYTES: Final = 64
LARGEST_KEY: Final = 2**14
MAKE: Final = "make a pair with python -m edge_app keys"


def signature_file(bundle: Bundle) -> Path:
    """Say where a bundle's signature lies: inside its folder, or beside a single file as NAME.manifest.sig."""
    if bundle.path.is_dir():
        return bundle.path / SIGNATURE
    return bundle.path.with_suffix(f".{SIGNATURE}")


def make_keys(path: Path) -> Path:
    """Make a pair of keys: the private one in a file that its owner alone may read, the public one in `path`.pub.

    Returns:
        The public key's file, which devices need.

    Raises:
        EdgeError: the extra sign is missing, or a file exists already or cannot be written.
    """
    private, public = _ed25519().make_pair()
    beside = path.with_name(f"{path.name}.pub")
    if is_there(beside):
        raise EdgeError(f"{beside}: exists already; choose another file")
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(private)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise EdgeError(f"{path}: cannot be written ({reason}); choose another file") from None
    write_whole(beside, public)
    return beside


def sign_bundle(bundle: Bundle, private_key: Path) -> Path:
    """Sign a bundle's manifest; a signature that it had is replaced.

    Returns:
        The signature's file.

    Raises:
        EdgeError: the extra sign is missing, the key is none or lies in the bundle, or nothing can be written.
    """
    if private_key.resolve().is_relative_to(bundle.path.resolve()):
        raise EdgeError(f"{private_key}: lies in the bundle and would travel with it; keep it elsewhere")
    path = signature_file(bundle)
    write_whole(path, sign(bundle.manifest_text, private_key))
    return path


def require_signed(bundle: Bundle, public_key: Path) -> None:
    """Refuse a bundle whose manifest the owner of a key has not signed.

    Raises:
        EdgeError: the extra sign is missing, the key is none, or the signature is missing or does not fit.
    """
    path = signature_file(bundle)
    way_out = "take the bundle from its maker, who signs it with python -m edge_app sign"
    if not is_there(path):
        raise EdgeError(f"{bundle.path}: found no {path.name}, expected a signature by {public_key}; {way_out}")
    if not is_signature(read_whole(path, SIGNATURE_BYTES, way_out), bundle.manifest_text, public_key):
        raise EdgeError(f"{path}: found a signature of another manifest or by another key than {public_key}; {way_out}")


def sign(text: bytes, private_key: Path) -> bytes:
    """Sign bytes with the private key of a PEM file; the signature has 64 bytes.

    Raises:
        EdgeError: the extra sign is missing, or the key is none.
    """
    ed25519, key = _ed25519(), read_whole(private_key, LARGEST_KEY, MAKE)
    try:
        return bytes(ed25519.sign(text, key))
    except ValueError:
        raise EdgeError(f"{private_key}: expected an Ed25519 private key without a password; {MAKE}") from None


def is_signature(signature: bytes, text: bytes, public_key: Path) -> bool:
    """Tell whether bytes were signed with the private key that belongs to a public one, of a PEM file.

    Raises:
        EdgeError: the extra sign is missing, or the key is none.
    """
    ed25519, key = _ed25519(), read_whole(public_key, LARGEST_KEY, MAKE)
    try:
        return bool(ed25519.is_signature(signature, text, key))
    except ValueError:
        raise EdgeError(f"{public_key}: expected an Ed25519 public key; {MAKE} and take FILE.pub") from None


def _ed25519() -> Any:
    try:
        return importlib.import_module("edge_app.runtime.ed25519")
    except ModuleNotFoundError:
        raise EdgeError(
            "signatures need the extra sign (cryptography is missing); pip install 'bayes-edge[sign]'"
        ) from None
