import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.outputs import JsonLines, Output, Run, Stills, Video, encode_reading, require_apart, write_still
from edge_app.outputs.files import Files
from edge_app.outputs.video import CODECS, LiveVideoWriter, VideoWriter
from edge_app.reader import Reader
from edge_app.result import FrameResult
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.sources import Frame, SourceKind


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
    video = VideoWriter(tmp_path / f"a{suffix}", 25)
    for number in range(30):
        video.write(canvas(number), number / 25)
    assert not (tmp_path / f"a{suffix}").exists()  # not before it is whole
    video.close()
    assert (suffix not in {".mp4", ".m4v", ".mov"}) or (tmp_path / f"a{suffix}").read_bytes()[4:12] == b"ftypisom"
    count, rate = read_back(tmp_path / f"a{suffix}")
    assert count == 30
    assert rate == pytest.approx(25)
    assert [path.name for path in tmp_path.iterdir()] == [f"a{suffix}"]


def test_a_video_without_pictures_is_no_file(tmp_path: Path) -> None:
    VideoWriter(tmp_path / "a.mp4", 25).close()
    assert list(tmp_path.iterdir()) == []


def test_pictures_of_another_size_are_fitted_in(tmp_path: Path) -> None:
    video = VideoWriter(tmp_path / "a.avi", 25)
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
    video = LiveVideoWriter(tmp_path / "a.mp4", 20)
    times = [5.0, 5.01, 5.3, 5.31, 6.0]
    for number, time_s in enumerate(times):
        video.write(canvas(number), time_s)
    video.close()
    assert read_back(tmp_path / "a.mp4")[0] == pytest.approx(20 * 1.0, abs=1)


def test_a_live_video_does_not_wait_out_a_long_gap(tmp_path: Path) -> None:
    video = LiveVideoWriter(tmp_path / "a.mp4", 20)
    for number, time_s in enumerate([0.0, 0.5, 3600.0, 3600.5]):
        video.write(canvas(number), time_s)
    video.close()
    assert read_back(tmp_path / "a.mp4")[0] == pytest.approx(20, abs=3)


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_a_full_disk_costs_no_frame_that_was_written(small_disk: Path, suffix: str) -> None:
    video = VideoWriter(small_disk / f"a{suffix}", 25)
    written, complaint = write_until_refused(lambda number: video.write(canvas(number, (640, 480)), number / 25))
    video.close()
    assert f"a{suffix}: the disk is full (1.0 MB free) after {written} frames" in complaint
    assert 0 < written == read_back(small_disk / f"a{suffix}")[0]


def test_a_still_that_does_not_fit_leaves_nothing_half_written(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(2_000_000))
    with pytest.raises(EdgeError, match=r"a\.png: cannot be written \(No space left on device\)"):
        write_still(small_disk / "a.png", canvas(1, (640, 480)))
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]


