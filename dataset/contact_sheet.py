"""Draw a contact sheet of every corruption: `python -m dataset.contact_sheet --out contact_sheet.png`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dataset.arrays import SIDE
from dataset.corruptions import NAMES
from dataset.errors import DataError
from dataset.load import CLASSES, Split, load_split

COLUMNS: Final = 2 * CLASSES
ENLARGED: Final = 2 * SIDE
GAP: Final = 6
PITCH: Final = ENLARGED + GAP
MARGIN: Final = 130
BACKGROUND: Final = 200


def draw_sheet(splits: dict[str, Split]) -> Image.Image:
    """Draw a row for every split: its name, then the first images of each class in turn.

    Args:
        splits: the splits by the name that stands beside them.

    Returns:
        The sheet in grey, paper white as the networks see it.
    """
    sheet = Image.new("L", (MARGIN + COLUMNS * PITCH, GAP + len(splits) * PITCH), BACKGROUND)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=14)
    for row, (name, split) in enumerate(splits.items()):
        top = GAP + row * PITCH
        pen.text((GAP, top + ENLARGED // 2), name, fill=0, font=font, anchor="lm")
        for column, image in enumerate(_first_of_each_class(split)):
            digit = Image.fromarray(np.rint(255.0 * image[..., 0]).astype(np.uint8))
            sheet.paste(digit.resize((ENLARGED, ENLARGED), Image.Resampling.NEAREST), (MARGIN + column * PITCH, top))
    return sheet


def _first_of_each_class(split: Split) -> NDArray[np.float32]:
    """Pick images 0, 1, ..., 9, 0, 1, ... of a split, each class in the order of the split."""
    of_class = [np.flatnonzero(split.y == label) for label in range(CLASSES)]
    return split.x[[of_class[position % CLASSES][position // CLASSES] for position in range(COLUMNS)]]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m dataset.contact_sheet", description=__doc__)
    parser.add_argument("names", nargs="*", type=_known, metavar="NAME", help=f"{', '.join(NAMES)} (default: all)")
    parser.add_argument("--out", type=Path, default=Path("contact_sheet.png"), help="the PNG file to write")
    options = parser.parse_args(arguments)
    try:
        splits = {name: load_split(f"MNIST_corrupted/{name}", "test") for name in options.names or NAMES}
        draw_sheet(splits).save(options.out, format="PNG")
    except (DataError, OSError) as error:
        print(f"contact_sheet: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("contact_sheet: interrupted", file=sys.stderr)
        return 1
    print(options.out)
    return 0


def _known(name: str) -> str:
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"unknown corruption {name!r}; expected one of {', '.join(NAMES)}")
    return name


if __name__ == "__main__":
    sys.exit(main())
