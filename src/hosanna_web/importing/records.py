"""The records of a file: rows of a CSV table, or one JSON object a line."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_web.importing.lines import Lines, UnfitLine, is_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_DELIMITERS: Final = ",;\t|"


class Record(msgspec.Struct, frozen=True):
    """One record and the physical line on which it begins; *flaw* where nothing could be made of it.

    *raw* is what the rejects file repeats: the cells of a row, or the text of a line.
    """

    line: int
    raw: Sequence[str]
    columns: Mapping[str, Any]
    flaw: str | None = None


class UnfitFile(Exception):
    """The file as a whole is not one that can be read this way."""


class Table:
    """A CSV file whose first row names the columns. Commas, semicolons, tabs or bars part the cells."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._delimiter = ","
        self.header: tuple[str, ...] = self._read_header()

    def __iter__(self) -> Iterator[Record]:
        rows = self._rows()
        width = len(self.header)
        while True:
            first = self._lines.number + 1
            self._lines.begin()
            try:
                cells = next(rows, None)
            except (csv.Error, UnfitLine) as error:
                yield self._broken(first, str(error))
                rows = self._rows()
                continue
            if cells is None:
                return
            if cells:
                yield self._record(first, cells, width)

    def _record(self, line: int, cells: list[str], width: int) -> Record:
        columns = dict(zip(self.header, cells, strict=False))
        if not all(map(is_whole, self._lines.taken)):
            return Record(line, cells, columns, f"holds bytes that are not {self._lines.encoding}")
        if len(cells) != width:
            return Record(line, cells, columns, f"has {len(cells)} columns where the header has {width}")
        return Record(line, cells, columns)

    def _broken(self, line: int, reason: str) -> Record:
        """A record whose quotes do not close: only its first line is lost, the others are read anew."""
        head, *rest = self._lines.taken
        self._lines.hand_back(rest)
        return Record(line, (head.rstrip("\r\n"),), {}, f"is not CSV: {reason}")

    def _read_header(self) -> tuple[str, ...]:
        try:
            head = next(self._lines, None)
            if head is None:
                return ()
            self._delimiter = max(_DELIMITERS, key=head.count)
            self._lines.begin()
            self._lines.hand_back((head,))
            names = next(self._rows(), [])
        except (csv.Error, UnfitLine) as error:
            raise UnfitFile(f"The first line does not name columns: {error}.") from None
        return tuple(name.strip() for name in names)

    def _rows(self) -> Iterator[list[str]]:
        return csv.reader(self._lines, delimiter=self._delimiter, strict=True)


class Objects:
    """A JSON Lines file: one object a line."""

    header: tuple[str, ...] = ()

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def __iter__(self) -> Iterator[Record]:
        while True:
            number = self._lines.number + 1
            self._lines.begin()
            try:
                line = next(self._lines, None)
            except UnfitLine as error:
                yield Record(number, self._lines.taken, {}, str(error))
                continue
            if line is None:
                return
            if line.strip():
                yield _object(number, line.rstrip("\r\n"))


def _object(number: int, line: str) -> Record:
    try:
        value = msgspec.json.decode(line.encode())
    except UnicodeEncodeError:
        return Record(number, (line,), {}, "holds bytes that are not utf-8")
    except RecursionError:
        return Record(number, (line,), {}, "is too deep")
    except msgspec.MsgspecError as error:
        return Record(number, (line,), {}, f"is not JSON: {error}")
    if not isinstance(value, dict):
        return Record(number, (line,), {}, "is JSON, but not an object")
    return Record(number, (line,), value)
