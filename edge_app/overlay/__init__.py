"""What the user sees: the picture, its digits, and how sure the app is of them."""

from edge_app.overlay.compose import draw_notice, draw_scene
from edge_app.overlay.scene import Scene, Status

__all__ = ["Scene", "Status", "draw_notice", "draw_scene"]
