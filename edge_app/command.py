"""Which command the user means, and what becomes of its errors."""

from __future__ import annotations

import os
import sys

from edge_app import app
from edge_app.arguments import parse_options
from edge_app.errors import EdgeError
from edge_app.reporter import report


def run_command(arguments: list[str]) -> int:
    """Run one command and give its exit status."""
    try:
        summary = app.run(parse_options(arguments))
        report(str(summary))
    except EdgeError as error:
        report(str(error))
        return 1
    except KeyboardInterrupt:
        report("interrupted")
        return 130
    except BrokenPipeError:
        # Whoever read standard output has gone; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0
