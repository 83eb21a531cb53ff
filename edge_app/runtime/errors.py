"""What the app raises when its input is bad."""

from __future__ import annotations

from typing import Final

HEAD: Final = 700
TAIL: Final = 300


class EdgeError(Exception):
    """Something the user can mend; the message is one line: what, where, found, expected, way out.

    What a terminal would not print as it is, such as a line break in a file's name, is escaped; of a message longer
    than a thousand characters the middle is left out.
    """

    def __init__(self, message: str) -> None:
        line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)
        super().__init__(line if len(line) <= HEAD + TAIL else f"{line[:HEAD]} ... {line[-TAIL:]}")
