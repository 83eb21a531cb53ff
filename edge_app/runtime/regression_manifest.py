"""What a bundle says of itself whose graphs give a mean, or a mean and a scale, of each of D quantities."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edge_app.runtime.manifest import AnyManifest, Name, Part, Positive, Share
from edge_app.runtime.regression import Calibration

Scale = Annotated[float, msgspec.Meta(gt=0, le=1e30)]
Multiple = Annotated[float, msgspec.Meta(ge=0, le=1e30)]


class PredictionInterval(Part, frozen=True):
    """How many predictive standard deviations each quantity's interval reaches to either side of the mean.

    Alpha is the share of true values that may lie outside, images the number of held-out inputs that it was chosen on.
    """

    deviations: tuple[Multiple, ...]
    alpha: Share
    images: Positive


class RegressionManifest(AnyManifest, frozen=True):
    """Everything the device must know about a bundle of D quantities, which `labels` name.

    The standard deviation of a quantity's noise is `noise` times the scale that the graphs give; of graphs that give a
    mean alone it is `noise`, in the quantity's own unit. `versions` are metadata.
    """

    opener = "open_regressor"
    wanted = "a mean, or a mean and a scale"

    output: Literal["mean", "mean_scale"]
    noise: tuple[Scale, ...]
    interval: PredictionInterval
    versions: dict[Name, Name]

    def __post_init__(self) -> None:
        for what, found in (("noise scales", self.noise), ("interval's deviations", self.interval.deviations)):
            if len(found) != len(self.labels):
                raise ValueError(f"found {len(found)} {what}, expected {len(self.labels)}, one for each quantity")
        super().__post_init__()

    @property
    def width(self) -> int:
        """Number V of values that each sample gives: D means, and D scales behind them where it gives those."""
        return len(self.labels) * (2 if self.output == "mean_scale" else 1)

    @property
    def gives(self) -> str:
        """What each sample gives, for messages."""
        quantities = f"{len(self.labels)} quantit{'y' if len(self.labels) == 1 else 'ies'}"
        return f"a mean{' and a scale' if self.output == 'mean_scale' else ''} of {quantities}"

    @property
    def calibration(self) -> Calibration:
        """What an estimate is made with."""
        return Calibration(self.noise, self.interval.deviations, self.kind.sampling)
