"""The one writer of a process: whatever waits while a commit is on its way goes into the next one together."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hosanna_adapters.sqlite.connections import immediate, may_pass
from hosanna_adapters.sqlite.patience import Hope, take
from hosanna_core.errors import Busy, CommitRefused

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

T = TypeVar("T")
_LARGEST_GROUP: Final = 100
"""Pieces of work in one transaction: as many as keep another process's writer waiting for some 25 ms."""


class _Piece:
    """One thing to be written, and what became of it."""

    __slots__ = ("outcome", "work")

    def __init__(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        self.work = work
        self.outcome: Any = None

    def run(self, db: sqlite3.Connection) -> None:
        """Do it, or note that it is refused, which is decided before it writes anything."""
        try:
            self.outcome = self.work(db)
        except CommitRefused as refusal:
            self.outcome = refusal

    def run_apart(self, db: sqlite3.Connection) -> None:
        """Do it, or note its error and take back what it wrote; raises what befalls the whole transaction."""
        db.execute("SAVEPOINT piece")
        try:
            self.run(db)
        except Exception as error:
            if may_pass(error) or not db.in_transaction:
                raise
            db.execute("ROLLBACK TO piece")
            self.outcome = error
        db.execute("RELEASE piece")


class _Turn:
    """What one caller wants written, and until when the caller waits for that to begin."""

    __slots__ = ("deadline", "done", "pieces")

    def __init__(self, works: Iterable[Callable[[sqlite3.Connection], Any]], until: float) -> None:
        self.pieces = [_Piece(work) for work in works]
        self.deadline = until
        self.done = False

    def fail(self, error: Exception) -> None:
        """Nothing of it was stored, for this reason."""
        for piece in self.pieces:
            piece.outcome = error


class Writer:
    """Runs pieces of work in write transactions, in the order of asking; any thread may ask.

    A piece raises CommitRefused before it has written anything, or not at all: so no piece needs a savepoint, which
    costs a copy of every page that it touches. It may be run again, after a roll-back.

    Who asks waits until the deadline for the turn to begin, then gives up with Busy: for this process's other writers
    by the lock, for those of other processes as the one who holds it. What was begun is awaited to its end.
    """

    def __init__(self, db: sqlite3.Connection, committed: Callable[[], None]) -> None:
        """*committed* is called behind each commit that is durable."""
        self._db = db
        self._committed = committed
        self._lock = Lock()
        self._waiting: deque[_Turn] = deque()
        self._queue = Lock()
        """Held by whoever takes turns out of `_waiting`: to serve them, or to give up. So nobody does both."""
        self._open = True
        self._hope = Hope()

    def deadline(self) -> float:
        """Until when one who asks now waits, if nothing else is said."""
        return self._hope.deadline()

    def run(self, work: Callable[[sqlite3.Connection], T], until: float | None = None) -> T:
        """Do one piece of work and return its answer once it is durable, or raise its error and keep nothing of it."""
        outcome = self._outcomes((work,), until)[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome  # type: ignore[no-any-return]  # a piece keeps its work's own answer

    def run_each(self, works: Sequence[Callable[[sqlite3.Connection], None]]) -> list[CommitRefused | None]:
        """Do many in one transaction; answers for each None or its refusal. Raises what else went wrong, at the end.

        Busy means that none was done.
        """
        outcomes = self._outcomes(works) if works else []
        for outcome in outcomes:
            if isinstance(outcome, Exception) and not isinstance(outcome, CommitRefused):
                raise outcome
        return outcomes

    def apart(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do what cannot be done in a transaction, between the others' turns; raises what goes wrong."""
        if not take(self._lock, self.deadline()):
            raise Busy
        try:
            if not self._open:
                raise Busy("The store is closed.")
            work(self._db)
        finally:
            self._lock.release()

    def close(self, last: Callable[[sqlite3.Connection], None]) -> None:
        """Close the connection when the transaction that runs is over, and *last* is done; who still waits is told."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            try:
                last(self._db)
            finally:
                self._db.close()

    def _outcomes(
        self, works: Sequence[Callable[[sqlite3.Connection], Any]], until: float | None = None
    ) -> list[Any]:
        turn = _Turn(works, self.deadline() if until is None else until)
        self._waiting.append(turn)
        try:
            self._see_done(turn)
        except BaseException:
            self._withdraw(turn)  # whatever ended the waiting, nobody is to do it later
            raise
        return [piece.outcome for piece in turn.pieces]

    def _see_done(self, turn: _Turn) -> None:
        if not take(self._lock, turn.deadline):
            if self._withdraw(turn):
                raise Busy
            self._lock.acquire()
        try:
            while not turn.done:
                self._serve(turn)
        finally:
            self._lock.release()

    def _withdraw(self, turn: _Turn) -> bool:
        """Take it back; False if somebody is at it already."""
        with self._queue:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True

    def _serve(self, leader: _Turn) -> None:
        """Commit what the first who wait want; if the file is not to be had in the leader's time, refuse the leader.

        The others are gathered only once the file is ours: until then each can still give up in their own time.
        """
        group: list[_Turn] = []
        try:
            if not self._open:
                raise Busy("The store is closed.")
            self._hope.begin(leader.deadline)
            with immediate(self._db, leader.deadline):
                self._hope.regain()
                self._gather(group)
                for turn in group:
                    for piece in turn.pieces:
                        piece.run(self._db)
            self._committed()
        except Exception as error:
            if sum(len(turn.pieces) for turn in group) > 1 and not isinstance(error, Busy):
                self._serve_apart(group)
            else:
                self._withdraw(leader)
                _fail(group or [leader], error)
        except BaseException:
            _fail(group, Busy())
            raise
        finally:
            for turn in group or [leader]:
                turn.done = True

    def _gather(self, group: list[_Turn]) -> None:
        """As many of the first who wait as make one transaction of moderate length."""
        with self._queue:
            room = _LARGEST_GROUP
            while self._waiting and (not group or len(self._waiting[0].pieces) <= room):
                group.append(self._waiting.popleft())
                room -= len(group[-1].pieces)

    def _serve_apart(self, group: Sequence[_Turn]) -> None:
        """Once more, so that whoever is at fault costs the others nothing; all of it in one transaction, or none."""
        try:
            with immediate(self._db, max(turn.deadline for turn in group)):
                for turn in group:
                    for piece in turn.pieces:
                        piece.run_apart(self._db)
            self._committed()
        except Exception as error:  # raised again in the threads that asked
            _fail(group, error)


def _fail(turns: Iterable[_Turn], error: Exception) -> None:
    for turn in turns:
        turn.fail(error)
