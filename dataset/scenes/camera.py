"""A hand-held camera that looks at a sheet: perspective, room light, shadow, blur, noise and JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from dataset.scenes.scene import Scene, Stranger, TruthBox, TruthDigit
from dataset.scenes.sheet import HEIGHT, MARGIN, WIDTH, Sheet

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pose:
    """How the camera is held.

    Attributes:
        turn: angle in degrees.
        zoom: size of the sheet's pixels in the picture.
        shift: of the picture's middle, x and y in pixels.
        tilt: x and y, how much nearer one side is than the other, as a share.
    """

    turn: float = 0.0
    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    tilt: tuple[float, float] = (0.0, 0.0)

    def homography(self, size: tuple[int, int] = (WIDTH, HEIGHT)) -> NDArray[np.float64]:
        """Map the sheet's pixels to those of a picture of a width and height, float64 [3, 3]."""
        width, height = size
        centre = np.array([[1, 0, -MARGIN - width / 2], [0, 1, -MARGIN - height / 2], [0, 0, 1]])
        cos, sin = np.cos(np.radians(self.turn)) * self.zoom, np.sin(np.radians(self.turn)) * self.zoom
        hold = np.array([[cos, -sin, self.shift[0]], [sin, cos, self.shift[1]], [0, 0, 1]])
        lean = np.array([[1, 0, 0], [0, 1, 0], [self.tilt[0] / width, self.tilt[1] / height, 1]])
        back = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1]])
        return np.asarray(back @ lean @ hold @ centre)


@dataclass(frozen=True, slots=True)
class Light:
    """How the room is lit.

    Attributes:
        colour: strength of the light, BGR.
        fade: how much weaker it is on one side than on the other, as a share.
        direction: in which it fades, in radians.
        shadow: how much light a shadow takes, as a share.
        edge: a point (x, y) on the shadow's edge, as shares of the picture.
        normal: the direction in which the shadow lies, in radians.
        softness: width of the shadow's edge in pixels.
    """

    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    fade: float = 0.0
    direction: float = 0.0
    shadow: float = 0.0
    edge: tuple[float, float] = (0.5, 0.5)
    normal: float = 0.0
    softness: float = 20.0

    def on(self, height: int, width: int) -> Array:
        """Light on each pixel, float32 [H, W, 3]."""
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        across = np.cos(self.direction) * (x / width - 0.5) + np.sin(self.direction) * (y / height - 0.5)
        level = 1 - self.fade * (across + 0.5)
        depth = np.cos(self.normal) * (x - self.edge[0] * width) + np.sin(self.normal) * (y - self.edge[1] * height)
        level *= 1 - self.shadow / (1 + np.exp(-np.clip(4 * depth / self.softness, -30, 30)))
        return np.asarray(level[..., None] * np.array(self.colour), np.float32)


@dataclass(frozen=True, slots=True)
class Sensor:
    """What lens, sensor and codec do to the picture.

    Attributes:
        blur: standard deviation in pixels.
        smear: length of the motion blur in pixels.
        smear_angle: its direction in degrees.
        noise: standard deviation in grey levels of 255, at white.
        quality: of the JPEG, 1 to 100.
    """

    blur: float = 0.0
    smear: float = 0.0
    smear_angle: float = 0.0
    noise: float = 0.0
    quality: int = 95


def photograph(sheet: Sheet, pose: Pose, light: Light, sensor: Sensor, rng: np.random.Generator) -> Scene:
    """Take a picture of the size of the sheet's view."""
    size = sheet.size
    homography = pose.homography(size)
    seen = cv2.warpPerspective(sheet.reflectance, homography, size, borderMode=cv2.BORDER_REPLICATE)
    owner = cv2.warpPerspective(sheet.owner, homography, size, flags=cv2.INTER_NEAREST)
    picture = _expose(_blur(seen * light.on(size[1], size[0]), sensor), sensor, rng)
    visible = _visible(np.asarray(owner), sheet)
    whole = [digit for digit in visible if not _is_cut(digit.box, size)]
    return Scene(
        picture,
        digits=tuple(digit for digit in whole if digit.index >= 0),
        cut=tuple(digit for digit in visible if _is_cut(digit.box, size)),
        printed=tuple(digit for digit in whole if digit.index < 0),
        strangers=tuple(
            Stranger(box, sheet.strange[number]) for number, box in _boxes(-owner.astype(np.int32)).items()
        ),
        owner=np.asarray(owner, np.int16),
    )


def _blur(picture: Array, sensor: Sensor) -> Array:
    if sensor.blur > 0.2:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), sensor.blur), np.float32)
    if sensor.smear > 1:
        side = int(np.ceil(sensor.smear)) | 1
        kernel = np.zeros((side, side), np.float32)
        kernel[side // 2] = 1 / side
        turn = cv2.getRotationMatrix2D((side // 2, side // 2), sensor.smear_angle, 1)
        kernel = np.asarray(cv2.warpAffine(kernel, turn, (side, side)), np.float32)
        picture = np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)
    return picture


def _expose(picture: Array, sensor: Sensor, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Add shot and read noise, apply the gamma of 0.8 left after the camera's own, and pass through JPEG."""
    spread = sensor.noise * np.sqrt(0.3 + 0.7 * np.clip(picture, 0, 1))
    exposed = 255 * np.clip(picture, 0, 1) ** np.float32(0.8) + spread * rng.standard_normal(picture.shape, np.float32)
    pixels = np.clip(exposed, 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, sensor.quality])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def _visible(owner: NDArray[np.int16], sheet: Sheet) -> list[TruthDigit]:
    return [TruthDigit(box, *sheet.written[number]) for number, box in _boxes(owner.astype(np.int32)).items()]


def _boxes(owner: NDArray[np.int32]) -> dict[int, TruthBox]:
    """Find the boxes of the things that own pixels, by their numbers counted from 0."""
    places = find_objects(np.maximum(owner, 0))
    return {
        number: TruthBox(place[1].start, place[0].start, place[1].stop - place[1].start, place[0].stop - place[0].start)
        for number, place in enumerate(places)
        if place is not None
    }


def _is_cut(box: TruthBox, size: tuple[int, int]) -> bool:
    return min(box.x, box.y) <= 0 or box.x + box.width >= size[0] or box.y + box.height >= size[1]
