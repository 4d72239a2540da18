"""Sessions, audit trails and smaller books with one fault each that a suite must find."""

from typing import Any

import msgspec
from tests.kit.spoiling import Around

from hosanna_core.ports import Store


class Sessions(Around):
    port = "sessions"


class ListsEndedSessions(Sessions):
    def of(self, user_id: str, limit: int) -> Any:
        found = self.inner._state.doors.of(user_id)
        return sorted(found, key=lambda session: session.id, reverse=True)[:limit]


class ListsTheOldestSessionsFirst(Sessions):
    def of(self, user_id: str, limit: int) -> Any:
        return self.inner.of(user_id, 1000)[::-1][:limit]


class LeavesEndedSessionsOutOfAll(Sessions):
    def all_of(self, user_id: str, after: str | None, limit: int) -> Any:
        return [each for each in self.inner.all_of(user_id, after, limit) if each.ended_at is None]


class KnowsNoPlaceOfAnEndedSession(Sessions):
    def known(self, user_id: str, address_key: bytes) -> bool:
        return any(each.address_key == address_key for each in self.inner.of(user_id, 1000))


class KnowsEverybodysPlaces(Sessions):
    def known(self, user_id: str, address_key: bytes) -> bool:
        everybody = self.inner._state.doors._sessions.values()
        return any(each.address_key == address_key for each in everybody)


class ReadsSessionsFromACopy(Sessions):
    """Remembers every answer for ever."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.read: dict[str, Any] = {}

    def get(self, session_id: str) -> Any:
        found = self.inner.get(session_id)
        return found if found is None else self.read.setdefault(session_id, found)


class Audits(Around):
    port = "audits"


class ListsByTheTimeOfWriting(Audits):
    def entries(self, wanted: Any, after: Any, limit: int) -> Any:
        found = self.inner.entries(wanted, after, limit)
        return sorted(found, key=lambda entry: (entry.stream, entry.n), reverse=True)


class IgnoresAFilter(Audits):
    def entries(self, wanted: Any, after: Any, limit: int) -> Any:
        return self.inner.entries(msgspec.structs.replace(wanted, outcome=None), after, limit)


class CountsTheLastInstantIntoARange(Audits):
    def entries(self, wanted: Any, after: Any, limit: int) -> Any:
        until = None if wanted.until is None else wanted.until + 1
        return self.inner.entries(msgspec.structs.replace(wanted, until=until), after, limit)


class LeavesAnEntryOutOfAStream(Audits):
    def stream(self, stream: str, after: int, limit: int) -> Any:
        return [entry for entry in self.inner.stream(stream, after, limit) if entry.n != 3]


class ShowsEveryHead(Audits):
    def heads(self, after: Any, limit: int, since: int = 0) -> Any:
        return self.inner.heads(after, limit)


class GetsAThousandUsers(Around):
    port = "users"

    def get_many(self, user_ids: Any) -> Any:
        return self.inner.get_many(user_ids[:1000])


class ReadsCallersFromACopy(Around):
    """Remembers every answer for ever."""

    port = "users"

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.known: dict[str, Any] = {}

    def caller(self, user_id: str) -> Any:
        return self.known.setdefault(user_id, self.inner.caller(user_id))


class KeepsWhoIsCalling(Around):
    """Lets nobody wait for it."""

    port = "users"

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.known: dict[str, Any] = {}

    def calling(self, user_id: str) -> Any:
        return self.known.setdefault(user_id, self.inner.calling(user_id))


class TrustsTheLastWhoWrapsTheSecret(Around):
    port = "keystore"

    def keep(self, wrapped: bytes, instead_of: bytes | None) -> bytes:
        return self.inner.keep(wrapped, self.inner.wrapped())


class KeepsReceiptsForEver(Around):
    port = "receipts"

    def get(self, key: str, now: int) -> Any:
        return self.inner.get(key, 0)
