"""`python -m edge_app`: reads handwritten digits, and says how sure that is."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from contextlib import suppress

# OpenCV reads these when it is loaded. What it would say is said by the app, in one line.
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("QT_LOGGING_RULES", "*=false")


def main() -> int:
    """Run the command line; the exit status is 0, 1 for a failure, or 2 for a usage error."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Until anything is open, Ctrl-C just ends the program.
    _open_standard_streams()
    arguments = sys.argv[1:]
    module = "edge_app.commands.dispatch"
    if arguments[:1] == ["doctor"]:  # It must run where OpenCV or LiteRT cannot be loaded.
        module, arguments = "edge_app.commands.doctor", arguments[1:]
    try:
        command = importlib.import_module(module)
    except ImportError as error:
        print(f"edge_app: {error}; python -m edge_app doctor says what to install", file=sys.stderr)
        return 1
    status = int(command.run_command(arguments))
    if threading.active_count() > 1:  # A camera or a server that hangs holds its thread; nobody waits for that.
        with suppress(OSError, AttributeError):  # Standard output may be full or closed.
            sys.stdout.flush()
        os._exit(status)
    return status


def _open_standard_streams() -> None:
    """Open those that are closed: else the next file that is opened would get their place, and what is said to them."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # This takes the lowest free place.
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w")  # Python's own output would go to standard output instead.


if __name__ == "__main__":
    sys.exit(main())
