"""Which command the user means, and what becomes of its errors."""

from __future__ import annotations

import importlib
import os
import signal
from typing import Final

from edge_app.options import PROGRAM, report
from edge_app.runtime.errors import EdgeError

COMMANDS: Final = {
    "calibrate-speed": "speed",
    "feedback": "feedback",
    "fleet": "fleet",
    "keys": "keys",
    "password": "password",
    "reseed": "reseed",
    "sign": "sign",
    "soak": "soak",
    "update": "update",
    "viewers": "viewers",
}
"""Command -> its module here, which is not loaded for another."""
READ: Final = "read"
"""The module of what is no command: sources and their options."""


def run_command(arguments: list[str]) -> int:
    """Run one command and give its exit status."""
    command = COMMANDS.get(arguments[0]) if arguments else None
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        module = importlib.import_module(f"edge_app.commands.{command or READ}")
        return int(module.run(arguments[1:] if command else arguments) or 0)
    except ImportError as error:
        report(f"{error}; python -m edge_app doctor says what to install")
        return 1
    except EdgeError as error:
        report(str(error))
        return 1
    except BrokenPipeError:
        # Whoever read standard output, or a pipe, has gone; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except OSError as error:  # what the system refuses anywhere else, such as a folder that may not be looked into
        report(f"{error.filename or PROGRAM}: {error.strerror or error}")
        return 1
    except KeyboardInterrupt:
        report("interrupted")
        return 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Everything is closed: from here on Ctrl-C just ends the program.
