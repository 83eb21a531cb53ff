"""The publisher's command line."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge_app.updates.package import unpack
from export.publish import main
from export.repository import Repository

pytestmark = pytest.mark.slow

Publish = Callable[..., tuple[int, str, str]]


@pytest.fixture
def publish(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Publish:
    """Run the command on a repository; gives the exit status and what was said."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([*map(str, arguments), "--repository", str(tmp_path / "fleet")])
        return status, *capsys.readouterr()

    return run


def test_a_first_bundle_makes_the_repository_and_keys_that_stay_outside_it(
    publish: Publish, bundles: Callable[[str], Path], tmp_path: Path
) -> None:
    status, told, asides = publish(bundles("good"), "--stages", "10,100")
    assert status == 0
    assert "stage 1 of 2: 10 % of the devices" in told
    assert "keep these keys" in asides
    keys = sorted((tmp_path / "fleet-keys").iterdir())
    names = ["root-1", "root-2", "root-3", "snapshot-1", "targets-1", "timestamp-1"]
    assert [key.name for key in keys] == sorted([*names, *(f"{name}.pub" for name in names)])
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys if key.suffix != ".pub"} == {0o600}
    assert not [path for path in (tmp_path / "fleet").rglob("*") if path.is_file() and b"PRIVATE" in path.read_bytes()]
    (package,) = (tmp_path / "fleet" / "targets").iterdir()
    assert set(unpack(package)) == {"manifest.json", "moments.tflite", "golden.npz"}


def test_stages_go_on_pause_and_end(publish: Publish, bundles: Callable[[str], Path]) -> None:
    publish(bundles("good"), "--stages", "100")
    publish(bundles("better"), "--stages", "10,50,100")
    assert "stage 2 of 3: 50 %" in publish("promote")[1]
    assert "50 % of the devices, paused" in publish("pause")[1]
    told = publish("promote")[1]
    assert "stage 2 of 3: 50 %" in told  # as before the pause
    assert "paused" not in told
    assert len(publish("withdraw")[1].splitlines()) == 2
    publish("withdraw")
    assert publish("promote")[0] == 1


def test_the_last_bundle_that_is_everywhere_stays_on_offer(
    publish: Publish, bundles: Callable[[str], Path], tmp_path: Path
) -> None:
    for name, stages in (("good", "100"), ("better", "10,100"), ("timid", "10,100")):
        publish(bundles(name), "--stages", stages)
    offers = Repository.open(tmp_path / "fleet").offers
    assert [offer.percent for offer in offers.values()] == [100, 10]
    assert len(list((tmp_path / "fleet" / "targets").iterdir())) == 2


def test_keys_are_replaced_with_two_of_the_roots_and_no_fewer(
    publish: Publish, bundles: Callable[[str], Path], tmp_path: Path
) -> None:
    publish(bundles("good"))
    assert publish("renew")[0] == 0
    assert not (tmp_path / "fleet" / "metadata" / "2.root.json").exists()
    assert publish("renew", "--role", "root")[0] == 0
    assert (tmp_path / "fleet" / "metadata" / "2.root.json").exists()
    assert "always renewed" in publish("renew", "--role", "targets")[2]
    assert publish("replace", "--role", "targets")[0] == 0
    assert (tmp_path / "fleet-keys" / "targets-2").exists()
    for number in (1, 2):
        (tmp_path / "fleet-keys" / f"root-{number}").unlink()
    status, _, said = publish("replace", "--role", "targets")
    assert (status, len(said.splitlines())) == (1, 1)
    assert "holds 1 of the keys root-*, expected 2" in said


def test_what_cannot_be_published_is_one_line(publish: Publish, bundles: Callable[[str], Path], tmp_path: Path) -> None:
    assert "is no repository" in publish("status")[2]
    publish(bundles("good"))
    assert "is offered already" in publish(bundles("good"))[2]
    assert "name the broker" in publish("advance")[2]
    assert "name the --role" in publish("replace")[2]
    with pytest.raises(SystemExit):
        publish("advance", "--mqtt", "http://broker")
    np.savez(tmp_path / "images.npz", images=np.zeros((3, 8, 8, 1), np.float32), labels=np.zeros(3, np.int64))
    assert "expected float32" in publish(bundles("better"), "--golden", tmp_path / "images.npz")[2]
    assert "cannot be read" in publish(tmp_path / "nothing")[2]
    for stages in ("0,100", "50,5", "many", "5,101"):
        with pytest.raises(SystemExit):
            publish(bundles("better"), "--stages", stages)


def test_without_the_extra_the_command_says_what_to_install() -> None:
    without = "import runpy, sys; sys.modules['tuf'] = None; runpy.run_module('export.publish', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("publish: needs the extra fleet (tuf")
    assert line.endswith("; pip install 'bayes-edge[fleet]'")
