"""Runs one attempt in a process with bounds, and says how it ended."""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

POLL_S: Final = 0.002


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an attempt may take.

    Attributes:
        seconds: by the clock.
        processor: seconds of processor time, its own and its children's.
        memory: bytes beyond those that this process holds.
    """

    seconds: float = 30.0
    processor: float = 2.0
    memory: int = 300_000_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended.

    Attributes:
        status: exit status; None for a process that was killed.
        lines: what it wrote on standard error.
        fault: `crash`, `hang`, `slow`, `memory` or `traceback`; None where it held.
        seconds: by the clock.
        processor: seconds of processor time.
    """

    status: int | None
    lines: tuple[str, ...]
    fault: str | None
    seconds: float
    processor: float


def run_guarded(attempt: Callable[[], int], bounds: Bounds) -> Outcome:
    """Run an attempt in a fork of this process; its standard output is thrown away."""
    before = _resident()
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        pid = os.fork()
        if pid == 0:
            _run(attempt, errors.fileno())
        status, usage = _wait(pid, start + bounds.seconds)
        seconds = time.monotonic() - start
        errors.seek(0)
        lines = tuple(errors.read().decode(errors="replace").splitlines())
    processor = usage.ru_utime + usage.ru_stime
    fault = None
    if status is None:
        fault = "hang"
    elif os.WIFSIGNALED(status):
        fault = "crash"
    elif any(line.startswith("Traceback") for line in lines):
        fault = "traceback"
    elif usage.ru_maxrss * 1024 - before > bounds.memory:
        fault = "memory"
    elif processor > bounds.processor:
        fault = "slow"
    code = None if status is None or os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    return Outcome(code, lines, fault, seconds, processor)


def _run(attempt: Callable[[], int], errors: int) -> None:
    """In the fork: run, and leave without the parent's clean-up."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    null = os.open(os.devnull, os.O_RDWR)
    for target, source in ((0, null), (1, null), (2, errors)):
        os.dup2(source, target)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1, closefd=False) for number in (1, 2))
    status = 70
    try:
        status = attempt()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever it is, it is written down and counted as a fault
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _wait(pid: int, deadline: float) -> tuple[int | None, resource.struct_rusage]:
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return status, usage
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            _, _, usage = os.wait4(pid, 0)
            return None, usage
        time.sleep(POLL_S)


def _resident() -> int:
    with open("/proc/self/statm") as statm:  # noqa: PTH123 - a file of the kernel's
        return int(statm.read().split()[1]) * resource.getpagesize()
