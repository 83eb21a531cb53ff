"""Pictures of many formats, damaged: the app reads each, or says in one line that it cannot."""

from __future__ import annotations

import io
import random
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
from guarded import Bounds
from hunt import Attempt
from mutation import mutate
from PIL import Image

from edge_app.commands.dispatch import run_command

PAGE = Path(__file__).parents[2] / "edge_app" / "demo" / "page.jpg"
FORMATS = (
    "AVIF", "BLP", "BMP", "DDS", "DIB", "EPS", "GIF", "ICNS", "ICO", "JPEG", "JPEG2000", "MPO", "MSP", "PCX",
    "PDF", "PNG", "PPM", "QOI", "SGI", "SPIDER", "TGA", "TIFF", "WEBP", "XBM",
)  # fmt: skip
SUFFIXES = (".png", ".jpg", ".bmp", ".tif", ".webp", ".gif")


class Pictures:
    """Each attempt writes one damaged picture, under any picture's suffix, beside one of the user's."""

    name = "pictures"
    bounds = Bounds()

    def prepare(self, folder: Path) -> None:
        """Save the demo page, small, in every format that Pillow writes here."""
        cv2.setNumThreads(1)
        shutil.copy(PAGE, folder / "mine.jpg")
        with Image.open(PAGE) as page:
            small = page.convert("L").resize((320, 240))
        self._contents = {}
        for name in FORMATS:
            buffer = io.BytesIO()
            try:
                small.convert("1" if name in {"MSP", "XBM"} else "P" if name == "BLP" else "RGB").save(buffer, name)
            except (KeyError, OSError, ValueError):  # this Pillow does not write it
                continue
            self._contents[name] = buffer.getvalue()

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Damage one, or leave it as it is but under another format's name."""
        original = self._contents[rng.choice(sorted(self._contents))]
        content = mutate(original, rng) if rng.random() < 0.95 else original
        return replace(self.replay(content, rng.choice(SUFFIXES), folder), original=original)

    def replay(self, content: bytes, suffix: str, folder: Path) -> Attempt:
        """Read one damaged picture."""

        def run() -> int:
            place = folder.parent / f"damaged{suffix}"
            place.write_bytes(content)
            return run_command([str(place), "--headless", "--jsonl", "-"])

        return Attempt(run, content, suffix)
