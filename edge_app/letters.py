"""Tell letters that look like digits by the word in which they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from edge_app.finder import Place
from edge_app.runtime.prediction import Prediction

MORE_LIKELY_THAN_NOT: Final = 0.5
"""Mean probability of the likeliest class below which what stands beside may be a letter."""


def among_letters(places: Sequence[Place], predictions: Sequence[Prediction]) -> list[bool]:
    """Tell what may be a letter: it is read, but at least half of the others in its number have no likely class.

    Most letters are no digits and are read as such, but an o or an s among them is read as a 0 or a 5, and no cut of it
    shows otherwise.

    Args:
        places: where each of the digits stands.
        predictions: what each is read as.
    """
    unlikely = [prediction.probability < MORE_LIKELY_THAN_NOT for prediction in predictions]
    numbers = defaultdict[tuple[int, int], list[int]](list)
    for index, place in enumerate(places):
        numbers[place.line, place.number].append(index)
    letters = [False] * len(places)
    for members in numbers.values():
        unread = sum(unlikely[index] for index in members)
        for index in members:
            others = len(members) - 1
            letters[index] = others > 0 and not unlikely[index] and 2 * unread >= others
    return letters
