"""`python -m edge_app password FILE`: chooses the live page's password."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from edge_app.options import PROGRAM, Parser, missing_extra
from edge_app.runtime.errors import EdgeError


def run(arguments: list[str]) -> None:
    """Ask for a password, or take standard input's first line, and write its hash to a file.

    Raises:
        EdgeError: the password is too short, the two differ, or the file cannot be written.
    """
    parser = Parser(prog=f"{PROGRAM} password", description="Choose the live page's password; needs the extra web.")
    parser.add_argument("file", type=Path, metavar="FILE", help="holds the password's hash, for --web-password")
    path = parser.parse_args(arguments).file
    try:
        from edge_app.web.access import save_password  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        missing_extra(parser, "password", "web", error)
    if not sys.stdin.isatty():
        save_password(path, sys.stdin.readline().rstrip("\n"))
        return
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise EdgeError("the two passwords differ; try again")
    save_password(path, password)
