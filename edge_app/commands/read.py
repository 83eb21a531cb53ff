"""`python -m edge_app [SOURCE]`: reads handwritten digits."""

from __future__ import annotations

from edge_app import app
from edge_app.commands.arguments import parse_options
from edge_app.options import report


def run(arguments: list[str]) -> int:
    """Read until the source ends or the user stops; the exit status is 1 when a picture was not read.

    Raises:
        EdgeError: what the app says is wrong.
    """
    summary = app.run(parse_options(arguments))
    report(str(summary))
    return 1 if summary.unread else 0
