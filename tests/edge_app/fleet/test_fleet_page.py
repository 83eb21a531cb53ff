"""The fleet's page over a real broker: by HTTP, and in a real browser at a phone's and a desk's width."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from simulated import Pretended, Simulated, until

from edge_app.fleet.devices import Fleet, Query, State
from edge_app.web.events import LISTENERS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.broker

Simulate = Callable[..., Simulated]


def ask(url: str, method: str, path: str, content: Any = None, **headers: str) -> tuple[int, bytes, Any]:
    connection = http.client.HTTPConnection(url.split("/")[2], timeout=10)
    body = None if content is None else json.dumps(content)
    connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
    answer = connection.getresponse()
    found = answer.status, answer.read(), answer.headers
    connection.close()
    return found


def test_devices_are_heard_and_one_that_vanishes_is_given_up_within_five_seconds(
    served: Any, fleet: Fleet, simulate: Simulate
) -> None:
    simulated = simulate(Pretended("attic"), Pretended("barn"))
    until(lambda: fleet.overview(Query()).states[State.ALIVE] == 2)
    overview = json.loads(ask(served.url, "GET", "/api/fleet?order=name")[1])
    assert [row["name"] for row in overview["rows"]] == ["attic", "barn"]
    simulated.cut("barn")
    start = time.monotonic()
    until(lambda: fleet.overview(Query()).states[State.ALIVE] == 1)
    assert fleet.overview(Query(text="barn")).rows[0].state in {State.OFFLINE, State.SILENT}
    assert time.monotonic() - start < 30
    assert ask(served.url, "GET", "/api/fleet?order=size")[0] == 400


def test_without_its_broker_the_page_says_so_and_hears_again(served: Any, fleet: Fleet, broker: Any) -> None:
    assert ask(served.url, "GET", "/health")[0] == 200
    broker.kill()
    until(lambda: ask(served.url, "GET", "/health")[0] == 503)
    assert "the connection to the broker is lost" in str(fleet.overview(Query()).trouble)
    broker.start()
    until(lambda: fleet.trouble is None)


def test_a_command_takes_a_login_a_device_and_one_of_three_words(served: Any, fleet: Fleet, simulate: Simulate) -> None:
    simulated = simulate(Pretended("attic"))
    until(lambda: fleet.overview(Query()).states[State.ALIVE] == 1)
    assert ask(served.url, "POST", "/api/devices/attic", {"command": "bundle"})[0] == 403
    status, body, headers = ask(served.url, "POST", "/api/login", {"password": "correct horse battery"})
    assert status == 200
    known = {"Cookie": headers["Set-Cookie"].split(";")[0], "X_CSRF_Token": json.loads(body)["csrf_token"]}
    assert ask(served.url, "POST", "/api/devices/attic", {"command": "reboot"}, **known)[0] == 422
    assert ask(served.url, "POST", "/api/devices/cellar", {"command": "bundle"}, **known)[0] == 404
    assert ask(served.url, "POST", "/api/devices/attic", {"command": "bundle"}, **known)[0] == 200
    until(lambda: simulated.obeyed == [("attic", "bundle")])


def test_pictures_are_shown_that_were_published(served: Any, fleet: Fleet, simulate: Simulate) -> None:
    simulated = simulate(Pretended("attic"))
    until(lambda: fleet.overview(Query()).states[State.ALIVE] == 1)
    assert ask(served.url, "GET", "/api/devices/attic/doubtful.jpg")[0] == 404
    simulated.publish("attic", "doubtful", b"a JPEG")
    until(lambda: fleet.picture("attic", "doubtful"))
    assert ask(served.url, "GET", "/api/devices/attic/doubtful.jpg")[1] == b"a JPEG"
    assert ask(served.url, "GET", "/api/devices/attic/health.jpg")[0] == 404


def test_who_listens_beyond_the_limit_is_sent_away_until_another_goes(served: Any) -> None:
    port = int(served.url.rstrip("/").rpartition(":")[2])
    with ExitStack() as stack:
        listening = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(LISTENERS)]
        for connection in listening:
            connection.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for connection in listening:
            heard = b""
            while b"data: " not in heard:
                heard += connection.recv(65536)
            assert heard.startswith(b"HTTP/1.1 200")
        status, body, _ = ask(served.url, "GET", "/events")
        assert (status, json.loads(body)) == (503, {"error": f"{LISTENERS} listen already; close a page elsewhere"})
        assert ask(served.url, "GET", "/api/fleet")[0] == 200  # the others' matter alone
        listening[0].close()
        until(lambda: _listen(port).startswith(b"HTTP/1.1 200"))


def _listen(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return connection.recv(65536)


@pytest.fixture(params=[(390, 844), (1280, 900)], ids=["phone", "desk"])
def tab(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    tab = chromium.new_page(viewport={"width": width, "height": height}, is_mobile=width < 600)
    yield tab
    tab.close()


@pytest.mark.browser
@pytest.mark.slow
def test_the_page_lists_plots_and_commands_and_complains_of_nothing(
    tab: Page, served: Any, fleet: Fleet, simulate: Simulate
) -> None:
    complaints: list[str] = []
    requests: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: requests.append(request.url))
    unwell = Pretended("a-camera-with-a-name-that-is-as-long-as-they-come", reason="no picture")
    simulated = simulate(unwell, *(Pretended(f"pi-{number}") for number in range(30)))
    until(lambda: fleet.overview(Query()).states[State.ALIVE] == 30)
    tab.goto(f"{served.url}login")
    tab.fill("#password", "correct horse battery")
    tab.keyboard.press("Enter")
    tab.wait_for_url(served.url)
    tab.wait_for_selector("#rows tr")
    assert tab.locator("#rows th").first.inner_text() == unwell.name  # what needs somebody comes first
    assert tab.locator("#plots svg path:not(.base)").count() == 3 * 24
    tab.keyboard.press("n")
    tab.wait_for_selector("#rows tr:nth-child(7)")
    until(lambda: tab.inner_text("#shown") == "25 to 31 of 31")
    tab.fill("#text", "pi-7")
    until(lambda: tab.inner_text("#shown") == "1 to 1 of 1")
    tab.locator("#rows button").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#device[open]")
    assert "--mqtt-doubtful on the device does it" in tab.inner_text("#device-pictures")
    tab.locator("#device-commands button", has_text="Fetch").focus()
    tab.keyboard.press("Enter")
    until(lambda: simulated.obeyed == [("pi-7", "bundle")])
    assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert all(url.startswith(served.url) for url in requests)
    assert complaints == []
