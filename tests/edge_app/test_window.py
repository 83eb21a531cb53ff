"""The real window on a virtual display.

Xvfb shows it, openbox manages it (without a window manager Qt now and then paints nothing), xdotool presses the keys,
ImageMagick takes the screenshots.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_app.outputs import encode_reading
from edge_app.overlay import View
from edge_app.overlay.layout import lay_out
from edge_app.reader import Reader
from edge_app.runtime.classifier import Classifier
from edge_app.screen.window import fit
from edge_app.sources import open_source

PROGRAMS = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "import": "imagemagick"}
MISSING = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
pytestmark = [
    pytest.mark.window,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: apt-get install {' '.join(MISSING)}"),
]

PATIENCE_S = 30
LAYOUT = lay_out(640, 480, panel=True)


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            pytest.fail("waited in vain")
        time.sleep(0.05)


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A virtual display on a free number."""
    read_end, write_end = os.pipe()
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(command, pass_fds=[write_end], stderr=subprocess.DEVNULL) as server:
        os.close(write_end)
        with os.fdopen(read_end) as answer:
            number = f":{answer.readline().strip()}"
        manage = ["openbox", "--sm-disable"]
        with subprocess.Popen(manage, env=os.environ | {"DISPLAY": number}, stderr=subprocess.DEVNULL) as manager:
            yield number
            manager.terminate()
        server.terminate()


class Desk:
    """A person in front of the app."""

    def __init__(self, process: subprocess.Popen[str], display: str, folder: Path) -> None:
        self.process = process
        self.folder = folder
        self._environment = os.environ | {"DISPLAY": display}
        self.window = ""
        wait_until(self._find_window)
        wait_until(self._is_drawn)

    def _find_window(self) -> str:
        self.window = self._tool("search", "--name", "^bayes-edge$")
        return self.window

    def _is_drawn(self) -> bool:
        shown = self.look()
        return len(shown) >= PICTURE[0].stop and bool(shown.any())  # a new window is smaller for a moment

    def _tool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments], env=self._environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def press(self, *keys: str) -> None:
        self._tool("windowactivate", "--sync", self.window)
        self._tool("key", "--delay", "120", *keys)

    def close(self) -> None:
        self.press("alt+F4")

    def look(self) -> NDArray[np.uint8]:
        """What the window shows, uint8 [H, W, 3] BGR."""
        command = ["import", "-window", self.window, "png:-"]
        done = subprocess.run(command, env=self._environment, capture_output=True, check=True)
        return np.asarray(cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_COLOR), np.uint8)

    def width(self) -> int:
        """How wide the window is."""
        return int(self.look().shape[1])

    def leave(self) -> str:
        """What the app says when it ends."""
        _, complaint = self.process.communicate(timeout=PATIENCE_S)
        return complaint


