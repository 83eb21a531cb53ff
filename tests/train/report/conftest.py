"""A small report of what is shipped, and a real browser to open it in: Chromium, driven over its pipe."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tf_keras

import edge_app
from models.networks import BUILDERS
from models.read_model import read_posterior
from models.runs import PRETRAINED, RECORD, Input, Record, save_run
from train.report.collect import Order, collect
from train.report.effort import Effort
from train.report.folder import whole_folder
from train.report.results import Report
from train.report.subjects import load_subjects
from train.report.write import write

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
)  # fmt: skip
SHIPPED = Path(edge_app.__file__).parent / "bundles" / "digits"
TINY = Effort(
    test_stride=50, test_passes=4, corruption_stride=500, corruption_passes=3, curve_stride=500, interval_passes=5
)


@pytest.fixture(scope="session")
def shipped_runs() -> list[Path]:
    return sorted(record.parent for record in PRETRAINED.glob(f"*/{RECORD}"))


@pytest.fixture(scope="session")
def shipped_bundle() -> Path:
    return SHIPPED


@pytest.fixture(scope="session")
def plain_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deterministic network that has learnt nothing."""
    tf_keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("runs") / "plain"
    record = Record(
        format="bayes-edge-run", version=2, model="deterministic", recipe={}, seed=0, rows=100, holdout=0,
        input=Input(paper=1.0, ink=0.0), labels=tuple("0123456789"),
        epochs=(), finished=True, metrics={}, versions={},
    )  # fmt: skip
    save_run(folder, record, read_posterior(BUILDERS["deterministic"](100)))
    return folder


@pytest.fixture(scope="session")
def measure(shipped_runs: list[Path], plain_run: Path) -> Callable[[], Report]:
    """Measure the shipped runs, the plain one and the shipped bundle, a little of each."""

    def collected() -> Report:
        subjects = load_subjects([*shipped_runs, plain_run], [SHIPPED], seed=0)
        return collect(Order(subjects, TINY, seed=0, corruptions=("spatter", "fog")))

    return collected


@pytest.fixture(scope="session")
def report(measure: Callable[[], Report]) -> Report:
    return measure()


@pytest.fixture(scope="session")
def folder(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "report"
    with whole_folder(path) as fresh:
        write(report, fresh)
    return path


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Browser]":
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    profile = tmp_path_factory.mktemp("chromium") / "profile"
    profile.mkdir()
    browser = Browser(profile)
    yield browser
    browser.close()


class Browser:
    """One page of a headless Chromium, spoken to in DevTools' protocol."""

    def __init__(self, profile: Path) -> None:
        read, self.to = os.pipe()
        self.back, write = os.pipe()
        command = f'exec "$0" "$@" 3<&{read} 4>&{write}'
        arguments = ["bash", "-c", command, CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        with (profile.parent / "chromium.log").open("wb") as log:
            self.process = subprocess.Popen(arguments, pass_fds=(read, write), stdout=log, stderr=log)
        os.close(read)
        os.close(write)
        self.buffer, self.events, self.sent, self.session = b"", [], 0, None
        page = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict:
        self.sent += 1
        message = {"id": self.sent, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.sent:
                assert "error" not in answer, answer
                return answer["result"]

    def receive(self) -> dict:
        while b"\0" not in self.buffer:
            chunk = os.read(self.back, 1 << 20)
            assert chunk, "the browser went away"
            self.buffer += chunk
        line, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(line)
        if "method" in message:
            self.events.append(message)
        return message

    def open(self, page: Path, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.events.clear()
        self.call("Page.navigate", url=page.resolve().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.receive()

    def evaluate(self, script: str) -> object:
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"]["value"]

    def complaints(self) -> list[dict]:
        kinds = {"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"}
        return [event for event in self.events if event["method"] in kinds]

    def requests(self) -> list[str]:
        sent = [event for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]

    def close(self) -> None:
        self.call("Browser.close")
        self.process.wait(timeout=30)
        os.close(self.to)
        os.close(self.back)
