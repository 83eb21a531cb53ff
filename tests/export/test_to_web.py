"""The page in a real browser: drawn on, shown to a camera, read by keyboard, at a phone's and a desk's size."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from dataset import load_split
from edge_app.finder.normalise import normalise
from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import open_bundle
from edge_app.runtime.manifest import Kind
from export import litert_js
from export.errors import ExportError
from export.litert_js import read_litert_js
from export.to_web import main, make_page, write_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Array = NDArray[np.float32]

needs_browser = [pytest.mark.browser, pytest.mark.network, pytest.mark.slow]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SEVEN = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]
"""Corners of a drawn 7, as shares of the board's side."""
LIMIT = 1e-4  # of a probability: WebAssembly's kernels round otherwise


@pytest.fixture(scope="module")
def litert() -> dict[str, bytes]:
    if shutil.which("npm") is None:
        pytest.skip("no npm is installed")
    try:
        return read_litert_js(None)
    except ExportError as error:
        if "cannot fetch" in str(error):
            pytest.skip(str(error))
        raise


@pytest.fixture(scope="module")
def site(litert: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shipped bundle's page, served on the loopback."""
    folder = tmp_path_factory.mktemp("page") / "web"
    write_page(folder, make_page(load_bundle(DEFAULT_BUNDLE), litert))
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(params=[(390, 844), (1280, 900)], ids=["phone", "desk"])
def tab(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    tab = chromium.new_page(viewport={"width": width, "height": height}, is_mobile=width < 600, has_touch=width < 600)
    yield tab
    tab.close()


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Page]:
    tab = chromium.new_page()
    yield tab
    tab.close()


def open_page(tab: Page, site: str) -> None:
    tab.goto(site)
    tab.locator('#status:text-is("Ready.")').wait_for(timeout=120_000)


def draw(tab: Page, corners: list[tuple[float, float]]) -> None:
    box = tab.locator("#board").bounding_box()
    assert box
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    tab.mouse.move(*points[0])
    tab.mouse.down()
    for x, y in points[1:]:
        tab.mouse.move(x, y, steps=12)
    tab.mouse.up()


def wait_for_label(tab: Page, label: str) -> None:
    tab.locator(f'#label:text-is("{label}")').wait_for(timeout=60_000)


def is_complaint(message: Any) -> bool:
    """LiteRT.js prints its log as errors."""
    return message.type == "error" and not message.text.startswith(("INFO: ", "WARNING: "))


class TestInABrowser:
    pytestmark = needs_browser

    def test_a_drawn_digit_is_read_and_nothing_leaves_the_page(self, tab: Page, site: str) -> None:
        complaints: list[str] = []
        requests: list[str] = []
        tab.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        open_page(tab, site)
        draw(tab, SEVEN)
        wait_for_label(tab, "7")
        assert re.fullmatch(
            r"7, probability \d+ %, 95 % interval \d+ to \d+ %\.", tab.locator("#sentence").inner_text()
        )
        assert tab.locator("#classes tr").count() == 10
        assert tab.evaluate(OVERFLOW) <= 0
        tab.get_by_role("button", name="Clear").click()
        wait_for_label(tab, "–")
        assert requests
        assert all(url.startswith(site) for url in requests)
        assert complaints == []

    def test_a_scribble_carries_a_warning_in_words(self, desk: Page, site: str) -> None:
        open_page(desk, site)
        rng = np.random.default_rng(3)
        draw(desk, [(0.1, 0.1), *map(tuple, rng.uniform(0.1, 0.9, (12, 2)))])
        desk.wait_for_selector("#warning:not([hidden])", timeout=60_000)
        assert "Unsure" in desk.locator("#answer").inner_text()

    def test_the_keyboard_draws_and_a_screen_reader_hears(self, desk: Page, site: str) -> None:
        open_page(desk, site)
        assert desk.locator("#answer").get_attribute("aria-live") == "polite"
        while desk.evaluate("document.activeElement.id") != "board":
            desk.keyboard.press("Tab")
        for key, times in [("ArrowUp", 12), (" ", 1), ("ArrowDown", 24), (" ", 1)]:
            for _ in range(times):
                desk.keyboard.press(key)
        wait_for_label(desk, "1")
        assert desk.locator("#status").inner_text() == "Pen up"
        desk.keyboard.press("Tab")
        desk.keyboard.press("Enter")
        wait_for_label(desk, "–")
        names = desk.evaluate(
            "[...document.querySelectorAll('button,canvas,video')].map(e => e.textContent || e.ariaLabel)"
        )
        assert all(name.strip() for name in names)

    def test_it_opens_again_without_a_network(self, chromium: Browser, site: str) -> None:
        context = chromium.new_context()
        tab = context.new_page()
        open_page(tab, site)
        tab.evaluate("navigator.serviceWorker.ready.then(worker => worker.active.state)")
        tab.reload()
        context.set_offline(True)
        open_page(tab, site)
        draw(tab, SEVEN)
        wait_for_label(tab, "7")
        context.close()

    def test_digits_are_normalised_and_read_as_in_python(self, desk: Page, site: str) -> None:
        desk.goto(f"{site}NOTICE.txt")  # a page of the same origin, with no reader of its own
        test = load_split("MNIST", "test").x[:12, ..., 0]
        drawn = [drawn_digit(seed) for seed in range(8)]
        grown = [cv2.resize(1 - image, (97, 131), interpolation=cv2.INTER_LINEAR) for image in test[8:]]
        inks = [*(1 - test[:8]), *drawn, *grown]
        classifier = open_bundle("digits")
        for ink in inks:
            expected = normalise(np.ascontiguousarray(ink, np.float32))
            field, found = desk.evaluate(READ, [ink.ravel().tolist(), ink.shape[1], ink.shape[0]])
            np.testing.assert_allclose(1 - np.reshape(field, (28, 28)), expected[..., 0], atol=2e-3)
            assert np.abs(1 - np.reshape(field, (28, 28)) - expected[..., 0]).mean() < 1e-5
            prediction = classifier.classify((1 - np.reshape(field, (28, 28, 1))).astype(np.float32))
            assert found["first"] == prediction.label
            np.testing.assert_allclose(found["mean"], prediction.mean, atol=LIMIT)
            np.testing.assert_allclose(found["low"], prediction.low, atol=LIMIT)
            np.testing.assert_allclose(found["high"], prediction.high, atol=LIMIT)
            assert found["reason"] == prediction.reason

    def test_a_digit_held_to_the_camera_is_read(self, chromium: Browser, site: str, tmp_path: Path) -> None:
        film = tmp_path / "seven.y4m"
        film.write_bytes(y4m(shown_digit()))
        kind = chromium.browser_type
        flags = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        browser = kind.launch(
            executable_path=shutil.which("chromium"), args=[*flags, f"--use-file-for-fake-video-capture={film}"]
        )
        tab = browser.new_page()
        open_page(tab, site)
        tab.get_by_role("button", name="Use the camera").click()
        wait_for_label(tab, "7")
        tab.get_by_role("button", name="Use the camera").click()
        wait_for_label(tab, "–")
        browser.close()


READ = """async ([values, width, height]) => {
  const {normalise} = await import('/normalise.js');
  const {openReader} = await import('/reader.js');
  self.reader ??= await openReader();
  const ink = {values: Float32Array.from(values), width, height};
  return [Array.from(normalise(ink)), await self.reader.read(ink)];
}"""


def drawn_digit(seed: int) -> Array:
    """Strokes of a pen on a board of 280 pixels."""
    rng = np.random.default_rng(seed)
    board = np.zeros((280, 280), np.uint8)
    points = rng.uniform(40, 240, (5, 2)).astype(np.int32)
    cv2.polylines(board, [points], isClosed=False, color=255, thickness=22, lineType=cv2.LINE_AA)
    return (board / 255).astype(np.float32)


def shown_digit() -> NDArray[np.uint8]:
    """A 7 in pen on unevenly lit paper, grey [480, 640]."""
    light = np.linspace(150, 215, 640, dtype=np.float32) * np.ones((480, 1), np.float32)
    ink = np.zeros((480, 640), np.uint8)
    corners = np.array([(320 + 200 * (x - 0.5), 240 + 200 * (y - 0.5)) for x, y in SEVEN], np.int32)
    cv2.polylines(ink, [corners], isClosed=False, color=255, thickness=12, lineType=cv2.LINE_AA)
    noise = np.random.default_rng(0).normal(0, 2, ink.shape)
    return np.clip(light * (1 - 0.75 * ink / 255) + noise, 0, 255).astype(np.uint8)


def y4m(grey: NDArray[np.uint8], frames: int = 10) -> bytes:
    height, width = grey.shape
    chroma = bytes([128]) * (height * width // 2)
    frame = b"FRAME\n" + grey.tobytes() + chroma
    return f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * frames


def test_a_bundle_that_the_page_cannot_draw_for_is_refused() -> None:
    bundle = load_bundle(DEFAULT_BUNDLE)
    manifest = bundle.manifest
    ensemble = msgspec.structs.replace(manifest, kind=Kind.ENSEMBLE)
    wide = msgspec.structs.replace(manifest, input=msgspec.structs.replace(manifest.input, shape=(28, 30, 1)))
    for other, message in [(ensemble, "found kind ensemble"), (wide, r"found images \[28, 30, 1\]")]:
        with pytest.raises(ExportError, match=message):
            make_page(msgspec.structs.replace(bundle, manifest=other), {})


def test_packages_are_known_by_their_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "web"
    assert main(["--out", str(out), "--litert", str(tmp_path)]) == 1
    assert "expected what npm packs" in capsys.readouterr().err
    (tmp_path / f"litertjs-core-{litert_js.VERSION}.tgz").write_bytes(b"another")
    assert main(["--out", str(out), "--litert", str(tmp_path)]) == 1
    assert "found SHA-512" in capsys.readouterr().err
    assert not out.exists()


def test_a_folder_is_replaced_only_when_it_is_a_page(tmp_path: Path) -> None:
    out = tmp_path / "web"
    write_page(out, {"files.js": b"1", "litert/core.js": b"2"})
    with pytest.raises(Exception, match="exists already"):
        write_page(out, {"files.js": b"3"})
    write_page(out, {"files.js": b"3"}, replace=True)
    assert [path.name for path in out.iterdir()] == ["files.js"]
    (out / "files.js").unlink()
    with pytest.raises(Exception, match="exists already"):
        write_page(out, {"files.js": b"4"}, replace=True)
