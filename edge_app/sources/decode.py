"""Decode a picture as a person sees it, upright and on white paper whatever its format, in bounded memory."""

from __future__ import annotations

import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from edge_app.runtime.errors import EdgeError
from edge_app.runtime.quiet import silenced_native_log

FORMATS: Final = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""What a picture's content may be, the usual first. Pillow knows others, of which some run programs (EPS)."""
JPEG: Final = frozenset({"JPEG", "MPO"})
REDUCIBLE: Final = frozenset({"CMYK", "LA", "La", "RGB", "RGBA", "RGBX", "RGBa", "YCbCr"})
"""Modes of colour, or with transparency, whose pixels can be averaged."""
SMALL: Final = 6_000_000
"""A picture of more pixels is read in grey."""
LARGEST: Final = 64_000_000
"""A picture of more pixels is read at a reduced size."""
MEMORY: Final = 300_000_000
"""Bytes that decoding a picture may take."""
SCREEN: Final = (1920, 1080)
BROKEN: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    MemoryError,
    OverflowError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    zlib.error,
)
"""What Pillow raises for broken files."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a person sees it: turned by its EXIF orientation, transparency on white.

    Attributes:
        image: what is read: uint8 [H, W, 3] BGR, or [H, W] grey when it is large.
        shown: a small copy in colour of a large one, uint8 [h, w, 3] BGR; None for others.
        reduction: the factor by which the sides of `image` were reduced, 1 for all but huge ones.
    """

    image: NDArray[np.uint8]
    shown: NDArray[np.uint8] | None
    reduction: int


def read_picture(path: Path) -> Picture:
    """Read a picture in one of the allowed formats, whatever its name.

    Raises:
        EdgeError: it cannot be read, is no picture, or would take more memory than is allowed.
    """
    with silenced_native_log():  # libtiff tells standard error what it thinks of a file.
        found = _read(path)
    if isinstance(found, EdgeError):
        raise found
    return found


def _read(path: Path) -> Picture | EdgeError:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures, and of whatever is odd in a file.
            Image.preinit()  # Else Pillow loads the code of all formats to find the first of these.
            with Image.open(path, formats=FORMATS) as image:
                return _small(path, image) if image.width * image.height <= SMALL else _large(path, image)
    except EdgeError as error:
        return error
    except Image.DecompressionBombError:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        return EdgeError(f"{path}: too large, expected at most {limit} megapixels; shrink it first")
    except UnidentifiedImageError:
        return EdgeError(f"{path}: not a picture, or of an unknown format; expected {', '.join(FORMATS)}")
    except FileNotFoundError:
        return EdgeError(f"{path}: not found; expected a picture")
    except BROKEN as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return EdgeError(f"{path}: broken or unreadable picture ({reason}); replace it")


def _small(path: Path, image: Image.Image) -> Picture:
    colour = _bgr(_colour(path, image))
    return Picture(_upright(colour, _orientation(image)), None, 1)


def _large(path: Path, image: Image.Image) -> Picture:
    """Decode a large picture to grey, and to colour at the size of a screen: all of it in colour takes four times more.

    JPEG is decoded to both directly, and a huge one at a reduced size.
    """
    jpeg = image.format in JPEG
    reduction = _halvings(image.width * image.height)
    _expect_bearable(path, image, reduction if jpeg else 1)
    if jpeg:
        image.draft("L", (image.width // reduction, image.height // reduction))
        with Image.open(path, formats=FORMATS) as again:
            step = _step(again)
            again.draft("RGB", (again.width // step, again.height // step))
            shown = _colour(path, again.reduce(_step(again)))
        grey = _grey(path, image)
    else:
        grey = _grey(path, image)
        step = _step(image)
        if image.mode in {"P", "PA"}:  # Places in a palette cannot be averaged.
            shown = _colour(path, image.resize((image.width // step, image.height // step), Image.Resampling.NEAREST))
        else:
            shown = _colour(path, (image if image.mode in REDUCIBLE else grey).reduce(step))
        if reduction > 1:
            grey = grey.reduce(reduction)
    orientation = _orientation(image)
    return Picture(_upright(np.asarray(grey), orientation), _upright(_bgr(shown), orientation), reduction)


def _halvings(pixels: int) -> int:
    """Give the factor, a power of two, that brings a picture to at most LARGEST pixels."""
    factor = 1
    while pixels > LARGEST * factor**2:
        factor *= 2
    return factor


def _step(image: Image.Image) -> int:
    """Give the factor that brings a picture to about the size of a screen."""
    return max(1, image.width // SCREEN[0], image.height // SCREEN[1])


def _expect_bearable(path: Path, image: Image.Image, reduction: int) -> None:
    """Refuse a picture that would take too much memory to decode.

    Pillow holds a byte for a pixel of one channel and four for one of several. WebP's decoder holds two whole pictures
    beside it, TIFF's as much as a strip may hold, and a progressive JPEG's all coefficients, at any size.
    """
    pixels = image.width * image.height
    held = 1 if image.mode in {"1", "L", "P"} or image.format in JPEG else 4
    beside = {"WEBP": 8, "TIFF": 4}.get(image.format or "", 6 if "progressive" in image.info else 0)
    needed = pixels * (held / reduction**2 + beside)
    if needed > MEMORY:
        raise EdgeError(
            f"{path}: too large, {pixels / 1e6:.0f} megapixels would take {needed / 1e6:.0f} MB, "
            f"expected at most {MEMORY / 1e6:.0f}; shrink it first"
        )


def _colour(path: Path, image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        image = _grey(path, image)
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return image.convert("RGB")


def _grey(path: Path, image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise EdgeError(f"{path}: holds floating-point pixels, expected 8 or 16 bit; save it as PNG")
    if image.mode.startswith("I"):  # 16 bit
        return Image.fromarray(np.clip(np.asarray(image) >> 8, 0, 255).astype(np.uint8))
    grey = image if image.mode == "L" else image.convert("L")
    if image.has_transparency_data:
        alpha = image.convert("RGBA").getchannel("A")
        grey = Image.composite(grey, Image.new("L", image.size, 255), alpha)
    return grey


def _bgr(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2BGR), np.uint8)


def _orientation(image: Image.Image) -> int:
    """Give the EXIF orientation of a decoded picture. Decoding turns a TIFF, which then says so here."""
    return int(image.getexif().get(ExifTags.Base.Orientation, 1))


def _upright(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn and flip as an EXIF orientation from 2 to 8 asks for; leave it for any other."""
    turned = np.swapaxes(image, 0, 1) if orientation in {5, 6, 7, 8} else image
    if orientation in {3, 4, 7, 8}:
        turned = turned[::-1]
    if orientation in {2, 3, 6, 7}:
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned)
