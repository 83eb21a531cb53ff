"""Ed25519 (RFC 8032) with keys as PEM text; needs the extra sign."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def make_pair() -> tuple[bytes, bytes]:
    """Make a private key and its public one."""
    private = Ed25519PrivateKey.generate()
    return (
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    )


def sign(text: bytes, private_key: bytes) -> bytes:
    """Sign; gives 64 bytes.

    Raises:
        ValueError: the key is no Ed25519 private key, or has a password.
    """
    try:
        key = serialization.load_pem_private_key(private_key, password=None)
    except (TypeError, UnsupportedAlgorithm) as error:  # a TypeError: it has a password
        raise ValueError from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError  # noqa: TRY004 - it is text that holds another key
    return key.sign(text)


def is_signature(signature: bytes, text: bytes, public_key: bytes) -> bool:
    """Tell whether a text was signed with the private key that belongs to a public one.

    Raises:
        ValueError: the key is no Ed25519 public key.
    """
    try:
        key = serialization.load_pem_public_key(public_key)
    except UnsupportedAlgorithm as error:
        raise ValueError from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError  # noqa: TRY004 - it is text that holds another key
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True
