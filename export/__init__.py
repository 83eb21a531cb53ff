"""Turns a posterior into graphs, and graphs into a bundle that keeps its promises."""

import train  # noqa: F401 - before TensorFlow, whose start-up messages it holds back
from export.assemble import to_bundle
from export.order import Holdout, Order

__all__ = ["Holdout", "Order", "to_bundle"]
