"""Who may change something on the live page: a password, sessions, and a limit on wrong passwords."""

from __future__ import annotations

import hmac
import os
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import write_whole

SHORTEST: Final = 8
HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id with the least memory that OWASP's Password Storage Cheat Sheet allows, 19 MiB: it runs beside the app."""
SESSION_S: Final = 12 * 3600.0
WRONG_AT_MOST: Final = 5
WRONG_WITHIN_S: Final = 60.0
SESSIONS: Final = 100


class TooManyWrongError(Exception):
    """Too many wrong passwords of late; the seconds to wait are its argument."""


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A logged-in browser: the token that its requests must carry besides the cookie, and when it ends."""

    csrf_token: str
    ends_s: float


def save_password(path: Path, password: str) -> None:
    """Write a password's hash to a file that its owner alone may read.

    Raises:
        EdgeError: the password is shorter than 8 characters, or the file cannot be written.
    """
    if len(password) < SHORTEST:
        raise EdgeError(f"password: found {len(password)} characters, expected at least {SHORTEST}")
    write_whole(path, HASHER.hash(password).encode() + b"\n")
    os.chmod(path, 0o600)  # noqa: PTH101 - the file was there a moment ago


def load_password_hash(path: Path) -> str:
    """Read what `save_password` wrote.

    Raises:
        EdgeError: the file cannot be read or holds no such hash.
    """
    try:
        text = path.read_text().strip()
        HASHER.check_needs_rehash(text)
    except (OSError, ValueError, InvalidHashError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no password hash in it"
        raise EdgeError(f"{path}: {reason}; make it with python -m edge_app password {path}") from None
    return text


@dataclass(slots=True)
class Access:
    """Sessions of those who know the password.

    Attributes:
        password_hash: what `load_password_hash` gave; None where nobody can log in, so that nothing can be changed.
        clock: seconds of a steady clock.
    """

    password_hash: str | None
    clock: Callable[[], float] = time.monotonic
    _sessions: dict[str, LoginSession] = field(default_factory=dict)
    _wrong: deque[float] = field(default_factory=deque)

    def log_in(self, password: str) -> str | None:
        """Begin a session: its cookie's value, or None for a wrong password. It takes some 50 ms of processor time.

        The limit is one for all who ask: behind a proxy they share an address.

        Raises:
            TooManyWrongError: five passwords within a minute were wrong.
        """
        now = self.clock()
        while self._wrong and now - self._wrong[0] > WRONG_WITHIN_S:
            self._wrong.popleft()
        if len(self._wrong) >= WRONG_AT_MOST:
            raise TooManyWrongError(WRONG_WITHIN_S - (now - self._wrong[0]))
        self._wrong.append(now)  # counted first: many at once must not all be tried
        if self.password_hash is None or not _matches(self.password_hash, password):
            return None
        self._wrong.pop()
        self._forget_ended(now)
        cookie = secrets.token_urlsafe(32)
        self._sessions[cookie] = LoginSession(secrets.token_urlsafe(32), now + SESSION_S)
        return cookie

    def session(self, cookie: str | None) -> LoginSession | None:
        """Give the session of a cookie's value, unless it has ended."""
        found = self._sessions.get(cookie or "")
        return found if found is not None and self.clock() < found.ends_s else None

    def may_change(self, cookie: str | None, csrf_token: str | None) -> bool:
        """Say whether a request with this cookie and token may change something."""
        found = self.session(cookie)
        return found is not None and hmac.compare_digest(found.csrf_token, csrf_token or "")

    def log_out(self, cookie: str | None) -> None:
        """End a session."""
        self._sessions.pop(cookie or "", None)

    def _forget_ended(self, now: float) -> None:
        kept = {cookie: session for cookie, session in self._sessions.items() if now < session.ends_s}
        self._sessions = dict(list(kept.items())[-SESSIONS + 1 :])


def _matches(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except VerificationError:
        return False
