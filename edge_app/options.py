"""What every command has in common."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PROGRAM: Final = "edge_app"
DEFAULT_BUNDLE: Final = Path(__file__).parent / "bundles" / "digits"
