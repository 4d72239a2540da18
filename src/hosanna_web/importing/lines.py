"""The physical lines of a file, counted and bounded: what an editor shows as line 17 is line 17 here."""

from __future__ import annotations

import codecs
from collections import deque
from io import TextIOWrapper
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

LONGEST_LINE: Final = 1 << 20
"""Characters; a longer line is passed over, so that no file can fill the memory."""
_MARKS: Final = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class UnfitLine(Exception):
    """A line that nothing can be made of; reading goes on with the next one."""


class Lines:
    """The lines of a text file, with their ends. Bytes that are not of the encoding become lone surrogates.

    *taken* are the lines since `begin`, so that a reader can find out what a broken record was made of and hand
    all but the first back.
    """

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self._raw = path.open("rb")
        self.encoding = encoding or _marked(self._raw.peek(2)[:2])
        self._text = TextIOWrapper(self._raw, encoding=self.encoding, errors="surrogateescape", newline="")
        self._waiting: deque[str] = deque()
        self._read = 0
        self.taken: list[str] = []

    @property
    def position(self) -> int:
        """How many bytes of the file were read."""
        return self._raw.tell()

    @property
    def number(self) -> int:
        """The number of the line that was given out last, from 1."""
        return self._read - len(self._waiting)

    def begin(self) -> None:
        """A new record begins with the next line."""
        self.taken = []

    def hand_back(self, lines: Sequence[str]) -> None:
        """Give these out again: they were taken by mistake."""
        self._waiting.extendleft(reversed(lines))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._text.close()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._next()
        self.taken.append(line)
        return line

    def _next(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self._read += 1
        if len(line) < LONGEST_LINE or line.endswith(("\n", "\r")):
            return line
        while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
            pass
        self.taken.append(line[:200])
        raise UnfitLine(f"is longer than {LONGEST_LINE} characters")


def _marked(start: bytes) -> str:
    """The encoding that the file's first bytes tell; UTF-8 unless they tell another."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8-sig")


def is_whole(text: str) -> bool:
    """Whether every byte of *text* was of the encoding."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
