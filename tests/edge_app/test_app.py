import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.app import Options, run
from edge_app.options import DEFAULT_BUNDLE
from edge_app.outputs import JsonLines, Run, Stills, Video
from edge_app.result import FrameResult

RunApp = Callable[..., subprocess.CompletedProcess[str]]

LABELS = ["8", "0", "5"]


def records(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def labels(record: dict[str, object]) -> list[str]:
    return [digit["label"] for digit in record["digits"]]  # type: ignore[attr-defined]


def frames_in(path: Path) -> int:
    capture = cv2.VideoCapture(str(path))
    count = 0
    while capture.read()[0]:
        count += 1
    capture.release()
    return count


@pytest.fixture
def many(tmp_path: Path, page: NDArray[np.uint8]) -> Path:
    """A folder of 400 pictures."""
    folder = tmp_path / "in"
    folder.mkdir()
    cv2.imwrite(str(folder / "0.bmp"), page)
    for number in range(1, 400):
        (folder / f"{number}.bmp").hardlink_to(folder / "0.bmp")
    return folder


def test_a_picture_gives_a_line_and_an_annotated_still(tmp_path: Path, picture: Path) -> None:
    summary = run(
        Options(
            source=str(picture),
            headless=True,
            outputs=(Stills(tmp_path / "out.png"), JsonLines(str(tmp_path / "out.jsonl"))),
        )
    )
    assert (summary.frames, summary.digits) == (1, 3)
    (record,) = records(tmp_path / "out.jsonl")
    assert labels(record) == LABELS
    still = np.asarray(cv2.imread(str(tmp_path / "out.png")))
    assert still.shape[0] > 480
    assert still.shape[1] > 640


def test_a_clip_gives_a_line_and_a_frame_per_frame(tmp_path: Path, clip: Path) -> None:
    summary = run(
        Options(
            source=str(clip),
            headless=True,
            outputs=(Video(tmp_path / "out.mp4"), JsonLines(str(tmp_path / "out.jsonl"))),
        )
    )
    lines = records(tmp_path / "out.jsonl")
    assert summary.frames == len(lines) == frames_in(tmp_path / "out.mp4") == frames_in(clip)
    assert [line["frame"] for line in lines] == list(range(len(lines)))
    assert np.mean([labels(line) == LABELS for line in lines]) > 0.9


def test_a_folder_gives_a_still_per_picture(tmp_path: Path, page: NDArray[np.uint8]) -> None:
    (tmp_path / "in").mkdir()
    for number in range(3):
        cv2.imwrite(str(tmp_path / "in" / f"{number}.png"), page)
    run(Options(source=str(tmp_path / "in"), headless=True, outputs=(Stills(tmp_path / "out.png"),)))
    assert sorted(path.name for path in tmp_path.glob("*.png")) == [f"out-0000{n}.png" for n in range(3)]


@pytest.mark.parametrize("option", ["--save", "--jsonl"])
def test_what_is_read_is_not_written_over(run_app: RunApp, tmp_path: Path, picture: Path, option: str) -> None:
    (tmp_path / "pictures").mkdir()
    kept = tmp_path / "pictures" / "page.png"
    kept.write_bytes(picture.read_bytes())
    for source in (kept, kept.parent):
        done = run_app(source, "--headless", option, kept)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert f"{kept}: is what is read, or part of it" in done.stderr
        assert kept.read_bytes() == picture.read_bytes()


def test_numbered_stills_do_not_write_over_the_pictures_they_are_of(
    run_app: RunApp, tmp_path: Path, picture: Path
) -> None:
    pages = [tmp_path / "pages" / f"page-0000{number}.png" for number in range(2)]
    pages[0].parent.mkdir()
    for page in pages:
        page.write_bytes(picture.read_bytes())
    done = run_app(pages[0].parent, "--headless", "--save", pages[0].with_name("page.png"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "page-00000.png: is what is read" in done.stderr or "page-00001.png: is what is read" in done.stderr
    assert all(page.read_bytes() == picture.read_bytes() for page in pages)


def test_the_bundle_is_not_written_over(run_app: RunApp, tmp_path: Path, picture: Path) -> None:
    bundle = shutil.copytree(DEFAULT_BUNDLE, tmp_path / "bundle")
    before = (bundle / "manifest.json").read_bytes()
    done = run_app(picture, "--headless", "--bundle", bundle, "--jsonl", bundle / "manifest.json")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "manifest.json: is what is read" in done.stderr
    assert (bundle / "manifest.json").read_bytes() == before


def test_two_outputs_are_not_written_to_one_file(run_app: RunApp, tmp_path: Path, picture: Path) -> None:
    both = tmp_path / "both.png"
    done = run_app(picture, "--headless", "--save", both, "--jsonl", both)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"{both}: two outputs would be written to it" in done.stderr
    assert not both.exists()


def test_lines_of_a_folder_name_their_pictures(tmp_path: Path, picture: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("b.png", "a.png"):
        (tmp_path / "in" / name).write_bytes(picture.read_bytes())
    out = tmp_path / "out.jsonl"
    run(Options(source=str(tmp_path / "in"), headless=True, outputs=(JsonLines(str(out)),)))
    assert [line["picture"] for line in records(out)] == [str(tmp_path / "in" / name) for name in ("a.png", "b.png")]


@dataclass(frozen=True)
class Tally:
    """An output of one's own: touches no other file than its own and the command line's."""

    counts: list[int]
    files: None = None

    def open(self, run: Run) -> "Tally":
        assert run.frames == 7
        return self

    def take(self, result: FrameResult) -> None:
        self.counts.append(len(result.digits))

    def close(self) -> None:
        self.counts.append(-1)


def test_another_output_needs_no_other_file(clip: Path) -> None:
    tally = Tally([])
    run(Options(source=str(clip), headless=True, outputs=(tally,), max_frames=7))
    assert tally.counts == [3] * 7 + [-1]


def test_max_frames_ends_a_run(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert run(Options(source=str(clip), headless=True, outputs=(JsonLines(str(out)),), max_frames=7)).frames == 7
    assert len(records(out)) == 7


def test_more_threads_give_the_same_answer(tmp_path: Path, picture: Path) -> None:
    found = []
    for threads in (1, 2):
        out = tmp_path / f"{threads}.jsonl"
        run(Options(source=str(picture), headless=True, outputs=(JsonLines(str(out)),), threads=threads))
        found.append([digit["probability"] for digit in records(out)[0]["digits"]])  # type: ignore[attr-defined]
    assert found[0] == pytest.approx(found[1], abs=1e-4)


def test_without_any_other_result_lines_go_to_standard_output(run_app: RunApp, picture: Path) -> None:
    done = run_app(picture, "--headless")
    assert done.returncode == 0
    assert labels(json.loads(done.stdout)) == LABELS
    assert done.stderr.startswith("edge_app: 1 frame, 3 digits, ")
    assert done.stderr.count("\n") == 1


def test_without_a_display_it_says_so_and_goes_on(run_app: RunApp, picture: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    done = run_app(picture, env=bare)
    assert done.returncode == 0
    assert labels(json.loads(done.stdout)) == LABELS
    first, second = done.stderr.splitlines()
    assert first == (
        "edge_app: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set): "
        "running without a window, as with --headless"
    )
    assert "1 frame, " in second


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_a_run_cleanly(tmp_path: Path, many: Path, number: signal.Signals) -> None:
    lines, video = tmp_path / "out.jsonl", tmp_path / "out.mp4"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "edge_app",
        many,
        "--headless",
        "--save",
        video,
        "--jsonl",
        lines,
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and (not lines.exists() or lines.read_text().count("\n") < 5):
            time.sleep(0.02)
        process.send_signal(number)
        _, complaint = process.communicate(timeout=30)
    assert process.returncode == 0
    count = len(records(lines))
    assert 5 <= count == frames_in(video) < 400
    assert complaint.startswith(f"edge_app: {count} frames, ")
    assert "p95" in complaint


@pytest.mark.slow
def test_a_killed_run_leaves_a_video_that_can_be_played_and_what_was_there_before(tmp_path: Path, many: Path) -> None:
    """What is on the disk is short of the frames read by what FFmpeg holds back: a fragment, and 256 kB."""
    for name in ("out.mp4", "out.jsonl"):
        (tmp_path / name).write_bytes(b"old")
    command = [sys.executable, "-m", "edge_app", str(many), "--headless", "--save", "out.mp4", "--jsonl", "out.jsonl"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            (lines,) = list(tmp_path.glob("out.part-*.jsonl")) or [None]
            if lines is not None and lines.read_bytes().count(b"\n") >= 80:
                break
            time.sleep(0.02)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "out.jsonl").read_bytes() == b"old"
    assert lines is not None
    *whole, _ = lines.read_bytes().split(b"\n")
    assert all(json.loads(line) for line in whole)
    (video,) = tmp_path.glob("out.part-*.ismv")
    assert 20 <= frames_in(video) <= len(whole)


@pytest.mark.slow
def test_a_source_that_fails_leaves_the_results_that_were_there(run_app: RunApp, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    kept = [tmp_path / "out.jsonl", tmp_path / "out.mp4"]
    for path in kept:
        path.write_bytes(b"old")
    for source in ("broken.png", "missing.mp4"):
        done = run_app(tmp_path / source, "--headless", "--jsonl", kept[0], "--save", kept[1])
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert [path.read_bytes() for path in kept] == [b"old", b"old"]
    assert len(list(tmp_path.iterdir())) == 3


def test_a_clip_is_not_written_over_by_what_is_made_of_it(run_app: RunApp, tmp_path: Path, clip: Path) -> None:
    source = shutil.copy(clip, tmp_path / "clip.part.mp4")
    done = run_app(source, "--headless", "--max-frames", 3, "--save", tmp_path / "clip.mp4")
    assert done.returncode == 0
    assert source.read_bytes() == clip.read_bytes()
    assert frames_in(tmp_path / "clip.mp4") == 3


@pytest.mark.slow
def test_closed_standard_streams_are_no_files_of_the_users(tmp_path: Path, picture: Path) -> None:
    app = f"{sys.executable} -m edge_app {picture} --headless"
    for redirection, status in ((">&-", 1), ("--jsonl out.jsonl >&-", 0), ("--jsonl out.jsonl >&- 2>&- <&-", 0)):
        command = ["sh", "-c", f"{app} {redirection}"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == status
        assert done.stderr.count("\n") == (0 if "2>" in redirection else 1)
    (line,) = records(tmp_path / "out.jsonl")
    assert labels(line) == LABELS


def test_a_terminal_that_is_gone_does_not_end_a_run(tmp_path: Path, picture: Path) -> None:
    command = [sys.executable, "-m", "edge_app", picture, "--headless", "--jsonl", tmp_path / "out.jsonl"]
    with Path("/dev/full").open("w") as full:
        assert subprocess.run(command, stderr=full, check=False).returncode == 0
    assert len(records(tmp_path / "out.jsonl")) == 1


def test_a_full_standard_output_is_one_line(picture: Path) -> None:
    command = [sys.executable, "-m", "edge_app", picture, "--headless"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("edge_app: standard output: cannot be written (No space left on device)")
    assert done.stderr.count("\n") == 1


def test_a_full_device_ends_the_run_and_keeps_the_video(run_app: RunApp, tmp_path: Path, clip: Path) -> None:
    done = run_app(clip, "--headless", "--jsonl", "/dev/full", "--save", tmp_path / "out.mp4")
    assert done.returncode == 1
    assert done.stderr.startswith("edge_app: /dev/full: cannot be written (No space left on device)")
    assert done.stderr.count("\n") == 1