@pytest.fixture
def result(page: NDArray[np.uint8], classifier: Classifier) -> FrameResult:
    """Two frames of a page, the second a little darker: its readings differ."""
    reader = Reader(classifier)
    reader.read(Frame(page, 0.0))
    return reader.read(Frame(np.asarray(page // 2, np.uint8), 0.1334, picture="scans/page.png"))


def run_of(classifier: Classifier, frames: int | None = None) -> Run:
    return Run(
        source="a clip",
        digest=classifier.bundle.digest,
        manifest=classifier.manifest,
        kind=SourceKind.CLIP,
        rate=25,
        frames=frames,
        threads=1,
        use_threads=lambda _: None,
    )


def test_one_still_gets_the_name_and_several_get_numbers(
    tmp_path: Path, classifier: Classifier, result: FrameResult
) -> None:
    Stills(tmp_path / "one.png").open(run_of(classifier, 1)).take(result)
    several = Stills(tmp_path / "many.jpg").open(run_of(classifier, 90))
    for number in range(2):
        several.take(replace(result, index=number))
    assert {path.name for path in tmp_path.iterdir()} == {"one.png", "many-00000.jpg", "many-00001.jpg"}
    assert np.asarray(cv2.imread(str(tmp_path / "one.png"))).shape[0] > 480


@pytest.mark.parametrize("output", [Stills(Path("no/a.png")), Video(Path("no/a.mp4"))])
def test_a_missing_folder_is_refused(output: Stills | Video, classifier: Classifier) -> None:
    with pytest.raises(EdgeError, match=r"a\.(mp4|png): the folder no does not exist"):
        output.open(run_of(classifier))


def test_a_line_is_the_documented_one(result: FrameResult) -> None:
    labels = ("null", "eins", *map(str, range(2, 10)))
    assert result.raw.predictions != result.steady.predictions
    for reading in (result.raw, result.steady):
        line = encode_reading(result, reading, labels)
        assert line.count(b"\n") == 1
        record = json.loads(line)
        assert list(record) == ["frame", "time_s", "picture", "reading", "samples", "digits", "latency_ms"]
        assert (record["frame"], record["time_s"], record["picture"]) == (1, 0.133, "scans/page.png")
        assert (record["reading"], record["samples"]) == (reading.name, 200)
        assert list(record["latency_ms"]) == ["find", "classify", "total"]
        keys = ["box", "line", "number", "column", "label", "probability", "interval", "spread"]
        keys += ["entropy_bits", "aleatoric_bits", "epistemic_bits"]
        assert len(record["digits"]) == len(result.digits) == 3
        for digit, prediction in zip(record["digits"], reading.predictions, strict=True):
            assert list(digit) == [*keys, "set", "unsure", "reason"]
            assert digit["label"] == labels[prediction.label]
            assert digit["probability"] == pytest.approx(prediction.probability, abs=1e-6)
            assert digit["interval"] == pytest.approx(prediction.interval, abs=1e-6)
            assert digit["spread"] == pytest.approx(digit["interval"][1] - digit["interval"][0], abs=2e-6)
            assert digit["entropy_bits"] == pytest.approx(prediction.total_bits, abs=1e-6)
            assert digit["set"] == [labels[index] for index in prediction.label_set]
            assert digit["unsure"] is prediction.unsure
            assert digit["reason"] == prediction.reason


def test_only_pictures_have_a_name(result: FrameResult, classifier: Classifier) -> None:
    nameless = replace(result, frame=Frame(result.frame.image, 0.0))
    assert "picture" not in json.loads(encode_reading(nameless, nameless.raw, classifier.labels))


def test_a_name_that_is_no_utf_8_becomes_json_all_the_same(result: FrameResult, classifier: Classifier) -> None:
    odd = replace(result, frame=Frame(result.frame.image, 0.0, picture=os.fsdecode(b"caf\xe9.png")))
    assert json.loads(encode_reading(odd, odd.raw, classifier.labels))["picture"] == "caf\ufffd.png"


def test_lines_hold_the_raw_reading(tmp_path: Path, result: FrameResult, classifier: Classifier) -> None:
    lines = JsonLines(str(tmp_path / "a.jsonl")).open(run_of(classifier))
    lines.take(result)
    assert (tmp_path / "a.jsonl").read_bytes() == encode_reading(result, result.raw, classifier.labels)
    lines.close()


def test_a_still_shows_the_steady_reading(tmp_path: Path, result: FrameResult, classifier: Classifier) -> None:
    """A frame whose raw reading is another gives the same picture, one whose steady reading is another does not."""
    stills = []
    other_past = tuple(replace(track, recent=(np.roll(track.recent[-1], 1, axis=-1),)) for track in result.tracks)
    for changed in (
        result,
        replace(result, raw=replace(result.raw, predictions=())),
        replace(result, tracks=other_past),
    ):
        still = Stills(tmp_path / "a.png").open(run_of(classifier, 1))
        still.take(changed)
        stills.append(np.asarray(cv2.imread(str(tmp_path / "a.png"))))
    assert np.array_equal(stills[0], stills[1])
    assert not np.array_equal(stills[0], stills[2])


def test_a_full_device_is_told(result: FrameResult, classifier: Classifier) -> None:
    lines = JsonLines("/dev/full").open(run_of(classifier))
    with pytest.raises(EdgeError, match="/dev/full: cannot be written"):
        lines.take(result)
    lines.close()


def test_a_full_disk_keeps_whole_lines(small_disk: Path, result: FrameResult, classifier: Classifier) -> None:
    (small_disk / "ballast").write_bytes(bytes(2_000_000 - small_disk.stat().st_blksize))
    lines = JsonLines(str(small_disk / "a.jsonl")).open(run_of(classifier))
    line = encode_reading(result, result.raw, classifier.labels)
    written, complaint = write_until_refused(lambda _: lines.take(result))
    lines.close()
    assert "what was written is kept" in complaint
    assert (small_disk / "a.jsonl").read_bytes() == line * written
    assert written > 0


def test_lines_that_cannot_be_started_are_refused(tmp_path: Path, classifier: Classifier) -> None:
    with pytest.raises(EdgeError, match=r"no does not exist; make it first"):
        JsonLines(str(tmp_path / "no" / "a.jsonl")).open(run_of(classifier))


@pytest.mark.parametrize("make", [lambda path: JsonLines(str(path)), Stills, Video])
def test_a_folder_is_no_place_for_a_result(
    tmp_path: Path, classifier: Classifier, make: Callable[[Path], Output]
) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(EdgeError, match=r"a\.png: is a folder; expected a file's name"):
        make(tmp_path / "a.png").open(run_of(classifier))
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_pipe_that_nobody_reads_is_refused_and_one_that_is_read_gets_its_lines(
    tmp_path: Path, classifier: Classifier, result: FrameResult
) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(EdgeError, match="pipe: cannot be written \\(nobody reads this pipe\\)"):
        JsonLines(str(tmp_path / "pipe")).open(run_of(classifier))
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    lines = JsonLines(str(tmp_path / "pipe")).open(run_of(classifier))
    lines.take(result)
    assert os.read(reader, 1 << 16) == encode_reading(result, result.raw, classifier.labels)
    lines.close()
    os.close(reader)


def test_lines_that_were_there_before_stay_until_the_new_ones_are_finished(
    tmp_path: Path, classifier: Classifier, result: FrameResult
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"old")
    (tmp_path / "link.jsonl").symlink_to(path)
    (tmp_path / "same.jsonl").hardlink_to(path)
    JsonLines(str(path)).open(run_of(classifier)).close()
    assert path.read_bytes() == b"old"  # without a frame there is nothing to write
    lines = JsonLines(str(tmp_path / "link.jsonl")).open(run_of(classifier))
    lines.take(result)
    assert path.read_bytes() == b"old"
    lines.close()
    assert path.read_bytes() == encode_reading(result, result.raw, classifier.labels)
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (tmp_path / "same.jsonl").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 3


def test_a_video_that_was_there_before_stays_until_the_new_one_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"old")
    (tmp_path / "a.part.mp4").write_bytes(b"somebody's")
    VideoWriter(path, 25).close()
    video = VideoWriter(path, 25)
    video.write(canvas(), 0)
    assert path.read_bytes() == b"old"
    video.close()
    assert read_back(path)[0] == 1
    assert (tmp_path / "a.part.mp4").read_bytes() == b"somebody's"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_full_disk_keeps_the_lines_that_were_there_before(
    small_disk: Path, result: FrameResult, classifier: Classifier
) -> None:
    (small_disk / "a.jsonl").write_bytes(b"old")
    (small_disk / "ballast").write_bytes(bytes(2_000_000 - 3 * small_disk.stat().st_blksize))
    lines = JsonLines(str(small_disk / "a.jsonl")).open(run_of(classifier))
    line = encode_reading(result, result.raw, classifier.labels)
    written, complaint = write_until_refused(lambda _: lines.take(result))
    lines.close()
    assert (small_disk / "a.jsonl").read_bytes() == b"old"
    (part,) = small_disk.glob("a.part-*.jsonl")
    assert str(part) in complaint
    assert part.read_bytes() == line * written


@pytest.mark.parametrize("name", ["page.png", "page-00007.png", "hard.png", "soft.png", "page-123456.png"])
def test_what_is_read_is_not_written_over_under_any_name(tmp_path: Path, name: str) -> None:
    read = tmp_path / "read" / name
    read.parent.mkdir()
    read.touch()
    (tmp_path / "page-00003.png").hardlink_to(read)
    (tmp_path / "link.png").symlink_to(read)
    written = {"hard.png": tmp_path / "page.png", "soft.png": tmp_path / "link.png"}.get(name, read.parent / "page.png")
    with pytest.raises(EdgeError, match="is what is read, or part of it"):
        require_apart([read], [Files(written, numbered=True)])


def test_outputs_are_kept_apart_from_one_another(tmp_path: Path) -> None:
    (tmp_path / "there.jsonl").touch()
    (tmp_path / "hard.jsonl").hardlink_to(tmp_path / "there.jsonl")
    for one, other in (
        (Files(tmp_path / "both.png", numbered=True), Files(tmp_path / "both.png")),
        (Files(tmp_path / "both.png", numbered=True), Files(tmp_path / "both-00001.png")),
        (Files(tmp_path / "x" / ".." / "both.mp4"), Files(tmp_path / "both.mp4")),
        (Files(tmp_path / "there.jsonl"), Files(tmp_path / "hard.jsonl")),
    ):
        with pytest.raises(EdgeError, match="two outputs would be written to it"):
            require_apart([], [one, other])


def test_neighbours_may_be_written(tmp_path: Path) -> None:
    read = [tmp_path / "page.png", tmp_path / "page-1.png", tmp_path / "page-00001x.png"]
    for path in read:
        path.touch()
    require_apart(read, [Files(tmp_path / "page.jsonl"), Files(tmp_path / "pages.png", numbered=True)])
