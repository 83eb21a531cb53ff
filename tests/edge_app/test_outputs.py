import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.outputs import JsonLines, check_suffix, open_recorder, write_still
from edge_app.outputs.video import CODECS, LiveVideo, Video
from edge_app.runtime.errors import EdgeError
from edge_app.sources import open_source


def canvas(number: int = 0, size: tuple[int, int] = (160, 120)) -> NDArray[np.uint8]:
    noise = np.random.default_rng(number).integers(0, 30, (size[1], size[0], 3))
    return (noise + 10 * (number % 20)).astype(np.uint8)


def read_back(path: Path) -> tuple[int, float]:
    """Frames and frames a second of a video."""
    capture = cv2.VideoCapture(str(path))
    count = 0
    while capture.read()[0]:
        count += 1
    rate = capture.get(cv2.CAP_PROP_FPS)
    capture.release()
    return count, rate


def write_until_refused(write: Callable[[int], None]) -> tuple[int, str]:
    """Write until there is no room; how often that went well, and the complaint."""
    for number in range(100_000):
        try:
            write(number)
        except EdgeError as error:
            return number, str(error)
    pytest.fail("the disk never ran full")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("suffix", sorted(CODECS))
def test_a_video_has_a_frame_per_picture(tmp_path: Path, suffix: str) -> None:
    video = Video(tmp_path / f"a{suffix}", 25)
    for number in range(30):
        video.write(canvas(number), number / 25)
    assert not (tmp_path / f"a{suffix}").exists()  # not before it is whole
    video.close()
    count, rate = read_back(tmp_path / f"a{suffix}")
    assert count == 30
    assert rate == pytest.approx(25)
    assert [path.name for path in tmp_path.iterdir()] == [f"a{suffix}"]


def test_a_video_without_pictures_is_no_file(tmp_path: Path) -> None:
    Video(tmp_path / "a.mp4", 25).close()
    assert list(tmp_path.iterdir()) == []


def test_pictures_of_another_size_are_fitted_in(tmp_path: Path) -> None:
    video = Video(tmp_path / "a.avi", 25)
    video.write(canvas(0, (160, 120)), 0)
    video.write(np.full((120, 80, 3), 255, np.uint8), 0.04)
    video.close()
    capture = cv2.VideoCapture(str(tmp_path / "a.avi"))
    capture.read()
    _, second = capture.read()
    capture.release()
    assert second.shape == (120, 160, 3)
    assert second[60, 80].min() > 240
    assert second[60, 10].max() < 20


def test_a_live_video_keeps_real_time(tmp_path: Path) -> None:
    video = LiveVideo(tmp_path / "a.mp4", 20)
    times = [5.0, 5.01, 5.3, 5.31, 6.0]
    for number, time_s in enumerate(times):
        video.write(canvas(number), time_s)
    video.close()
    assert read_back(tmp_path / "a.mp4")[0] == pytest.approx(20 * 1.0, abs=1)


def test_a_live_video_does_not_wait_out_a_long_gap(tmp_path: Path) -> None:
    video = LiveVideo(tmp_path / "a.mp4", 20)
    for number, time_s in enumerate([0.0, 0.5, 3600.0, 3600.5]):
        video.write(canvas(number), time_s)
    video.close()
    assert read_back(tmp_path / "a.mp4")[0] == pytest.approx(20, abs=3)


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_a_full_disk_costs_no_frame_that_was_written(small_disk: Path, suffix: str) -> None:
    video = Video(small_disk / f"a{suffix}", 25)
    written, complaint = write_until_refused(lambda number: video.write(canvas(number, (640, 480)), number / 25))
    video.close()
    assert f"a{suffix}: the disk is full (1.0 MB free) after {written} frames" in complaint
    assert 0 < written == read_back(small_disk / f"a{suffix}")[0]


def test_a_still_that_does_not_fit_leaves_nothing_half_written(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(2_000_000))
    with pytest.raises(EdgeError, match=r"a\.png: cannot be written \(No space left on device\)"):
        write_still(small_disk / "a.png", canvas(1, (640, 480)))
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]


def test_one_still_gets_the_name_and_several_get_numbers(tmp_path: Path, picture: Path, clip: Path) -> None:
    single = open_recorder(tmp_path / "one.png", open_source(str(picture)), frames=1)
    single.write(canvas(1), 0)
    several = open_recorder(tmp_path / "many.jpg", open_source(str(clip)), frames=90)
    for number in range(2):
        several.write(canvas(number), 0)
    names = {path.name for path in tmp_path.iterdir()} - {picture.name}
    assert names == {"one.png", "many-00000.jpg", "many-00001.jpg"}
    assert np.array_equal(np.asarray(cv2.imread(str(tmp_path / "one.png"))), canvas(1))


def test_unknown_suffixes_are_refused() -> None:
    with pytest.raises(EdgeError, match=r"a\.txt: unknown suffix; expected a video \(\.avi, .*\) or stills \(\.bmp, "):
        check_suffix(Path("a.txt"))


def test_a_missing_folder_is_refused(tmp_path: Path, picture: Path) -> None:
    with pytest.raises(EdgeError, match=r"the folder .* does not exist"):
        open_recorder(tmp_path / "no" / "a.mp4", open_source(str(picture)), frames=1)


def test_lines_are_there_as_soon_as_they_are_written(tmp_path: Path) -> None:
    lines = JsonLines(str(tmp_path / "a.jsonl"))
    lines.write(b"{}\n")
    assert (tmp_path / "a.jsonl").read_bytes() == b"{}\n"
    lines.close()


def test_a_full_device_is_told() -> None:
    lines = JsonLines("/dev/full")
    with pytest.raises(EdgeError, match="/dev/full: cannot be written"):
        lines.write(b"{}\n")
    lines.close()


def test_a_full_disk_keeps_whole_lines(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(2_000_000 - small_disk.stat().st_blksize))
    lines = JsonLines(str(small_disk / "a.jsonl"))
    line = b'{"frame": 0}' + b" " * 986 + b"\n"
    written, complaint = write_until_refused(lambda _: lines.write(line))
    lines.close()
    assert "what was written is kept" in complaint
    assert (small_disk / "a.jsonl").read_bytes() == line * written
    assert written > 0


def test_lines_that_cannot_be_started_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="cannot be written"):
        JsonLines(str(tmp_path / "no" / "a.jsonl"))
