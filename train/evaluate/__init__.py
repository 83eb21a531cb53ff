"""Runs a predictor over a data set and measures it, for training, report, promise, benchmark and check."""

from train.evaluate.evaluation import Counts, Evaluation, count, evaluate, measure
from train.evaluate.predictor import (
    UNCALIBRATED,
    UNCALIBRATED_POINTS,
    FullModel,
    Mixture,
    Predictor,
    mixture_of,
    predict_all,
    predict_blocks,
)

__all__ = [
    "UNCALIBRATED",
    "UNCALIBRATED_POINTS",
    "Counts",
    "Evaluation",
    "FullModel",
    "Mixture",
    "Predictor",
    "count",
    "evaluate",
    "measure",
    "mixture_of",
    "predict_all",
    "predict_blocks",
]
