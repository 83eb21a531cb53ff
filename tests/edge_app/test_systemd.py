import configparser
import shlex
from pathlib import Path

import edge_app
from edge_app.commands.arguments import parse_options
from edge_app.outputs import JsonLines


def test_the_unit_starts_the_app_without_a_screen() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.read(Path(edge_app.__file__).parent / "systemd" / "bayes-edge.service")
    python, dash_m, module, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert (python, dash_m, module) == ("%h/bayes-edge/bin/python", "-m", "edge_app")
    options = parse_options(arguments)
    assert (options.source, options.headless, options.outputs) == ("0", True, (JsonLines("-"),))
    assert unit["Service"]["Restart"] == "on-failure"
    assert unit["Install"]["WantedBy"] == "default.target"
