"""Reads the parts of a TFLite flatbuffer, trusting no offset in it.

LiteRT follows the offsets of a graph as they stand, so that a damaged graph can crash it. Here every table, vector and
string is held against the bounds of the file before it is read (the format: https://flatbuffers.dev/internals). The
fields are those of TFLite's schema, version 3, as far as LiteRT reads them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

MOST_PARTS: Final = 100_000
"""Tables and vectors that are read at most: a vector may name the same table a million times."""
IDENTIFIER: Final = b"TFL3"


class BrokenGraph(ValueError):  # noqa: N818 - it is what the file is, and callers put it in words
    """The bytes are no sound flatbuffer; the message says where."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: its shape, its type's number in the schema, the index of its buffer, its name."""

    shape: tuple[int, ...]
    type: int
    buffer: int
    name: str


@dataclass(frozen=True, slots=True)
class Operator:
    """One operation: the index of its code, the tensors that it reads and writes, and its options' table, if any."""

    code: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One function of the graph: tensors, operations in order, and which tensors go in and come out."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """A named function: its subgraph, and the tensors that its inputs and outputs are."""

    key: str
    subgraph: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole graph.

    Attributes:
        codes: builtin operations by their number in the schema.
        custom: names of operations that are not builtin.
        subgraphs: the first is the one that runs.
        buffers: where each buffer's bytes stand in the file.
        metadata: name -> index of its buffer.
        signatures: named functions.
    """

    codes: tuple[int, ...]
    custom: tuple[str, ...]
    subgraphs: tuple[Subgraph, ...]
    buffers: tuple[slice, ...]
    metadata: dict[str, int]
    signatures: tuple[Signature, ...]


def read_graph(content: bytes) -> Graph:
    """Read a graph's structure.

    Raises:
        BrokenGraph: an offset, a length or a type leads outside the file, or there are more parts than a graph has.
    """
    if len(content) < 8 or content[4:8] != IDENTIFIER:
        raise BrokenGraph("no TFLite graph: it does not begin with the format's identifier")
    model = _File(content).root()
    codes = model.tables(1)
    return Graph(
        codes=tuple(max(code.integer(0, "b"), code.integer(3, "i")) for code in codes),
        custom=tuple(text for code in codes if (text := code.text(1))),
        subgraphs=tuple(_subgraph(table) for table in model.tables(2)),
        buffers=tuple(_buffer(table) for table in model.tables(4)),
        metadata={entry.text(0): entry.integer(1, "I") for entry in model.tables(6)},
        signatures=tuple(_signature(table) for table in model.tables(7)),
    )


def _subgraph(table: Table) -> Subgraph:
    return Subgraph(
        tensors=tuple(_tensor(tensor) for tensor in table.tables(0)),
        operators=tuple(_operator(operator) for operator in table.tables(3)),
        inputs=table.integers(1, "i"),
        outputs=table.integers(2, "i"),
    )


def _tensor(table: Table) -> Tensor:
    quantisation = table.table(4)
    if quantisation is not None:
        for field, kind in enumerate("fffq"):  # minimum, maximum, scale, zero point
            quantisation.vector(field, kind)
        if quantisation.integer(4, "B"):
            raise BrokenGraph("a tensor has quantisation details of its own")
    if table.present(6) or table.present(9):
        raise BrokenGraph("a tensor is sparse or a variant")
    table.integers(7, "i")
    return Tensor(table.integers(0, "i"), table.integer(1, "b"), table.integer(2, "I"), table.text(3))


def _operator(table: Table) -> Operator:
    for field, kind in ((5, "B"), (7, "?"), (8, "i")):
        table.vector(field, kind)
    if table.integer(9, "Q") or table.integer(10, "Q") or table.integer(11, "B"):
        raise BrokenGraph("an operation has options outside the tables of its kind")
    return Operator(table.integer(0, "I"), table.integers(1, "i"), table.integers(2, "i"), table.table(4))


def _buffer(table: Table) -> slice:
    if table.integer(1, "Q") or table.integer(2, "Q"):
        raise BrokenGraph("a buffer stands outside the flatbuffer")
    return table.vector(0, "B")


def _signature(table: Table) -> Signature:
    inputs, outputs = (tuple(entry.integer(1, "I") for entry in table.tables(field)) for field in (0, 1))
    for field in (0, 1):
        for entry in table.tables(field):
            entry.text(0)
    return Signature(table.text(2), table.integer(4, "I"), inputs, outputs)


