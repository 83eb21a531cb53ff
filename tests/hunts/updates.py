"""Updates under attack, and updates that are killed: what the device has stays whole, and the next update works."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

from guarded import Bounds
from hunt import Attempt
from moment import wait_for_moment

RIG: Final = Path(__file__).parents[1] / "export" / "fleet"
GOOD, BETTER, LATE, THEIRS = "good", "better", "late", "theirs"
"""What is published first, then, then too long ago; and what an attacker publishes with keys of her own."""

Tamper = Callable[[str, bytes], bytes | None]
Steps = list[tuple[Path, Tamper]]
"""What is served at one update after the other."""


def prepare(folder: Path) -> None:
    """Publish, and let a device have the first bundle; the folder then holds a repository for each moment."""
    sys.path.append(str(RIG))
    from fleet_rig import Publisher, make_bundle  # noqa: PLC0415 - the workshop takes seconds to load

    from edge_app.updates.shelf import ShelfState  # noqa: PLC0415

    scratch = folder.parent / "published"
    scratch.mkdir(exist_ok=True)
    shutil.rmtree(scratch)
    scratch.mkdir()
    good, better = (make_bundle(scratch / f"{name}-bundle", images=images) for name, images in ((GOOD, 1), (BETTER, 2)))
    owner = Publisher(scratch)
    owner.offer(good)
    shutil.copytree(owner.folder, folder / GOOD)
    device = owner.device("template")
    device.update()
    device.shelf.change(ShelfState.settled)
    shutil.copytree(device.shelf.folder, folder / "device")
    owner.repository.renew_root(owner.keys)
    owner.offer(better)
    shutil.copytree(owner.folder, folder / BETTER)
    owner.repository.publish(owner.keys, now=datetime.now(UTC) - timedelta(days=91))
    shutil.copytree(owner.folder, folder / LATE)
    (scratch / "attacker").mkdir()
    attacker = Publisher(scratch / "attacker")
    attacker.repository.renew_root(attacker.keys)
    for _ in range(3):
        attacker.repository.publish(attacker.keys)
    attacker.offer(better)
    shutil.copytree(attacker.folder, folder / THEIRS)
    owner.site.close()
    attacker.site.close()


def rollback(_: random.Random, repositories: dict[str, Path]) -> Steps:
    """The repository as it was before, to a device that has seen the new metadata already."""
    return [
        (repositories[BETTER], lambda path, content: None if _role(path) == "package" else content),
        (repositories[GOOD], lambda _, content: content),
    ]


def freeze(_: random.Random, repositories: dict[str, Path]) -> Steps:
    """Metadata that has expired."""
    return [(repositories[LATE], lambda _, content: content)]


def wrong_keys(rng: random.Random, repositories: dict[str, Path]) -> Steps:
    """All metadata signed by an attacker, or some of hers among the owner's."""
    theirs = repositories[THEIRS]
    roles = set(rng.sample(["root", "timestamp", "snapshot", "targets"], rng.randint(1, 4)))
    return [
        (repositories[BETTER], lambda path, content: _of(theirs, path, content) if _role(path) in roles else content)
    ]


def mix_and_match(rng: random.Random, repositories: dict[str, Path]) -> Steps:
    """Old metadata of one role among the new of the others."""
    role = rng.choice(["timestamp", "snapshot", "targets"])
    old = repositories[GOOD]
    return [(repositories[BETTER], lambda path, content: _of(old, path, content) if _role(path) == role else content)]


def truncated_files(rng: random.Random, repositories: dict[str, Path]) -> Steps:
    """A connection that breaks in the middle of a file."""
    role, share = rng.choice(["timestamp", "snapshot", "targets", "package"]), rng.random()

    def cut(path: str, content: bytes) -> bytes:
        return content[: int(share * len(content))] if _role(path) == role else content

    return [(repositories[BETTER], cut)]


def changed_bytes(rng: random.Random, repositories: dict[str, Path]) -> Steps:
    """A bit of a file flipped, or bytes that nobody asked for behind it."""
    role, share, longer = rng.choice(["timestamp", "snapshot", "targets", "package"]), rng.random(), rng.random() < 0.3

    def change(path: str, content: bytes) -> bytes:
        if _role(path) != role:
            return content
        if longer:
            return content + rng.randbytes(rng.choice([1, 1000, 10**6]))
        place = int(share * len(content))
        return content[:place] + bytes([content[place] ^ 1 << rng.randrange(8)]) + content[place + 1 :]

    return [(repositories[BETTER], change)]


