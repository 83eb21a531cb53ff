"""Each corruption against closed forms, or a naive reading of the benchmark's definition."""

from collections.abc import Callable, Iterator
from itertools import pairwise, product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from skimage.transform import AffineTransform, warp

from dataset.corruptions import corrupt
from dataset.corruptions.streams import open_streams
from dataset.corruptions.weather import _draw_cloud

Images = NDArray[np.uint8]
Image = NDArray[np.float64]

BLANK = np.zeros((2000, 28, 28), dtype=np.uint8)
INK = np.full((400, 28, 28), 255, dtype=np.uint8)


@pytest.fixture(scope="module")
def digits(raw: dict[str, Images]) -> Images:
    return raw["x_test"][:60]


def drawn(images: Images, name: str) -> NDArray[np.int64]:
    """Corrupt; signed, so that differences can be taken."""
    return corrupt(images, name, split="test").astype(np.int64)


def streams_of(name: str, images: Images) -> Iterator[np.random.Generator]:
    return iter(open_streams(f"{name}/test", range(len(images)), 0))


# ---- noise


def test_shot_noise_counts_three_photons_at_full_ink() -> None:
    counts = drawn(INK, "shot_noise") / 85
    shares = [np.exp(-3), 3 * np.exp(-3), 4.5 * np.exp(-3)]  # Poisson(3) at 0, 1, 2; the rest is clipped to 3
    for count, share in zip((0, 1, 2, 3), [*shares, 1 - sum(shares)], strict=True):
        assert (counts == count).mean() == pytest.approx(share, abs=0.004)


def test_shot_noise_leaves_paper_clean() -> None:
    assert not drawn(BLANK, "shot_noise").any()


def test_impulse_noise_turns_17_percent_half_of_them_to_salt() -> None:
    grey = np.full((400, 28, 28), 100, dtype=np.uint8)
    noisy = drawn(grey, "impulse_noise")
    assert set(np.unique(noisy)) == {0, 100, 255}
    assert (noisy == 255).mean() == pytest.approx(0.085, abs=0.002)
    assert (noisy == 0).mean() == pytest.approx(0.085, abs=0.002)


# ---- blur


def test_glass_blur_does_what_a_loop_over_the_pixels_does(digits: Images) -> None:
    for image, stream, blurred in zip(
        digits[:5], streams_of("glass_blur", digits), drawn(digits[:5], "glass_blur"), strict=False
    ):
        grey = np.floor(gaussian_filter1d(image / 255, 0.7, axis=0, mode="nearest") * 255)
        swapped = stream.integers(0, 2, 2 * 26 * 26)
        moves = stream.integers(-1, 1, (2 * 26 * 26, 2))
        turn = iter(range(2 * 26 * 26))
        for _ in range(2):
            for row in range(27, 1, -1):
                for column in range(27, 1, -1):
                    now = next(turn)
                    if swapped[now]:
                        up, left = moves[now]
                        here, there = (row, column), (row + up, column + left)
                        grey[here], grey[there] = grey[there], grey[here]
        expected = gaussian_filter1d(grey / 255, 0.7, axis=0, mode="nearest") * 255
        np.testing.assert_allclose(blurred, expected, atol=0.5001)


@pytest.mark.slow
def test_motion_blur_does_what_a_loop_over_the_taps_does(digits: Images) -> None:
    weights = np.exp(-(np.arange(21) ** 2) / 18)
    weights /= weights.sum()
    for image, stream, blurred in zip(
        digits[:5], streams_of("motion_blur", digits), drawn(digits[:5], "motion_blur"), strict=False
    ):
        angle = np.radians(stream.uniform(-45, 45))
        expected = np.zeros((28, 28))
        for row, column, tap in product(range(28), range(28), range(21)):
            from_row = np.clip(row + np.ceil(tap * np.sin(angle) - 0.5), 0, 27)
            from_column = np.clip(column + np.ceil(tap * np.cos(angle) - 0.5), 0, 27)
            expected[row, column] += weights[tap] * image[int(from_row), int(from_column)]
        np.testing.assert_allclose(blurred, expected, atol=0.5001)


