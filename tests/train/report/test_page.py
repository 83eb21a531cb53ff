"""The page in a real browser, at a phone's and a desk's width."""

import re
from pathlib import Path
from typing import Any

import pytest

from train.report.results import Report

MISSING = "[...document.images].filter(image => !(image.complete && image.naturalWidth)).length"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DEAD_LINKS = "[...document.querySelectorAll('a')].filter(a => !document.querySelector(a.getAttribute('href'))).length"


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 900)])
def test_page_opens_whole(browser: Any, folder: Path, width: int, height: int) -> None:
    browser.open(folder / "index.html", width, height)
    assert browser.evaluate("document.images.length") >= 20
    assert browser.evaluate(MISSING) == 0
    assert browser.evaluate(OVERFLOW) <= 0
    assert browser.evaluate(DEAD_LINKS) == 0
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith(("data:", "file:"))] == []
    assert sum(url.startswith("file:") for url in browser.requests()) == 1


def test_a_broken_page_is_noticed(browser: Any, tmp_path: Path) -> None:
    page = tmp_path / "broken.html"
    page.write_text(
        "<!DOCTYPE html><a href='#x'>x</a><img src='none.png'><p style='width:9999px'>x</p><script>oh()</script>"
    )
    browser.open(page, 390, 844)
    assert browser.evaluate(MISSING) == 1
    assert browser.evaluate(OVERFLOW) > 0
    assert browser.evaluate(DEAD_LINKS) == 1
    assert browser.complaints()


def test_page_needs_no_other_file(folder: Path) -> None:
    page = (folder / "index.html").read_text()
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", page)
    assert "url(" not in page
    assert "<script" not in page


def test_page_opens_with_the_three_findings(folder: Path, report: Report) -> None:
    page = (folder / "index.html").read_text()
    start = page.split("<nav>")[0]
    assert len(report.findings) == 3
    assert start.count("<p>") == 3


def test_every_figure_is_there_as_png_and_svg(folder: Path) -> None:
    pictures = {path.stem for path in folder.glob("*.svg")}
    assert {path.stem for path in folder.glob("*.png")} == pictures
    assert {"strips", "prior", "samples", "corruptions", "chosen-1"} <= pictures
