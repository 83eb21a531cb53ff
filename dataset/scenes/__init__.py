"""Camera-like pictures of pages with handwritten digits, and what is truly written on them."""

from dataset.scenes.render import render_clip, render_page, render_scene
from dataset.scenes.scene import Scene, Stranger, TruthBox, TruthDigit

__all__ = ["Scene", "Stranger", "TruthBox", "TruthDigit", "render_clip", "render_page", "render_scene"]
