"""A file together with its map: records, and how each becomes a job."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from hosanna_web.importing.mapping import (
    Mapper,
    demand_columns,
    demand_required,
    map_for,
    map_for_objects,
)
from hosanna_web.importing.records import Objects, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from hosanna_web.importing.lines import Lines
    from hosanna_web.importing.mapping import Mapped
    from hosanna_web.importing.records import Record

JSON_LINES: Final = (".jsonl", ".ndjson", ".json")
_MOST_UNUSED: Final = 50
"""Names of columns that are remembered as not used: objects may have any number of them."""


def is_table(file: Path) -> bool:
    """Whether a file's name says that it is CSV: all that do not say JSON are.

    >>> from pathlib import Path
    >>> is_table(Path("permits.csv")), is_table(Path("permits.JSONL"))
    (True, False)
    """
    return file.suffix.lower() not in JSON_LINES


class MappedSource:
    """The records of a file and the mapper that fits them.

    Raises UnfitFile or MapError, before any record is given out, where the file or the map cannot be right.
    """

    def __init__(self, lines: Lines, given: Mapped, *, table: bool) -> None:
        self.header: Sequence[str] = ()
        self._unused: dict[str, None] = {}
        self._table = table
        self.records, self.mapper = self._table_of(lines, given) if table else self._objects_of(lines, given)

    @property
    def unused(self) -> tuple[str, ...]:
        """The columns met so far that no field comes from."""
        return tuple(self._unused)

    def _table_of(self, lines: Lines, given: Mapped) -> tuple[Iterable[Record], Mapper]:
        table = Table(lines)
        self.header = table.header
        mapped = map_for(table.header, given)
        if table.header:
            demand_columns(mapped, table.header)
        mapper = Mapper(mapped)
        self._unused = dict.fromkeys(name for name in table.header if name not in mapper.used)
        return table, mapper

    def _objects_of(self, lines: Lines, given: Mapped) -> tuple[Iterable[Record], Mapper]:
        records = iter(Objects(lines))
        passed: list[Record] = []
        for record in records:
            passed.append(record)
            if record.flaw is None:
                break
        mapped = map_for_objects(passed[-1].columns if passed else {}, given)
        demand_required(mapped)
        mapper = Mapper(mapped)
        self._used = {name.partition(".")[0] for name in mapper.used} | mapper.used
        return self._noting(itertools.chain(passed, records)), mapper

    def _noting(self, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            for name in record.columns:
                if name not in self._used and len(self._unused) < _MOST_UNUSED:
                    self._unused[name] = None
            yield record