def missing_files(rng: random.Random, repositories: dict[str, Path]) -> Steps:
    """A file that is not there."""
    role = rng.choice(["timestamp", "snapshot", "targets", "package"])
    return [(repositories[BETTER], lambda path, content: None if _role(path) == role else content)]


class UpdateAttack:
    """Each attempt attacks an update in one way, and then lets an honest one through."""

    bounds = Bounds(seconds=300.0, processor=20.0)
    prepare = staticmethod(prepare)

    def __init__(self, attack: Callable[[random.Random, dict[str, Path]], Steps]) -> None:
        self.name = f"updates: {attack.__name__.replace('_', ' ')}"
        self._attack = attack

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Leave the moment and the place to chance."""
        attack = self._attack
        answers = {None, "kept"} if attack is mix_and_match else {None}  # an old timestamp alone is as it was before

        def run() -> int:
            with _Stage(folder) as stage:
                for served, tamper in attack(rng, stage.repositories):
                    stage.site.folder, stage.site.tamper = served, tamper
                    stage.expect(stage.try_update() in answers, "attack taken")
                stage.expect(stage.device.digest == stage.good and stage.device.is_whole(), "bundle lost")
                stage.end_attack()
                stage.expect(stage.try_update() == "taken" and stage.device.is_whole(), "no update any more")
            os._exit(0)  # the server's threads may still wait

        return Attempt(run, attack.__name__.encode(), ".attack", frozenset({0}))


ATTACKS: Final = tuple(
    map(
        UpdateAttack,
        (rollback, freeze, wrong_keys, mix_and_match, truncated_files, changed_bytes, missing_files),
    )
)


class UpdateKills:
    """Each attempt kills an update at some moment, and then lets another one through."""

    name = "updates: kills"
    bounds = Bounds(seconds=300.0, processor=20.0)
    prepare = staticmethod(prepare)

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Choose the moment: after so many seconds, or changes of the device's folder."""
        moment, changes = rng.uniform(0.0, 3.0), rng.choice((None, rng.randrange(1, 30), rng.randrange(1, 30)))

        def run() -> int:
            with _Stage(folder) as stage:
                stage.end_attack()
                pid = os.fork()
                if pid == 0:
                    stage.try_update()
                    os._exit(0)
                wait_for_moment(pid, stage.device.shelf.folder, moment, changes)
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                stage.expect(stage.device.digest is not None and stage.device.is_whole(), "bundle lost")
                stage.expect(stage.try_update() in {"taken", "kept"}, "no update any more")
                stage.expect(stage.device.digest != stage.good and stage.device.is_whole(), "no update any more")
                held = [path for path in stage.device.shelf.folder.iterdir() if len(path.name) >= 64]
                stage.expect(len(held) == 2, "something is left over")
            os._exit(0)

        return Attempt(run, repr((moment, changes)).encode(), ".moment", frozenset({0}))


class _Stage:
    """A device of its own for one attempt, and a site that serves it."""

    def __init__(self, folder: Path) -> None:
        from fleet_rig import Device, Site  # noqa: PLC0415 - `prepare` has made it importable

        self.repositories = {name: folder / name for name in (GOOD, BETTER, LATE, THEIRS)}
        self.site = Site(self.repositories[BETTER])
        self._place = folder.parent / f"device-{os.getpid()}"
        shutil.copytree(folder / "device", self._place, symlinks=True)
        self.device = Device(self._place, self.site.url, self._place / "root.json")
        self.good = self.device.digest

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._place, ignore_errors=True)

    def end_attack(self) -> None:
        self.site.folder, self.site.tamper = self.repositories[BETTER], lambda _, content: content

    def try_update(self) -> str | None:
        """Update, and say what it did; None where it was a line."""
        from edge_app.runtime.errors import EdgeError  # noqa: PLC0415

        try:
            return str(self.device.update().step)
        except EdgeError as error:
            if not str(error).isprintable():
                raise AssertionError("control characters") from None
            return None

    @staticmethod
    def expect(held: Any, fault: str) -> None:
        if not held:
            raise AssertionError(fault)


def _role(path: str) -> str:
    """Which kind of file an address asks for."""
    if "/targets/" in path:
        return "package"
    return Path(path).name.removesuffix(".json").rpartition(".")[2]


def _of(repository: Path, path: str, content: bytes) -> bytes | None:
    """The same role's file of another repository, its newest."""
    files = sorted((repository / "metadata").glob(f"*{_role(path)}.json"), key=lambda file: (len(file.name), file.name))
    return files[-1].read_bytes() if files else content
