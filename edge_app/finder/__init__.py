"""Finds the handwritten digits in a picture and cuts each out as an MNIST-like image.

The steps, in order:
    ink: how much light each pixel lacks compared with the bare paper around it.
    lines: ruled lines, squares and borders are erased.
    strokes: what is left is outlined, piece by piece (`writing`).
    joining: pieces of broken digits are joined.
    shape: what has not the shape of a digit is left out.
    cutting: each digit is cut out at the frame's full resolution (`digit`).

`find` takes these steps on a page, `crop` on a small picture that shows a single digit.
"""

from edge_app.finder.crop import cut_digit
from edge_app.finder.digit import Box, Digit
from edge_app.finder.find import find_digits

__all__ = ["Box", "Digit", "cut_digit", "find_digits"]
