"""`python -m edge_app`: reads handwritten digits, and says how sure that is."""

from __future__ import annotations

import os
import sys

# OpenCV reads these when it is loaded. What it would say is said by the app, in one line.
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("QT_LOGGING_RULES", "*=false")


def main() -> int:
    """Run the command line; the exit status is 0, 1 for a failure, or 2 for a usage error."""
    try:
        from edge_app.command import run_command  # noqa: PLC0415 - after the variables above
    except ImportError as error:
        print(f"edge_app: {error}; pip install bayes-edge installs what is missing", file=sys.stderr)
        return 1
    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
