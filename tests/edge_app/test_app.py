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
def test_signals_end_a_run_cleanly(tmp_path: Path, clip: Path, number: signal.Signals) -> None:
    long = tmp_path / "in"
    long.mkdir()
    capture = cv2.VideoCapture(str(clip))
    _, page = capture.read()
    capture.release()
    for index in range(400):
        cv2.imwrite(str(long / f"{index}.bmp"), page)
    lines, video = tmp_path / "out.jsonl", tmp_path / "out.mp4"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "edge_app",
        long,
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


def test_a_full_device_ends_the_run_and_keeps_the_video(run_app: RunApp, tmp_path: Path, clip: Path) -> None:
    done = run_app(clip, "--headless", "--jsonl", "/dev/full", "--save", tmp_path / "out.mp4")
    assert done.returncode == 1
    assert done.stderr.startswith("edge_app: /dev/full: cannot be written (No space left on device)")
    assert done.stderr.count("\n") == 1
