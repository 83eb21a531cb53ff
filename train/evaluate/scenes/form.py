"""Measures the app on a large scan of a form, in a process of its own: what it finds, its time and its memory."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import cv2
import msgspec

from dataset.scenes.matching import match
from dataset.scenes.scan import render_scan
from edge_app.finder import Box
from edge_app.outputs.json_lines import DigitLine
from train.errors import TrainError

APP: Final = """
import sys, time
from edge_app.__main__ import main
from edge_app.commands.memory import peak_resident_mb
status = main()
print(time.process_time(), peak_resident_mb())
sys.exit(status)
"""


@dataclass(frozen=True, slots=True)
class Form:
    """What came of a form.

    Attributes:
        digits: handwritten ones on it.
        found: of those, how many are shown in a box.
        right: of those found, how many are read right.
        shown: boxes shown as digits.
        cpu_s: processor time of the app from start to end, in seconds.
        peak_mb: its largest resident memory, in megabytes (10^6 bytes).
    """

    digits: int
    found: int
    right: int
    shown: int
    cpu_s: float
    peak_mb: float


class _Line(msgspec.Struct):
    digits: tuple[DigitLine, ...]


def measure_form(bundle: Path, seed: int) -> Form:
    """Draw a form and let the app read it with one thread.

    Raises:
        TrainError: the app failed.
    """
    scene = render_scan(seed)
    with TemporaryDirectory() as folder:
        picture, lines = Path(folder) / "form.jpg", Path(folder) / "form.jsonl"
        cv2.imwrite(str(picture), scene.image, [cv2.IMWRITE_JPEG_QUALITY, 92])
        arguments = [str(picture), "--headless", "--bundle", str(bundle), "--jsonl", str(lines), "--threads", "1"]
        command = [sys.executable, "-c", APP, *arguments]
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=os.environ, check=False)
        if ran.returncode:
            raise TrainError(f"{picture.name}: the app ended with status {ran.returncode}; what it said is above")
        read = msgspec.json.decode(lines.read_bytes(), type=_Line).digits
    cpu_s, peak_mb = map(float, ran.stdout.split())
    shown = [digit for digit in read if digit.reason != "not a digit"]
    pairs = match([Box(*digit.box) for digit in shown], [digit.box for digit in scene.digits])
    right = sum(shown[box].label == str(scene.digits[truth].label) for box, truth in pairs)
    return Form(len(scene.digits), len(pairs), right, len(shown), cpu_s, peak_mb)
