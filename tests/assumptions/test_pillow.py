"""What is relied on in Pillow: decoders that can be limited, pictures read smaller, orientation, a font of any size."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFont, ImageOps, UnidentifiedImageError

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"


def encoded(image: Image.Image, kind: str, **options: object) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **options)
    file.seek(0)
    return file


def test_content_decides_on_the_decoder_and_not_the_name(tmp_path: Path) -> None:
    """So a PostScript program can hide behind .png."""
    path = tmp_path / "a.png"
    path.write_bytes(POSTSCRIPT)
    with Image.open(path) as image:
        assert image.format == "EPS"


def test_only_the_formats_that_are_named_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(POSTSCRIPT)
    with pytest.raises(UnidentifiedImageError):
        Image.open(path, formats=("PNG", "JPEG"))


def test_a_draft_makes_a_jpeg_smaller_by_a_power_of_two_and_no_smaller_than_asked() -> None:
    with Image.open(encoded(Image.new("RGB", (800, 400), "white"), "JPEG")) as image:
        image.draft("RGB", (300, 150))
        assert image.size == (400, 200)
        assert np.asarray(image).shape == (200, 400, 3)


def test_a_draft_leaves_a_png_as_it_is() -> None:
    with Image.open(encoded(Image.new("RGB", (80, 40)), "PNG")) as image:
        assert image.draft("RGB", (20, 10)) is None
        assert image.size == (80, 40)


def test_reduce_is_the_mean_of_each_block() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 12), np.uint8)
    reduced = np.asarray(Image.fromarray(pixels).reduce(4), np.float64)
    np.testing.assert_allclose(reduced, pixels.reshape(2, 4, 3, 4).mean(axis=(1, 3)), atol=0.51)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_camera_said(orientation: int) -> None:
    scene = np.random.default_rng(1).integers(0, 256, (4, 6, 3), np.uint8)
    stored = {
        1: scene,
        2: scene[:, ::-1],
        3: scene[::-1, ::-1],
        4: scene[::-1],
        5: scene.swapaxes(0, 1),
        6: np.rot90(scene),
        7: np.rot90(scene, 2).swapaxes(0, 1),
        8: np.rot90(scene, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    with Image.open(encoded(Image.fromarray(np.ascontiguousarray(stored)), "PNG", exif=exif)) as image:
        np.testing.assert_array_equal(np.asarray(ImageOps.exif_transpose(image)), scene)


def test_sixteen_bit_grey_keeps_its_sixteen_bits() -> None:
    grey = np.array([[0, 256, 65535]], np.uint16)
    with Image.open(encoded(Image.fromarray(grey), "PNG")) as image:
        assert image.mode.startswith("I")
        np.testing.assert_array_equal(np.asarray(image), grey)


def test_a_transparent_place_of_a_palette_is_told() -> None:
    image = Image.new("P", (4, 4), 1)
    with Image.open(encoded(image, "PNG", transparency=1)) as read:
        assert read.has_transparency_data
    with Image.open(encoded(image, "PNG")) as read:
        assert not read.has_transparency_data


def test_twice_the_limit_of_pixels_is_refused_from_the_header(monkeypatch: pytest.MonkeyPatch) -> None:
    file = encoded(Image.new("L", (100, 100)), "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4_999)
    with pytest.raises(Image.DecompressionBombError):
        Image.open(file)


def test_the_font_that_it_carries_has_any_size() -> None:
    """It needs Pillow built with FreeType, as all its wheels are."""
    small, large = (ImageFont.load_default(size) for size in (12, 36))
    assert isinstance(small, ImageFont.FreeTypeFont)
    assert large.getlength("7, 98 %") == pytest.approx(3 * small.getlength("7, 98 %"), rel=0.05)
