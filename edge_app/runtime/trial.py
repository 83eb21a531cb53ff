"""Runs a bundle that this computer has not seen once, in a process of its own, before the app trusts it.

What passes `soundness` can still crash LiteRT, keep it busy or make it ask for gigabytes, for an operation's settings
mean what LiteRT's code makes of them. The trial's process may do so; the app's does not.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from edge_app.runtime.bundle import Bundle, load_bundle
from edge_app.runtime.engine import open_engine
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.soundness import require_sound

SECONDS: Final = 2.0
SECONDS_PER_MB: Final = 0.2
"""Processor time that a trial may take, for any bundle and for its size."""
PATIENCE: Final = 30.0
"""How many times as long it may take by the clock: a computer may be busy, and a trial that computes ends by itself."""
MEMORY_BYTES: Final = 300_000_000
MEMORY_PER_BYTE: Final = 6
"""Memory that a trial may ask for: any bundle's, and what each byte of its graphs becomes at most when unpacked."""
REFUSED: Final = 3
"""Exit status of a trial that says in one line why."""
REMEMBERED: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bayes-edge" / "tried"


class BusyError(EdgeError):
    """A trial took too long by the clock alone: this computer may be busy, and nothing is known of the bundle."""


def require_trial(bundle: Bundle, *, remembered: Path = REMEMBERED) -> None:
    """Run a bundle on one blank image in a process with bounds, unless that was done before.

    Args:
        bundle: what is tried; a graph that is not sound is refused at once.
        remembered: a folder of empty files, named by the digests of bundles that passed; where it cannot be written,
            the trial is made every time.

    Raises:
        EdgeError: a graph is not sound, the process crashed, took too long or too much memory, or LiteRT refused a
            graph.
    """
    passed = remembered / bundle.digest
    if passed.exists():
        return
    for source, graph in zip(bundle.sources, bundle.graphs, strict=True):
        require_sound(graph, str(source))
    run_apart(bundle, __spec__.name)
    _remember(passed)


def run_apart(bundle: Bundle, module: str, *, seconds: float = SECONDS) -> None:
    """Run a module on a bundle in a process of its own.

    Args:
        bundle: its path is the module's argument.
        module: its main function is `main_apart` around what it does.
        seconds: of processor time that it may take, besides what the bundle's size gives.

    Raises:
        BusyError: it took too long by the clock.
        EdgeError: the process crashed, took too long or too much memory, or said in one line why it refuses.
    """
    command = [sys.executable, "-m", module, str(bundle.path.absolute())]
    seconds += SECONDS_PER_MB * _size(bundle) / 1e6
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PATIENCE * seconds, env=_environment()
        )
    except subprocess.TimeoutExpired:
        raise BusyError(
            f"{bundle.path}: the trial run took more than {PATIENCE * seconds:.0f} s; try again when this computer "
            "is less busy, or do not use this bundle"
        ) from None
    if answer.returncode == REFUSED:
        raise EdgeError(answer.stderr.strip().splitlines()[-1])
    if answer.returncode:
        raise _refusal(bundle, f"ended with status {answer.returncode}")


def main_apart(path: Path, run: Callable[[Bundle], None], *, seconds: float = SECONDS) -> int:
    """In that process: run a bundle within the bounds; returns the exit status."""
    try:
        bundle = load_bundle(path)
        size = _size(bundle)
        _limit(resource.RLIMIT_CPU, int(seconds + SECONDS_PER_MB * size / 1e6) + 1)
        _limit(resource.RLIMIT_DATA, MEMORY_BYTES + MEMORY_PER_BYTE * size)
        run(bundle)
    except EdgeError as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


def read_blank(bundle: Bundle) -> None:
    """Run a bundle on one blank image; what `require_trial` does in a process of its own."""
    open_engine(bundle).run(np.zeros((1, *bundle.manifest.input.shape), np.float32))


def _size(bundle: Bundle) -> int:
    return sum(len(graph) for graph in bundle.graphs)


def _limit(bound: int, value: int) -> None:
    hard = resource.getrlimit(bound)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(bound, (value, value))


def _environment() -> dict[str, str]:
    """Let the process find this package, wherever the app was started, and keep a crash from printing more."""
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, "PYTHONFAULTHANDLER": ""}


def _refusal(bundle: Bundle, found: str) -> EdgeError:
    return EdgeError(f"{bundle.path}: the trial run {found}; do not use this bundle, or export it again")


def _remember(passed: Path) -> None:
    try:
        passed.parent.mkdir(parents=True, exist_ok=True)
        passed.touch()
    except OSError:  # Nowhere to remember: the next start tries again.
        return


if __name__ == "__main__":
    sys.exit(main_apart(Path(sys.argv[1]), read_blank))
