"""The entropy under every corruption, split in its two sorts."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from train.report.figures.style import WIDTH
from train.report.results import CorruptionResult

ALEATORIC = "#56B4E9"
EPISTEMIC = "#D55E00"


def draw_split(results: list[CorruptionResult]) -> Figure:
    """Draw one subject's aleatoric and epistemic entropy, stacked, a bar for each corruption, least doubt on top."""
    ordered = sorted(results, key=lambda result: result.evaluation.doubt.total_bits, reverse=True)
    rows = np.arange(len(ordered))
    aleatoric = np.array([result.evaluation.doubt.aleatoric_bits for result in ordered])
    epistemic = np.array([result.evaluation.doubt.epistemic_bits for result in ordered])
    figure, place = plt.subplots(figsize=(WIDTH, 4.1))
    place.barh(rows, aleatoric, 0.7, color=ALEATORIC, label="aleatoric: the image is ambiguous")
    place.barh(rows, epistemic, 0.7, aleatoric, color="white", edgecolor=EPISTEMIC, hatch="/////", linewidth=0.8,
               label="epistemic: the network has not learnt it")  # fmt: skip
    place.set_yticks(rows, [result.corruption.replace("_", " ") for result in ordered])
    place.set_xlabel("mean entropy in bits")
    place.grid(axis="y", visible=False)
    figure.legend(loc="outside upper left", ncols=1, title=ordered[0].subject, alignment="left")
    return figure
