"""What the user sees: the picture, its digits, and how sure the app is of them."""

from edge_app.overlay.compose import draw_frame, draw_notice
from edge_app.overlay.frame import AnnotatedFrame, ReadDigit, Status
from edge_app.overlay.view import View

__all__ = ["AnnotatedFrame", "ReadDigit", "Status", "View", "draw_frame", "draw_notice"]
