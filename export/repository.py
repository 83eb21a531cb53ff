"""A signed repository of bundles, as The Update Framework has it, that any web server can serve.

    REPOSITORY/metadata/    N.root.json, N.targets.json, N.snapshot.json, timestamp.json
    REPOSITORY/targets/     HASH.DIGEST.bundle

https://theupdateframework.github.io/specification/latest/
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import msgspec
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import StorageError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from edge_app.runtime.files import write_whole
from edge_app.updates.fetch import CUSTOM
from edge_app.updates.offer import Offer
from edge_app.updates.package import SUFFIX
from export.errors import ExportError
from export.keys import ROLES, THRESHOLDS, Keys

LIFETIMES: Final = {
    Root.type: timedelta(days=365),
    Targets.type: timedelta(days=90),
    Snapshot.type: timedelta(days=90),
    Timestamp.type: timedelta(days=7),
}
"""For how long a device believes what a role has signed: who holds newer metadata back is noticed after a week."""


class Repository:
    """The metadata in memory, and the folder that it is published in."""

    def __init__(self, folder: Path, root: Root, targets: Targets, snapshot: Snapshot, timestamp: Timestamp) -> None:
        """Hold what is published; see `create` and `open`."""
        self.folder = folder
        self._root = root
        self._targets = targets
        self._snapshot = snapshot
        self._timestamp = timestamp

    @classmethod
    def create(cls, folder: Path, keys: Keys) -> Self:
        """Make keys, and a repository without a bundle.

        Raises:
            EdgeError: there are keys already, or nothing can be written.
        """
        now = datetime.now(UTC)
        root = Root(expires=_expiry(Root.type, now), consistent_snapshot=True)
        for role, public in keys.make().items():
            root.roles[role].threshold = THRESHOLDS[role]
            for key in public:
                root.add_key(key, role)
        made = cls(folder, root, Targets(), Snapshot(), Timestamp())
        made._write_root(keys.signers(Root.type, made._role_keys(Root.type)))
        made._write(keys, now)
        return made

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read what is published.

        Raises:
            ExportError: it is no repository.
        """
        metadata = folder / "metadata"
        newest = max((int(path.name.partition(".")[0]) for path in metadata.glob("*.root.json")), default=0)
        try:
            timestamp = Metadata[Timestamp].from_file(str(metadata / "timestamp.json")).signed
            snapshot = (
                Metadata[Snapshot].from_file(str(metadata / f"{timestamp.snapshot_meta.version}.snapshot.json")).signed
            )
            version = snapshot.meta["targets.json"].version
            targets = Metadata[Targets].from_file(str(metadata / f"{version}.targets.json")).signed
            root = Metadata[Root].from_file(str(metadata / f"{newest}.root.json")).signed
        except (StorageError, DeserializationError) as error:
            raise ExportError(f"{folder}: is no repository ({error}); publish a first bundle into it") from None
        return cls(folder, root, targets, snapshot, timestamp)

    @property
    def root_file(self) -> Path:
        """The first root metadata, which devices are given."""
        return self.folder / "metadata" / "1.root.json"

    @property
    def offers(self) -> dict[str, Offer]:
        """What is offered, by the path of its package; the newest last."""
        found = {
            path: msgspec.convert((target.custom or {})[CUSTOM], Offer)
            for path, target in self._targets.targets.items()
        }
        return dict(sorted(found.items(), key=lambda item: item[1].number))

    @property
    def expiries(self) -> dict[str, datetime]:
        """When each role's metadata expires."""
        signed = (self._root, self._targets, self._snapshot, self._timestamp)
        return dict(zip(ROLES, (role.expires for role in signed), strict=True))

    def add(self, package: bytes, digest: str, stages: tuple[int, ...]) -> Offer:
        """Offer another bundle to its first stage; of the older ones the last that all devices may take is kept.

        Args:
            package: what `pack` made of it.
            digest: the bundle's.
            stages: growing shares of the devices, in per cent.

        Raises:
            ExportError: it is offered already.
        """
        offers = self.offers
        if any(offer.digest == digest for offer in offers.values()):
            raise ExportError(f"bundle {digest}: is offered already; promote it, or publish another one")
        offer = Offer(number=self._targets.version + 1, digest=digest, stages=stages)
        everywhere = [path for path, older in offers.items() if older.everywhere]
        path = f"{digest}{SUFFIX}"
        target = TargetFile.from_data(path, package, ["sha256"])
        write_whole(_made(self.folder / "targets") / f"{target.hashes['sha256']}.{path}", package)
        kept = {name: self._targets.targets[name] for name in everywhere[-1:]}
        self._targets.targets = {**kept, path: target}
        self._set(path, offer)
        return offer

    def change(self, path: str, offer: Offer) -> None:
        """Offer a bundle otherwise than before."""
        self._set(path, offer)

    def withdraw(self, path: str) -> None:
        """Offer a bundle no more: devices that have it go back."""
        del self._targets.targets[path]

    def publish(self, keys: Keys, *, now: datetime | None = None) -> None:
        """Sign what was changed, and publish it; a device sees it when the last file, the timestamp, is there.

        Args:
            keys: of the roles targets, snapshot and timestamp.
            now: from when on what is signed is good for its time; None for now.

        Raises:
            EdgeError: a key is missing, or nothing can be written.
        """
        for role in (self._targets, self._snapshot, self._timestamp):
            role.version += 1
        self._write(keys, now or datetime.now(UTC))

    def renew_root(self, keys: Keys, replaced: str | None = None) -> None:
        """Sign the root anew for a year; it takes two of its keys.

        Args:
            keys: those of the root.
            replaced: a role whose keys are replaced by a new one, for one was lost or stolen; None for none.
        """
        before = keys.signers(Root.type, self._role_keys(Root.type))
        if replaced is not None:
            for identity in self._role_keys(replaced):
                self._root.revoke_key(identity, replaced)
            for _ in range(ROLES[replaced]):
                self._root.add_key(keys.make_one(replaced, keys.free_number(replaced)), replaced)
        self._root.version += 1
        self._root.expires = _expiry(Root.type, datetime.now(UTC))
        after = keys.signers(Root.type, self._role_keys(Root.type)) if replaced == Root.type else []
        self._write_root(before + after)  # a device follows from the old keys to the new ones

    def _set(self, path: str, offer: Offer) -> None:
        self._targets.targets[path].unrecognized_fields["custom"] = {CUSTOM: msgspec.to_builtins(offer)}

    def _role_keys(self, role: str) -> list[str]:
        return list(self._root.roles[role].keyids)

    def _write_root(self, signers: list[CryptoSigner]) -> None:
        signed = Metadata(self._root)
        for signer in signers:
            signed.sign(signer, append=True)
        write_whole(_made(self.folder / "metadata") / f"{self._root.version}.root.json", signed.to_bytes())

    def _write(self, keys: Keys, now: datetime) -> None:
        """Sign and write the other roles, the timestamp last: killed before, nothing was published."""
        self._snapshot.meta["targets.json"] = MetaFile(self._targets.version)
        self._timestamp.snapshot_meta = MetaFile(self._snapshot.version)
        for role, name in (
            (self._targets, f"{self._targets.version}.targets.json"),
            (self._snapshot, f"{self._snapshot.version}.snapshot.json"),
            (self._timestamp, "timestamp.json"),
        ):
            role.expires = _expiry(role.type, now)
            signed: Metadata[Any] = Metadata(role)
            for signer in keys.signers(role.type, self._role_keys(role.type)):
                signed.sign(signer, append=True)
            write_whole(_made(self.folder / "metadata") / name, signed.to_bytes())
        self._remove_old()

    def _remove_old(self) -> None:
        """Remove packages that are offered no more."""
        offered = {f"{target.hashes['sha256']}.{path}" for path, target in self._targets.targets.items()}
        for package in _made(self.folder / "targets").iterdir():
            if package.name not in offered:
                package.unlink()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _expiry(role: str, now: datetime) -> datetime:
    return (now + LIFETIMES[role]).replace(microsecond=0)
