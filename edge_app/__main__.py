"""`python -m edge_app`: reads handwritten digits, and says how sure that is."""

from __future__ import annotations

import importlib
import os
import sys

# OpenCV reads these when it is loaded. What it would say is said by the app, in one line.
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("QT_LOGGING_RULES", "*=false")


def main() -> int:
    """Run the command line; the exit status is 0, 1 for a failure, or 2 for a usage error."""
    arguments = sys.argv[1:]
    module = "edge_app.commands.dispatch"
    if arguments[:1] == ["doctor"]:  # It must run where OpenCV or LiteRT cannot be loaded.
        module, arguments = "edge_app.commands.doctor", arguments[1:]
    try:
        command = importlib.import_module(module)
    except ImportError as error:
        print(f"edge_app: {error}; python -m edge_app doctor says what to install", file=sys.stderr)
        return 1
    return int(command.run_command(arguments))


if __name__ == "__main__":
    sys.exit(main())
