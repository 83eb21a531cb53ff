"""Which command the user means, and what becomes of its errors."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Final

from edge_app import app
from edge_app.commands import feedback, password, reseed, soak, speed
from edge_app.commands.arguments import parse_options
from edge_app.options import report
from edge_app.runtime.errors import EdgeError

COMMANDS: Final[dict[str, Callable[[list[str]], None]]] = {
    "calibrate-speed": speed.run,
    "feedback": feedback.run,
    "password": password.run,
    "reseed": reseed.run,
    "soak": soak.run,
}


def run_command(arguments: list[str]) -> int:
    """Run one command and give its exit status."""
    command = COMMANDS.get(arguments[0]) if arguments else None
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if command is None:
            summary = app.run(parse_options(arguments))
            report(str(summary))
            return 1 if summary.unread else 0
        command(arguments[1:])
    except EdgeError as error:
        report(str(error))
        return 1
    except KeyboardInterrupt:
        report("interrupted")
        return 1
    except BrokenPipeError:
        # Whoever read standard output has gone; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0
