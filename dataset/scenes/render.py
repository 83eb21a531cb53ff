"""Draw scenes from MNIST test digits: hard ones to measure a reader on, tidy pages and clips to show it with."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np

from dataset.load import Split, load_split
from dataset.scenes import marks, printed
from dataset.scenes.camera import Light, Pose, Sensor, photograph
from dataset.scenes.pen import CHALKS, PENS, Colour, Hand
from dataset.scenes.scene import Scene
from dataset.scenes.sheet import BOARDS, HEIGHT, MARGIN, PAPERS, WIDTH, Sheet, blank_sheet, lay_on_desk
from dataset.scenes.writing import Cells, Writer

PAPER_WHITE: Final[Colour] = (0.88, 0.90, 0.90)
BLUE_BLACK: Final[Colour] = (0.30, 0.13, 0.10)


def render_scene(seed: int) -> Scene:
    """Draw a hard but fair scene: a person reads every digit.

    One in five is light on dark, three in ten are written with a fine pen. Paper may be ruled, squared, with a table
    or a border, and may end within the view; dust, dots, dashes, cut-off digits, slanting light, a shadow, perspective,
    blur, noise and JPEG come as they may.

    Args:
        seed: the same seed draws the same scene, byte for byte.
    """
    rng = np.random.default_rng(seed)
    pose = _hand_held(rng)
    sheet = _board(pose, rng) if rng.random() < 0.2 else _paper(pose, rng)
    return photograph(sheet, pose, _room_light(rng), _webcam(rng), rng)


def _board(pose: Pose, rng: np.random.Generator) -> Sheet:
    """Write light on dark."""
    sheet = blank_sheet(BOARDS[rng.integers(len(BOARDS))], rng.uniform(0, 0.04), rng)
    _write(Writer(sheet, _somebody(CHALKS, rng), _test_digits(), pose, rng))
    return sheet


def _paper(pose: Pose, rng: np.random.Generator) -> Sheet:
    """Write dark on light."""
    sheet = blank_sheet(PAPERS[rng.integers(len(PAPERS))], rng.uniform(0, 0.03), rng)
    writer = Writer(sheet, _somebody(PENS, rng), _test_digits(), pose, rng)
    kind = rng.choice(["blank", "ruled", "squared", "bordered", "table"], p=[0.35, 0.2, 0.2, 0.1, 0.15])
    if kind == "table":
        _fill_table(writer)
        return sheet
    if kind == "ruled":
        printed.rule(sheet, rng)
    elif kind == "squared":
        printed.square(sheet, rng)
    elif kind == "bordered":
        printed.border(sheet, writer.hand.colour, rng)
    if rng.random() < 0.35:
        lay_on_desk(sheet, rng)
    _write(writer)
    return sheet


def _fill_table(writer: Writer) -> None:
    rng, size = writer.rng, writer.hand.size
    height, width = size * rng.uniform(1.5, 2.2), size * rng.uniform(1.6, 2.4)
    corners = printed.table(writer.sheet, (height, width), writer.hand.colour, rng)
    writer.fill_cells(Cells(corners, height, width), share=rng.uniform(0.4, 1))


def _write(writer: Writer) -> None:
    rng, colour = writer.rng, writer.hand.colour
    if rng.random() < 0.5:
        writer.scatter()
    else:
        writer.write_numbers()
    if rng.random() < 0.2:
        writer.write_cut_off()
    marks.add_dust(writer.sheet, int(rng.integers(25)), colour, rng)
    if rng.random() < 0.4:
        marks.add_dots(writer.sheet, int(rng.integers(1, 8)), colour, rng)
    if rng.random() < 0.4:
        marks.add_dashes(writer.sheet, int(rng.integers(1, 6)), colour, rng)


def render_page(seed: int, digits: int = 12) -> Scene:
    """Draw a tidy page: rows of digits on plain paper, in even light.

    Args:
        seed: the same seed draws the same page, byte for byte.
        digits: how many, 1 to 24.

    Raises:
        ValueError: the page has no room for so many digits.
    """
    rng = np.random.default_rng(seed)
    light = Light(fade=0.1, direction=rng.uniform(0, 2 * np.pi))
    return photograph(_tidy_sheet(rng, digits), Pose(), light, Sensor(blur=0.5, noise=1.5), rng)


def render_clip(seed: int, frames: int, digits: int = 8) -> Iterator[Scene]:
    """Draw the frames of a clip, 30 a second: a camera in an unsteady hand looks at a tidy page.

    Args:
        seed: the same seed draws the same clip, byte for byte.
        frames: how many.
        digits: how many the page has, 1 to 24.

    Raises:
        ValueError: the page has no room for so many digits.
    """
    rng = np.random.default_rng(seed)
    sheet = _tidy_sheet(rng, digits)
    waves = rng.uniform(0, 2 * np.pi, 6)
    for frame in range(frames):
        sway = np.sin(waves + 2 * np.pi * frame / 30 * np.array([0.35, 0.27, 0.2, 0.15, 0.23, 0.5]))
        pose = Pose(
            turn=float(4 * sway[0]),
            zoom=float(1 + 0.06 * sway[1]),
            shift=(float(14 * sway[2]), float(10 * sway[3])),
            tilt=(float(0.1 * sway[4]), float(0.06 * sway[1])),
        )
        light = Light(
            fade=0.3, direction=float(waves[0]), shadow=0.25, edge=(0.5 + 0.4 * float(sway[3]), 0.5), softness=60
        )
        yield photograph(sheet, pose, light, Sensor(blur=0.7 + 0.3 * float(sway[5]), noise=3, quality=90), rng)


def _tidy_sheet(rng: np.random.Generator, digits: int) -> Sheet:
    if not 1 <= digits <= 24:
        raise ValueError(f"digits: found {digits}, expected 1 to 24")
    columns = int(np.ceil(np.sqrt(digits * WIDTH / HEIGHT)))
    rows = int(np.ceil(digits / columns))
    height, width = (HEIGHT - 80) / rows, (WIDTH - 100) / columns
    corners = [(MARGIN + 40 + height * r, MARGIN + 50 + width * c) for r in range(rows) for c in range(columns)]
    sheet = blank_sheet(PAPER_WHITE, 0.01, rng)
    hand = Hand(size=min(110, 0.62 * height, 0.75 * width), boldness=0.55, unevenness=0.1, colour=BLUE_BLACK)
    Writer(sheet, hand, _test_digits(), Pose(), rng).fill_cells(Cells(corners[:digits], height, width), share=1)
    return sheet


@cache
def _test_digits() -> Split:
    return load_split("MNIST", "test")


def _somebody(colours: tuple[Colour, ...], rng: np.random.Generator) -> Hand:
    size = float(np.exp(rng.uniform(np.log(36), np.log(125))))
    return Hand(
        size=size,
        boldness=rng.uniform(0.48, 0.65),
        unevenness=rng.uniform(0, 0.25),
        colour=colours[rng.integers(len(colours))],
        nib=rng.uniform(2.5, 3 + 0.06 * size) if rng.random() < 0.3 else None,
    )


def _hand_held(rng: np.random.Generator) -> Pose:
    return Pose(
        turn=rng.normal(0, 4),
        zoom=rng.uniform(0.92, 1.12),
        shift=(rng.uniform(-20, 20), rng.uniform(-20, 20)),
        tilt=(rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2)),
    )


def _room_light(rng: np.random.Generator) -> Light:
    warm = rng.uniform(-0.12, 0.12)
    level = rng.uniform(0.55, 1.05)
    return Light(
        colour=(level * (1 - warm), level, level * (1 + warm)),
        fade=rng.uniform(0, 0.5),
        direction=rng.uniform(0, 2 * np.pi),
        shadow=rng.uniform(0.2, 0.55) if rng.random() < 0.4 else 0.0,
        edge=(rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8)),
        normal=rng.uniform(0, 2 * np.pi),
        softness=float(np.exp(rng.uniform(np.log(6), np.log(80)))),
    )


def _webcam(rng: np.random.Generator) -> Sensor:
    return Sensor(
        blur=rng.uniform(0.4, 1.6),
        smear=rng.uniform(2, 5) if rng.random() < 0.25 else 0.0,
        smear_angle=rng.uniform(0, 180),
        noise=rng.uniform(1, 9),
        quality=int(rng.integers(45, 96)),
    )
