"""Turns a posterior into graphs, and graphs into a bundle that keeps its promises."""

import train  # noqa: F401 - before TensorFlow, whose start-up messages it holds back
from export.assemble import to_bundle
from export.options import ExportOptions, Holdout
from export.verify import check_bundle

__all__ = ["ExportOptions", "Holdout", "check_bundle", "to_bundle"]
