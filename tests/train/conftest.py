"""A few real digits to train on, and a person who presses Ctrl-C."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dataset import Split, load_split


@pytest.fixture(scope="session")
def digits() -> Split:
    data = load_split("MNIST", "train")
    return Split(data.x[:700], data.y[:700], data.onehot[:700])


@pytest.fixture
def interrupted() -> Iterator[Callable[[Callable[[], bool], Callable[[], int]], int]]:
    """Run a command, interrupt it as soon as something is so, and give its exit status."""

    def run(is_time: Callable[[], bool], command: Callable[[], int]) -> int:
        ended = threading.Event()

        def interrupt() -> None:
            while not is_time() and not ended.is_set():
                time.sleep(0.01)
            while not ended.is_set():  # again, as a person would: an exception within a destructor is lost
                os.kill(os.getpid(), signal.SIGINT)
                ended.wait(1.0)

        interrupting = threading.Thread(target=interrupt, daemon=True)
        interrupting.start()
        status = command()
        ended.set()
        interrupting.join()
        return status

    # Of what a shell starts in the background, Ctrl-C is ignored, and Python leaves that so.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield run
    signal.signal(signal.SIGINT, before)
