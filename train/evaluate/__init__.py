"""Runs a predictor over a data set and measures it, for training, report, promise, benchmark and check.

`full_model` needs TensorFlow; the rest does not.
"""

from train.evaluate.evaluation import Counts, Evaluation, count, evaluate, measure
from train.evaluate.predictor import (
    UNCALIBRATED,
    UNCALIBRATED_POINTS,
    Predictor,
    predict_all,
    predict_blocks,
)

__all__ = [
    "UNCALIBRATED",
    "UNCALIBRATED_POINTS",
    "Counts",
    "Evaluation",
    "Predictor",
    "count",
    "evaluate",
    "measure",
    "predict_all",
    "predict_blocks",
]
