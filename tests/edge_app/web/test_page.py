"""The live page in a real browser, at a phone's and a desk's width."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from edge_app.board import STALE_S
from edge_app.result import FrameResult
from edge_app.web.feedback import FeedbackStore
from edge_app.web.page import EVENTS_S

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHOWN = "document.getElementById('stream').naturalWidth > 0"


@pytest.fixture(params=[(390, 844), (1280, 900)], ids=["phone", "desk"])
def tab(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    tab = chromium.new_page(viewport={"width": width, "height": height}, is_mobile=width < 600)
    yield tab
    tab.close()


def _log_in(tab: Page, site: Any) -> None:
    tab.goto(f"{site.url}login")
    tab.fill("#password", "correct horse battery")
    tab.keyboard.press("Enter")
    tab.wait_for_url(site.url)


def test_it_shows_what_is_read_and_complains_of_nothing(tab: Page, site: Any, result: FrameResult) -> None:
    complaints: list[str] = []
    requests: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: requests.append(request.url))
    site.live.post(result)
    tab.goto(site.url)
    _until(tab, SHOWN)
    tab.wait_for_selector("#digits li")
    assert tab.locator("#digits li").count() == len(result.digits)
    assert tab.locator("#controls").is_hidden()
    site.live.post(result)
    tab.wait_for_selector("#banner", state="hidden")
    assert tab.evaluate(OVERFLOW) <= 0
    assert all(url.startswith(site.url) for url in requests)
    assert complaints == []


def test_without_new_pictures_a_banner_says_so_within_three_seconds(tab: Page, site: Any, result: FrameResult) -> None:
    assert STALE_S + EVENTS_S <= 3  # when the server notices, and when the page hears of it
    site.live.post(result)
    tab.goto(site.url)
    tab.wait_for_selector("#digits li")
    tab.wait_for_selector("#banner:visible", timeout=10_000)
    assert "no new picture" in tab.inner_text("#banner")
    site.live.board.notice("the camera was unplugged")
    _until(tab, "document.getElementById('banner').textContent === 'the camera was unplugged'")
    site.live.post(result)
    tab.wait_for_selector("#banner", state="hidden", timeout=10_000)


def test_a_viewer_logs_in_freezes_by_the_keyboard_and_corrects(
    tab: Page, site: Any, result: FrameResult, store: FeedbackStore
) -> None:
    site.live.post(result)
    tab.goto(f"{site.url}login")
    tab.fill("#password", "wrong password")
    tab.keyboard.press("Enter")
    _until(tab, "document.getElementById('answer').textContent === 'wrong password'")
    _log_in(tab, site)
    tab.wait_for_selector("#controls:visible")
    tab.wait_for_selector("#digits li")
    tab.keyboard.press("f")
    _until(tab, "document.getElementById('banner').textContent === 'The picture is frozen'")
    assert site.live.stream.frozen
    tab.locator("#digits li button").first.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#correction[open]")
    tab.locator("#labels button", has_text="4").focus()
    tab.keyboard.press("Enter")
    _until(tab, "document.getElementById('answer').textContent === 'Kept: it is 4'")
    assert [kept.label for kept in store.corrections()] == ["4"]
    tab.keyboard.press("c")
    tab.wait_for_selector("#correction[open]")
    tab.locator("#labels button", has_text="8").click()
    _until(tab, "document.getElementById('checks').textContent.startsWith('1 checked')")
    assert [kept.asked for kept in store.corrections()] == [False, True]
    assert tab.evaluate(OVERFLOW) <= 0


def test_after_the_app_was_killed_and_started_again_the_page_goes_on(chromium: Browser) -> None:
    tab = chromium.new_page()
    tab.clock.install()
    port = _free_port()
    app = _start(port)
    tab.goto(f"http://127.0.0.1:{port}/")
    tab.wait_for_selector("#digits li")
    app.kill()
    app.wait()
    tab.clock.run_for(3_000)  # by the page's own clock
    assert tab.inner_text("#banner").startswith("The connection")
    app = _start(port)
    _until(tab, "!document.getElementById('banner').textContent.startsWith('The connection')", 15)
    _until(tab, SHOWN)
    app.send_signal(signal.SIGTERM)
    assert app.wait(5) == 0
    tab.wait_for_selector("#banner:visible")
    assert tab.inner_text("#banner") in {"The app has stopped", "The connection is lost; trying again"}
    tab.close()


def _until(tab: Page, condition: str, seconds: float = 10) -> None:
    """Wait until a condition holds; Playwright's own way would need what the page's security policy forbids."""
    deadline = time.monotonic() + seconds
    while not tab.evaluate(condition):
        assert time.monotonic() < deadline, condition
        tab.wait_for_timeout(50)


def _start(port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "edge_app", "demo", "--headless", "--web", f"127.0.0.1:{port}"]
    app = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ)
    deadline = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return app


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
