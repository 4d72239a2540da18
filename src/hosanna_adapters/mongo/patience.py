"""How long the store waits, and what it says when that was not enough."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import pymongo
from pymongo.errors import BulkWriteError, ConnectionFailure, PyMongoError, ServerSelectionTimeoutError

from hosanna_core.errors import Busy, EncryptionMismatch

if TYPE_CHECKING:
    from collections.abc import Iterator

FIND_A_SERVER: Final = 2.0
"""Seconds until a server must be found at the start."""
OPERATION: Final = 3.0
"""Seconds for one operation of the driver, finding a server and its retry included."""
COMMIT: Final = 5.0
"""Seconds for a whole commit, with every attempt at its transaction. The driver's own loop would try for 120."""
SETTLE: Final = 3.0
"""Seconds to find out what became of a commit whose answer was lost."""
BUILD: Final = 600.0
"""Seconds for building an index on a store that is full already."""
FAREWELL: Final = 1.0
"""Seconds for telling the server that a stream is not needed any more; it forgets them by itself after a while."""
SHUT: Final = 20.0
"""Seconds to wait for the transactions that are open on a collection which is about to be encrypted."""
TRANSIENT: Final = "TransientTransactionError"
UNKNOWN: Final = "UnknownTransactionCommitResult"
_WRITE_CONFLICT: Final = 112
_DUPLICATE: Final = 11000
_NOT_LET_IN: Final = 121


def transient(error: PyMongoError) -> bool:
    """Whether *error* only means that another writer was in the way, and nothing was stored."""
    return error.has_error_label(TRANSIENT) or getattr(error, "code", None) == _WRITE_CONFLICT


def too_slow(error: PyMongoError) -> bool:
    """Whether *error* means that the server could not be reached, or did not answer in time."""
    return isinstance(error, ConnectionFailure) or error.timeout


def unanswered(error: PyMongoError) -> bool:
    """Whether *error* leaves it open what became of a write: it was sent, and its answer did not come.

    Of a commit that was asked for more than once an earlier time may count, whatever the last one says of itself.
    """
    if error.has_error_label(UNKNOWN):
        return True
    return too_slow(error) and not transient(error) and not isinstance(error, ServerSelectionTimeoutError)


def only_duplicates(error: BulkWriteError) -> bool:
    """Whether all that was refused of many inserts was there already."""
    return all(each["code"] == _DUPLICATE for each in error.details.get("writeErrors", ()))


def not_let_in(error: PyMongoError) -> bool:
    """Whether *error* means that the store was encrypted since it was opened: nothing in clear is stored any more."""
    if isinstance(error, BulkWriteError):
        return any(each["code"] == _NOT_LET_IN for each in error.details.get("writeErrors", ()))
    return getattr(error, "code", None) == _NOT_LET_IN


@contextmanager
def in_time() -> Iterator[None]:
    """Turn a server that is away, slow or overrun into Busy, and one that lets nothing in clear in EncryptionMismatch.

    Anything else is a bug and stays one.
    """
    try:
        yield
    except PyMongoError as error:
        if too_slow(error) or transient(error) or error.has_error_label(UNKNOWN):
            raise Busy from error
        if not_let_in(error):
            raise EncryptionMismatch(encrypted=True) from None  # the server's words may hold the values
        raise


@contextmanager
def farewell() -> Iterator[None]:
    """Close something, if the server can be told. Where it is away nobody waits for it."""
    with suppress(PyMongoError), pymongo.timeout(FAREWELL):
        yield
