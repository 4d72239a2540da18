"""The file that stands in for the environment: `.env` in the working folder, or the one that HOSANNA_ENV_FILE names.

What the real environment says wins. Values are taken as they stand: a `$` in a password is a `$`.
"""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from dotenv.parser import parse_stream

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMED_BY: Final = "HOSANNA_ENV_FILE"
USUAL: Final = Path(".env")


class Line(NamedTuple):
    """A variable as the file gives it, and where."""

    value: str
    number: int


class EnvFile(NamedTuple):
    """What such a file says; where it says a name twice, the last one counts. *path* is None where there is no file."""

    path: Path | None
    lines: Mapping[str, Line]
    mistakes: tuple[tuple[str, str], ...] = ()
    """Where, and what is wrong there; never what stands there, which may be a secret."""
    repeated: tuple[str, ...] = ()
    """The names that it says more than once."""

    def place(self, name: str) -> str | None:
        """Where a variable comes from, if it comes from here.

        >>> EnvFile(Path(".env"), {"PORT": Line("x", 3)}).place("PORT")
        '.env, line 3'
        """
        return f"{self.path}, line {self.lines[name].number}" if self._counts(name) else None

    def environment(self) -> dict[str, str]:
        """The real environment, and what the file adds to it. An empty variable counts as absent."""
        added = {name: line.value for name, line in self.lines.items() if self._counts(name) and line.value}
        return {**{name: value for name, value in os.environ.items() if value}, **added}

    def _counts(self, name: str) -> bool:
        return name in self.lines and not os.environ.get(name)


def read_env_file() -> EnvFile:
    """The file of this process. One that is named has to be there; `.env` may be missing."""
    named = os.environ.get(NAMED_BY)
    path = Path(named) if named else USUAL
    if not named and not path.is_file():
        return EnvFile(None, {})
    try:
        return parsed(path, path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        what = "is not UTF-8 text"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    mistake = (NAMED_BY, f"names {path}, which {what}") if named else (str(path), what)
    return EnvFile(path, {}, (mistake,))


def parsed(path: Path, text: str) -> EnvFile:
    r"""What the text of such a file says.

    >>> parsed(Path(".env"), "# ours\nexport PORT=80 # http\nno line").mistakes
    (('.env, line 3', 'is no NAME=value'),)
    """
    lines: dict[str, Line] = {}
    mistakes: list[tuple[str, str]] = []
    repeated: dict[str, None] = {}
    for binding in parse_stream(StringIO(text)):
        # It begins where the one before ended: blank lines and comments stand in front.
        number = binding.original.line + _lines_before(binding.original.string)
        if binding.error or (binding.key is not None and binding.value is None):
            mistakes.append((f"{path}, line {number}", "is no NAME=value"))
        elif binding.key is not None and binding.value is not None:
            if binding.key in lines:
                repeated[binding.key] = None
            lines[binding.key] = Line(binding.value, number)
    return EnvFile(path, lines, tuple(mistakes), tuple(repeated))


def _lines_before(text: str) -> int:
    blank = text[: len(text) - len(text.lstrip())]
    return blank.count("\n")
