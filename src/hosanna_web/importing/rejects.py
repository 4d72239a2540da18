"""What could not be taken, written down so that it can be put right and imported again."""

from __future__ import annotations

import csv
import os
from typing import IO, TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from hosanna_web.importing.records import Record

LINE: Final = "line"
REASONS: Final = "reasons"


class Rejects:
    """A file of its own beside the import, made when the first record is rejected.

    For a table it is a table with the same columns behind two more, so that it can be corrected and imported as it is;
    for JSON Lines it holds an object for each line. An older file of the same name is written over.
    """

    def __init__(self, path: Path, header: Sequence[str], *, table: bool) -> None:
        self.path = path
        self.count = 0
        self._header = header
        self._table = table
        self._file: IO[str] | None = None

    def put(self, record: Record, reasons: Sequence[str]) -> None:
        """Write down one record and all that is wrong with it. Raises OSError."""
        file = self._opened()
        if self._table:
            csv.writer(file).writerow((record.line, "; ".join(reasons), *record.raw))
        else:
            file.write(_as_object(record, reasons))
        self.count += 1

    def _opened(self) -> IO[str]:
        if self._file is None:
            # Bytes that were no text go back as the bytes that they were.
            self._file = self.path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
            if self._table:
                csv.writer(self._file).writerow((LINE, REASONS, *self._header))
        return self._file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def _as_object(record: Record, reasons: Sequence[str]) -> str:
    """The object that was read, or the text of a line that is none."""
    row: object = record.columns or "".join(record.raw).encode("utf-8", "backslashreplace").decode()
    return msgspec.json.encode({LINE: record.line, REASONS: list(reasons), "row": row}).decode() + "\n"


def place_for(source: Path, ending: str, here: Path) -> Path:
    """Beside the imported file, or *here* where that is no folder of files (a pipe) or not ours to write in."""
    name = f"{source.name}.rejects{ending}"
    beside = source.is_file() and os.access(source.parent, os.W_OK)
    return source.with_name(name) if beside else here / name
