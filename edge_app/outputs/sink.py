"""What an output is: it takes one frame's result after the other, and is closed at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from edge_app.outputs.files import Files
from edge_app.result import FrameResult
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.manifest import Manifest
from edge_app.sources import SourceKind
from edge_app.updates.follow import Follower


class Sink(Protocol):
    """An open output."""

    def take(self, result: FrameResult) -> None:
        """Take the next frame's result.

        Raises:
            EdgeError: it cannot be put out; what was put out before is kept.
        """

    def close(self) -> None:
        """Finish what was put out.

        Raises:
            EdgeError: it cannot be finished.
        """


@runtime_checkable
class Listener(Protocol):
    """A sink that tells its audience as well why there is no frame."""

    def notice(self, text: str) -> None:
        """Take word of a source that gives no frame; one line."""


@runtime_checkable
class BundleListener(Protocol):
    """A sink that says which bundle reads, and must hear of another one."""

    def bundle(self, bundle: Bundle) -> None:
        """Take word of the bundle that reads from the next frame on; its classes and samples are the same."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of a run before its first frame.

    Attributes:
        source: its name, without secrets.
        digest: the bundle's.
        manifest: the bundle's.
        kind: the source's.
        rate: frames a second, as far as the source knows.
        frames: how many there will be at most; None when nobody knows.
        threads: how many OpenCV and LiteRT use.
        use_threads: lets them use another number from the next frame on; to be called between frames.
        bundles: fetches newer bundles over the air, and says how they stand; None where none are fetched.
    """

    source: str
    digest: str
    manifest: Manifest
    kind: SourceKind
    rate: float
    frames: int | None
    threads: int
    use_threads: Callable[[int], None]
    bundles: Follower | None = None


class Output(Protocol):
    """An output that the user asked for, not yet open."""

    @property
    def files(self) -> Files | None:
        """The files that it may write; None where it writes none."""

    def open(self, run: Run) -> Sink:
        """Open it.

        Raises:
            EdgeError: nothing can be put out there.
        """
