"""What the app may be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROGRAM: Final = "edge_app"
DEFAULT_BUNDLE: Final = Path(__file__).parent / "bundles" / "digits"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for.

    Attributes:
        source: a camera's index, a picture, a folder, a video file, an address, `picamera` or `demo`.
        bundle: the bundle's folder.
        headless: never open a window.
        save: a file for an annotated video or stills; None for none.
        json_lines: a file for JSON lines, `-` for standard output; None for none.
        threads: how many threads OpenCV and LiteRT may use.
        max_frames: stop after so many; None for no limit.
    """

    source: str = "0"
    bundle: Path = DEFAULT_BUNDLE
    headless: bool = False
    save: Path | None = None
    json_lines: str | None = None
    threads: int = 1
    max_frames: int | None = None

    @property
    def outputs(self) -> list[Path]:
        """The files that are to be written."""
        lines = [Path(self.json_lines)] if self.json_lines and self.json_lines != "-" else []
        return lines + ([self.save] if self.save else [])
