"""Measures a page of export/to_web.py: python tests/export/web_speed.py WEB [--bundle DIR] [--digits 200].

It prints the time from opening the page to the first answer, and what a digit takes there and in Python, by turns in
one run. WEB is the page's folder, made of the bundle.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import shutil
import sys
import threading
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from dataset import load_split
from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.classifier import Classifier, open_bundle

ROUNDS = 10
ANSWERED = "performance.getEntriesByName('answered')[0]?.startTime"
TIME = """async (fields) => {
  const {openReader} = await import('/reader.js');
  self.reader ??= await openReader();
  const start = performance.now();
  for (const field of fields) await self.reader.readField(Float32Array.from(field));
  return (performance.now() - start) / fields.length;
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


def main(arguments: list[str] | None = None) -> int:
    """Measure as the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(description="Measure a page of export/to_web.py.")
    parser.add_argument("page", type=Path, metavar="WEB", help="the page's folder")
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="that it was made of")
    parser.add_argument("--digits", type=int, default=200, help="how many are read on either side")
    options = parser.parse_args(arguments)
    classifier = open_bundle(options.bundle)
    images = load_split("MNIST", "test").x[: options.digits]
    handler = functools.partial(_Quiet, directory=str(options.page))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as driver:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        site = f"http://127.0.0.1:{server.server_port}/"
        first = [_time_to_answer(browser.new_context().new_page(), site) for _ in range(3)]
        pairs = list(_time_digits(browser.new_page(), site, classifier, images))
        browser.close()
        server.shutdown()
    page, python = np.median(pairs, axis=0)
    print(f"first answer after {np.median(first) / 1000:.2f} s")
    print(f"a digit: {page:.2f} ms in the page, {python:.2f} ms in Python, {page / python:.2f} times")
    return 0


def _time_to_answer(tab: Page, site: str) -> float:
    """Draw while the network loads, and give the milliseconds from opening the page to the first answer."""
    tab.goto(site, wait_until="domcontentloaded")
    box = tab.locator("#board").bounding_box()
    if box is None:
        raise RuntimeError("the page has no board")
    tab.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
    tab.mouse.up()
    tab.locator('#label:text-is("1")').wait_for(timeout=120_000)
    return float(tab.evaluate(ANSWERED))


def _time_digits(tab: Page, site: str, classifier: Classifier, images: np.ndarray) -> list[tuple[float, float]]:
    tab.goto(f"{site}NOTICE.txt")
    times = []
    for part in np.array_split(images, ROUNDS):
        page = tab.evaluate(TIME, (1 - part[..., 0]).reshape(len(part), -1).tolist())
        start = time.perf_counter()
        for image in part:
            classifier.classify(image)
        times.append((float(page), (time.perf_counter() - start) / len(part) * 1000))
    return times


if __name__ == "__main__":
    sys.exit(main())
