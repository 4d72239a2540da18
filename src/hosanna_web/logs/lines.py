"""What a line says: who asked what, and never anything that they said."""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import Any, Final

import msgspec

from hosanna_web.asking import ASKING
from hosanna_web.logs.tracebacks import told_of

TOLD: Final = ("method", "status", "duration_ms", "code")
"""What a call may tell beside its message (`extra`). Anything else of it is left out, whoever made it."""
_OF_REQUEST: Final = ("actor_id", "route", "trace_id", "span_id")
_ENCODER: Final = msgspec.json.Encoder(enc_hook=str)


def instant(seconds: float) -> str:
    """An instant to the millisecond, in UTC.

    >>> instant(1_700_000_000.0409)
    '2023-11-14T22:13:20.040Z'
    """
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1000):03d}Z"


@lru_cache(maxsize=4)
def _second(whole: int) -> str:
    """Most lines of a busy server come in the same second as the one before."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))


def facts(record: logging.LogRecord, *, words: bool) -> dict[str, Any]:
    """Everything that a line tells. The words of errors that may quote somebody come only with *words*.

    To be called where the record was made: the request that it is about is known there alone.
    """
    told: dict[str, Any] = {
        "time": instant(record.created),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
    }
    asking = ASKING.get()
    if asking is not None:
        told["request_id"] = asking.request_id
        for name in _OF_REQUEST:
            if (known := getattr(asking, name)) is not None:
                told[name] = known
    for name in TOLD:
        if (value := record.__dict__.get(name)) is not None:
            told[name] = value
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        told["error"] = type(error).__name__
        told["traceback"] = told_of(error, words=words)
    return told


class JsonLines(logging.Formatter):
    """One JSON object a line.

    >>> record = logging.LogRecord("hosanna.web", logging.WARNING, "", 0, "Ready in %d s.", (3,), None)
    >>> msgspec.json.decode(JsonLines(words=False).format(record))["message"]
    'Ready in 3 s.'
    """

    def __init__(self, *, words: bool) -> None:
        super().__init__()
        self._words = words

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        told = facts(record, words=self._words)
        try:
            return _ENCODER.encode(told).decode()
        except UnicodeEncodeError:
            # What is no text, such as half a surrogate pair, is shown as its number.
            return _ENCODER.encode({name: _sound(value) for name, value in told.items()}).decode()


class TextLines(logging.Formatter):
    r"""For somebody at a terminal: a line, and the traceback below it.

    >>> record = logging.LogRecord("hosanna.web", logging.INFO, "", 0, "Two\nlines", (), None)
    >>> TextLines(words=True).format(record).partition(" ")[2]
    'INFO     hosanna.web: Two\\nlines'
    """

    def __init__(self, *, words: bool) -> None:
        super().__init__()
        self._words = words

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        told = facts(record, words=self._words)
        trace = told.pop("traceback", None)
        when, level, logger, message = (told.pop(each) for each in ("time", "level", "logger", "message"))
        # Nobody writes a line of their own into the log.
        shown = message if message.isprintable() else "".join(map(_visible, message))
        line = f"{when} {level.upper():8} {logger}: {shown}"
        if told:
            line += " " + " ".join(f"{name}={value}" for name, value in told.items())
        line = line.encode("utf-8", "backslashreplace").decode()
        return line if trace is None else f"{line}\n{_sound(trace)}"


def _visible(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]


def _sound(value: object) -> object:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
