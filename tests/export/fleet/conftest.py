"""What the tests of updates start from."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tuf", reason="needs the extra fleet")
sys.path.append(str(Path(__file__).parent))
from fleet_rig import Publisher, make_bundle


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Bundles by name: `good` and `better` warn as the shipped one does, `timid` of everything."""
    folder = tmp_path_factory.mktemp("bundles")
    rules: dict[str, dict[str, Any]] = {
        "good": {"images": 10_001},
        "better": {"images": 10_002},
        "timid": {"threshold_bits": -1.0},
    }

    def get(name: str) -> Path:
        if not (folder / name).exists():
            make_bundle(folder / name, **rules[name])
        return folder / name

    return get


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Publisher]:
    publisher = Publisher(tmp_path)
    yield publisher
    publisher.site.close()
