"""What a hunt once lost, made as small as the fault allows, is fed in again: a file a fault, in a folder a hunt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
HUNTS = HERE.parent / "hunts"
FOLDERS = sorted({path.parent for path in HERE.glob("*/*") if path.parent.name != "__pycache__"})
FAULTS = {
    "crash": "os.abort()",
    "hang": "time.sleep(60)",
    "slow": "[sum(range(1000)) for _ in range(10**5)]",
    "memory": "bytearray(2**28)",
    "traceback": "1 / 0",
    "status 3": "sys.exit(3)",
    "2 lines": "sys.exit(print('one\\ntwo', file=sys.stderr) or 1)",
    "secret told": "sys.exit(print('hunter2', file=sys.stderr) or 1)",
    "control characters": "sys.exit(print('\\x1b[31m', file=sys.stderr) or 1)",
    "files lost": "mine.write_text('other')",
}


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_what_was_lost_once_holds(folder: Path) -> None:
    command = [sys.executable, HUNTS / "replay.py", *sorted(folder.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("fault", FAULTS)
def test_a_hunt_notices(fault: str, tmp_path: Path) -> None:
    script = f"""
import os, sys, time
from pathlib import Path
from guarded import Bounds
from hunt import Attempt, fingerprint, make
mine = Path(sys.argv[1]) / "mine.txt"
mine.write_text("mine")
def run():
    {FAULTS[fault]}
    return 0
bounds = Bounds(seconds={3 if fault == "hang" else 60}, processor=0.5, memory=2**27)
print(make(Attempt(run, b"", hidden="hunter2"), bounds, fingerprint(mine.parent))[1])
"""
    environment = {**os.environ, "PYTHONPATH": str(HUNTS)}
    command = [sys.executable, "-c", script, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == fault
