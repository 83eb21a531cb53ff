"""Who signs a repository: a private key each for its roles, in a folder that stays with the fleet's owner.

The root names the keys of all roles, and is signed by two of its own three, so that one may be lost or stolen. They are
needed when a key is replaced, and once a year; best they are kept apart until then. The others sign every day.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import Root, Snapshot, Targets, Timestamp

from edge_app.runtime.files import read_whole
from edge_app.runtime.signature import LARGEST_KEY, make_keys
from export.errors import ExportError

ROLES: Final = {Root.type: 3, Targets.type: 1, Snapshot.type: 1, Timestamp.type: 1}
"""Role -> its number of keys."""
THRESHOLDS: Final = {Root.type: 2, Targets.type: 1, Snapshot.type: 1, Timestamp.type: 1}
"""Role -> how many of them must sign."""


class Keys:
    """A folder of PEM files: ROLE-N and ROLE-N.pub."""

    def __init__(self, folder: Path, repository: Path) -> None:
        """Use a folder.

        Raises:
            ExportError: it lies in the repository, and would be published.
        """
        if folder.resolve().is_relative_to(repository.resolve()):
            raise ExportError(f"{folder}: lies in the repository and would be published; keep keys elsewhere")
        self.folder = folder

    def make(self) -> dict[str, list[SSlibKey]]:
        """Make all keys anew, and give the public ones of each role.

        Raises:
            EdgeError: there are some already.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        return {role: [self.make_one(role, number) for number in range(1, 1 + ROLES[role])] for role in ROLES}

    def make_one(self, role: str, number: int) -> SSlibKey:
        """Make one key of a role, and give the public one."""
        return self._public(make_keys(self._path(role, number)))

    def signers(self, role: str, keys: Collection[str]) -> list[CryptoSigner]:
        """Give those keys of a role that lie here, by the identities that the root names.

        Raises:
            ExportError: too few do, or a file is no key.
        """
        found = {}
        for path in sorted(self.folder.glob(f"{role}-*.pub")):
            public, private = self._public(path), path.with_suffix("")
            if public.keyid in keys and private.is_file():
                found[public.keyid] = CryptoSigner(self._private(private), public)
        if len(found) < THRESHOLDS[role]:
            raise ExportError(
                f"{self.folder}: holds {len(found)} of the keys {role}-*, expected {THRESHOLDS[role]} that the "
                "repository's root names; bring them here"
            )
        return list(found.values())

    def free_number(self, role: str) -> int:
        """Give a number that no key of a role has."""
        return 1 + max((int(path.stem.rpartition("-")[2]) for path in self.folder.glob(f"{role}-*.pub")), default=0)

    def _path(self, role: str, number: int) -> Path:
        return self.folder / f"{role}-{number}"

    def _public(self, path: Path) -> SSlibKey:
        try:
            return SSlibKey.from_crypto(load_pem_public_key(read_whole(path, LARGEST_KEY, "make keys anew")))
        except ValueError:
            raise ExportError(f"{path}: is no public key; make keys anew in another folder") from None

    def _private(self, path: Path) -> PrivateKeyTypes:
        try:
            return load_pem_private_key(read_whole(path, LARGEST_KEY, "bring the key here"), password=None)
        except (TypeError, ValueError):
            raise ExportError(f"{path}: is no private key without a password; bring the right one") from None
