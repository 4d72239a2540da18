"""Sessions, and from where they were opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hosanna_adapters.memory.state import State
    from hosanna_core.model.ids import Millis, UserId
    from hosanna_core.model.session import Session, SessionId


class Doors:
    """The sessions of each user; whoever writes, or looks at more than one, holds the lock."""

    def __init__(self) -> None:
        self._sessions: dict[SessionId, Session] = {}
        self._of: dict[UserId, set[SessionId]] = {}

    def get(self, session_id: SessionId) -> Session | None:
        """The session, ended or not."""
        return self._sessions.get(session_id)

    def of(self, user_id: UserId) -> list[Session]:
        """All that is known of a user's sessions."""
        return [self._sessions[each] for each in self._of.get(user_id, ())]

    def put(self, session: Session) -> None:
        """Store a session; those of its user that expired before it was used are dropped."""
        for other in self.of(session.user_id):
            if other.expires_at <= session.used_at and other.id != session.id:
                self._drop(other)
        self.adopt(session)

    def adopt(self, session: Session) -> None:
        """Store a session as it is."""
        self._sessions[session.id] = session
        self._of.setdefault(session.user_id, set()).add(session.id)

    def everybodys(self) -> Iterable[Session]:
        """The sessions of all users, ended or not."""
        return self._sessions.values()

    def end(self, user_id: UserId, session_ids: Iterable[SessionId], at: Millis) -> None:
        """End those of a user's sessions that go on; nothing is left that any token could fit."""
        for session_id in session_ids:
            session = self._sessions.get(session_id)
            if session is not None and session.user_id == user_id and session.ended_at is None:
                self._sessions[session_id] = msgspec.structs.replace(
                    session, ended_at=at, token_hash=b"", spent=()
                )

    def forget(self, user_id: UserId) -> None:
        """Remove all sessions of a user."""
        for session in self.of(user_id):
            self._drop(session)

    def _drop(self, session: Session) -> None:
        del self._sessions[session.id]
        self._of[session.user_id].discard(session.id)


class MemorySessions:
    """The sessions of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, session_id: SessionId) -> Session | None:
        return self._state.doors.get(session_id)

    def of(self, user_id: UserId, limit: int) -> Sequence[Session]:
        with self._state.lock:
            open_ones = [each for each in self._state.doors.of(user_id) if each.ended_at is None]
        return sorted(open_ones, key=lambda session: session.id, reverse=True)[:limit]

    def all_of(self, user_id: UserId, after: SessionId | None, limit: int) -> Sequence[Session]:
        with self._state.lock:
            theirs = [each for each in self._state.doors.of(user_id) if after is None or each.id < after]
        return sorted(theirs, key=lambda session: session.id, reverse=True)[:limit]

    def known(self, user_id: UserId, address_key: bytes) -> bool:
        with self._state.lock:
            return any(each.address_key == address_key for each in self._state.doors.of(user_id))
