"""Updates from a real repository over HTTP: what is taken, tried, refused and taken back, and what an attacker gets."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_app.runtime import trial
from edge_app.runtime.errors import EdgeError
from edge_app.updates.offer import place
from edge_app.updates.package import pack, unpack
from edge_app.updates.shelf import Shelf, ShelfState
from edge_app.updates.update import begin, update
from export.errors import ExportError
from export.keys import Keys

pytestmark = pytest.mark.slow

Bundles = Callable[[str], Path]


def named(number: int, *, ahead: bool) -> str:
    """A device within, or beyond, the first stage of 25 % of the bundle with this number."""
    return next(f"pi-{i}" for i in range(1000) if (place(f"pi-{i}", number) < 0.25) is ahead)


def test_a_bundle_reaches_one_stage_after_the_other(publisher: Any, bundles: Bundles) -> None:
    ahead, behind = (publisher.device(named(2, ahead=ahead)) for ahead in (True, False))
    digest = publisher.offer(bundles("good"), 25, 100)
    assert (ahead.update().step, behind.update().step) == ("taken", "kept")
    assert (ahead.digest, behind.digest) == (digest, None)
    assert ahead.shelf.state.on_trial
    publisher.change(stage=1)
    assert (ahead.update().step, behind.update().step) == ("kept", "taken")
    assert ahead.is_whole()
    assert behind.is_whole()


def test_a_paused_bundle_stays_where_it_is_and_a_withdrawn_one_is_taken_back(publisher: Any, bundles: Bundles) -> None:
    device = publisher.device("pi")
    good = publisher.offer(bundles("good"))
    device.update()
    device.shelf.change(ShelfState.settled)
    publisher.offer(bundles("better"))
    late = publisher.device("late")
    device.update()
    publisher.change(paused=True)
    late.update()
    assert (device.update().step, late.digest) == ("kept", good)
    publisher.withdraw()
    assert str(device.update()) == f"went back: bundle {good[:12]} (what it had was withdrawn)"
    assert device.digest == good
    assert device.is_whole()
    publisher.withdraw()
    assert device.update().step == "went back"
    assert device.digest is None


def test_what_fails_its_self_test_is_refused_and_never_fetched_again(publisher: Any, bundles: Bundles) -> None:
    def other_readings(package: bytes) -> bytes:
        path = bundles("better").parent / "package"
        path.write_bytes(package)
        files = unpack(path)
        golden = dict(np.load(io.BytesIO(files["golden.npz"])))
        golden["probabilities"] = golden["probabilities"][::-1]
        buffer = io.BytesIO()
        np.savez(buffer, **golden)
        return pack(files | {"golden.npz": buffer.getvalue()})

    device = publisher.device("pi")
    good = publisher.offer(bundles("good"))
    device.update()
    bad = publisher.offer(bundles("better"), change=other_readings)
    updated = device.update()
    assert (updated.step, updated.digest) == ("refused", bad)
    assert "from its publisher's, expected at most 0.020" in updated.reason
    asked = len(publisher.site.asked)
    assert device.update().step == "kept"
    assert not any("targets/" in path for path in publisher.site.asked[asked:])
    assert device.digest == good
    assert sorted(path.name for path in device.shelf.folder.iterdir() if len(path.name) > 20) == [good]


def test_what_a_busy_device_cannot_try_is_tried_again(
    publisher: Any, bundles: Bundles, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = publisher.device("pi")
    digest = publisher.offer(bundles("good"))
    with monkeypatch.context() as busy:
        busy.setattr(trial, "PATIENCE", 0.0)
        with pytest.raises(EdgeError, match="less busy"):
            device.update()
    assert (device.digest, device.shelf.state.refused) == (None, ())
    assert device.update().step == "taken"
    assert device.digest == digest


def test_a_package_that_is_no_bundle_is_refused(publisher: Any, bundles: Bundles) -> None:
    device = publisher.device("pi")
    publisher.offer(bundles("good"), change=lambda _: pack({"manifest.json": b"{}"}))
    assert device.update().step == "refused"
    assert device.digest is None


def test_a_device_follows_keys_that_were_replaced(publisher: Any, bundles: Bundles) -> None:
    device = publisher.device("pi")
    publisher.repository.renew_root(publisher.keys, "targets")
    publisher.repository.renew_root(publisher.keys, "root")
    good = publisher.offer(bundles("good"))
    assert device.update().step == "taken"
    assert device.digest == good


def test_another_root_is_not_believed(publisher: Any, tmp_path: Path) -> None:
    device = publisher.device("pi")
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(EdgeError, match="another root is believed already"):
        begin(device.shelf, publisher.site.url, tmp_path / "other.json")
    fresh = Shelf(tmp_path / "fresh")
    timestamp = publisher.repository.folder / "metadata" / "timestamp.json"
    for wrong, found in ((tmp_path / "other.json", "something else"), (timestamp, "timestamp")):
        with pytest.raises(
            EdgeError, match=rf"json: found {found}, expected root metadata; take metadata/1\.root\.json"
        ):
            begin(fresh, publisher.site.url, wrong)
    with pytest.raises(EdgeError, match="begin with python -m edge_app update --repository URL"):
        update(fresh)


def test_an_attacker_gets_nothing_but_a_line(publisher: Any, bundles: Bundles) -> None:
    """Rollback, wrong keys, mix and match, freeze, truncated files."""
    site, device = publisher.site, publisher.device("pi")
    publisher.offer(bundles("good"))
    old = publisher.snapshot()
    device.update()
    better = publisher.offer(bundles("better"))
    new = publisher.snapshot()
    device.update()
    assert device.digest == better

    def attacked(match: str) -> None:
        with pytest.raises(EdgeError, match=match):
            device.update()
        assert device.digest == better
        assert device.is_whole()

    site.folder = old
    attacked("New timestamp version 2 must be >= 3")
    site.folder = new
    for name in (new / "metadata").glob("*.targets.json"):
        shutil.copy(old / "metadata" / "2.targets.json", name)
    publisher.repository.publish(publisher.keys)  # what is fresh is signed, and the targets are mixed in
    shutil.copytree(publisher.folder / "metadata", new / "metadata", dirs_exist_ok=True)
    newest = max((new / "metadata").glob("*.targets.json"), key=lambda path: int(path.name.split(".")[0]))
    shutil.copy(old / "metadata" / "2.targets.json", newest)
    attacked("targets version|Expected targets|expected targets")
    site.folder = publisher.folder
    site.tamper = lambda _, content: content.replace(b'"paused":false', b'"paused":true ')
    publisher.repository.publish(publisher.keys)
    attacked("signed|key")
    site.tamper = lambda _, content: content
    publisher.repository.publish(publisher.keys, now=datetime.now(UTC) - timedelta(days=8))
    attacked("has expired")
    publisher.repository.publish(publisher.keys)
    publisher.offer(bundles("timid"))
    site.tamper = lambda path, content: content[:1000] if "/targets/" in path else content
    attacked("nothing was changed")
    site.tamper = lambda path, content: None if "/targets/" in path else content
    attacked("404")
    site.tamper = lambda path, content: content[:-1] + b"x" if "/targets/" in path else content
    attacked("nothing was changed")
    site.tamper = lambda _, content: content
    assert device.update().step == "taken"


def test_a_key_in_the_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="lies in the repository and would be published"):
        Keys(tmp_path / "repository" / "keys", tmp_path / "repository")


@pytest.mark.parametrize("moment", ["fetching", "testing", "in place"])
def test_killed_at_any_step_the_next_update_does_the_rest(publisher: Any, bundles: Bundles, moment: str) -> None:
    device = publisher.device("pi")
    digest = publisher.offer(bundles("good"))
    folder = device.shelf.folder
    reached = {
        "fetching": lambda: list(folder.glob(".*.bundle")),
        "testing": lambda: list(folder.glob(".bundle-*/manifest.json")),
        "in place": (folder / digest).exists,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "edge_app", "update", "--bundles", folder], stdout=subprocess.DEVNULL
    )
    while process.poll() is None and not reached[moment]():
        time.sleep(0.001)
    process.kill()
    process.wait()
    assert device.is_whole()
    assert device.update().step in {"taken", "kept"}
    assert device.digest == digest
    assert device.is_whole()
    assert not list(folder.glob(".*"))
