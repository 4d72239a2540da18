"""Where the lines of all loggers go while a server runs."""

from __future__ import annotations

import logging
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hosanna_web.data_folder import CannotStart
from hosanna_web.logs.archive import LogFile
from hosanna_web.logs.lines import JsonLines, TextLines
from hosanna_web.logs.scribe import Scribe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hosanna_web.settings import Settings

OURS: Final = "hosanna"
"""The loggers whose level is set. Others tell what they warn of: some log what they are asked, at finer levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """How the log is kept."""

    json: bool = True
    level: str = "info"
    file: Path | None = None
    """None: the standard error output."""
    most: int | None = None
    """Bytes after which the file is put away; None: when a day is over."""
    keep: int = 14
    """How many of those stay."""
    words: bool = False
    """Whether errors may say what perhaps quotes somebody."""

    @property
    def lines(self) -> logging.Formatter:
        """What puts a line together."""
        return (JsonLines if self.json else TextLines)(words=self.words)


def log_settings(settings: Settings) -> LogSettings:
    """How the log is kept, by the configuration."""
    return LogSettings(
        json=settings.log_as == "json",
        level=settings.log_level,
        file=settings.log_file,
        most=settings.log_rotate or None,
        keep=settings.log_keep,
        words=not settings.production,
    )


@contextmanager
def keeping_log(wanted: LogSettings, lost: Callable[[int], None] = lambda _: None) -> Iterator[None]:
    """While this is open every logger's lines go where *wanted* says; *lost* hears how many came to nothing.

    Raises CannotStart where the file cannot be written.
    """
    with ExitStack() as opened:
        write = _on_the_terminal
        if wanted.file is not None:
            file = _opened(wanted.file, wanted)
            opened.callback(file.close)
            write = file.write
        scribe = Scribe(write, lost)
        scribe.setFormatter(wanted.lines)
        opened.callback(scribe.close)
        opened.callback(_put_back, *_taken_over(scribe, wanted.level))
        yield


def tell_at_once(wanted: LogSettings) -> None:
    """From now on, lines go to the standard error output as they come: for a process that may be frozen between two."""
    handler = logging.StreamHandler()
    handler.setFormatter(wanted.lines)
    _taken_over(handler, wanted.level)


def _opened(path: Path, wanted: LogSettings) -> LogFile:
    try:
        return LogFile(path, most=wanted.most, keep=wanted.keep)
    except OSError as error:
        raise CannotStart(f"LOG_FILE cannot be written: {path}: {error.strerror}.") from None


def _on_the_terminal(lines: str) -> None:
    sys.stderr.write(lines)
    sys.stderr.flush()


def _taken_over(handler: logging.Handler, level: str) -> tuple[list[logging.Handler], int, int]:
    """Let *handler* have all lines; what was before."""
    root, ours = logging.getLogger(), logging.getLogger(OURS)
    before = root.handlers[:], root.level, ours.level
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    ours.setLevel(level.upper())
    # A warning of Python's is a line, too.
    logging.captureWarnings(capture=True)
    return before


def _put_back(handlers: list[logging.Handler], level: int, ours: int) -> None:
    logging.captureWarnings(capture=False)
    root = logging.getLogger()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger(OURS).setLevel(ours)
