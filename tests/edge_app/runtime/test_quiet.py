"""Native noise stays away from users; failures do not."""

import os
import subprocess
import sys

import pytest

from edge_app.runtime.quiet import silenced_native_log


def test_what_was_held_back_is_shown_on_failure(capfd: pytest.CaptureFixture[str]) -> None:
    @silenced_native_log()
    def fail() -> None:
        os.write(2, b"native words\n")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert "native words" in capfd.readouterr().err


def test_silence_ends_with_the_block(capfd: pytest.CaptureFixture[str]) -> None:
    with silenced_native_log():
        os.write(2, b"hidden\n")
    os.write(2, b"shown\n")
    assert capfd.readouterr().err == "shown\n"


def test_a_program_shows_on_failure_what_was_held_back_and_goes_on_aloud() -> None:
    script = """
import os
from edge_app.runtime.quiet import silenced_native_log
try:
    with silenced_native_log():
        os.write(2, b"native words\\n")
        raise ValueError
except ValueError:
    os.write(2, b"after\\n")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "native words\nafter\n"
