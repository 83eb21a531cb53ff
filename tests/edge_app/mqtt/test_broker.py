"""The device at a real broker that is killed, cut off, protected and encrypted."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest

from edge_app.mqtt.address import BrokerAddress, read_address
from edge_app.mqtt.output import Broker, BrokerSink
from edge_app.outputs import Run
from edge_app.result import FrameResult
from edge_app.runtime.prediction import Reason
from edge_app.updates.follow import Standing
from edge_app.updates.shelf import Warned

pytestmark = [pytest.mark.broker]

Start = Callable[..., Any]


def at(port: int, *, user: str | None = None, tls: bool = False) -> BrokerAddress:
    return read_address(f"mqtt{'s' * tls}://{user + '@' if user else ''}localhost:{port}/attic")


def _fail(_: int) -> None:
    raise sqlite3.OperationalError("disk I/O error")


@contextmanager
def device(broker: Broker, run: Run) -> Iterator[BrokerSink]:
    sink = broker.open(run)
    try:
        yield sink
    finally:
        sink.close()


def test_readings_health_availability_and_discovery_are_told(
    broker: Any, audience: Any, wait: Any, make_run: Callable[..., Run], result: FrameResult
) -> None:
    with device(Broker(at(broker.port), frames=True), make_run()) as sink:
        for _ in range(3):
            sink.take(result)
        wait(lambda: len(audience.on("attic/frames")) == 3)
        assert [json.loads(event)["track"] for event in audience.on("attic/readings")] == [1, 2, 3]
        assert audience.retained["attic/availability"] == b"online"
        wait(lambda: json.loads(audience.retained["attic/health"])["healthy"])
        assert json.loads(audience.retained["attic/health"])["source"] == "a camera"
        sink.notice("camera 0: no picture")
        wait(lambda: json.loads(audience.retained["attic/health"])["reason"] == "camera 0: no picture")
    wait(lambda: audience.retained["attic/availability"] == b"offline")


def test_home_assistant_finds_a_topic_for_every_entity(
    broker: Any, audience: Any, wait: Any, make_run: Callable[..., Run], result: FrameResult
) -> None:
    with device(Broker(at(broker.port)), make_run()) as sink:
        sink.take(result)
        wait(lambda: {"attic/health", "attic/readings"} <= set(audience.retained))
        found = json.loads(audience.retained["homeassistant/device/attic/config"])
    assert found["dev"]["ids"] == ["attic"]
    assert audience.retained[found["avty_t"]]
    told = set(audience.retained) | {"attic/still"}
    for name, entity in found["cmps"].items():
        assert entity["p"] in {"sensor", "binary_sensor", "switch", "button", "image"}
        assert entity["uniq_id"] == f"attic-{name}"
        assert {entity[key] for key in ("stat_t", "json_attr_t", "img_t") if key in entity} <= told
        assert entity.get("cmd_t", "attic/command/").startswith("attic/command/")
        key = entity.get("val_tpl", "").partition("value_json.")[2].split(" ")[0]
        if key:
            part = json.loads(audience.retained[entity["stat_t"]])
            for step in key.split("."):
                part = part[step]


def test_it_freezes_and_sends_a_still_when_it_is_told(
    broker: Any, audience: Any, wait: Any, make_run: Callable[..., Run], result: FrameResult
) -> None:
    with device(Broker(at(broker.port), frames=True), make_run()) as sink:
        sink.take(result)
        wait(lambda: audience.retained.get("attic/availability") == b"online")
        audience.tell("attic/command/still", "PRESS")
        wait(lambda: audience.on("attic/still"))
        still = cv2.imdecode(np.frombuffer(audience.on("attic/still")[0], np.uint8), cv2.IMREAD_COLOR)
        assert still is not None
        assert still.shape[0] > result.frame.image.shape[0]
        audience.tell("attic/command/frozen", "maybe")
        audience.tell("attic/command/frozen", "ON")
        wait(lambda: json.loads(audience.retained["attic/health"])["frozen"])
        before = len(audience.on("attic/frames"))
        sink.take(result)
        audience.tell("attic/command/frozen", "OFF")
        wait(lambda: not json.loads(audience.retained["attic/health"])["frozen"])
        assert len(audience.on("attic/frames")) == before


def test_what_is_read_while_the_broker_is_dead_is_told_when_it_is_back(
    broker: Any, audience: Any, wait: Any, make_run: Callable[..., Run], result: FrameResult
) -> None:
    with device(Broker(at(broker.port), frames=True), make_run()) as sink:
        sink.take(result)
        wait(lambda: audience.on("attic/frames"))
        broker.kill()
        for _ in range(50):
            sink.take(result)
        broker.start()
        assert audience.listening.wait(10)
        wait(lambda: len(audience.on("attic/frames")) >= 51)
        wait(lambda: audience.retained["attic/availability"] == b"online")


def test_a_device_that_is_cut_off_is_given_up_and_comes_back(
    line: Any, audience: Any, wait: Any, make_run: Callable[..., Run], result: FrameResult
) -> None:
    with device(Broker(at(line.port), frames=True), make_run()) as sink:
        sink.take(result)
        wait(lambda: audience.on("attic/frames"))
        line.silent = True
        wait(lambda: audience.retained["attic/availability"] == b"offline")
        sink.take(result)
        line.silent = False
        wait(lambda: audience.retained["attic/availability"] == b"online")
        wait(lambda: len(audience.on("attic/frames")) >= 2)


def test_a_queue_that_fails_is_told_and_the_device_goes_on(
    broker: Any, audience: Any, wait: Any, make_run: Callable[..., Run], result: FrameResult
) -> None:
    with device(Broker(at(broker.port), frames=True), make_run()) as sink:
        sink.take(result)
        wait(lambda: audience.on("attic/frames"))
        connection = sink._connection
        connection._outbox.delivered = _fail
        sink.take(result)
        wait(lambda: connection._trouble == "the queue cannot be used (disk I/O error)")
        del connection._outbox.delivered
        before = len(audience.on("attic/frames"))
        sink.take(result)
        wait(lambda: len(audience.on("attic/frames")) > before)


def test_a_broker_that_is_not_there_yet_is_waited_for(
    broker: Any, wait: Any, make_run: Callable[..., Run], result: FrameResult, capfd: pytest.CaptureFixture[str]
) -> None:
    broker.kill()
    with device(Broker(at(broker.port)), make_run()) as sink:
        sink.take(result)
        assert "Connection refused; trying again" in capfd.readouterr().err
        broker.start()
        wait(lambda: "connected again" in capfd.readouterr().err)


def test_a_wrong_password_ends_the_app_in_one_line_and_the_right_one_does_not(
    start_broker: Start, make_run: Callable[..., Run], tmp_path: Path
) -> None:
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "me", "right"], check=True, capture_output=True)
    passwords.chmod(0o644)
    broker = start_broker("allow_anonymous false", f"password_file {passwords}")
    (tmp_path / "wrong").write_text("wrong\n")
    (tmp_path / "right").write_text("right\n")
    with pytest.raises(Exception, match=r"mqtt://localhost:\d+: refuses this device \(Not authorized\)"):
        Broker(at(broker.port, user="me"), password=tmp_path / "wrong").open(make_run())
    with device(Broker(at(broker.port, user="me"), password=tmp_path / "right"), make_run()):
        pass


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
def test_only_a_certificate_that_is_vouched_for_is_taken(
    start_broker: Start, make_run: Callable[..., Run], tmp_path: Path
) -> None:
    for name, host in (("good", "localhost"), ("other", "example.org")):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
             "1", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-keyout", tmp_path / f"{name}.key",
             "-out", tmp_path / f"{name}.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
        (tmp_path / f"{name}.key").chmod(0o644)
    lines = "allow_anonymous true", f"certfile {tmp_path}/good.pem", f"keyfile {tmp_path}/good.key"
    broker = start_broker(*lines)
    with device(Broker(at(broker.port, tls=True), authority=tmp_path / "good.pem"), make_run()):
        pass
    for wrong in (tmp_path / "other.pem", None):
        with pytest.raises(Exception, match=r"mqtts://localhost:\d+: its certificate is not vouched for"):
            Broker(at(broker.port, tls=True), authority=wrong).open(make_run())
    with pytest.raises(Exception, match="holds no certificates"):
        Broker(at(broker.port, tls=True), authority=tmp_path / "mosquitto.conf").open(make_run())


@pytest.mark.slow
def test_the_command_line_tells_a_broker_and_a_kill_is_noticed(
    broker: Any, audience: Any, wait: Any, tmp_path: Path
) -> None:
    queue = tmp_path / "queue"
    command = [sys.executable, "-m", "edge_app", "demo", "--headless", "--mqtt", f"mqtt://127.0.0.1:{broker.port}/attic",
               "--mqtt-queue", str(queue), "--web", "127.0.0.1:0"]  # fmt: skip
    app = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ)
    wait(lambda: audience.on("attic/readings"))
    assert audience.retained["attic/availability"] == b"online"
    app.send_signal(signal.SIGKILL)
    app.wait()
    wait(lambda: audience.retained["attic/availability"] == b"offline")
    assert queue.exists()


def test_a_command_fetches_bundles_and_pictures_of_doubtful_digits_are_published_where_asked_for(
    broker: Any, audience: Any, wait: Any, make_run: Callable[..., Run], result: FrameResult
) -> None:
    class Bundles:
        standing = Standing(number=3, on_trial=True, read=Warned(5, 1), refused={"f" * 64: "no good"})
        asked = 0

        def begin_update(self) -> None:
            self.asked += 1

    bundles = Bundles()
    first, *others = result.raw.predictions
    doubted = (replace(first, reason=Reason.AMBIGUOUS), *others)
    with device(Broker(at(broker.port), doubtful=True), make_run(bundles=bundles)) as sink:
        sink.take(replace(result, raw=replace(result.raw, predictions=doubted)))
        wait(lambda: "attic/health" in audience.retained)
        assert json.loads(audience.retained["attic/health"])["bundles"] == msgspec.to_builtins(bundles.standing)
        audience.tell("attic/command/bundle", "PRESS")
        wait(lambda: bundles.asked == 1)
        wait(lambda: audience.on("attic/doubtful"))
        strip = cv2.imdecode(np.frombuffer(audience.on("attic/doubtful")[0], np.uint8), cv2.IMREAD_COLOR)
        assert strip is not None
        assert strip.shape[0] == 64
