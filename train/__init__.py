"""Fits the networks, evaluates them, and draws the report."""

import models  # noqa: F401 - before TensorFlow, whose start-up messages it holds back
