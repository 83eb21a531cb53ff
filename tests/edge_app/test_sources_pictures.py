from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edge_app.runtime.errors import EdgeError
from edge_app.sources import Frame, Notice, SourceKind, open_source
from edge_app.sources.pictures import read_picture

RED, WHITE = (255, 0, 0), (255, 255, 255)


def save_half_red(path: Path, **options: Any) -> Path:
    """40 x 20, the left half red."""
    image = Image.new("RGB", (40, 20), WHITE)
    image.paste(RED, (0, 0, 20, 20))
    image.save(path, **options)
    return path


def test_colours_come_in_opencvs_order(tmp_path: Path) -> None:
    image, reduction = read_picture(save_half_red(tmp_path / "a.png"))
    assert image.shape == (20, 40, 3)
    assert image.dtype == np.uint8
    assert reduction == 1
    assert image[10, 5].tolist() == [0, 0, 255]
    assert image[10, 35].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    ("orientation", "shape", "red_at"), [(1, (20, 40), (10, 5)), (3, (20, 40), (10, 35)), (6, (40, 20), (5, 10))]
)
def test_exif_orientation_is_respected(
    tmp_path: Path, orientation: int, shape: tuple[int, int], red_at: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image, _ = read_picture(save_half_red(tmp_path / "a.jpg", exif=exif, quality=95))
    assert image.shape[:2] == shape
    blue, _, red = image[red_at].astype(int)
    assert red > 200
    assert blue < 60


def test_transparent_paper_is_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    image.putpixel((1, 1), (0, 0, 0, 255))
    image.save(tmp_path / "a.png")
    found, _ = read_picture(tmp_path / "a.png")
    assert found[0, 0].tolist() == [255, 255, 255]
    assert found[1, 1].tolist() == [0, 0, 0]


def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 32768, 65535]], np.uint16)).save(tmp_path / "a.png")
    found, _ = read_picture(tmp_path / "a.png")
    assert found[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_other_modes_keep_their_brightness(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new("RGB", (3, 3), WHITE).convert(mode).save(path)
    found, _ = read_picture(path)
    assert (found == 255).all()


def test_one_pixel_is_a_picture(tmp_path: Path) -> None:
    Image.new("L", (1, 1)).save(tmp_path / "a.png")
    (frame,) = open_source(str(tmp_path / "a.png"))
    assert isinstance(frame, Frame)
    assert frame.image.shape == (1, 1, 3)


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_a_hundred_megapixels_are_read_reduced(tmp_path: Path, name: str) -> None:
    image = Image.new("L", (10_000, 10_000), 255)
    image.paste(0, (0, 0, 5_000, 10_000))
    image.save(tmp_path / name, compress_level=1)
    notice, frame = open_source(str(tmp_path / name))
    assert isinstance(notice, Notice)
    assert "1/2 of its size" in notice.text
    assert isinstance(frame, Frame)
    assert frame.image.shape == (5_000, 5_000, 3)
    assert frame.image[2_500, 1_000].max() < 5
    assert frame.image[2_500, 4_000].min() > 250


def test_a_palette_is_not_averaged(tmp_path: Path) -> None:
    image = Image.new("P", (10_000, 7_000), 1)
    image.putpalette([0, 0, 0, 255, 255, 255, 255, 0, 0])
    image.paste(0, (0, 0, 1, 7_000))  # neither 0 nor 1 in the first column's average
    image.save(tmp_path / "a.png", compress_level=1)
    found, reduction = read_picture(tmp_path / "a.png")
    assert reduction == 2
    assert found[100, 0].tolist() == pytest.approx([127, 127, 127], abs=1)


def test_more_than_pillow_unpacks_is_refused(tmp_path: Path) -> None:
    Image.new("1", (14_000, 14_000)).save(tmp_path / "bomb.png")
    with pytest.raises(EdgeError, match=r"bomb\.png: too large, expected at most 178 megapixels"):
        read_picture(tmp_path / "bomb.png")


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(EdgeError, match=r"a\.png: "):
        list(open_source(str(tmp_path / "a.png")))


def test_a_truncated_picture_is_refused(tmp_path: Path, picture: Path) -> None:
    (tmp_path / "cut.png").write_bytes(picture.read_bytes()[:5000])
    with pytest.raises(EdgeError, match=r"cut\.png: broken or unreadable picture"):
        read_picture(tmp_path / "cut.png")


def test_a_folder_is_read_in_natural_order(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        Image.new("L", (8, 8), number).save(tmp_path / f"page {number}.PNG")
    (tmp_path / "notes.txt").write_text("no picture")
    source = open_source(str(tmp_path))
    assert source.kind is SourceKind.PICTURES
    assert source.length == 3
    assert [frame.image[0, 0, 0] for frame in source if isinstance(frame, Frame)] == [1, 9, 10]


def test_a_broken_picture_in_a_folder_is_told_and_skipped(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"broken")
    Image.new("L", (8, 8)).save(tmp_path / "2.png")
    notice, frame = open_source(str(tmp_path))
    assert isinstance(notice, Notice)
    assert "1.png: not a picture" in notice.text
    assert isinstance(frame, Frame)


def test_a_folder_of_nothing_but_broken_pictures_is_refused(tmp_path: Path) -> None:
    for name in ("1.png", "2.png"):
        (tmp_path / name).write_bytes(b"broken")
    with pytest.raises(EdgeError, match=r"2\.png: not a picture"):
        list(open_source(str(tmp_path)))


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="holds no picture; expected files ending in"):
        open_source(str(tmp_path))


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="nowhere: not found; expected a camera's index"):
        open_source(str(tmp_path / "nowhere"))
