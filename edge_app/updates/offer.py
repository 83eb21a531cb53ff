"""Which bundle is meant for which share of the devices: what the repository says of each target besides its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from typing import Annotated, Final

import msgspec

from edge_app.runtime.manifest import Digest

Percent = Annotated[int, msgspec.Meta(ge=1, le=100)]  # TUF signs no fractions
BITS: Final = 64


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One bundle on its way to the devices.

    Attributes:
        number: counts the bundles that were published; the highest that a device may take is its newest.
        digest: the bundle's.
        stages: growing shares of the devices, in per cent.
        stage: index of the share that may take it now.
        paused: nobody takes it any more; who has it keeps it.
    """

    number: Annotated[int, msgspec.Meta(ge=1)]
    digest: Digest
    stages: Annotated[tuple[Percent, ...], msgspec.Meta(min_length=1, max_length=20)]
    stage: Annotated[int, msgspec.Meta(ge=0)] = 0
    paused: bool = False

    def __post_init__(self) -> None:
        if self.stage >= len(self.stages) or list(self.stages) != sorted(set(self.stages)):
            raise ValueError(f"found stage {self.stage} of {list(self.stages)}, expected one of growing shares")

    @property
    def percent(self) -> int:
        """Share of the devices that may take it now."""
        return self.stages[self.stage]

    @property
    def everywhere(self) -> bool:
        """Whether every device may take it."""
        return self.percent == 100 and not self.paused

    def covers(self, device: str) -> bool:
        """Whether a device of this name is among the share, paused or not."""
        return 100 * place(device, self.number) < self.percent


def place(device: str, number: int) -> float:
    """Give a device's place in the queue for a bundle, from 0 to 1: each time other devices go first."""
    digest = hashlib.sha256(f"{number}/{device}".encode()).digest()
    return int.from_bytes(digest[: BITS // 8], "big") / 2.0**BITS


def choose(offers: Iterable[Offer], device: str, *, current: str | None, refused: Collection[str]) -> Offer | None:
    """Choose what a device reads with.

    Args:
        offers: all that the repository holds.
        device: its name.
        current: digest of what it has.
        refused: digests of what was no good here.

    Returns:
        The newest that it may take, or has already; None where there is none.
    """
    open_to_it = [
        offer
        for offer in offers
        if offer.digest not in refused and (offer.digest == current or (offer.covers(device) and not offer.paused))
    ]
    return max(open_to_it, key=lambda offer: offer.number, default=None)
