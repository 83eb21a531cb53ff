"""Tests of the live page over real HTTP."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge_app.outputs import Run
from edge_app.result import FrameResult
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.drift import Drift
from edge_app.runtime.errors import EdgeError
from edge_app.web.access import Access
from edge_app.web.checks import Checks
from edge_app.web.events import LISTENERS
from edge_app.web.feedback import FeedbackStore
from edge_app.web.output import WebPage
from edge_app.web.page import Page
from edge_app.web.pictures import VIEWERS
from edge_app.web.server import Address, Certificate, Server
from edge_app.web.state import Controls


def test_the_state_says_what_was_read(site: Any, result: FrameResult) -> None:
    before = site.ask("GET", "/api/state").json
    assert (before["frame"], before["digits"]) == (None, [])
    site.live.post(result)
    state = site.ask("GET", "/api/state").json
    assert state["frame"] == 0
    assert [digit["label"] for digit in state["digits"]] == [
        state["labels"][prediction.label] for prediction in result.steady.predictions
    ]
    unsure = sum(prediction.unsure for prediction in result.raw.predictions)
    silent = sum(1 - prediction.probability for prediction in result.raw.predictions if not prediction.unsure)
    assert state["counts"] == {
        "frames": 1,
        "digits": len(result.digits),
        "warnings": unsure,
        "silent_errors": pytest.approx(silent),
    }
    assert state["source"] == "a camera"


def test_the_stream_gives_the_newest_picture(site: Any, result: FrameResult) -> None:
    site.live.post(result)
    with socket.create_connection(("127.0.0.1", site.port), 5) as connection:
        connection.sendall(b"GET /stream.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
        picture = _next_picture(connection)
    height, width = result.frame.image.shape[:2]
    assert picture.shape[0] >= height
    assert picture.shape[1] >= width


def test_a_stalled_viewer_holds_up_nobody_and_an_eleventh_is_sent_away(site: Any, result: FrameResult) -> None:
    site.live.post(result)
    viewers = [socket.create_connection(("127.0.0.1", site.port), 5) for _ in range(VIEWERS)]
    for viewer in viewers:
        viewer.sendall(b"GET /stream.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
    _await(lambda: site.live.stream.viewers == VIEWERS)
    assert site.ask("GET", "/stream.mjpg").status == 503
    for _ in range(200):  # nobody but the first reads
        site.live.post(result)
    assert _next_picture(viewers[0]).size
    for viewer in viewers:
        viewer.close()
    _await(lambda: site.live.stream.viewers == 0 or not site.live.post(result))


def test_a_listener_beyond_the_limit_is_sent_away(site: Any) -> None:
    listening = [socket.create_connection(("127.0.0.1", site.port), 5) for _ in range(LISTENERS)]
    for connection in listening:
        connection.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    refused = site.ask("GET", "/events")
    assert (refused.status, refused.json) == (503, {"error": f"{LISTENERS} listen already; close a page elsewhere"})
    for connection in listening:
        connection.close()


def test_nothing_but_get_without_a_login(site: Any) -> None:
    for path in ("/api/controls", "/api/corrections", "/api/logout"):
        assert site.ask("POST", path, {}).status == 403
    assert site.log_in("wrong password").status == 401
    assert site.log_in().status == 200
    assert site.ask("POST", "/api/controls", {"frozen": True}).json["controls"]["frozen"] is True
    site.token = "another"  # noqa: S105 - a wrong one
    assert site.ask("POST", "/api/controls", {"frozen": False}).status == 403


def test_wrong_passwords_are_slowed_down(site: Any) -> None:
    statuses = [site.log_in("wrong password").status for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    assert int(site.log_in().headers["Retry-After"]) > 0


def test_another_page_cannot_send_what_a_viewer_did_not(site: Any) -> None:
    site.log_in()
    assert site.ask("POST", "/api/controls", {"frozen": True}, Origin="http://evil.example").status == 403
    assert site.ask("GET", "/api/state", Host="evil.example").status == 421  # a name that leads here
    asked = site.ask("GET", "/")
    assert asked.status == 200
    assert asked.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert asked.headers["X-Frame-Options"] == "DENY"
    cookie = site.ask("POST", "/api/login", {"password": "correct horse battery"}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"samples": 0}, 422),
        ({"samples": 10**6}, 422),
        ({"threads": 65}, 422),
        ({"unknown": 1}, 400),
        ({"samples": "1"}, 400),
        ([], 400),
        ("x" * 10_000, 413),
    ],
)
def test_controls_that_cannot_be_are_refused_in_one_line(site: Any, content: Any, status: int) -> None:
    site.log_in()
    asked = site.ask("POST", "/api/controls", content)
    assert asked.status == status
    assert "\n" not in asked.json["error"]


def test_a_correction_is_kept_with_its_picture(site: Any, store: FeedbackStore, result: FrameResult) -> None:
    site.live.post(result)
    site.log_in()
    track = result.tracks[0].number
    assert site.ask("POST", "/api/corrections", {"track": track, "label": "4"}).status == 200
    for wrong in ({"track": track, "label": "x"}, {"track": 999, "label": "4"}):
        assert site.ask("POST", "/api/corrections", wrong).status == 422
    [kept] = store.corrections()
    assert kept.label == "4"
    assert kept.read_as == site.live.state().labels[result.raw.predictions[0].label]
    np.testing.assert_array_equal(kept.image, result.digits[0].image)
    assert site.ask("GET", f"/api/digits/{track}.png").body == kept.picture
    for missing in ("999", "x", "9" * 30):
        assert site.ask("GET", f"/api/digits/{missing}.png").status == 404


def test_checks_are_of_digits_drawn_at_random_and_test_the_promise(
    site: Any, store: FeedbackStore, result: FrameResult
) -> None:
    sure = replace(result.raw.predictions[0], reason=None)
    site.live.post(replace(result, raw=replace(result.raw, predictions=(sure,) * len(result.digits))))
    assert site.ask("POST", "/api/question", {}).status == 403
    site.log_in()
    labels = site.live.state().labels
    tracks = []
    for label in (labels[sure.label], labels[sure.label - 1]):
        track = site.ask("POST", "/api/question", {}).json["track"]
        assert site.ask("POST", "/api/question", {}).json["track"] == track  # until it is answered
        site.ask("POST", "/api/corrections", {"track": track, "label": label})
        tracks.append(track)
    assert len(set(tracks)) == 2
    assert site.ask("POST", "/api/corrections", {"track": tracks[0], "label": "4"}).status == 200  # not asked for
    checks = site.ask("GET", "/api/state").json["checks"]
    assert (checks["checked"], checks["wrong"], checks["broken_at"]) == (2, 1, None)
    assert "would show it" in checks["says"]
    assert store.checked("d" * 64) == [False, True]
    assert "bayes_edge_checked_errors_total 1.0" in site.ask("GET", "/metrics").body.decode()


def test_checks_go_on_where_an_earlier_run_left_off(classifier: Classifier) -> None:
    checks = Checks(classifier.manifest.warning, [True] * 3)
    assert checks.state.checked == checks.state.wrong == 3
    assert checks.state.broken_at is not None
    assert "promise of at most 0.5 % is broken" in checks.state.says
    assert checks.ask([]) is None


@pytest.mark.slow
def test_health_tells_of_a_silent_source_and_of_a_lost_one(site: Any, result: FrameResult) -> None:
    site.live.post(result)
    assert site.ask("GET", "/health").json == {"healthy": True, "reason": None}
    site.live.board.notice("camera 0: no picture")
    asked = site.ask("GET", "/health")
    assert (asked.status, asked.json["reason"]) == (503, "camera 0: no picture")
    site.live.post(result)
    time.sleep(2.1)
    assert "no new picture for 2 s" in site.ask("GET", "/health").json["reason"]


def test_metrics_are_prometheus_text(site: Any, result: FrameResult) -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    for _ in range(3):
        site.live.post(result)
    text = site.ask("GET", "/metrics").body.decode()
    samples = {
        sample.name: sample for family in parser.text_string_to_metric_families(text) for sample in family.samples
    }
    assert samples["bayes_edge_frames_total"].value == 3
    assert samples["bayes_edge_digits_total"].value == 3 * len(result.digits)
    assert samples["bayes_edge_latency_seconds_count"].value == 3
    assert samples["bayes_edge_bundle_info"].labels == {"digest": "d" * 64}


def test_drift_is_told_to_people_and_to_prometheus(site: Any, result: FrameResult) -> None:
    site.live.post(replace(result, drift=None))
    assert site.live.state().unlike == ""
    assert "drift" not in site.ask("GET", "/metrics").body.decode()
    site.live.post(replace(result, drift=Drift(digits=50, log10_evidence=3.2, alarmed_at=40)))
    state = site.ask("GET", "/api/state").json
    assert state["drift"] == {"digits": 50, "log10_evidence": 3.2, "alarmed_at": 40}
    assert state["unlike"] == "The digits here are unlike those I was calibrated on"
    text = site.ask("GET", "/metrics").body.decode()
    for line in ("followed_digits_total 50.0", "drift_log10_evidence 3.2", "drift_alarm 1.0"):
        assert f"\nbayes_edge_{line}\n" in text
    assert float(text.split("\nbayes_edge_silent_errors_total ")[1].split()[0]) == pytest.approx(
        state["counts"]["silent_errors"]
    )


def test_every_address_of_the_api_is_described(site: Any, server: Server) -> None:
    described = site.ask("GET", "/openapi.json").json["paths"]
    routes = {
        (path.canonical, route.method.lower())
        for path in server.application().router.resources()
        for route in path
        if route.method != "HEAD" and not path.canonical.startswith("/static")
    }
    pages = {"/", "/login", "/api", "/openapi.json"}
    assert {(path, method) for path, method in routes if path not in pages} == {
        (path, method) for path, methods in described.items() for method in methods
    }


def test_viewers_do_not_hold_up_the_end(server: Server, visit: Callable[..., Any], result: FrameResult) -> None:
    site = visit(server.site.live, server.url)
    site.live.post(result)
    ends = []
    for path in ("/stream.mjpg", "/events", "/stream.mjpg"):
        connection = socket.create_connection(("127.0.0.1", site.port), 5)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        ends.append(connection)
    _await(lambda: site.live.stream.viewers == 2)
    closing = threading.Thread(target=server.close)
    closing.start()
    closing.join(2.0)
    assert not closing.is_alive()
    words = b""
    while part := ends[1].recv(65536):
        words += part
    assert b"event: end" in words
    for connection in ends:
        connection.close()


def test_others_can_reach_it_with_a_password_alone(site: Any, tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="needs a password; make one with python -m edge_app password"):
        Server(Page(site.live), Access(None), Address("0.0.0.0", 0), None)  # noqa: S104 - refused
    with pytest.raises(EdgeError, match="choose another address"):
        Server(Page(site.live), Access(None), Address("127.0.0.1", site.port), None)
    with pytest.raises(EdgeError, match="no certificate"):
        Server(Page(site.live), Access(None), Address("127.0.0.1", 0), Certificate(tmp_path / "c", tmp_path / "k"))


def test_where_others_can_reach_it_nothing_is_shown_without_a_login(
    make_run: Callable[..., Run], visit: Callable[..., Any], password_file: Path, result: FrameResult
) -> None:
    sink = WebPage(Address("0.0.0.0", 0), password=password_file).open(make_run())  # noqa: S104 - that is the case
    try:
        sink.take(result)
        site = visit(sink._live, sink.url)
        for path in ("/", "/api/state", "/stream.mjpg", "/events", "/metrics", "/static/page.js"):
            assert site.ask("GET", path).status == 401
        assert site.ask("GET", "/login").status == 200
        assert site.ask("GET", "/health").status == 200
        site.log_in()
        assert site.ask("GET", "/api/state").json["frame"] == 0
    finally:
        sink.close()


def test_it_is_served_over_tls(make_run: Callable[..., Run], result: FrameResult, tmp_path: Path) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    sink = WebPage(Address("127.0.0.1", 0), certificate=Certificate(certificate, key)).open(make_run())
    try:
        sink.take(result)
        url = sink.url
        assert url.startswith("https://")
        context = ssl.create_default_context(cafile=certificate)
        port = int(url.rsplit(":", 1)[1].rstrip("/"))
        with (
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            connection.sendall(b"GET /api/state HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b""
            while part := connection.recv(65536):
                answer += part
        assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["frame"] == 0
    finally:
        sink.close()


def test_saving_starts_and_stops_and_threads_are_passed_on(
    make_run: Callable[..., Run], result: FrameResult, tmp_path: Path
) -> None:
    threads: list[int] = []
    sink = WebPage(Address("127.0.0.1", 0), folder=tmp_path).open(make_run(use_threads=threads.append))
    try:
        sink.take(result)
        assert list(tmp_path.iterdir()) == []
        sink._live.control(Controls(saving=True, threads=2))
        for _ in range(3):
            sink.take(result)
        sink._live.control(Controls(saving=False))
        sink.take(result)
    finally:
        sink.close()
    [recording] = tmp_path.iterdir()
    capture = cv2.VideoCapture(str(recording))
    assert capture.read()[0]
    assert threads == [2]


def _next_picture(connection: socket.socket) -> Any:
    received = b""
    while True:
        start = received.find(b"\xff\xd8")
        end = received.find(b"\xff\xd9", start)
        if start >= 0 and end >= 0:
            return cv2.imdecode(np.frombuffer(received[start : end + 2], np.uint8), cv2.IMREAD_COLOR)
        received += connection.recv(65536)


def _await(condition: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
