import configparser
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import edge_app
from edge_app.commands.arguments import parse_options
from edge_app.outputs import JsonLines

UNIT = Path(edge_app.__file__).parent / "systemd" / "bayes-edge@.service"


def read_unit() -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT)
    return unit


def test_the_unit_starts_the_app_without_a_screen() -> None:
    unit = read_unit()
    python, dash_m, module, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert (python, dash_m, module) == ("/home/%i/bayes-edge/bin/python", "-m", "edge_app")
    options = parse_options(arguments)
    assert (options.source, options.headless, options.outputs) == ("0", True, (JsonLines("-"),))
    assert options.wait
    assert unit["Service"]["Restart"] == "on-failure"
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_the_unit_lets_the_app_do_what_it_needs_and_no_more() -> None:
    service = read_unit()["Service"]
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) > int(service["TimeoutStopSec"]) > 1
    for setting, value in {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "MemoryMax": "600M"}.items():
        assert service[setting] == value


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text().replace("/home/%i/bayes-edge/bin/python", sys.executable)
    path = tmp_path / "bayes-edge@root.service"
    path.write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
