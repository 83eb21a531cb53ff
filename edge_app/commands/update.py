"""`python -m edge_app update --bundles DIR`: takes the newest bundle that the fleet's repository offers this device."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from edge_app.options import PROGRAM, Parser, missing_extra, positive, report
from edge_app.runtime.errors import EdgeError
from edge_app.updates.shelf import Shelf

LONGEST_S = 1800
"""An update that has not ended by then is given up: a server may send a byte now and then."""


def run(arguments: list[str]) -> None:
    """Update once, or again and again, and say what was done.

    Raises:
        EdgeError: nothing can be fetched, or what is there is not to be believed; what is current stays.
    """
    parser = Parser(prog=f"{PROGRAM} update", description="Fetch a newer bundle; needs the extra fleet.")
    parser.add_argument(
        "--bundles", type=Path, required=True, metavar="DIR", help="holds bundles; see the app's option"
    )
    parser.add_argument("--repository", metavar="URL", help="where bundles are published; remembered")
    parser.add_argument("--root", type=Path, metavar="FILE", help="root.json, which names whom to believe; remembered")
    parser.add_argument("--device", metavar="NAME", help="this device's, in the queue (default: the computer's)")
    parser.add_argument("--every", type=positive, metavar="MINUTES", help="go on, and update so often")
    options = parser.parse_args(arguments)
    if (options.repository is None) != (options.root is None):
        parser.error("--repository and --root: give both, or none after the first time")
    try:
        from edge_app.updates.update import begin, update  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        missing_extra(parser, "update", "fleet", error)
    shelf = Shelf(options.bundles)
    if options.repository is not None:
        begin(shelf, options.repository, options.root, options.device)
    signal.signal(signal.SIGALRM, _give_up)
    while True:
        signal.alarm(LONGEST_S)
        try:
            print(update(shelf), flush=True)
        except (EdgeError, OSError) as error:  # such as a full disk
            if options.every is None:
                raise
            report(str(error))
        signal.alarm(0)
        if options.every is None:
            return
        time.sleep(60 * options.every)


def _give_up(_: int, __: object) -> None:
    from edge_app.updates.update import GivenUpError  # noqa: PLC0415 - by now the extra is there

    raise GivenUpError(
        f"the update took more than {LONGEST_S // 60} minutes; nothing was changed, the next one tries again"
    )
