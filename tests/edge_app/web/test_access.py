"""Tests of passwords, sessions and the limit on wrong passwords."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from edge_app.runtime.errors import EdgeError
from edge_app.web.access import (
    SESSION_S,
    WRONG_AT_MOST,
    WRONG_WITHIN_S,
    Access,
    TooManyWrongError,
    load_password_hash,
    save_password,
)

PASSWORD = "correct horse battery"  # noqa: S105 - of the tests


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(password_file: Path, clock: Clock) -> Access:
    return Access(load_password_hash(password_file), clock)


def test_a_password_is_kept_as_a_hash_that_its_owner_alone_may_read(password_file: Path) -> None:
    assert PASSWORD not in password_file.read_text()
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600


def test_short_passwords_and_files_without_a_hash_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="found 7 characters, expected at least 8"):
        save_password(tmp_path / "x", "seven77")
    (tmp_path / "plain").write_text("hunter22\n")
    for name in ("missing", "plain"):
        with pytest.raises(EdgeError, match="make it with python -m edge_app password"):
            load_password_hash(tmp_path / name)


def test_only_the_cookie_with_its_token_may_change_something(access: Access) -> None:
    cookie, other = access.log_in(PASSWORD), access.log_in(PASSWORD)
    assert cookie is not None
    assert cookie != other
    session = access.session(cookie)
    assert session is not None
    assert access.may_change(cookie, session.csrf_token)
    assert not access.may_change(cookie, None)
    assert not access.may_change(cookie, "x")
    assert not access.may_change(other, session.csrf_token)
    assert not access.may_change(None, session.csrf_token)


def test_a_session_ends_by_logging_out_and_by_time(access: Access, clock: Clock) -> None:
    cookie, other = access.log_in(PASSWORD), access.log_in(PASSWORD)
    access.log_out(cookie)
    assert access.session(cookie) is None
    clock.now += SESSION_S - 1
    assert access.session(other) is not None
    clock.now += 1
    assert access.session(other) is None


def test_after_five_wrong_passwords_not_even_the_right_one_is_tried_for_a_minute(access: Access, clock: Clock) -> None:
    for _ in range(WRONG_AT_MOST):
        assert access.log_in("wrong") is None
    with pytest.raises(TooManyWrongError) as caught:
        access.log_in(PASSWORD)
    assert caught.value.args[0] == pytest.approx(WRONG_WITHIN_S)
    clock.now += WRONG_WITHIN_S + 1
    assert access.log_in(PASSWORD) is not None


def test_right_passwords_do_not_count_as_wrong(access: Access) -> None:
    assert all(access.log_in(PASSWORD) for _ in range(WRONG_AT_MOST + 2))


def test_without_a_password_nobody_gets_in() -> None:
    assert Access(None).log_in("") is None
