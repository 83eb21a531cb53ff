"""What a hunt is: attempts by the thousand, each of which must end in an answer or in one line."""

from __future__ import annotations

import hashlib
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Protocol, runtime_checkable

from guarded import Bounds, Outcome, run_guarded
from mutation import simpler_bytes, simpler_list
from tqdm import tqdm

MOST_SIMPLER = 20
"""Steps in which what was fed in is made simpler."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing to try.

    Attributes:
        run: what is done, in a process of its own; it returns an exit status.
        content: what was fed in, kept when the attempt is lost.
        original: what that was before it was changed, where it is known.
        suffix: of the file that it is kept in.
        answers: exit statuses that are an answer; status 0 may say anything, the others one line.
        hidden: what must not be said, such as a password.
        named: files of the user's that the attempt may replace when it succeeds, for they are named as its outputs.
    """

    run: Callable[[], int]
    content: bytes
    suffix: str = ".bin"
    answers: frozenset[int] = frozenset({0, 1, 2})
    hidden: str | None = None
    named: frozenset[Path] = frozenset()
    original: bytes | None = None


@runtime_checkable
class Replayable(Protocol):
    """A hunt that can feed in again what was fed in before, such as a file of `tests/regressions`."""

    def replay(self, content: bytes, suffix: str, folder: Path) -> Attempt:
        """Make the attempt that feeds this in."""


class Hunt(Protocol):
    """One kind of fault."""

    name: str
    bounds: Bounds

    def prepare(self, folder: Path) -> None:
        """Make what the attempts start from, in an empty folder."""

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Make one attempt; the files of the folder are the user's and must stay as they are."""


@dataclass(slots=True)
class Tally:
    """What came of a hunt: how many attempts held, and how the others were lost."""

    name: str
    tried: int = 0
    slowest: float = 0.0
    lost: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """Give a row of the table."""
        faults = ", ".join(f"{count} {fault}" for fault, count in sorted(self.lost.items())) or "none"
        held = self.tried - self.lost.total()
        return f"| {self.name} | {self.tried:,} | {held:,} | {faults} | {self.slowest:.2f} s |"


def pursue(hunt: Hunt, *, tries: int, first: int, seed: int, folder: Path, kept: Path) -> Tally:
    """Make attempts, and keep what was fed into those that were lost.

    Args:
        hunt: the kind of fault.
        tries: how many attempts.
        first: the number of the first one.
        seed: attempt i of a seed is the same whatever came before it.
        folder: empty; stands for the user's.
        kept: where the inputs of lost attempts are kept.
    """
    hunt.prepare(folder)
    tally = Tally(hunt.name)
    theirs = fingerprint(folder)
    for index in tqdm(_until_interrupted(range(first, first + tries)), hunt.name, tries, disable=None):
        attempt = hunt.attempt(random.Random(f"{hunt.name} {seed} {index}"), folder)
        outcome, fault = make(attempt, hunt.bounds, theirs)
        tally.tried += 1
        tally.slowest = max(tally.slowest, outcome.processor)
        if fault is not None:
            tally.lost[fault] += 1
            if isinstance(hunt, Replayable):
                attempt = minimise(hunt, attempt, fault, folder)
            _keep(kept, f"{hunt.name}-{seed}-{index}-{fault}", attempt, outcome)
        if _lost_files(theirs, frozenset()):
            hunt.prepare(folder)
            theirs = fingerprint(folder)
    return tally


def _until_interrupted(numbers: Iterable[int]) -> Iterator[int]:
    """Ctrl-C ends a hunt after its attempt; what was tried by then is told."""
    asked = []
    before = signal.signal(signal.SIGINT, lambda *_: asked.append(True))
    yield from takewhile(lambda _: not asked, numbers)
    signal.signal(signal.SIGINT, before)


def make(attempt: Attempt, bounds: Bounds, theirs: dict[Path, str]) -> tuple[Outcome, str | None]:
    """Make an attempt, and say by what it was lost; None where it held.

    Args:
        attempt: what is done.
        bounds: what it may take.
        theirs: the user's files and their digests before it; see `fingerprint`.
    """
    outcome = run_guarded(attempt.run, bounds)
    may_change = attempt.named if outcome.status == 0 else frozenset[Path]()
    return outcome, outcome.fault or _judge(outcome, attempt) or _lost_files(theirs, may_change)


def minimise(hunt: Replayable, attempt: Attempt, fault: str, folder: Path) -> Attempt:
    """Take away of what was fed in what the fault does not need."""
    for _ in range(MOST_SIMPLER):
        for content in simpler(attempt):
            tried = hunt.replay(content, attempt.suffix, folder)
            if make(tried, hunt.bounds, fingerprint(folder))[1] == fault:
                attempt = tried
                break
        else:
            break
    return attempt


def _judge(outcome: Outcome, attempt: Attempt) -> str | None:
    if outcome.status not in attempt.answers:
        return f"status {outcome.status}"
    if outcome.status and len(outcome.lines) != 1:
        return f"{len(outcome.lines)} lines"
    if attempt.hidden and any(attempt.hidden in line for line in outcome.lines):
        return "secret told"
    if any(not line.isprintable() for line in outcome.lines):
        return "control characters"
    return None


def fingerprint(folder: Path) -> dict[Path, str]:
    """Take the digest of every file."""
    return {path: _digest(path) for path in _files(folder)}


def simpler(attempt: Attempt) -> Iterator[bytes]:
    """Give what is a little simpler than what was fed in: an argument less, or a change of the original less."""
    if attempt.suffix == ".args":
        return simpler_list(attempt.content)
    return simpler_bytes(attempt.content, attempt.original or attempt.content)


def _lost_files(before: dict[Path, str], named: frozenset[Path]) -> str | None:
    kept = {path: digest for path, digest in before.items() if path not in named}
    changed = [path for path, digest in kept.items() if not path.is_file() or _digest(path) != digest]
    return "files lost" if changed else None


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _keep(kept: Path, name: str, attempt: Attempt, outcome: Outcome) -> None:
    kept.mkdir(parents=True, exist_ok=True)
    place = kept / name.replace(" ", "_")
    place.with_suffix(attempt.suffix).write_bytes(attempt.content)
    place.with_suffix(".txt").write_text("\n".join([f"status {outcome.status}", *outcome.lines]) + "\n")
