"""Copies LiteRT so that it takes the processor for one without AVX-512: python tests/export/without_avx512.py FOLDER.

PYTHONPATH=FOLDER python export/layer_times.py

XNNPACK picks its kernels by the processor and has no switch. It asks `xgetbv` which registers the system saves; the
copy answers x87, SSE and AVX instead, by instructions of the same length. For measurements on x86-64 alone.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "ai_edge_litert"
XGETBV = bytes.fromhex("0f01d0")
SEVEN = bytes.fromhex("6a0758")  # push 7; pop rax
EXPECTED = 2
"""Places that ask: LiteRT's copy of cpuinfo, and one more library's."""


def main() -> int:
    """Copy and change; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a new one, for PYTHONPATH")
    folder = parser.parse_args().folder
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        print(f"{PACKAGE}: not installed", file=sys.stderr)
        return 1
    copy = shutil.copytree(Path(spec.origin).parent, folder / PACKAGE)
    library = copy / "libpywrap_litert_common.so"
    code = library.read_bytes()
    if (found := code.count(XGETBV)) != EXPECTED:
        print(f"{library}: asks in {found} places, expected {EXPECTED}; another version of LiteRT?", file=sys.stderr)
        return 1
    library.write_bytes(code.replace(XGETBV, SEVEN))
    return 0


if __name__ == "__main__":
    sys.exit(main())
