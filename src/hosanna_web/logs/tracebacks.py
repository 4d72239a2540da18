"""Where an error happened, without what it says, where that may quote what somebody sent or what a store holds."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FRAMES: Final = 40
DEEPEST: Final = 8
"""So many errors behind one another are told."""
WITHHELD: Final = "(its words are withheld: they may quote somebody)"
_PLAIN: Final = frozenset(
    f"{module}.{name}"
    for module, names in {
        "asyncio.exceptions": "CancelledError InvalidStateError",
        "builtins": (
            "AttributeError BlockingIOError BrokenPipeError ConnectionAbortedError ConnectionError "
            "ConnectionRefusedError ConnectionResetError FileExistsError FileNotFoundError ImportError "
            "IsADirectoryError MemoryError ModuleNotFoundError NameError NotADirectoryError NotImplementedError "
            "OSError PermissionError "
            "RecursionError RuntimeError TimeoutError TypeError UnboundLocalError ZeroDivisionError"
        ),
        "pymongo.errors": (
            "AutoReconnect ConfigurationError ConnectionFailure ExecutionTimeout NetworkTimeout NotPrimaryError "
            "ServerSelectionTimeoutError WaitQueueTimeoutError"
        ),
        "redis.exceptions": "BusyLoadingError ConnectionError ReadOnlyError TimeoutError",
        "socket": "gaierror",
        "sqlite3": "DatabaseError OperationalError",
        "ssl": "SSLCertVerificationError SSLError",
    }.items()
    for name in names.split()
)
"""Errors that speak of the system or the code, and of nobody. By their very classes: a child may quote more."""


def told_of(error: BaseException, *, words: bool) -> str:
    """The traceback of an error as Python prints it; but without *words* those that may quote somebody are left out.

    >>> told_of(ValueError("ann@example.com"), words=False)
    'ValueError: (its words are withheld: they may quote somebody)'
    >>> told_of(ZeroDivisionError("division by zero"), words=False)
    'ZeroDivisionError: division by zero'
    """
    return "".join(_lines(error, words, DEEPEST)).rstrip("\n")


def _lines(error: BaseException, words: bool, deeper: int) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and deeper:
        yield from _lines(before, words, deeper - 1)
        caused = error.__cause__ is not None
        yield "\nwhich caused:\n\n" if caused else "\nand while that was handled:\n\n"
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):\n"
        # Frames as code: the values of their variables are nobody's business.
        yield from traceback.format_tb(error.__traceback__, limit=-MOST_FRAMES)
    yield f"{_name(type(error))}{_words(error, words)}\n"
    if isinstance(error, BaseExceptionGroup) and deeper:
        for number, each in enumerate(error.exceptions, 1):
            yield f"\n{number} of {len(error.exceptions)}:\n"
            yield from _lines(each, words, deeper - 1)


def _name(kind: type[BaseException]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _words(error: BaseException, words: bool) -> str:
    try:
        said = str(error)
    except Exception as failed:  # an error whose words fail is told all the same
        return f": (its words failed with {type(failed).__name__})"
    if not said:
        return ""
    kind = type(error)
    plain = words or f"{kind.__module__}.{kind.__qualname__}" in _PLAIN
    return f": {said if plain else WITHHELD}"
