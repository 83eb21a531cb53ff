"""The example in `monitoring/`: its files parse, fit one another, and ask for what the app serves."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge_app.board import Board
from edge_app.commands.speed import demo_page
from edge_app.machine import Machine
from edge_app.options import DEFAULT_BUNDLE
from edge_app.reader import Reader, open_classifier
from edge_app.runtime.drift import Drift
from edge_app.sources import Frame

MONITORING = Path(__file__).parents[2] / "monitoring"
DASHBOARD = MONITORING / "grafana" / "dashboards" / "bayes-edge.json"


def load(name: str) -> Any:
    return yaml.safe_load((MONITORING / name).read_text())


def test_every_image_has_a_version_and_every_file_that_is_mounted_exists() -> None:
    compose = load("compose.yaml")
    assert set(compose["services"]) == {"mosquitto", "prometheus", "grafana"}
    for service in compose["services"].values():
        assert re.search(r":v?\d+\.\d+", service["image"])
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert (MONITORING / source).exists() if source.startswith(".") else source in compose["volumes"]


def test_prometheus_asks_where_the_page_answers_and_grafana_asks_prometheus() -> None:
    (job,) = load("prometheus.yml")["scrape_configs"]
    assert (job["metrics_path"], job["static_configs"]) == ("/metrics", [{"targets": ["localhost:8080"]}])
    (source,) = load("grafana/provisioning/datasources/prometheus.yaml")["datasources"]
    listens = next(part for part in load("compose.yaml")["services"]["prometheus"]["command"] if "listen" in part)
    assert source["url"].rpartition(":")[2] == listens.rpartition(":")[2]
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert {panel["datasource"]["uid"] for panel in panels} == {source["uid"]}
    (provider,) = load("grafana/provisioning/dashboards/files.yaml")["providers"]
    mounted = [volume.split(":")[1] for volume in load("compose.yaml")["services"]["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounted


def test_every_figure_of_the_dashboard_is_one_that_the_page_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = pytest.importorskip("edge_app.web.metrics", reason="needs the extra web")
    checks = pytest.importorskip("edge_app.web.checks", reason="needs the extra web")
    monkeypatch.setattr(metrics, "read_machine", lambda: Machine(celsius=50.0, limits=()))
    classifier = open_classifier(DEFAULT_BUNDLE, threads=1)
    result = Reader(classifier).read(Frame(demo_page(), 0.0))
    board = Board()
    board.post(replace(result, drift=Drift(digits=1, log10_evidence=0.0, alarmed_at=None)))
    text = metrics.Metrics(board, checks.Checks(classifier.manifest.warning, []), "d" * 64).text().decode()
    served = set(re.findall(r"^(bayes_edge_\w+)", text, re.MULTILINE))
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            names = re.findall(r"bayes_edge_\(?[\w|]+\)?\w*", target["expr"])
            assert names
            assert all(any(re.fullmatch(name, one) for one in served) for name in names), target["expr"]


def test_a_container_engine_reads_it() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no docker compose is installed")
    subprocess.run([docker, "compose", "config", "--quiet"], cwd=MONITORING, check=True)


@pytest.mark.broker
def test_mosquitto_takes_its_configuration(tmp_path: Path) -> None:
    mosquitto = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if mosquitto is None:
        pytest.skip("no Mosquitto is installed")
    text = (MONITORING / "mosquitto.conf").read_text().replace("/mosquitto/data", str(tmp_path))
    (tmp_path / "passwords").write_text("")
    config = tmp_path / "mosquitto.conf"
    config.write_text(re.sub(r"^listener \d+$", "listener 0 broker\nuser root", text, flags=re.MULTILINE))
    process = subprocess.Popen([mosquitto, "-c", config], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        with pytest.raises(subprocess.TimeoutExpired):  # it runs on
            process.wait(1)
    finally:
        process.kill()
        process.communicate()
