"""Where frames come from: cameras, addresses, pictures, folders and video files."""

from edge_app.sources.frames import Frame, Notice, Source, SourceKind, UnreachableError
from edge_app.sources.open import open_source

__all__ = ["Frame", "Notice", "Source", "SourceKind", "UnreachableError", "open_source"]
