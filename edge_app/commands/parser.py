"""What the command lines of all commands have in common; imports nothing that may be missing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final, NoReturn

from edge_app.options import DEFAULT_BUNDLE, report

MOST_THREADS: Final = 256


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """End the program with exit status 2."""
        report(f"{message}; --help shows the usage")
        self.exit(2)


def add_machine_options(parser: argparse.ArgumentParser) -> None:
    """Add what every command that reads digits understands."""
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, metavar="DIR", help="a bundle of your own")
    parser.add_argument("--threads", type=_threads, default=1, metavar="N", help="how many threads to use (default 1)")


def _threads(text: str) -> int:
    count = positive(text)
    if count > MOST_THREADS:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected at most {MOST_THREADS}")
    return count


def positive(text: str) -> int:
    """Read a whole number of at least 1.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number of at least 1")
    return int(text)
