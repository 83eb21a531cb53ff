"""`python -m edge_app keys FILE`: makes a pair of keys, to sign bundles with."""

from __future__ import annotations

from pathlib import Path

from edge_app.options import PROGRAM, Parser
from edge_app.runtime.signature import make_keys


def run(arguments: list[str]) -> None:
    """Make the pair, and say which key goes where.

    Raises:
        EdgeError: a file exists already or cannot be written.
    """
    parser = Parser(prog=f"{PROGRAM} keys", description="Make a pair of keys to sign bundles; needs the extra sign.")
    parser.add_argument("file", type=Path, metavar="FILE", help="the private key; the public one goes to FILE.pub")
    private = parser.parse_args(arguments).file
    public = make_keys(private)
    print(f"{private}: keep it where bundles are made; whoever has it can sign\n{public}: for --verify-key on devices")