def test_motion_blur_draws_a_point_out_to_the_left_within_45_degrees() -> None:
    points = BLANK[:300].copy()
    points[:, 14, 22] = 255
    streaks = drawn(points, "motion_blur") / 255
    rows, columns = np.mgrid[:28, :28]
    mass = streaks.sum(axis=(1, 2))
    left = 22 - (streaks * columns).sum(axis=(1, 2)) / mass
    up = (streaks * rows).sum(axis=(1, 2)) / mass - 14
    mean_step = np.average(np.arange(21), weights=np.exp(-(np.arange(21) ** 2) / 18))
    np.testing.assert_allclose(np.hypot(left, up), mean_step, rtol=0.1)
    steepness = np.degrees(np.arctan2(up, left))
    assert steepness.min() == pytest.approx(-45, abs=4)
    assert steepness.max() == pytest.approx(45, abs=4)


# ---- geometry


def warped(image: Images, matrix: NDArray[np.float64]) -> Image:
    """Warp by scikit-image: pixel (x, y) from the centre becomes the old one at matrix @ (x, y)."""
    about_centre = np.eye(3)
    about_centre[:2, :2] = matrix
    about_centre[:2, 2] = 13.5 - matrix @ [13.5, 13.5]
    result: Image = warp(image / 255, AffineTransform(matrix=about_centre), order=1)
    return result * 255


def sheared(angle: float) -> NDArray[np.float64]:
    return np.array([[1, -np.sin(angle)], [0, np.cos(angle)]])


