"""`python -m edge_app feedback export FILE FOLDER`: writes the live page's corrections as a data set."""

from __future__ import annotations

from pathlib import Path

from edge_app.options import PROGRAM, Parser, missing_extra


def run(arguments: list[str]) -> None:
    """Write the data set and say how large it is.

    Raises:
        EdgeError: there is nothing to write, or it cannot be written.
    """
    parser = Parser(prog=f"{PROGRAM} feedback", description="Write corrections from the live page as a data set.")
    parser.add_argument("action", choices=["export"])
    parser.add_argument("file", type=Path, metavar="FILE", help="what --feedback named")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the data set's, to be made")
    options = parser.parse_args(arguments)
    try:
        from edge_app.web.feedback import export_feedback  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        missing_extra(parser, "feedback", "web", error)
    print(f"{options.folder}: {export_feedback(options.file, options.folder)} corrected digits")