@pytest.fixture
def sit_down(display: str, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Start the app with a window."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object) -> Desk:
        command = [sys.executable, "-m", "edge_app", *map(str, arguments)]
        environment = os.environ | {"DISPLAY": display, "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return Desk(process, display, tmp_path)

    yield start
    for process in started:
        process.kill()
        process.communicate()


PICTURE = (slice(0, 480), slice(0, 640))
BELOW_THE_DIGITS = (slice(440, 480), slice(20, 620))
PANEL = (slice(0, LAYOUT.canvas[0]), slice(LAYOUT.width, LAYOUT.canvas[1]))
BANNER = (slice(480, LAYOUT.canvas[0]), slice(0, 640))


def difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Mean absolute difference in grey levels."""
    return float(abs(a.astype(int) - b).mean())


def test_a_picture_is_shown_until_the_user_quits(
    sit_down: Callable[..., Desk], picture: Path, page: NDArray[np.uint8]
) -> None:
    desk = sit_down(picture)
    shown = desk.look()
    assert difference(shown[BELOW_THE_DIGITS], page[BELOW_THE_DIGITS]) < 2
    assert difference(shown[PICTURE], page) > 2  # boxes and tags
    desk.press("q")
    assert "1 frame, 3 digits" in desk.leave()
    assert desk.process.returncode == 0


def test_a_large_picture_is_shown_whole(sit_down: Callable[..., Desk], tmp_path: Path, page: NDArray[np.uint8]) -> None:
    cv2.imwrite(str(tmp_path / "large.png"), cv2.resize(page, (1440, 1080)))
    desk = sit_down(tmp_path / "large.png")
    height, width = lay_out(1440, 1080, panel=True).canvas
    wait_until(lambda: desk.width() > 1000)
    shown = desk.look()
    assert shown.shape[1] / shown.shape[0] == pytest.approx(width / height, abs=0.01)  # else its edges are cut off
    assert shown.shape[0] < height


@given(*[st.integers(1, 5000)] * 4)
def test_a_window_fits_on_the_screen_and_keeps_its_aspect(
    width: int, height: int, screen_width: int, screen_height: int
) -> None:
    fitting = fit((width, height), (screen_width, screen_height))
    assert 1 <= fitting[0] <= max(1, min(width, screen_width))
    assert 1 <= fitting[1] <= max(1, min(height, screen_height))
    if min(fitting) > 20:
        assert fitting[0] / fitting[1] == pytest.approx(width / height, rel=0.1)
    if width < 0.9 * screen_width and height < 0.9 * screen_height:
        assert fitting == (width, height)


def test_every_key_does_what_help_says(sit_down: Callable[..., Desk], picture: Path) -> None:
    desk = sit_down(picture)
    wait_until(lambda: desk.width() == LAYOUT.canvas[1])
    desk.press("i")
    wait_until(lambda: desk.width() == LAYOUT.width)
    desk.press("i")
    wait_until(lambda: desk.width() == LAYOUT.canvas[1])

    plain = desk.look()
    desk.press("h")
    wait_until(lambda: desk.look()[PICTURE].mean() < plain[PICTURE].mean() / 2)
    desk.press("h")
    wait_until(lambda: difference(desk.look()[PICTURE], plain[PICTURE]) < 1)

    desk.press("m")
    wait_until(lambda: difference(desk.look()[BELOW_THE_DIGITS], plain[BELOW_THE_DIGITS][:, ::-1]) < 2)
    desk.press("m")
    wait_until(lambda: difference(desk.look()[PICTURE], plain[PICTURE]) < 1)

    before = desk.look()[BANNER]
    desk.press("minus", "minus")
    wait_until(lambda: not np.array_equal(desk.look()[BANNER], before))  # "50 of 200 samples"
    desk.press("plus", "plus")
    wait_until(lambda: np.array_equal(desk.look()[BANNER], before))

    desk.press("s")
    wait_until(lambda: list(desk.folder.glob("bayes-edge-*.json")))
    (record,) = desk.folder.glob("bayes-edge-*.json")
    assert [digit["label"] for digit in json.loads(record.read_bytes())["digits"]] == ["8", "0", "5"]
    assert np.asarray(cv2.imread(str(record.with_suffix(".png")))).shape[:2] == LAYOUT.canvas

    desk.press("Escape")
    assert "saved bayes-edge-" in desk.leave()
    assert desk.process.returncode == 0


def test_space_freezes_a_clip_and_lets_it_go_on(sit_down: Callable[..., Desk], clip: Path) -> None:
    desk = sit_down(clip)
    desk.press("space")
    wait_until(lambda: np.array_equal(desk.look(), desk.look()))
    frozen = desk.look()
    time.sleep(0.3)
    assert np.array_equal(desk.look(), frozen)
    desk.press("space")
    wait_until(lambda: not np.array_equal(desk.look()[PICTURE], frozen[PICTURE]))
    desk.press("q")
    assert " frames, " in desk.leave()
    assert desk.process.returncode == 0


def test_a_still_and_its_json_show_the_same_reading(
    sit_down: Callable[..., Desk], clip: Path, classifier: Classifier
) -> None:
    """The steady reading, of fewer samples and of several frames: worked out here again from the clip."""
    desk = sit_down(clip)
    time.sleep(0.5)
    desk.press("space", "minus", "s")
    wait_until(lambda: list(desk.folder.glob("bayes-edge-*.json")))
    (saved,) = desk.folder.glob("bayes-edge-*.json")
    desk.press("q")
    desk.leave()
    record = json.loads(saved.read_bytes())
    reader, view = Reader(classifier), View(classifier.manifest)
    for frame in itertools.islice(open_source(str(clip)), record["frame"] + 1):
        result = reader.read(frame)
        view.show(result, 0.0)
    view.fewer_samples()
    expected = view.draw()
    result = result.with_samples(view.samples)
    assert view.samples < classifier.manifest.samples
    assert (record["reading"], record["samples"]) == ("steady", view.samples)
    assert record["digits"] == json.loads(encode_reading(result, result.steady, classifier.labels))["digits"]
    assert record["digits"] != json.loads(encode_reading(result, result.raw, classifier.labels))["digits"]
    still = np.asarray(cv2.imread(str(saved.with_suffix(".png"))))
    assert np.array_equal(still[PICTURE], expected[PICTURE])  # boxes and tags
    assert np.array_equal(still[PANEL], expected[PANEL])  # the reading in full


def test_closing_the_window_ends_the_app(sit_down: Callable[..., Desk], picture: Path) -> None:
    desk = sit_down(picture)
    desk.close()
    assert "1 frame, " in desk.leave()
    assert desk.process.returncode == 0


def test_a_lost_camera_is_told_in_the_place_of_the_stale_picture(
    sit_down: Callable[..., Desk], serve: Callable[..., Any], page: NDArray[np.uint8]
) -> None:
    def draw(number: int) -> NDArray[np.uint8]:
        """The page under a light that flickers, for a picture that never changes is a frozen camera's."""
        return np.clip(page.astype(int) - number % 5, 0, 255).astype(np.uint8)

    with serve(draw, rate=10) as server:
        desk = sit_down(server.address)
        wait_until(lambda: desk.look()[PICTURE].mean() > 150)
    wait_until(lambda: desk.look()[PICTURE].mean() < 60)
    with serve(draw, rate=10, port=server.port):
        wait_until(lambda: desk.look()[PICTURE].mean() > 150)
        desk.press("q")
        complaint = desk.leave()
    assert f"http://127.0.0.1:{server.port}: lost; trying again in 0.5 s" in complaint
    assert f"http://127.0.0.1:{server.port}: the picture is back" in complaint


def test_what_is_recorded_beside_the_window_is_whole(sit_down: Callable[..., Desk], clip: Path) -> None:
    desk = sit_down(clip, "--save", "out.mp4", "--jsonl", "out.jsonl", "--max-frames", "40")
    assert "40 frames" in desk.leave()
    assert (desk.folder / "out.jsonl").read_text().count("\n") == 40
    capture = cv2.VideoCapture(str(desk.folder / "out.mp4"))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 40
    capture.release()


def test_the_doctor_sees_the_display(display: str) -> None:
    environment = os.environ | {"DISPLAY": display, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "edge_app", "doctor"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert "ok  window         can be opened" in done.stdout
