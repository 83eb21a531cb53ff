"""Finds the handwritten digits in a picture and cuts each out as an MNIST-like image.

The steps, in order:
    pyramid, scales: the picture is searched at the scales of the writing on it, a large one in tiles (`search` takes
        one part).
    ink: how much light each pixel lacks compared with the bare paper around it.
    strokes: what is dark enough is outlined, piece by piece (`writing`); where there are lines or words, a small
        network tells which ink is a digit's (`segment`).
    parting, joining: digits that run into one another are parted, pieces of broken ones joined.
    shape: what has not the shape of a digit is left out.
    edge: borders are left out, and digits that the picture's edge cuts are marked.
    order: what is left is put in reading order, by lines, numbers and columns.
    cuts, cutting: each digit is cut out at the frame's full resolution, in more than one way where its ink is in doubt
        (`digit`).

`find` takes these steps on a page, `crop` on a small picture that shows a single digit.
"""

from edge_app.finder.crop import cut_digit
from edge_app.finder.digit import Box, Digit, Digits, Place
from edge_app.finder.find import find_digits
from edge_app.finder.patience import Spent

__all__ = ["Box", "Digit", "Digits", "Place", "Spent", "cut_digit", "find_digits"]
