"""What the computer says of its own state: temperature, and whether it runs slower to keep cool."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

TEMPERATURE: Final = Path("/sys/class/thermal/thermal_zone0/temp")
THROTTLED: Final = Path("/sys/devices/platform/soc/soc:firmware/get_throttled")
NOW: Final = {0: "under-voltage", 1: "frequency capped", 2: "throttled", 3: "soft temperature limit"}
"""What the Raspberry Pi's firmware means by the bits that are set at this moment."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer's state.

    Attributes:
        celsius: of the processor; None where the system does not tell.
        limits: what slows the processor down now; None where the system does not tell.
    """

    celsius: float | None
    limits: tuple[str, ...] | None


def read_machine(temperature: Path = TEMPERATURE, throttled: Path = THROTTLED) -> Machine:
    """Read the state as Linux and the Raspberry Pi's firmware give it."""
    millidegrees, bits = _number(temperature, 10), _number(throttled, 16)
    return Machine(
        celsius=None if millidegrees is None else millidegrees / 1000,
        limits=None if bits is None else tuple(name for bit, name in NOW.items() if bits >> bit & 1),
    )


def _number(path: Path, base: int) -> int | None:
    try:
        return int(path.read_text().strip(), base)
    except (OSError, ValueError):
        return None
