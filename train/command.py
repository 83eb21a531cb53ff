"""How every command of train and export ends: one line and status 1 for what the user can mend."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from dataset import DataError
from edge_app.runtime.errors import EdgeError
from models.errors import ModelError

Arguments = ParamSpec("Arguments")


def command(name: str) -> Callable[[Callable[Arguments, int]], Callable[Arguments, int]]:
    """Make a function that returns an exit status into a command, which says in one line why it fails.

    An error of any room or of the operating system, or an interruption, becomes a line on standard error that starts
    with the command's name, and exit status 1.

    Args:
        name: what the user typed.
    """

    def decorate(main: Callable[Arguments, int]) -> Callable[Arguments, int]:
        @wraps(main)
        def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> int:
            try:
                return main(*args, **kwargs)
            except (DataError, EdgeError, ModelError) as error:
                print(f"{name}: {error}", file=sys.stderr)
            except OSError as error:  # a full disk, a closed pipe
                place = f"{error.filename}: " if error.filename else ""
                print(f"{name}: {place}{error.strerror or error}", file=sys.stderr)
            except KeyboardInterrupt:
                print(f"{name}: interrupted; nothing was written", file=sys.stderr)
            return 1

        return run

    return decorate
