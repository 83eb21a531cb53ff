"""The page in a real browser, at a phone's and a desk's width."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from train.report.page import make_page
from train.report.results import Report
from train.report.sections import Plot, Section, list_sections
from train.report.summary import summarise

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

MISSING = "[...document.images].filter(image => !(image.complete && image.naturalWidth)).length"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DEAD_LINKS = "[...document.querySelectorAll('a')].filter(a => !document.querySelector(a.getAttribute('href'))).length"


class Opened:
    """A page, what it asked for, and what it complained of."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page, self.requests, self.complaints = page, [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.goto(path.resolve().as_uri())


@contextmanager
def opened(chromium: Browser, path: Path, width: int, height: int) -> Iterator[Opened]:
    page = chromium.new_page(viewport={"width": width, "height": height}, is_mobile=width < 600)
    try:
        yield Opened(page, path)
    finally:
        page.close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 900)])
def test_page_opens_whole(chromium: Browser, folder: Path, width: int, height: int) -> None:
    with opened(chromium, folder / "index.html", width, height) as shown:
        assert shown.page.locator("img").count() >= 20
        assert shown.page.evaluate(MISSING) == 0
        assert shown.page.evaluate(OVERFLOW) <= 0
        assert shown.page.evaluate(DEAD_LINKS) == 0
        assert shown.complaints == []
        assert [url for url in shown.requests if not url.startswith(("data:", "file:"))] == []
        assert sum(url.startswith("file:") for url in shown.requests) == 1


@pytest.mark.browser
def test_a_broken_page_is_noticed(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "broken.html"
    path.write_text(
        "<!DOCTYPE html><a href='#x'>x</a><img src='none.png'><p style='width:9999px'>x</p><script>oh()</script>"
    )
    with opened(chromium, path, 390, 844) as shown:
        assert shown.page.evaluate(MISSING) == 1
        assert shown.page.evaluate(OVERFLOW) > 0
        assert shown.page.evaluate(DEAD_LINKS) == 1
        assert shown.complaints


def test_texts_are_escaped(report: Report) -> None:
    section = Section("a", "<b>", ("x < y & z",), (Plot("p", 'said "so"', lambda: pytest.fail("is drawn")),))
    page = make_page(report, [section], {"p": "AAAA"})
    assert "<h2>&lt;b&gt;</h2>" in page
    assert "<p>x &lt; y &amp; z</p>" in page
    assert 'alt="said &#34;so&#34;"' in page


def test_page_and_files_show_the_same_sections(folder: Path, report: Report) -> None:
    sections = list_sections(report)
    page = (folder / "index.html").read_text()
    assert re.findall(r'<section id="(.*?)">', page) == [section.anchor for section in sections]
    captions = [plot.caption for section in sections for plot in section.plots]
    assert re.findall("<figcaption>(.*?)</figcaption>", page) == captions
    assert {path.stem for path in folder.glob("*.svg")} == {p.name for section in sections for p in section.plots}


def test_page_needs_no_other_file(folder: Path) -> None:
    page = (folder / "index.html").read_text()
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", page)
    assert "url(" not in page
    assert "<script" not in page


def test_page_opens_with_three_sentences(folder: Path, report: Report) -> None:
    page = (folder / "index.html").read_text()
    start = page.split("<nav>")[0]
    assert len(summarise(report)) == 3
    assert start.count("<p>") == 3


def test_every_figure_is_there_as_png_and_svg(folder: Path) -> None:
    pictures = {path.stem for path in folder.glob("*.svg")}
    assert {path.stem for path in folder.glob("*.png")} == pictures
    assert {"strips", "prior", "samples", "corruptions", "chosen-1"} <= pictures
