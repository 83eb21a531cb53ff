"""Where frames come from: cameras, addresses, pictures, folders and video files."""

from edge_app.sources.frames import Frame, Kind, Notice, Source
from edge_app.sources.open import open_source

__all__ = ["Frame", "Kind", "Notice", "Source", "open_source"]
