"""Native noise stays away from users; failures do not."""

import os

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
