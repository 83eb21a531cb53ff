import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from edge_app.runtime.errors import EdgeError
from edge_app.sources import Frame, Notice, SourceKind, decode, open_source
from edge_app.sources.decode import read_picture

RED, WHITE = (255, 0, 0), (255, 255, 255)


def save_half_red(path: Path, **options: Any) -> Path:
    """40 x 20, the left half red."""
    image = Image.new("RGB", (40, 20), WHITE)
    image.paste(RED, (0, 0, 20, 20))
    image.save(path, **options)
    return path


def test_colours_come_in_opencvs_order(tmp_path: Path) -> None:
    picture = read_picture(save_half_red(tmp_path / "a.png"))
    image = picture.image
    assert image.shape == (20, 40, 3)
    assert image.dtype == np.uint8
    assert (picture.reduction, picture.shown) == (1, None)
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
    image = read_picture(save_half_red(tmp_path / "a.jpg", exif=exif, quality=95)).image
    assert image.shape[:2] == shape
    blue, _, red = image[red_at].astype(int)
    assert red > 200
    assert blue < 60


def test_transparent_paper_is_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    image.putpixel((1, 1), (0, 0, 0, 255))
    image.save(tmp_path / "a.png")
    found = read_picture(tmp_path / "a.png").image
    assert found[0, 0].tolist() == [255, 255, 255]
    assert found[1, 1].tolist() == [0, 0, 0]


def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 32768, 65535]], np.uint16)).save(tmp_path / "a.png")
    found = read_picture(tmp_path / "a.png").image
    assert found[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_other_modes_keep_their_brightness(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new("RGB", (3, 3), WHITE).convert(mode).save(path)
    found = read_picture(path).image
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
    assert frame.image.shape == (5_000, 5_000)
    assert frame.image[2_500, 1_000] < 5
    assert frame.image[2_500, 4_000] > 250


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.jpg", "RGB"), ("a.jpg", "L"), ("a.jpg", "CMYK")]
    + [("a.png", mode) for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16")]
    + [("a.tif", mode) for mode in ("RGB", "CMYK", "I;16")]
    + [("a.webp", "RGBA"), ("a.bmp", "RGB"), ("a.gif", "P"), ("a.ppm", "RGB")],
)
def test_a_large_picture_is_the_small_one_in_grey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, mode: str, orientation: int
) -> None:
    """The same file is read as a small picture and, by a lower limit, as a large one."""
    ramp = np.tile(np.linspace(0, 255, 200).astype(np.uint8), (120, 1))
    image = Image.fromarray(np.dstack([ramp, ramp[:, ::-1], np.full_like(ramp, 40)]))
    if mode in {"RGBA", "LA"}:
        image.putalpha(Image.fromarray(np.ascontiguousarray(ramp.T[:120, :].repeat(2, axis=1)[:, :200])))
    image = (
        image.convert("L").convert("I").point(lambda v: v * 257).convert("I;16")
        if mode == "I;16"
        else image.convert(mode)
    )
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, Any] = {"exif": exif} if name.rpartition(".")[2] in {"jpg", "png", "tif", "webp"} else {}
    options |= {"quality": 95} if name.endswith("jpg") else {"lossless": True} if name.endswith("webp") else {}
    image.save(tmp_path / name, **options)
    small = read_picture(tmp_path / name)
    monkeypatch.setattr(decode, "SMALL", 1000)
    monkeypatch.setattr(decode, "SCREEN", (100, 100))
    large = read_picture(tmp_path / name)
    assert large.shown is not None
    assert large.image.shape == small.image.shape[:2]
    assert large.shown.shape == (small.image.shape[0] // 2, small.image.shape[1] // 2, 3)
    grey = cv2.cvtColor(small.image, cv2.COLOR_BGR2GRAY)
    assert np.abs(large.image.astype(int) - grey).max() <= 3
    shrunk = cv2.resize(small.image, large.shown.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(large.shown.astype(int) - shrunk).mean() < (30 if mode == "P" else 4)


@pytest.mark.parametrize(
    ("format_name", "suffix"), [("EPS", ".png"), ("AVIF", ".png"), ("DDS", ".jpg"), ("TGA", ".png")]
)
def test_other_formats_are_refused_whatever_their_name(tmp_path: Path, format_name: str, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.new("RGB", (64, 64), RED).save(path, format_name)
    with pytest.raises(EdgeError, match=r"not a picture, or of an unknown format; expected BMP, GIF, JPEG, PNG"):
        read_picture(path)


def test_a_picture_starts_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "gs"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    Image.new("RGB", (64, 64), RED).save(tmp_path / "a.png", "EPS")
    with pytest.raises(EdgeError):
        read_picture(tmp_path / "a.png")
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize(
    ("name", "megapixels", "options"),
    [("a.png", 80, {"compress_level": 1}), ("a.tif", 40, {}), ("a.jpg", 50, {"progressive": True}), ("a.webp", 26, {})],
)
@pytest.mark.slow
def test_a_picture_that_would_take_too_much_memory_is_refused(
    tmp_path: Path, name: str, megapixels: int, options: dict[str, Any]
) -> None:
    Image.new("RGB", (megapixels * 1_000_000 // 5_000, 5_000)).save(tmp_path / name, **options)
    with pytest.raises(EdgeError, match=rf"too large, {megapixels} megapixels would take \d+ MB, expected at most 300"):
        read_picture(tmp_path / name)


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
@pytest.mark.slow
def test_the_app_reads_35_megapixels_in_bounded_memory(tmp_path: Path, page: NDArray[np.uint8], name: str) -> None:
    cv2.imwrite(str(tmp_path / name), cv2.resize(page, (6800, 5200)), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    program = (
        "import sys; from edge_app.__main__ import main; from edge_app.commands.memory import peak_resident_mb; "
        "main(); print(peak_resident_mb())"
    )
    command = [sys.executable, "-c", program, tmp_path / name, "--headless", "--jsonl", tmp_path / "out.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "1 frame, 3 digits" in done.stderr
    assert float(done.stdout) < 500


def test_a_libtiff_that_complains_is_not_heard(tmp_path: Path, page: NDArray[np.uint8]) -> None:
    whole = tmp_path / "a.tif"
    Image.fromarray(page).save(whole, compression="tiff_lzw")
    content = bytearray(whole.read_bytes())
    content[2000:2100] = b"\xff" * 100
    whole.write_bytes(content)
    command = [sys.executable, "-m", "edge_app", whole, "--headless"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("edge_app: ")


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


def test_pictures_that_cannot_be_read_are_counted_and_the_run_goes_on(tmp_path: Path, page: NDArray[np.uint8]) -> None:
    Image.fromarray(page).save(tmp_path / "2.png")
    for number, format_name in ((1, "EPS"), (3, "AVIF"), (4, "BLP")):
        picture = Image.new("P" if format_name == "BLP" else "RGB", (64, 64))
        picture.save(tmp_path / f"{number}.png", format_name)
    command = [sys.executable, "-m", "edge_app", tmp_path, "--headless"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.count("\n") == 1
    *refused, last = done.stderr.splitlines()
    assert [line.partition(": ")[2].partition(":")[0] for line in refused] == [
        str(tmp_path / f"{number}.png") for number in (1, 3, 4)
    ]
    assert last.endswith("; 3 pictures could not be read")


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="holds no picture; expected files ending in"):
        open_source(str(tmp_path))


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="nowhere: not found; expected a camera's index"):
        open_source(str(tmp_path / "nowhere"))
