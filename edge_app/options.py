"""What every command has in common: its name, its bundle, how it reads its command line and talks to the user.

It imports nothing that may be missing: `doctor` says what is.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from edge_app.runtime.errors import one_line

PROGRAM: Final = "edge_app"
DEFAULT_BUNDLE: Final = Path(__file__).parent / "bundles" / "digits"
MOST_THREADS: Final = 256


def report(text: str) -> None:
    """Print one line on standard error, if anybody can read it."""
    print_error(f"{PROGRAM}: {one_line(text)}\n")


def print_error(text: str) -> None:
    """Print on standard error as it is, without a line end, if anybody can read it."""
    with suppress(OSError):
        print(text, end="", file=sys.stderr, flush=True)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """End the program with exit status 2."""
        report(f"{message}; --help shows the usage")
        self.exit(2)


def add_machine_options(parser: argparse.ArgumentParser) -> None:
    """Add what every command that reads digits understands."""
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, metavar="DIR", help="a bundle of your own")
    parser.add_argument(
        "--verify-key", type=Path, metavar="FILE", help="use the bundle only if it is signed with this public key"
    )
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


def missing_extra(parser: argparse.ArgumentParser, option: str, extra: str, error: ModuleNotFoundError) -> NoReturn:
    """End with what to install, exit status 2."""
    parser.error(f"{option}: needs the extra {extra} ({error.name} is missing); pip install 'bayes-edge[{extra}]'")
