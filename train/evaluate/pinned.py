"""What is measured, pinned by its digest: every process measures the same, or says that it finds something else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from train.errors import TrainError


@dataclass(frozen=True, slots=True)
class PinnedBundle:
    """A bundle by name: small, so that it can be sent to any process, which opens it there.

    Attributes:
        path: its folder or file, absolute.
        digest: its own.
    """

    path: Path
    digest: str

    @classmethod
    def at(cls, path: Path) -> Self:
        """Pin the bundle at a path.

        Raises:
            EdgeError: it cannot be read.
        """
        return cls(path.absolute(), load_bundle(path).digest)

    def open(self) -> Classifier:
        """Load it anew.

        Raises:
            EdgeError: it cannot be read.
            TrainError: another bundle is there.
        """
        bundle = load_bundle(self.path)
        require_same(self.path, bundle.digest, self.digest)
        return Classifier(bundle)


def require_same(path: Path, found: str, expected: str) -> None:
    """Make sure that what a process finds at a path is what was pinned; both are digests.

    Raises:
        TrainError: it is something else.
    """
    if found != expected:
        raise TrainError(
            f"{path}: found {found[:12]}, expected {expected[:12]}; leave it as it is while it is "
            "measured, and let every worker see the same"
        )
