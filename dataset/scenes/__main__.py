"""Draw a page and a clip of handwritten digits to try a reader on: `python -m dataset.scenes --out demo`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import msgspec

from dataset.errors import DataError
from dataset.scenes.render import render_clip, render_page
from dataset.scenes.scene import Scene
from dataset.scenes.sheet import HEIGHT, WIDTH

FRAMES_A_SECOND = 30


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m dataset.scenes", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder for page.png, clip.mp4 and page.json")
    parser.add_argument("--seed", type=int, default=0, help="of all random numbers")
    parser.add_argument("--frames", type=int, default=90, help="of the clip, 30 a second")
    options = parser.parse_args(arguments)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        _write_page(options.out, render_page(options.seed))
        _write_clip(options.out / "clip.mp4", options.seed, options.frames)
    except (DataError, OSError) as error:
        print(f"dataset.scenes: {error}", file=sys.stderr)
        return 1
    print(f"{options.out}: page.png, page.json (what is written on it) and clip.mp4")
    return 0


def _write_page(folder: Path, page: Scene) -> None:
    _, png = cv2.imencode(".png", page.image)
    (folder / "page.png").write_bytes(png.tobytes())
    (folder / "page.json").write_bytes(msgspec.json.encode(page.digits))


def _write_clip(path: Path, seed: int, frames: int) -> None:
    whole = path.with_suffix(f".part{path.suffix}")
    video = cv2.VideoWriter(str(whole), cv2.VideoWriter.fourcc(*"mp4v"), FRAMES_A_SECOND, (WIDTH, HEIGHT))
    if not video.isOpened():
        raise DataError(f"{path}: cannot be written as MP4 video; choose another --out")
    for scene in render_clip(seed, frames):
        video.write(scene.image)
    video.release()
    whole.replace(path)


if __name__ == "__main__":
    sys.exit(main())
