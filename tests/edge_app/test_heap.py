"""What a frame frees is there for the next one, without a page fault."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

FRAMES = """
import resource, sys
import numpy as np
from edge_app.heap import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        pictures = [np.ones((480, 640, 3), np.uint8) for _ in range(3)]
        del pictures
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1] == "kept":
    keep_freed_memory()
faults()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc keeps memory its own way")
def test_a_frame_takes_what_the_one_before_freed() -> None:
    asked = {
        name: int(subprocess.run([sys.executable, "-c", FRAMES, name], capture_output=True, check=True).stdout)
        for name in ("kept", "given back")
    }
    assert asked["kept"] < 50 < asked["given back"]
