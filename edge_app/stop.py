"""End cleanly on Ctrl-C and SIGTERM: the frame under way is finished or given up, then everything is closed."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Final, Generic, Self, TypeVar

from edge_app.watchdog import Watchdog

T = TypeVar("T")

LOOK_S: Final = 0.05
"""While the app waits for something, it looks this often whether it is to stop."""


class StoppedError(Exception):
    """Somebody asked to stop before something was finished."""


class Stop:
    """Remembers that the user, or the system, asked to stop; a second signal interrupts at once.

    Whoever waits looks here again and again; systemd is told so, and starts an app anew that no longer looks.
    """

    def __init__(self) -> None:
        self._asked = False
        self._watchdog = Watchdog()

    def __enter__(self) -> Self:
        """Listen from here on."""
        self._before = {number: signal.signal(number, self._heed) for number in (signal.SIGINT, signal.SIGTERM)}
        self._watchdog.ready()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no longer."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def ask(self) -> None:
        """Ask to stop, as a signal does."""
        self._asked = True

    def asked(self) -> bool:
        """Tell whether somebody asked to stop."""
        self._watchdog.beat()
        return self._asked

    def check(self) -> None:
        """Go on, unless somebody asked to stop.

        Raises:
            StoppedError: somebody did.
        """
        if self.asked():
            raise StoppedError

    def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            StoppedError: somebody asked to stop.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(LOOK_S, left))

    def wait_for(self, function: Callable[[], T]) -> T:
        """Call a function that may take long or hang; one that nobody waits for any more is left behind in its thread.

        Raises:
            StoppedError: somebody asked to stop before it returned.
        """
        call = _Call(function)
        call.start()
        while call.is_alive():
            self.check()
            call.join(LOOK_S)
        return call.outcome()

    def _heed(self, number: int, _: FrameType | None) -> None:
        self.ask()
        signal.signal(number, signal.default_int_handler)


class _Call(threading.Thread, Generic[T]):
    """A function's call in a thread of its own."""

    def __init__(self, function: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self._function = function
        self._returned: list[T] = []
        self._raised: BaseException | None = None

    def run(self) -> None:
        """Call the function."""
        try:
            self._returned.append(self._function())
        except BaseException as error:  # noqa: BLE001 - it is raised again for the caller
            self._raised = error

    def outcome(self) -> T:
        """Return what it returned, or raise what it raised."""
        if self._raised is not None:
            raise self._raised
        return self._returned[0]
