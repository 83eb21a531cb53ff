"""What is to be delivered to the broker and is not yet: a SQLite file of bounded length, or memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge_app.runtime.errors import EdgeError

MOST: Final = 10_000
SCHEMA: Final = """
create table if not exists outbox (id integer primary key autoincrement, topic text not null, payload blob not null)
"""


@dataclass(frozen=True, slots=True)
class Message:
    """What is told, and where."""

    topic: str
    payload: bytes


class Outbox:
    """Messages in the order that they were put in; what does not fit pushes out the oldest that is not under way."""

    def __init__(self, path: Path | None, *, most: int = MOST) -> None:
        """Open the file, or make it; what an earlier run left in it is delivered first.

        Args:
            path: the file; None for memory, which a restart forgets.
            most: how many messages are kept.

        Raises:
            EdgeError: it cannot be opened, or is another program's.
        """
        self._most = most
        self._under_way = 0
        try:
            self._file = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
            self._file.execute("pragma journal_mode = wal")
            self._file.execute("pragma synchronous = normal")
            self._file.execute(SCHEMA)
            self._count = int(self._file.execute("select count(*) from outbox").fetchone()[0])
        except sqlite3.Error as error:
            raise EdgeError(f"{path}: cannot be used for the broker's queue ({error}); choose another file") from None

    def __len__(self) -> int:
        """Count the messages that are not delivered."""
        return self._count

    def put(self, messages: Iterable[Message]) -> int:
        """Keep messages; they are in the file when this returns.

        Returns:
            How many older ones were dropped for them.

        Raises:
            sqlite3.Error: the disk is full.
        """
        rows = [(message.topic, message.payload) for message in messages]
        excess = max(0, self._count + len(rows) - self._most)
        self._file.execute("begin")
        try:
            self._file.executemany("insert into outbox (topic, payload) values (?, ?)", rows)
            dropped = self._file.execute(
                "delete from outbox where id in (select id from outbox where id > ? order by id limit ?)",
                (self._under_way, excess),
            ).rowcount
            self._file.execute("commit")
        except sqlite3.Error:
            if self._file.in_transaction:
                self._file.execute("rollback")
            raise
        self._count += len(rows) - dropped
        return dropped

    def take(self, most: int) -> list[tuple[int, Message]]:
        """Give the next messages with their numbers, and take them for under way from now on."""
        rows = self._file.execute(
            "select id, topic, payload from outbox where id > ? order by id limit ?", (self._under_way, most)
        ).fetchall()
        if rows:
            self._under_way = rows[-1][0]
        return [(number, Message(topic, payload)) for number, topic, payload in rows]

    def delivered(self, number: int) -> None:
        """Forget a message."""
        self._count -= self._file.execute("delete from outbox where id = ?", (number,)).rowcount

    def close(self) -> None:
        """Close the file; what was not delivered stays in it."""
        self._file.close()
