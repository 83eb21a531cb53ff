"""Changes bytes as bad copies and bad people do."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator, Sequence

NUMBERS = (0, 1, -1, 3, 64, 1_000_000, 2**31 - 1, -(2**31))


def mutate(content: bytes, rng: random.Random, places: Sequence[int] | None = None) -> bytes:
    """Flip bits, write odd bytes and numbers, repeat, cut out or cut off.

    Args:
        content: what is changed.
        rng: the source of all chance.
        places: where it is changed; None for anywhere.
    """
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 8))):
        place = rng.choice(places) if places else rng.randrange(len(content))
        match rng.randrange(5 if places else 7):
            case 0 | 1:
                changed[place] ^= 1 << rng.randrange(8)
            case 2:
                changed[place] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 3:
                start = place & ~3
                changed[start : start + 4] = rng.choice(NUMBERS).to_bytes(4, "little", signed=True)
            case 4:
                start = place & ~3
                changed[start : start + 4] = rng.choice(NUMBERS).to_bytes(4, "big", signed=True)
            case 5:
                source, length = rng.randrange(len(content)), rng.choice((1, 4, 16, 256))
                changed[place : place + length] = content[source : source + length]
            case 6:
                del changed[place : place + rng.choice((1, 7, 64, len(content)))]
        if len(changed) < len(content):
            break
    return bytes(changed)


def simpler_bytes(content: bytes, original: bytes) -> Iterator[bytes]:
    """Take back one change after the other; of what was cut off or put in nothing."""
    places = [place for place, (old, new) in enumerate(zip(original, content, strict=False)) if old != new]
    for first, _ in [pair for pair in zip(places, [-2, *places], strict=False) if pair[0] > pair[1] + 1]:
        end = first
        while end in places:
            end += 1
        yield content[:first] + original[first:end] + content[end:]


def simpler_list(content: bytes) -> Iterator[bytes]:
    """Leave out one item after the other of a list of strings."""
    items = ast.literal_eval(content.decode())
    for place in range(len(items)):
        yield repr(items[:place] + items[place + 1 :]).encode()
