"""Keep drawn images in the user's cache folder, so that each set is drawn once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dataset.arrays import UNREADABLE
from dataset.corruptions.corrupt import corrupt


def corrupt_cached(images: NDArray[np.uint8], name: str, *, split: str, seed: int = 0) -> NDArray[np.uint8]:
    """Do as `corrupt` does, or read what it drew before.

    The file is `bayes-edge/NAME-SPLIT-SEED.npz` below `$XDG_CACHE_HOME` or `~/.cache`. It is drawn anew when it is
    broken, or when the images or the code of the corruptions are not those it was drawn from.
    """
    path = _folder() / f"{name}-{split}-{seed}.npz"
    origin = _origin(images)
    cached = _read(path, origin)
    if cached is not None:
        return cached
    corrupted = corrupt(images, name, split=split, seed=seed)
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time, nothing else
        _write(path, corrupted, origin)
    return corrupted


def _folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bayes-edge"


def _origin(images: NDArray[np.uint8]) -> str:
    """Digest what a drawing depends on: the images, and the code that holds every parameter."""
    digest = hashlib.sha256(np.ascontiguousarray(images).data)
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _read(path: Path, origin: str) -> NDArray[np.uint8] | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if str(arrays["origin"]) != origin:
                return None
            images: NDArray[np.uint8] = arrays["images"]  # the archive's own checksum is verified here
            return images
    except (KeyError, *UNREADABLE):
        return None


def _write(path: Path, images: NDArray[np.uint8], origin: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.stem, delete=False) as file:
        partial = Path(file.name)
        try:
            np.savez(file, images=images, origin=np.array(origin))
            file.close()
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
