"""What a bundle says of itself whose graphs give, for each of C labels, the probability that it applies."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edge_app.runtime.manifest import TEMPERATURES, AnyManifest, Conformal, Name, Part, WarningRule
from edge_app.runtime.prediction import Thresholds


class LabelRule(Part, frozen=True):
    """What one label was calibrated to: that of a bundle of two classes, "does not apply" and "applies"."""

    temperature: Annotated[float, msgspec.Meta(ge=TEMPERATURES[0], le=TEMPERATURES[1])]
    warning: WarningRule
    conformal: Conformal

    def __post_init__(self) -> None:
        self.warning.require_reachable(2)


class MultiLabelManifest(AnyManifest, frozen=True):
    """Everything the device must know about a bundle of C labels, any number of which may apply at once.

    `rules` has one for each label, in their order. `versions` are metadata.
    """

    opener = "open_multi_label"
    wanted = "a probability of each of several labels"
    giving = "a probability of each of {} label(s)"

    output: Literal["multi_label"]
    rules: tuple[LabelRule, ...]
    versions: dict[Name, Name]

    def __post_init__(self) -> None:
        if len(self.rules) != len(self.labels):
            raise ValueError(f"found {len(self.rules)} rules, expected {len(self.labels)}, one for each label")
        super().__post_init__()

    @property
    def thresholds(self) -> tuple[Thresholds, ...]:
        """What each label's prediction is judged by."""
        return tuple(
            Thresholds(rule.warning.threshold_bits, rule.conformal.threshold, self.kind.sampling) for rule in self.rules
        )
