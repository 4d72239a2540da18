"""The one writer of a process: whatever waits while a commit is on its way goes into the next one together."""

from __future__ import annotations

import sqlite3
from collections import deque
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hosanna_adapters.sqlite.connections import immediate
from hosanna_core.errors import Busy, CommitRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
_LARGEST_GROUP: Final = 100
"""Pieces of work in one transaction: as many as keep another process's writer waiting for some 25 ms."""


class _Turn:
    """What one caller wants written, and what became of each piece of it."""

    __slots__ = ("done", "failure", "outcomes", "works")

    def __init__(self, works: Sequence[Callable[[sqlite3.Connection], Any]]) -> None:
        self.works = works
        self.outcomes: list[Any] = []
        self.failure: Exception | None = Busy()
        self.done = False

    def run(self, db: sqlite3.Connection) -> None:
        """Do every piece, each whole or not at all; an error of the file itself ends the whole transaction."""
        for work in self.works:
            db.execute("SAVEPOINT piece")
            try:
                outcome = work(db)
            except sqlite3.OperationalError:
                raise
            except Exception as error:  # a refusal, or a bug: both belong to the caller of this piece alone
                db.execute("ROLLBACK TO piece")
                outcome = error
            db.execute("RELEASE piece")
            self.outcomes.append(outcome)


class Writer:
    """Runs pieces of work in write transactions, in the order of asking; any thread may ask."""

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
        return outcome  # type: ignore[no-any-return]  # a turn keeps each work's own answer

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
                self._commit_a_group()
        if turn.failure is not None:
            raise turn.failure
        return turn.outcomes

    def _commit_a_group(self) -> None:
        group = [self._waiting.popleft()]
        size = len(group[0].works)
        while self._waiting and size + len(self._waiting[0].works) <= _LARGEST_GROUP:
            group.append(self._waiting.popleft())
            size += len(group[-1].works)
        try:
            if not self._open:
                raise Busy("The store is closed.")
            with immediate(self._db):
                for turn in group:
                    turn.run(self._db)
            for turn in group:
                turn.failure = None
        except Exception as error:  # raised again in the thread of everyone who took part
            for turn in group:
                turn.failure = error
        finally:
            for turn in group:
                turn.done = True