class _File:
    """The bytes, and how many parts of them have been read."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._parts = 0

    def root(self) -> Table:
        """Give the table that the file begins with."""
        return Table(self, self.follow(0))

    def number(self, at: int, kind: str) -> int:
        """Read one integer; it must lie in the file, at a multiple of its size, where processors expect it."""
        size = struct.calcsize(f"<{kind}")
        self.expect(at, size)
        if at % size:
            raise BrokenGraph(f"a number at byte {at} is not aligned to its {size} bytes")
        return int(struct.unpack_from(f"<{kind}", self.content, at)[0])

    def follow(self, at: int) -> int:
        """Give the place that an offset leads to, which is always ahead of it."""
        target = at + self.number(at, "I")
        if target == at:
            raise BrokenGraph(f"the offset at byte {at} leads to itself")
        self.expect(target, 4)
        return target

    def expect(self, at: int, size: int) -> None:
        """Refuse a part that does not lie in the file."""
        if at < 0 or at + size > len(self.content):
            raise BrokenGraph(f"bytes {at} to {at + size} are read, but the file has {len(self.content)}")

    def count(self) -> None:
        """Count one more part."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise BrokenGraph(f"it has more than {MOST_PARTS:,} parts")


class Table:
    """One table: fields by their number in the schema; a field that is not there has its default."""

    def __init__(self, file: _File, at: int) -> None:
        """Read the table's directory."""
        file.count()
        self._file, self._at = file, at
        self._directory = at - file.number(at, "i")
        self._directory_size = file.number(self._directory, "H")
        file.expect(self._directory, max(self._directory_size, 4))
        self._size = file.number(self._directory + 2, "H")
        file.expect(at, self._size)

    def present(self, field: int) -> bool:
        """Say whether a field is there."""
        return self._offset(field) != 0

    def integer(self, field: int, kind: str, default: int = 0) -> int:
        """Read an integer of one of the kinds of `struct`."""
        offset = self._offset(field)
        if not offset:
            return default
        if offset + struct.calcsize(f"<{kind}") > self._size:
            raise BrokenGraph(f"a field at byte {self._at + offset} reaches beyond its table")
        return self._file.number(self._at + offset, kind)

    def table(self, field: int) -> Table | None:
        """Read a table; None where there is none."""
        target = self._target(field)
        return None if target is None else Table(self._file, target)

    def tables(self, field: int) -> tuple[Table, ...]:
        """Read a vector of tables."""
        part = self.vector(field, "I")
        return tuple(Table(self._file, self._file.follow(at)) for at in range(part.start, part.stop, 4))

    def integers(self, field: int, kind: str) -> tuple[int, ...]:
        """Read a vector of integers."""
        part = self.vector(field, kind)
        count = (part.stop - part.start) // struct.calcsize(f"<{kind}")
        return struct.unpack_from(f"<{count}{kind}", self._file.content, part.start)

    def text(self, field: int) -> str:
        """Read a string; one that is not there is empty."""
        part = self.vector(field, "B")
        try:
            return self._file.content[part].decode()
        except UnicodeDecodeError:
            raise BrokenGraph(f"the name at byte {part.start} is no text") from None

    def vector(self, field: int, kind: str) -> slice:
        """Give the bytes of a vector of numbers; empty where there is none."""
        start = self._target(field)
        if start is None:
            return slice(0, 0)
        self._file.count()
        size, length = struct.calcsize(f"<{kind}"), self._file.number(start, "I")
        self._file.expect(start + 4, length * size)
        if length and (start + 4) % size:
            raise BrokenGraph(f"a vector at byte {start + 4} is not aligned to its {size} bytes")
        return slice(start + 4, start + 4 + length * size)

    def _target(self, field: int) -> int | None:
        offset = self._offset(field)
        return None if not offset else self._file.follow(self._at + self._checked(offset))

    def _checked(self, offset: int) -> int:
        if offset + 4 > self._size:
            raise BrokenGraph(f"a field at byte {self._at + offset} reaches beyond its table")
        return offset

    def _offset(self, field: int) -> int:
        place = 4 + 2 * field
        return self._file.number(self._directory + place, "H") if place + 2 <= self._directory_size else 0
