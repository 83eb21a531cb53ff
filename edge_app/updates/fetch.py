"""What a repository offers, by The Update Framework's own client; it needs the extra `fleet`.

Its roles, threshold of root keys, expiry, and protection against rollback, freezing and mixing are the framework's:
https://theupdateframework.github.io/specification/latest/#detailed-client-workflow
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from tuf.api.exceptions import DownloadError, ExpiredMetadataError, RepositoryError
from tuf.api.metadata import Metadata, Root, Targets
from tuf.api.serialization import DeserializationError
from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher
from urllib3.exceptions import HTTPError  # tuf's own; of a cut download it lets them through

from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import read_whole
from edge_app.updates.offer import Offer
from edge_app.updates.package import LARGEST

SILENCE_S: Final = 10
"""A server that says nothing for so long is given up."""
CUSTOM: Final = "bayes-edge"
"""The key of an offer among a target's custom fields."""


def require_root(content: bytes, name: str) -> None:
    """Refuse what is no root metadata.

    Args:
        content: of the file.
        name: what the user calls it.

    Raises:
        EdgeError: it is none.
    """
    try:
        kind = Metadata[Root].from_bytes(content).signed.type
    except (DeserializationError, RepositoryError):
        kind = "something else"
    if kind != Root.type:
        raise EdgeError(f"{name}: found {kind}, expected root metadata; take metadata/1.root.json of the repository")


class Repository:
    """A repository as this device may believe it."""

    def __init__(self, url: str, root: bytes, folder: Path) -> None:
        """Learn what the repository says now.

        Args:
            url: where it is; its folders `metadata` and `targets` are below.
            root: the first root metadata, in which the fleet's owner names her keys.
            folder: keeps the metadata seen last, against which newer metadata is checked.

        Raises:
            EdgeError: it cannot be reached, or what it says is not signed, too old, or does not fit together.
        """
        self._url = url.rstrip("/")
        self._folder = folder
        with self._one_line():
            folder.mkdir(parents=True, exist_ok=True)
            self._updater = Updater(
                metadata_dir=str(folder),
                metadata_base_url=f"{self._url}/metadata/",
                target_base_url=f"{self._url}/targets/",
                fetcher=Urllib3Fetcher(socket_timeout=SILENCE_S),
                config=UpdaterConfig(prefix_targets_with_hash=True),
                bootstrap=root,
            )
            self._updater.refresh()

    def offers(self) -> dict[str, Offer]:
        """Give what is offered, by the path of its package."""
        with self._one_line():
            verified = read_whole(self._folder / "targets.json", LARGEST, "update again")
            paths = list(Metadata[Targets].from_bytes(verified).signed.targets)
            targets = {path: self._updater.get_targetinfo(path) for path in paths}
            return {
                path: msgspec.convert(target.custom[CUSTOM], Offer)
                for path, target in targets.items()
                if target is not None and target.custom is not None and CUSTOM in target.custom
            }

    def download(self, path: str, place: Path) -> None:
        """Fetch a package; what arrives has the length and the hash that were signed.

        Raises:
            EdgeError: it cannot be fetched, or is another one.
        """
        with self._one_line():
            target = self._updater.get_targetinfo(path)
            if target is None or target.length > LARGEST:
                raise EdgeError(f"{self._url}: holds no package {path}, or one that is too large")
            self._updater.download_target(target, str(place))

    @contextmanager
    def _one_line(self) -> Iterator[None]:
        try:
            yield
        except ExpiredMetadataError as error:
            raise EdgeError(
                f"{self._url}: what it says has expired ({error}); its owner renews it with python -m export.publish "
                "renew, unless somebody holds newer metadata back or this computer's clock is wrong"
            ) from None
        except (DownloadError, HTTPError, RepositoryError, msgspec.ValidationError) as error:
            raise EdgeError(f"{self._url}: {error}; nothing was changed, the next update tries again") from None
