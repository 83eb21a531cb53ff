"""What the app raises when its input is bad."""

from __future__ import annotations

from typing import Final

HEAD: Final = 700
TAIL: Final = 300


class EdgeError(Exception):
    """Something the user can mend; the message is one line: what, where, found, expected, way out."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def one_line(text: str) -> str:
    """Escape what a terminal would not print as it is; of more than 1,000 characters leave out the middle."""
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return line if len(line) <= HEAD + TAIL else f"{line[:HEAD]} ... {line[-TAIL:]}"
