"""The user's side: whether there is a display, the window, and what the keys do."""

from edge_app.screen.display import DisplayProbe
from edge_app.screen.screen import Screen
from edge_app.screen.window import Key, Window

__all__ = ["DisplayProbe", "Key", "Screen", "Window"]
