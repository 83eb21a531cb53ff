"""The user's side: whether there is a display, the window, what is shown in it, and what the keys do."""

from edge_app.screen.display import DisplayProbe
from edge_app.screen.screen import Screen
from edge_app.screen.view import View
from edge_app.screen.window import Key, Window

__all__ = ["DisplayProbe", "Key", "Screen", "View", "Window"]
