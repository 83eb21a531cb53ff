"""What is not delivered is kept, in order, within its bound, over a restart too."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.mqtt.outbox import Message, Outbox
from edge_app.runtime.errors import EdgeError


def message(number: int) -> Message:
    return Message("a", b"%d" % number)


def test_messages_come_out_in_their_order_and_are_forgotten_when_delivered() -> None:
    outbox = Outbox(None)
    assert outbox.put([message(0), message(1), message(2)]) == 0
    (first, zero), (second, one) = outbox.take(2)
    assert (zero, one, len(outbox)) == (message(0), message(1), 3)
    outbox.delivered(second)
    outbox.delivered(first)
    outbox.delivered(first)
    assert len(outbox) == 1
    assert [kept for _, kept in outbox.take(5)] == [message(2)]
    assert outbox.take(5) == []
    outbox.put([message(3)])
    assert [kept for _, kept in outbox.take(5)] == [message(3)]


def test_the_oldest_that_is_not_under_way_makes_room() -> None:
    outbox = Outbox(None, most=3)
    outbox.put([message(0), message(1), message(2)])
    outbox.take(1)
    assert outbox.put([message(3), message(4)]) == 2
    assert [kept for _, kept in outbox.take(5)] == [message(3), message(4)]
    assert len(outbox) == 3


def test_a_file_keeps_them_over_a_restart(tmp_path: Path) -> None:
    first = Outbox(tmp_path / "queue")
    first.put([message(0), message(1)])
    first.delivered(first.take(2)[0][0])
    del first  # as after a kill: not closed
    again = Outbox(tmp_path / "queue")
    assert [kept for _, kept in again.take(5)] == [message(1)]
    again.close()


def test_another_programs_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "queue").write_bytes(b"something else entirely" * 100)
    with pytest.raises(EdgeError, match="choose another file"):
        Outbox(tmp_path / "queue")
