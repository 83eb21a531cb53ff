"""The few pieces of HTML that a report is made of; every text is escaped."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its caption, its head, and rows of as many cells; all but the first `words` columns hold numbers."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1


def table(content: Table) -> str:
    """Make a table that scrolls sideways within itself where it is too wide."""
    head = "".join(_cell("th", text, index >= content.words) for index, text in enumerate(content.head))
    body = "".join(
        "<tr>" + "".join(_cell("td", text, index >= content.words) for index, text in enumerate(row)) + "</tr>"
        for row in content.rows
    )
    return (
        f'<div class="table"><p>{escape(content.caption)}</p><div tabindex="0"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></div>"
    )


def picture(svg: Path, caption: str) -> str:
    """Put a picture's bytes into the page."""
    encoded = base64.b64encode(svg.read_bytes()).decode()
    return (
        f'<figure><img src="data:image/svg+xml;base64,{encoded}" alt="{escape(caption)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def section(anchor: str, title: str, parts: Iterable[str]) -> str:
    """Make a section that can be linked to."""
    return f'<section id="{escape(anchor)}"><h2>{escape(title)}</h2>{"".join(parts)}</section>'


def paragraph(text: str) -> str:
    """Make a paragraph."""
    return f"<p>{escape(text)}</p>"


def gallery(pictures: Iterable[str]) -> str:
    """Set pictures side by side, as many as there is room for."""
    return f'<div class="gallery">{"".join(pictures)}</div>'


def _cell(tag: str, text: str, number: bool) -> str:  # noqa: FBT001 - whether the text is a number, not a mode
    kind = ' class="number"' if number else ""
    scope = ' scope="col"' if tag == "th" else ""
    return f"<{tag}{kind}{scope}>{escape(text)}</{tag}>"
