"""Pages as they are, a function for each kind of page, each page with exact truth.

`kind` takes a picture of a page of a kind; `on_lines`, `on_paper` and `beside` write the pages, with what is on a
`desk`.
"""

from dataset.scenes.kinds.kind import Kind, render_kind

__all__ = ["Kind", "render_kind"]
