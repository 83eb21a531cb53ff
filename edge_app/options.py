"""What every command has in common: its name, its bundle, and how it talks to the user."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

PROGRAM: Final = "edge_app"
DEFAULT_BUNDLE: Final = Path(__file__).parent / "bundles" / "digits"
LONGEST: Final = 1000
"""Characters of a line for the user; what was given to the app may be longer."""


def report(text: str) -> None:
    """Print one line on standard error, if anybody can read it."""
    print_error(f"{PROGRAM}: {printable(text[:LONGEST])}\n")


def printable(text: str) -> str:
    """Show control characters, line ends and marks that turn text around as escapes, so that no terminal obeys them."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def print_error(text: str) -> None:
    """Print on standard error as it is, without a line end, if anybody can read it."""
    with suppress(OSError):
        print(text, end="", file=sys.stderr, flush=True)
