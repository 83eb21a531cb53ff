"""What is relied on in OpenCV: how it resizes, measures and reads."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest


def test_reducing_by_area_is_the_mean_of_each_block() -> None:
    image = np.random.default_rng(0).random((12, 18), np.float32)
    reduced = cv2.resize(image, (6, 4), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(reduced, image.reshape(4, 3, 6, 3).mean(axis=(1, 3)), atol=1e-6)


def test_reducing_by_a_fraction_weighs_pixels_by_the_area_they_share() -> None:
    reduced = cv2.resize(np.array([[0, 0, 1]], np.float32), (2, 1), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(reduced, [[0, 2 / 3]], atol=1e-6)


def test_linear_enlarging_keeps_pixel_centres() -> None:
    enlarged = cv2.resize(np.array([[0, 1]], np.float32), (4, 1), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(enlarged, [[0, 0.25, 0.75, 1]], atol=1e-6)


def test_enlarging_by_area_is_another_thing_than_linear() -> None:
    """Why the way of resizing is chosen by whether a digit shrinks or grows."""
    image = np.random.default_rng(1).random((5, 5), np.float32)
    area, linear = (cv2.resize(image, (8, 8), interpolation=way) for way in (cv2.INTER_AREA, cv2.INTER_LINEAR))
    assert np.abs(area - linear).max() > 0.05


def test_moments_are_sums_over_pixels() -> None:
    field = np.random.default_rng(2).random((9, 7), np.float32)
    moments, (rows, columns) = cv2.moments(field), np.indices(field.shape)
    assert moments["m00"] == pytest.approx(field.sum(), rel=1e-6)
    assert moments["m01"] == pytest.approx((rows * field).sum(), rel=1e-6)
    assert moments["m10"] == pytest.approx((columns * field).sum(), rel=1e-6)


def test_moments_take_an_array_two_columns_wide_for_points() -> None:
    strip = np.random.default_rng(3).random((9, 2), np.float32)
    assert cv2.moments(strip)["m00"] != pytest.approx(strip.sum(), rel=0.01)


def test_the_box_of_a_mask_is_where_it_is_not_zero() -> None:
    mask = np.zeros((10, 12), np.uint8)
    assert tuple(cv2.boundingRect(mask)) == (0, 0, 0, 0)
    mask[3:7, 2:5] = 255
    assert tuple(cv2.boundingRect(mask)) == (2, 3, 3, 4)


def test_components_touch_by_corners_and_the_first_is_the_background() -> None:
    mask = np.eye(4, dtype=np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    assert count == 2
    assert stats[:, cv2.CC_STAT_AREA].tolist() == [12, 4]


def test_png_is_without_loss() -> None:
    image = np.random.default_rng(4).integers(0, 256, (20, 30, 3), np.uint8)
    encoded = cv2.imencode(".png", image)[1]
    np.testing.assert_array_equal(cv2.imdecode(encoded, cv2.IMREAD_COLOR), image)


def test_what_cannot_be_opened_is_closed_and_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    for name in ("text.mp4", "missing.mp4"):
        capture = cv2.VideoCapture(str(tmp_path / name), cv2.CAP_FFMPEG)
        assert not capture.isOpened()
        assert capture.read() == (False, None)


@pytest.mark.parametrize(("suffix", "code"), [(".mp4", "mp4v"), (".mkv", "mp4v"), (".avi", "MJPG"), (".mov", "mp4v")])
def test_a_video_that_it_wrote_tells_frames_rate_and_times(tmp_path: Path, suffix: str, code: str) -> None:
    path = str(tmp_path / f"a{suffix}")
    writer = cv2.VideoWriter(path, cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*code), 20.0, (64, 48))
    assert writer.isOpened()
    for level in range(0, 250, 25):
        writer.write(np.full((48, 64, 3), level, np.uint8))
    writer.release()
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 10
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(20)
    levels, times = [], []
    while (read := capture.read())[0]:
        levels.append(float(read[1].mean()))
        times.append(capture.get(cv2.CAP_PROP_POS_MSEC))
    np.testing.assert_allclose(levels, np.arange(0, 250, 25), atol=4)
    np.testing.assert_allclose(times, np.arange(10) * 50, atol=1)