def turned(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


@pytest.mark.parametrize(("name", "matrix"), [("shear", sheared), ("rotate", turned)])
def test_a_digit_is_sheared_or_turned_by_0_4_radians_to_either_side(
    digits: Images, name: str, matrix: Callable[[float], NDArray[np.float64]]
) -> None:
    sides = []
    for image, result in zip(digits, drawn(digits, name), strict=True):
        misfits = [np.abs(result - warped(image, matrix(angle))).max() for angle in (-0.4, 0.4)]
        assert min(misfits) < 0.6
        sides.append(np.argmin(misfits))
    assert 0.3 < np.mean(sides) < 0.7


def test_a_digit_is_shrunk_to_seven_tenths(digits: Images) -> None:
    for image, result in zip(digits, drawn(digits, "scale"), strict=True):
        np.testing.assert_allclose(result, warped(image, np.eye(2) / 0.7), atol=0.6)


def test_a_digit_is_shifted_by_three_pixels_towards_each_corner(digits: Images) -> None:
    corners = set()
    for image, result in zip(digits, drawn(digits, "translate"), strict=True):
        fits = [
            (down, right)
            for down, right in product((-3, 3), repeat=2)
            if np.array_equal(np.roll(np.pad(image, 3), (down, right), axis=(0, 1))[3:-3, 3:-3], result)
        ]
        assert len(fits) == 1
        corners.update(fits)
    assert len(corners) == 4


# ---- tone


def test_brightness_lifts_every_pixel_by_half(digits: Images) -> None:
    np.testing.assert_allclose(drawn(digits, "brightness"), np.minimum(digits + 127.5, 255), atol=0.5001)


def test_stripes_turn_seven_columns_round_on_either_side(digits: Images) -> None:
    striped = drawn(digits, "stripe")
    np.testing.assert_array_equal(striped[:, :, 7:21], digits[:, :, 7:21])
    np.testing.assert_array_equal(striped[:, :, :7], 255 - digits[:, :, :7])
    np.testing.assert_array_equal(striped[:, :, 21:], 255 - digits[:, :, 21:])


def test_canny_edges_go_once_round_a_disc() -> None:
    rows, columns = np.mgrid[:28, :28]
    radius = np.hypot(rows - 13.5, columns - 13.5)
    edges = drawn(np.where(radius < 8, 255, 0).astype(np.uint8)[None], "canny_edges")[0]
    assert set(np.unique(edges)) == {0, 255}
    assert np.all(np.abs(radius[edges == 255] - 8) < 1.2)
    around = np.degrees(np.arctan2(rows - 13.5, columns - 13.5))[edges == 255]
    assert np.diff(np.sort(around)).max() < 15


def test_canny_edges_are_found_from_a_fifth_of_the_full_gradient() -> None:
    """A step of height a, blurred at sigma 1, has the Sobel gradient 4 a (cdf(1.5) - cdf(-0.5)) = 2.5 a."""
    steps = np.zeros((256, 28, 28), dtype=np.uint8)
    steps[:, :, 14:] = np.arange(256, dtype=np.uint8)[:, None, None]
    found = np.flatnonzero(drawn(steps, "canny_edges").any(axis=(1, 2)))
    assert found[0] == pytest.approx(255 * 0.2 / 2.5, abs=2)
    np.testing.assert_array_equal(found, np.arange(found[0], 256))


# ---- weather


def test_spatter_covers_what_severity_4_covers() -> None:
    muddy = drawn(BLANK, "spatter")
    shares = (muddy > 0).mean(axis=(1, 2))
    assert shares.mean() == pytest.approx(0.134, abs=0.006)
    assert shares.std() == pytest.approx(0.054, abs=0.005)
    assert muddy[muddy > 0].mean() == pytest.approx(55.4, abs=0.25)
    assert muddy[muddy > 0].std() == pytest.approx(3.3, abs=0.15)
    assert muddy.max() == 63


def test_spatter_lies_over_the_digit(digits: Images) -> None:
    mud = drawn(BLANK[: len(digits)], "spatter") / 63
    spattered = drawn(digits, "spatter")
    np.testing.assert_array_equal(spattered[mud == 0], digits[mud == 0])
    np.testing.assert_allclose(spattered, digits * (1 - mud) + 63 * mud, atol=3)


def test_fog_leaves_the_digit_a_quarter_of_its_contrast(digits: Images) -> None:
    full = digits[digits.max(axis=(1, 2)) == 255]
    points = np.zeros_like(full)
    points[:, 0, 0] = 255
    np.testing.assert_allclose(drawn(full, "fog") - drawn(points, "fog"), (full - points.astype(int)) / 4, atol=1)


def test_a_cloud_does_what_diamonds_and_squares_point_by_point_do() -> None:
    noise = np.random.default_rng(3).random((256, 256), dtype=np.float32) - 0.5
    cloud = np.zeros((256, 256))
    step, strength = 256, 1.0
    while step > 1:
        half = step // 2
        odd, even = range(half, 256, step), range(0, 256, step)
        for places, reach in (
            (product(odd, odd), [(-half, -half), (-half, half), (half, -half), (half, half)]),
            ([*product(even, odd), *product(odd, even)], [(-half, 0), (half, 0), (0, -half), (0, half)]),
        ):
            for row, column in places:
                mean = sum(cloud[(row + down) % 256, (column + right) % 256] for down, right in reach) / 4
                cloud[row, column] = mean + strength * noise[row, column]
        step, strength = half, strength / 1.4**2
    expected = (cloud - cloud.min()) / (cloud.max() - cloud.min())
    np.testing.assert_allclose(_draw_cloud(np.random.default_rng(3)), expected, atol=1e-5)


# ---- strokes


def naive_line(left: tuple[float, float], right: tuple[float, float]) -> Image:
    """Draw a line pixel by pixel; its ends are (column, row)."""
    ink = np.zeros((28, 28))
    slope = (right[1] - left[1]) / (right[0] - left[0])
    for row, column in product(range(28), range(28)):
        distance = abs(row - (left[1] + slope * (column - left[0])))
        if np.floor(left[0]) <= column < np.ceil(right[0]) and distance < 2.3:
            ink[row, column] = max(0.0, 1 + np.log(1 - distance / 2.3))
    return ink


def test_a_dotted_line_runs_from_edge_to_edge_two_columns_on_two_off(digits: Images) -> None:
    for image, stream, dotted in zip(
        digits[:5], streams_of("dotted_line", digits), drawn(digits[:5], "dotted_line"), strict=False
    ):
        start, end = stream.integers(0, 27, 2)
        line = naive_line((0, start), (27, end))
        line[:, [column for column in range(28) if column % 4 < 2]] = 0
        np.testing.assert_allclose(dotted, np.minimum(image + 255 * line, 255), atol=0.5001)


def test_a_zigzag_climbs_along_its_teeth(digits: Images) -> None:
    for image, stream, crossed in zip(
        digits[:8], streams_of("zigzag", digits), drawn(digits[:8], "zigzag"), strict=False
    ):
        start, climb = stream.integers(0, 27), stream.integers(-5, 5)
        angle = np.arctan(climb / 23)
        length = 23 / np.cos(angle)
        corners = [(0, 0), (2, 2), (6, -2), (10, 2), (14, -2), (18, 2), (22, -2), (length, -2 / (2 * (length - 20)))]
        placed = [
            (
                2 + along * np.cos(angle) - across * np.sin(angle),
                start + along * np.sin(angle) + across * np.cos(angle),
            )
            for along, across in corners
        ]
        expected = image / 255
        for left, right in pairwise(placed):
            expected = np.minimum(expected + naive_line(left, right), 1)
        np.testing.assert_allclose(crossed, 255 * expected, atol=0.5001)
