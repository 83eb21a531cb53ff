"""Scenes: what they show, and that their truth is true."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from dataset import load_split
from dataset.scenes import Scene, TruthBox, render_clip, render_page, render_scene
from dataset.scenes.camera import Light, Pose, Sensor, photograph
from dataset.scenes.pen import PENS, Hand
from dataset.scenes.sheet import HEIGHT, MARGIN, WIDTH, Sheet, blank_sheet
from dataset.scenes.writing import Writer

HAND = Hand(size=80, boldness=0.55, unevenness=0, colour=PENS[0])


def blank() -> Sheet:
    return blank_sheet((0.9, 0.9, 0.9), 0, np.random.default_rng(0))


def writer(sheet: Sheet, pose: Pose, seed: int = 0) -> Writer:
    return Writer(sheet, HAND, load_split("MNIST", "test"), pose, np.random.default_rng(seed))


def take(sheet: Sheet, pose: Pose) -> Scene:
    return photograph(sheet, pose, Light(), Sensor(), np.random.default_rng(0))


def test_the_same_seed_draws_the_same_scene() -> None:
    one, same, other = render_scene(7), render_scene(7), render_scene(8)
    np.testing.assert_array_equal(one.image, same.image)
    assert one.digits == same.digits
    assert not np.array_equal(one.image, other.image)


@pytest.mark.parametrize("seed", range(20, 32))
def test_the_truth_lies_in_the_picture_and_names_the_right_images(seed: int) -> None:
    scene = render_scene(seed)
    labels = load_split("MNIST", "test").y
    assert scene.image.shape == (HEIGHT, WIDTH, 3)
    assert scene.image.dtype == np.uint8
    for digit in scene.digits:
        box = digit.box
        assert box.x > 0
        assert box.y > 0
        assert box.x + box.width < WIDTH
        assert box.y + box.height < HEIGHT
        assert 20 <= box.height <= 200
        assert digit.label == labels[digit.index]


@pytest.mark.slow
def test_scenes_are_of_many_kinds() -> None:
    scenes = [render_scene(seed) for seed in range(60)]
    dark = sum(float(np.median(scene.image)) < 70 for scene in scenes)
    assert 4 <= dark <= 25
    counts = [len(scene.digits) for scene in scenes]
    assert min(counts) <= 2
    assert max(counts) >= 10
    heights = [digit.box.height for scene in scenes for digit in scene.digits]
    assert min(heights) < 45
    assert max(heights) > 110


def test_boxes_fit_the_ink_tightly() -> None:
    page = render_page(3)
    grey = cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY)
    for digit in page.digits:
        box = digit.box
        around = grey[box.y - 4 : box.y + box.height + 4, box.x - 4 : box.x + box.width + 4]
        x, y, width, height = cv2.boundingRect((around < 140).astype(np.uint8))
        assert abs(x - 4) <= 1
        assert abs(y - 4) <= 1
        assert abs(width - box.width) <= 2
        assert abs(height - box.height) <= 2


@pytest.mark.parametrize("digits", [1, 8, 12, 24])
def test_a_page_has_as_many_digits_as_asked_in_reading_order(digits: int) -> None:
    page = render_page(0, digits=digits)
    assert len(page.digits) == digits
    rows = [round(digit.box.y / (HEIGHT / 24)) for digit in page.digits]
    assert max(np.diff(rows, prepend=rows[0])) < 24
    assert page.digits[0].box.x < WIDTH / 2


@pytest.mark.parametrize("digits", [0, 25])
def test_a_page_without_room_is_refused(digits: int) -> None:
    with pytest.raises(ValueError, match=f"digits: found {digits}, expected 1 to 24"):
        render_page(0, digits=digits)


def test_a_clip_shows_the_same_digits_moving_a_little() -> None:
    frames = list(render_clip(5, frames=6, digits=4))
    assert len(frames) == 6
    first = [(digit.label, digit.index) for digit in frames[0].digits]
    for before, after in pairwise(frames):
        assert [(digit.label, digit.index) for digit in after.digits] == first
        assert not np.array_equal(before.image, after.image)
        moved = [abs(a.box.x - b.box.x) for a, b in zip(before.digits, after.digits, strict=True)]
        assert max(moved) < 20


def test_a_straight_pose_shows_the_sheets_middle() -> None:
    corner = np.array([MARGIN, MARGIN, 1.0])
    np.testing.assert_allclose(Pose().homography() @ corner, [0, 0, 1], atol=1e-9)
    middle = np.array([MARGIN + WIDTH / 2, MARGIN + HEIGHT / 2, 1.0])
    seen = Pose(turn=30, zoom=1.3, shift=(5, -7)).homography() @ middle
    np.testing.assert_allclose(seen, [WIDTH / 2 + 5, HEIGHT / 2 - 7, 1], atol=1e-9)


def test_the_zoom_scales_what_is_seen() -> None:
    sheet = blank()
    writer(sheet, Pose()).scatter()
    near, far = take(sheet, Pose(zoom=1.0)), take(sheet, Pose(zoom=0.5))
    for digit, half in zip(near.digits, far.digits, strict=True):
        assert abs(digit.box.height / 2 - half.box.height) <= 2


def test_even_light_changes_nothing_and_a_fade_only_darkens() -> None:
    np.testing.assert_allclose(Light().on(5, 8), 1)
    faded = Light(fade=0.5).on(50, 80)
    assert faded.max() <= 1
    assert abs(faded.min() - 0.5) < 0.02
    shadow = Light(shadow=0.4, edge=(0.5, 0.5), softness=1).on(50, 80)
    assert abs(shadow[25, 5, 0] - 1) < 1e-3
    assert abs(shadow[25, 75, 0] - 0.6) < 1e-3


def test_digits_cut_by_the_edge_do_not_count() -> None:
    sheet, pose = blank(), Pose()
    writer(sheet, pose).write_cut_off()
    scene = take(sheet, pose)
    assert len(sheet.written) == 1
    assert scene.digits == ()
    assert scene.image.min() < 100  # it is in the picture all the same


def test_a_speck_beside_a_digit_is_not_part_of_its_box() -> None:
    ink = np.zeros((28, 28), np.float32)
    ink[4:24, 8:12] = 1
    ink[6, 22] = 1
    split = load_split("MNIST", "test")
    lone = type(split)(1 - ink[None, ..., None], split.y[:1], split.onehot[:1])
    sheet = blank()
    Writer(sheet, HAND, lone, Pose(), np.random.default_rng(0)).scatter()
    scene = take(sheet, Pose())
    assert scene.digits
    for digit in scene.digits:
        assert isinstance(digit.box, TruthBox)
        assert digit.box.width < 0.35 * digit.box.height


@pytest.mark.slow
def test_the_command_writes_a_page_a_clip_and_their_truth(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dataset.scenes", "--out", str(tmp_path / "new"), "--frames", "5"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    page = cv2.imread(str(tmp_path / "new" / "page.png"))
    np.testing.assert_array_equal(page, render_page(0).image)
    truth = json.loads((tmp_path / "new" / "page.json").read_text())
    assert [digit["label"] for digit in truth] == [digit.label for digit in render_page(0).digits]
    clip = cv2.VideoCapture(str(tmp_path / "new" / "clip.mp4"))
    assert sum(clip.read()[0] for _ in range(6)) == 5
    clip.release()


def test_the_command_says_in_one_line_what_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "dataset.scenes", "--out", str(tmp_path / "file" / "folder")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("dataset.scenes: ")
    assert done.stderr.count("\n") == 1
