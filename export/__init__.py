"""Turns a posterior into graphs, and graphs into a bundle that keeps its promises."""

import train  # noqa: F401 - before TensorFlow, whose start-up messages it holds back
from export.assemble import to_bundle
from export.options import ExportOptions, Holdout
from export.verify import check_bundle
from export.verify_labels import check_multi_label
from export.verify_regression import check_regression

__all__ = ["ExportOptions", "Holdout", "check_bundle", "check_multi_label", "check_regression", "to_bundle"]
