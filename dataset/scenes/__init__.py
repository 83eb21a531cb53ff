"""Camera-like pictures of pages with handwritten digits, and what is truly written on them."""

from dataset.scenes.render import render_clip, render_page, render_scene
from dataset.scenes.scene import Scene, TruthBox, TruthDigit

__all__ = ["Scene", "TruthBox", "TruthDigit", "render_clip", "render_page", "render_scene"]
