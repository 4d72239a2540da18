"""The one writer of a process: whatever waits while a commit is on its way goes into the next one together."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hosanna_adapters.sqlite.connections import immediate
from hosanna_core.errors import Busy, CommitRefused

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

T = TypeVar("T")
_LARGEST_GROUP: Final = 100
"""Pieces of work in one transaction: as many as keep another process's writer waiting for some 25 ms."""


class _Piece:
    """One thing to be written, and what became of it."""

    __slots__ = ("outcome", "work")

    def __init__(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        self.work = work
        self.outcome: Any = Busy()

    def run(self, db: sqlite3.Connection) -> None:
        """Do it, or note that it is refused, which is decided before it writes anything."""
        try:
            self.outcome = self.work(db)
        except CommitRefused as refusal:
            self.outcome = refusal


class _Turn:
    """What one caller wants written."""

    __slots__ = ("done", "pieces")

    def __init__(self, works: Sequence[Callable[[sqlite3.Connection], Any]]) -> None:
        self.pieces = [_Piece(work) for work in works]
        self.done = False


class Writer:
    """Runs pieces of work in write transactions, in the order of asking; any thread may ask.

    A piece raises CommitRefused before it has written anything, or not at all: so no piece needs a savepoint, which
    costs a copy of every page that it touches. It may be run again, after a roll-back.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._lock = Lock()
        self._waiting: deque[_Turn] = deque()
        self._open = True

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do one piece of work and return its answer once it is durable, or raise its error and keep nothing of it."""
        outcome = self._outcomes((work,))[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome  # type: ignore[no-any-return]  # a piece keeps its work's own answer

    def run_each(self, works: Sequence[Callable[[sqlite3.Connection], None]]) -> list[CommitRefused | None]:
        """Do many in one transaction; answers for each None or its refusal. Raises what else went wrong, at the end."""
        outcomes = self._outcomes(works) if works else []
        for outcome in outcomes:
            if isinstance(outcome, Exception) and not isinstance(outcome, CommitRefused):
                raise outcome
        return outcomes

    def close(self) -> None:
        """Close the connection when the transaction that runs is over; who still waits is told."""
        with self._lock:
            self._open = False
            self._db.close()

    def _outcomes(self, works: Sequence[Callable[[sqlite3.Connection], Any]]) -> list[Any]:
        turn = _Turn(works)
        self._waiting.append(turn)
        with self._lock:
            while not turn.done:
                self._serve()
        return [piece.outcome for piece in turn.pieces]

    def _serve(self) -> None:
        """Commit what the first who wait want, as far as it makes one transaction of moderate length."""
        group = [self._waiting.popleft()]
        pieces = list(group[0].pieces)
        while self._waiting and len(pieces) + len(self._waiting[0].pieces) <= _LARGEST_GROUP:
            group.append(self._waiting.popleft())
            pieces += group[-1].pieces
        try:
            self._commit(pieces)
        except Busy as busy:
            for piece in pieces:
                piece.outcome = busy
        except Exception:  # whose fault it is shows when each is tried alone, and costs the others nothing
            for piece in pieces:
                self._commit_alone(piece)
        finally:
            for turn in group:
                turn.done = True

    def _commit_alone(self, piece: _Piece) -> None:
        try:
            self._commit([piece])
        except Exception as error:  # raised again in the thread that asked for it
            piece.outcome = error

    def _commit(self, pieces: Sequence[_Piece]) -> None:
        if not self._open:
            raise Busy("The store is closed.")
        with immediate(self._db):
            for piece in pieces:
                piece.run(self._db)
