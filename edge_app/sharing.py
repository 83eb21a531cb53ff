"""Shares pictures out among processes, which find and classify; what they come to is said in order all the same."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from edge_app.frame_time import PICTURE
from edge_app.jobs import Place, run_in_order
from edge_app.reader import Look, Reader, open_classifier
from edge_app.result import FrameResult
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.sources import Frame
from edge_app.sources.decode import read_picture
from edge_app.stop import Stop


@dataclass(frozen=True, slots=True)
class With:
    """What pictures are read with, in whatever process.

    Attributes:
        bundle: its path, which every process knows.
        digest: its own.
        verify_key: the public key that it must be signed with; None for any bundle.
        threads: how many OpenCV and LiteRT use.
    """

    bundle: Path
    digest: str
    verify_key: Path | None
    threads: int


class SharedReader:
    """Reads pictures as a `Reader` does, in other processes."""

    def __init__(self, reader: Reader, paths: Sequence[Path], read_with: With, place: Place, stop: Stop) -> None:
        """Prepare; the processes start with the first picture.

        Args:
            reader: says what one picture after the other comes to.
            paths: the pictures, which every process sees under these names.
            read_with: what they are read with.
            place: where.
            stop: ends the wait for a process.
        """
        self._reader = reader
        self._stop = stop
        self._jobs = run_in_order(look_at, [(path.absolute(), read_with) for path in paths], place)
        self._looks = zip(map(str, paths), self._jobs, strict=True)

    def read(self, frame: Frame) -> FrameResult:
        """Wait until the next picture of the paths was looked at, and say what it comes to.

        Raises:
            EdgeError: a process has another bundle, or cannot read the picture; or the cluster is gone.
            StoppedError: somebody asked to stop.
        """
        return self._reader.follow(frame, self._stop.wait_for(lambda: self._look_of(str(frame.picture))))

    def close(self) -> None:
        """End the processes."""
        with suppress(ValueError):  # Somebody asked to stop while they were waited for; they end with this process.
            self._jobs.close()

    def _look_of(self, name: str) -> Look:
        """Wait for a picture's turn; those before it are what its source cannot read."""
        look = next(look for seen, look in self._looks if seen == name)
        if look is None:
            raise EdgeError(f"{name}: a worker could not read it; let every worker see it under this name")
        return look


def look_at(picture: tuple[Path, With]) -> Look | None:
    """Find and classify the digits of a picture; None where it cannot be read, which its source says.

    Raises:
        EdgeError: this process finds another bundle, or one that is no good.
    """
    path, read_with = picture
    classifier = _classifier(read_with)
    try:
        image = read_picture(path).image
    except EdgeError:
        return None
    return Reader(classifier, pooled_s=0.0, limits=PICTURE).look(image)


@lru_cache(maxsize=1)
def _classifier(read_with: With) -> Classifier:
    classifier = open_classifier(read_with.bundle, read_with.threads, read_with.verify_key)
    if classifier.bundle.digest != read_with.digest:
        raise EdgeError(
            f"{read_with.bundle}: a worker found bundle {classifier.bundle.digest[:12]}, expected "
            f"{read_with.digest[:12]}; give all of them the same file"
        )
    return classifier
