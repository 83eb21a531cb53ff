"""A picture as it was taken, or turned, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Box, Digit
from edge_app.runtime.prediction import Reason

QUARTERS: Final = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}


@dataclass(frozen=True, slots=True, eq=False)
class TurnedPicture:
    """A picture, turned.

    Attributes:
        image: uint8 [H, W, 3] BGR or [H, W] grey.
        taken: height and width of the picture as it was taken, in pixels.
        back: takes a place (x, y) in the turned picture to where it is in the one taken, in pixels, float64 [2, 3].
    """

    image: NDArray[np.uint8]
    taken: tuple[int, int]
    back: NDArray[np.float64]

    @classmethod
    def as_taken(cls, image: NDArray[np.uint8]) -> TurnedPicture:
        """See a picture as it is."""
        return cls(image, (image.shape[0], image.shape[1]), np.eye(2, 3))

    def turn(self, degrees: float) -> TurnedPicture:
        """Turn counter-clockwise; what comes in at the corners repeats the picture's edge."""
        height, width = self.image.shape[:2]
        around = cv2.getRotationMatrix2D((0, 0), degrees, 1.0)[:, :2]
        far = around @ np.array([[0, width, 0, width], [0, 0, height, height]])
        low, high = far.min(axis=1), far.max(axis=1)
        columns, rows = np.ceil(np.round(high - low, 6)).astype(int).tolist()
        # A pixel's centre is half a pixel from its corner, from which places are counted.
        centres = np.column_stack([around, around @ [0.5, 0.5] - low - 0.5])
        if degrees in QUARTERS:
            image = cv2.rotate(self.image, QUARTERS[int(degrees)])
        else:
            image = cv2.warpAffine(self.image, centres, (columns, rows), borderMode=cv2.BORDER_REPLICATE)
        there = self.back[:, :2] @ around.T  # the inverse of a rotation
        back = np.column_stack([there, self.back[:, 2] + there @ low])
        return TurnedPicture(np.asarray(image, np.uint8), self.taken, back)

    def take_back(self, digit: Digit) -> Digit | None:
        """Give a digit that was found here its box in the picture as it was taken.

        One that reaches beyond that picture's edge is cut by it; None for one whose middle is beyond.
        """
        box, hull = digit.box, digit.hull
        if hull is None:
            across, down = (box.x, box.x + box.width), (box.y, box.y + box.height)
            hull = np.array([(x, y) for x in across for y in down])
        corners = cv2.transform(hull[None], self.back)[0]
        middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
        first = np.floor(np.round(corners.min(axis=0), 6)).astype(int)
        last = np.ceil(np.round(corners.max(axis=0), 6)).astype(int)
        most = np.array(self.taken[::-1])
        if (middle < 0).any() or (middle > most).any():
            return None
        cut = bool((first < 0).any() or (last > most).any())
        left, top = np.maximum(first, 0).tolist()
        right, bottom = np.minimum(last, most).tolist()
        box = Box(left, top, right - left, bottom - top)
        return replace(digit, box=box, doubt=Reason.EDGE if cut else digit.doubt, hull=corners)
