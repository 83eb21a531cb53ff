"""Single pictures and folders of them, upright and on white paper whatever the file's format."""

from __future__ import annotations

import re
import struct
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from edge_app.runtime.errors import EdgeError
from edge_app.sources.frames import Frame, Notice, SourceKind

SUFFIXES: Final = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
WHOLE: Final = 64_000_000
"""A picture of more pixels is read at a reduced resolution, to spare the memory of a small computer."""
SECONDS_EACH: Final = 2.0


class Pictures:
    """Pictures shown one by one."""

    kind = SourceKind.PICTURES
    rate = 1 / SECONDS_EACH

    def __init__(self, name: str, paths: list[Path]) -> None:
        """Take the paths of the pictures, in order."""
        self.name = name
        self.length: int | None = len(paths)
        self.files: Sequence[Path] = paths

    def __iter__(self) -> Iterator[Frame | Notice]:
        """Read picture after picture; one that cannot be read gives a notice.

        Raises:
            EdgeError: none of them could be read.
        """
        read = 0
        for path in self.files:
            try:
                image, reduction = read_picture(path)
            except EdgeError as error:
                if read == 0 and path is self.files[-1]:
                    raise
                yield Notice(str(error))
                continue
            if reduction > 1:
                yield Notice(f"{path}: large, read at 1/{reduction} of its size; boxes are in the reduced picture")
            yield Frame(image, read / self.rate, picture=str(path))
            read += 1

    def close(self) -> None:
        """Nothing is held open between pictures."""


def open_picture(path: Path) -> Pictures:
    """Make a source of a single picture."""
    return Pictures(str(path), [path])


def open_folder(path: Path) -> Pictures:
    """Make a source of a folder's pictures, 2.png before 10.png.

    Raises:
        EdgeError: there is no picture in it, or it cannot be listed.
    """
    try:
        paths = [entry for entry in path.iterdir() if entry.suffix.lower() in SUFFIXES and entry.is_file()]
    except OSError as error:
        raise EdgeError(f"{path}: cannot be listed ({error.strerror or error})") from None
    if not paths:
        raise EdgeError(f"{path}: holds no picture; expected files ending in {', '.join(sorted(SUFFIXES))}")
    return Pictures(str(path), sorted(paths, key=_natural))


def read_picture(path: Path) -> tuple[NDArray[np.uint8], int]:
    """Read a picture as a person sees it: turned by its EXIF orientation, transparency on white.

    Returns:
        The picture, uint8 [H, W, 3] BGR, and the factor by which its sides were reduced, 1 for all but huge ones.

    Raises:
        EdgeError: it cannot be read, is no picture, or is larger than Pillow agrees to unpack.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures; they are reduced below.
            with Image.open(path) as image:
                reduction = _reduction(image)
                # JPEG is reduced while it is unpacked, which costs neither time nor memory.
                image.draft("RGB", (image.width // reduction, image.height // reduction))
                upright = ImageOps.exif_transpose(_reduced(image))
                return _bgr(path, upright), reduction
    except Image.DecompressionBombError:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        raise EdgeError(f"{path}: too large, expected at most {limit} megapixels; shrink it first") from None
    except UnidentifiedImageError:
        raise EdgeError(f"{path}: not a picture, or of an unknown format; expected JPEG, PNG or the like") from None
    except FileNotFoundError:
        raise EdgeError(f"{path}: not found; expected a picture") from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, MemoryError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise EdgeError(f"{path}: broken or unreadable picture ({reason}); replace it") from None


def _reduction(image: Image.Image) -> int:
    """Give the factor, a power of two, that brings a picture to at most WHOLE pixels."""
    factor = 1
    while image.width * image.height > WHOLE * factor**2:
        factor *= 2
    return factor


def _reduced(image: Image.Image) -> Image.Image:
    factor = _reduction(image)
    if factor == 1:
        return image
    if image.mode in {"1", "P", "PA"}:  # Neither bits nor places in a palette can be averaged.
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.reduce(factor)


def _bgr(path: Path, image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith("I"):  # 16 bit
        grey = np.clip(np.asarray(image).astype(np.int64) >> 8, 0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.mode == "F":
        raise EdgeError(f"{path}: holds floating-point pixels, expected 8 or 16 bit; save it as PNG")
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[..., ::-1])


def _natural(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
