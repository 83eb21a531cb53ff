import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset.scenes.matching import overlap
from edge_app.commands.soak import Latencies, four_pages
from edge_app.commands.speed import Speed, pick_threads
from edge_app.finder import Box
from edge_app.options import DEFAULT_BUNDLE
from edge_app.reader import Reader
from edge_app.result import Latency
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.sources import Frame

WITHOUT_OPENCV = """
import sys
sys.modules["cv2"] = None
sys.argv = ["edge_app", *sys.argv[1:]]
from edge_app.__main__ import main
sys.exit(main())
"""

RunApp = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.slow
def test_the_doctor_reports_on_everything(run_app: RunApp) -> None:
    done = run_app("doctor")
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    subjects = [line.split()[1] for line in done.stdout.splitlines()]
    assert subjects == [
        *("Python", "system", "numpy", "opencv-python", "pillow", "msgspec", "ai-edge-litert"),
        *("processor", "window", "cameras", "picamera2", "bundle", "signature", "check", "speed"),
    ]
    assert "frames/s" in done.stdout
    assert "!!" not in done.stdout


def test_the_doctor_finds_a_broken_bundle(run_app: RunApp, tmp_path: Path) -> None:
    done = run_app("doctor", "--bundle", tmp_path)
    assert done.returncode == 1
    assert f"!!  bundle         {tmp_path}" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_doctor_shows_what_the_offline_check_said_of_this_bundle(run_app: RunApp, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DEFAULT_BUNDLE, tmp_path / "digits"))
    (folder / "check.json").unlink(missing_ok=True)
    one = {"data": "MNIST", "images": 1000}

    def say() -> str:
        done = run_app("doctor", "--bundle", folder)
        assert done.returncode == 0, done.stdout
        return next(line for line in done.stdout.splitlines() if " check " in line)

    assert say().startswith("--  check          not checked")
    for digest, passed, expected in (
        (load_bundle(folder).digest, True, "ok  check          checked: passed, MNIST 1,000 images"),
        (load_bundle(folder).digest, False, "--  check          checked: FAILED, MNIST 1,000 images"),
        ("0" * 64, True, "--  check          the check is of another bundle"),
        ("0", True, f"--  check          {folder}/check.json: "),
    ):
        check = {"format": "bayes-edge check", "version": 1, "digest": digest, "checks": [one | {"passed": passed}]}
        (folder / "check.json").write_text(json.dumps(check))
        assert say().startswith(expected)


@pytest.mark.slow
def test_the_doctor_says_whether_the_bundle_is_signed(run_app: RunApp, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DEFAULT_BUNDLE, tmp_path / "digits"))

    def say(*options: str | Path) -> str:
        lines = run_app("doctor", "--bundle", folder, *options).stdout.splitlines()
        return next(line for line in lines if " signature " in line or line.startswith("!!"))

    assert say() == "--  signature      none; hashes do not tell who made it"
    made = run_app("keys", tmp_path / "maker")
    assert (made.returncode, made.stderr) == (0, "")
    assert "found no manifest.sig" in say("--verify-key", tmp_path / "maker.pub")
    assert run_app("sign", folder, "--key", tmp_path / "maker").stdout == f"{folder / 'manifest.sig'}\n"
    assert say() == "--  signature      there is one; --verify-key FILE checks it"
    assert say("--verify-key", tmp_path / "maker.pub") == f"ok  signature      by the owner of {tmp_path / 'maker.pub'}"


def test_the_doctor_runs_without_opencv_and_says_what_to_install() -> None:
    command = [sys.executable, "-c", WITHOUT_OPENCV, "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "!!  opencv-python" in done.stdout
    assert "apt-get install libgl1 libglib2.0-0" in done.stdout


def test_without_opencv_the_app_sends_the_user_to_the_doctor() -> None:
    command = [sys.executable, "-c", WITHOUT_OPENCV, "demo"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "python -m edge_app doctor" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("rates", "picked"),
    [({1: 100}, 1), ({1: 100, 2: 104}, 1), ({1: 100, 2: 106}, 2), ({1: 100, 2: 150, 4: 152}, 2), ({1: 90, 2: 60}, 1)],
)
def test_a_thread_must_pay(rates: dict[int, float], picked: int) -> None:
    assert pick_threads({threads: Speed(rate, 1, 1) for threads, rate in rates.items()}) == picked


@pytest.mark.slow
def test_the_soak_prints_speed_memory_and_start_up(run_app: RunApp) -> None:
    done = run_app("soak", "--frames", "40")
    assert done.returncode == 0, done.stderr
    assert "cold start to the result of one picture:" in done.stdout
    assert done.stdout.count("MB resident") >= 3
    assert "40 frames, " in done.stdout
    assert "of a frame: find p50 " in done.stdout


def test_four_pages_hold_four_times_the_digits(page: NDArray[np.uint8], classifier: Classifier) -> None:
    four = four_pages(page)
    assert four.shape == page.shape
    one, other = (Reader(classifier).read(Frame(image, 0.0)) for image in (page, four))
    height, width = page.shape[0] // 2, page.shape[1] // 2
    wanted = [
        Box(left + box.x // 2, top + box.y // 2, box.width // 2, box.height // 2)
        for top in (0, height)
        for left in (0, width)
        for box in (digit.box for digit in one.digits)
    ]
    at = [next((n for n, digit in enumerate(other.digits) if overlap(digit.box, box) > 0.8), None) for box in wanted]
    assert len(set(at) - {None}) == 4 * len(one.digits)
    # The shadow ends at the seam of two pages, as it does on none: what is found there is doubted.
    assert all(other.raw.predictions[n].unsure for n in range(len(other.digits)) if n not in at)


def test_of_all_latencies_the_medians_are_given(page: NDArray[np.uint8], classifier: Classifier) -> None:
    result = Reader(classifier).read(Frame(page, 0.0))
    latencies = Latencies()
    for factor in (1, 9, 3):
        latencies.take(replace(result, latency=Latency(factor, 2.0 * factor, 3.0 * factor)))
    assert str(latencies) == "find p50 3.00 ms, classify p50 6.00 ms"
