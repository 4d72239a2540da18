"""A store that works most of the time: each of its faults can be switched on alone, and the kit must find it."""

from collections.abc import Callable
from dataclasses import replace
from time import sleep
from typing import Any

import msgspec

from hosanna_adapters.memory import MemoryStore
from hosanna_core.errors import CommitRefused, StaleVersion
from hosanna_core.model.ids import FAR_FUTURE
from hosanna_core.model.query import Page, Position, Sort
from hosanna_core.model.status import Standing
from hosanna_core.ports import Store
from hosanna_core.rules.trail import head_at, sealed_after
from hosanna_core.rules.visibility import SEES_ALL


class Around:
    """A port that passes on everything that it does not spoil."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Ledger(Around):
    """Spoils each change before it is committed."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.ledger)
        self.store = store

    def spoil(self, change: Any) -> Any:
        return change

    def commit(self, change: Any) -> None:
        self.inner.commit(self.spoil(change))

    def commit_each(self, changes: Any) -> list[CommitRefused | None]:
        outcomes: list[CommitRefused | None] = []
        for change in changes:
            try:
                self.commit(change)
            except CommitRefused as refusal:
                outcomes.append(refusal)
            else:
                outcomes.append(None)
        return outcomes


class IgnoresTheExpectedVersion(Ledger):
    def spoil(self, change: Any) -> Any:
        stored = self.store.jobs.get(change.root.id, SEES_ALL) or self.store.users.get(change.root.id)
        return msgspec.structs.replace(change, expected=None if stored is None else stored.version)


class ForgetsTheEntry(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, entry=None)


class WritesTheEntryAnew(Ledger):
    def spoil(self, change: Any) -> Any:
        if change.entry is None:
            return change
        sealed = msgspec.json.encode(msgspec.json.decode(change.entry.sealed), order="deterministic")
        entry = msgspec.structs.replace(change.entry, sealed=sealed + b" ")
        return msgspec.structs.replace(change, entry=entry)


class DropsReceipts(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, receipt=None)


class LosesTheSecondCalendar(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, calendars=change.calendars[:1])


class NeverFreesACalendar(Ledger):
    def spoil(self, change: Any) -> Any:
        booked = tuple(calendar for calendar in change.calendars if calendar.visits or calendar.version == 1)
        return msgspec.structs.replace(change, calendars=booked)


class ForgetsTheGuard(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, seat=None)


class ForgetsTheClaims(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, claims=())


class TellsNobody(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, notices=())


class StoresHalfOfARefusedChange(Ledger):
    def commit(self, change: Any) -> None:
        for notice in change.notices:
            self.store.inboxes.notify(notice)
        self.inner.commit(change)


class StopsABatchAtTheFirstRefusal(Ledger):
    def commit_each(self, changes: Any) -> list[CommitRefused | None]:
        outcomes: list[CommitRefused | None] = []
        for change in changes:
            try:
                self.inner.commit(change)
            except CommitRefused as refusal:
                return outcomes + [refusal] * (len(changes) - len(outcomes))
            outcomes.append(None)
        return outcomes


class LooksFirstAndWritesLater(Ledger):
    """Compares the version itself, and then lets others in before it writes."""

    def commit(self, change: Any) -> None:
        stored = self.store.jobs.get(change.root.id, SEES_ALL) or self.store.users.get(change.root.id)
        if (None if stored is None else stored.version) != change.expected:
            raise StaleVersion
        sleep(0.002)
        stored = self.store.jobs.get(change.root.id, SEES_ALL) or self.store.users.get(change.root.id)
        self.inner.commit(
            msgspec.structs.replace(change, expected=None if stored is None else stored.version)
        )


class PutsNothingDown(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, audit=())


class PutsDownWhatIsRefusedLater(Ledger):
    def commit(self, change: Any) -> None:
        self.inner.record(change.audit)
        self.inner.commit(msgspec.structs.replace(change, audit=()))


class PutsEntriesDownBackwards(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, audit=change.audit[::-1])


class RecordsOnlyTheFirst(Ledger):
    def record(self, audit: Any) -> None:
        self.inner.record(audit[:1])


class EndsNoSession(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, ends=())


class EndsAnybodysSession(Ledger):
    """Asks only which sessions are to end, and not whose they are."""

    def commit(self, change: Any) -> None:
        self.inner.commit(change)
        doors = self.inner._state.doors
        for session_id in change.ends:
            if session_id in doors._sessions:
                doors.end(doors._sessions[session_id].user_id, (session_id,), change.root.updated_at)


class OpensNoSession(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, opens=None)


class ForgetsNobody(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, forgets=False)


class BringsEndedSessionsBackToLife(Ledger):
    """Compares the version of a session, and not whether it has ended."""

    def commit(self, change: Any) -> None:
        sessions = self.inner._state.doors._sessions
        stored = sessions.get(change.root.id)
        if stored is not None and stored.version == change.expected:
            sessions[stored.id] = msgspec.structs.replace(stored, ended_at=None)
        self.inner.commit(change)


class ExchangesATokenTwice(Ledger):
    """Looks at a session's version, lets others in, and writes over whatever is there."""

    def commit(self, change: Any) -> None:
        stored = self.store.sessions.get(change.root.id)
        if (None if stored is None else stored.version) != change.expected:
            raise StaleVersion
        sleep(0.002)
        stored = self.store.sessions.get(change.root.id)
        self.inner.commit(
            msgspec.structs.replace(change, expected=None if stored is None else stored.version)
        )


class ForksAStream(Ledger):
    """Reads the head, lets others in, and seals after what it read."""

    def record(self, audit: Any) -> None:
        streams = self.inner._state.trail._streams
        for facts in audit:
            stream = streams.setdefault(facts.stream, [])
            entry = sealed_after(head_at(stream[-1]) if stream else None, facts)
            sleep(0.002)
            self.inner.record([facts])
            stream[-1] = entry


class Sessions(Around):
    def __init__(self, store: Store) -> None:
        super().__init__(store.sessions)


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
    def __init__(self, store: Store) -> None:
        super().__init__(store.audits)


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


class FindsAnErasedCustomer(Ledger):
    """Notes the customer keys of a job, and never takes one away."""

    def commit(self, change: Any) -> None:
        customers = self.inner._state.customers
        known = {key: set(jobs) for key, jobs in customers.items()}
        self.inner.commit(change)
        for key, jobs in known.items():
            customers[key] |= jobs


class Jobs(Around):
    def __init__(self, store: Store) -> None:
        super().__init__(store.jobs)


class ShowsHiddenJobsById(Jobs):
    def get(self, job_id: Any, scope: Any) -> Any:
        return self.inner.get(job_id, SEES_ALL)


class ShowsEverybodysJobsToATechnician(Jobs):
    def get(self, job_id: Any, scope: Any) -> Any:
        return self.inner.get(job_id, msgspec.structs.replace(scope, technician_id=None))


class ShowsHiddenJobsInLists(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        return self.inner.page(msgspec.structs.replace(scope, technician_id=None), wanted, sort, after, limit)


class ShowsCancelledJobsThatWereNeverConfirmed(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        standings = scope.standings
        if Standing.CANCELLED_OFFICE in standings:
            standings |= {Standing.CANCELLED_UNSEEN}
        return self.inner.page(
            msgspec.structs.replace(scope, standings=standings), wanted, sort, after, limit
        )


class ShowsHiddenJobsInSearches(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        searched = bool(wanted.words or wanted.prefix)
        return self.inner.page(SEES_ALL if searched else scope, wanted, sort, after, limit)


class SortsWindowsAsText(Jobs):
    """Positions and rows are right for every other order."""

    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        return self.inner.page(scope, wanted, Sort.OLDEST if sort is Sort.WINDOW else sort, after, limit)


class PutsJobsWithoutAWindowFirst(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        page = self.inner.page(scope, wanted, sort, after, limit)
        if sort is not Sort.WINDOW:
            return page
        rows = sorted(page.rows, key=lambda row: msgspec.json.decode(row.body)["window"] is not None)
        return Page(tuple(rows), page.next)


class RepeatsARowOnTheNextPage(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        page = self.inner.page(scope, wanted, sort, after, limit)
        if page.next is None or len(page.rows) < 2:
            return page
        keys = page.next.keys
        back = Position((*keys[:-1], keys[-1] + (1 if sort is Sort.NEWEST else -1)), page.next.id)
        return Page(page.rows, back)


class SkipsRowsThatAreEqualInTheSort(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        if after is not None:
            after = Position(after.keys, "" if sort is Sort.NEWEST else "z")
        return self.inner.page(scope, wanted, sort, after, limit)


class EndsASearchAtTheFirstShortPage(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        page = self.inner.page(scope, wanted, sort, after, limit)
        return Page(page.rows, None) if len(page.rows) < limit else page


class CountsJobsWithoutAWindowIntoARange(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        if wanted.window_from is not None and wanted.window_to is None and wanted.window_from < FAR_FUTURE:
            wanted = msgspec.structs.replace(wanted, window_from=None)
        return self.inner.page(scope, wanted, sort, after, limit)


class GivesNumbersTwice(Jobs):
    def claim_numbers(self, count: int) -> Any:
        return range(1, count + 1)


class ForgetsOldEntries(Jobs):
    def history(self, job_id: Any) -> Any:
        return self.inner.history(job_id)[-64:]


class ReadsCallersFromACopy(Around):
    """Remembers every answer for ever."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.users)
        self.known: dict[str, Any] = {}

    def caller(self, user_id: str) -> Any:
        return self.known.setdefault(user_id, self.inner.caller(user_id))


class TellsAgainWhatWasRead(Around):
    def __init__(self, store: Store) -> None:
        super().__init__(store.inboxes)

    def notices(self, user_id: str, after: Any, limit: int) -> Any:
        return [
            msgspec.structs.replace(each, read_at=None) for each in self.inner.notices(user_id, after, limit)
        ]


class TrustsTheLastWhoWrapsTheSecret(Around):
    def __init__(self, store: Store) -> None:
        super().__init__(store.keystore)

    def keep(self, wrapped: bytes, instead_of: bytes | None) -> bytes:
        return self.inner.keep(wrapped, self.inner.wrapped())


class KeepsReceiptsForEver(Around):
    def __init__(self, store: Store) -> None:
        super().__init__(store.receipts)

    def get(self, key: str, now: int) -> Any:
        return self.inner.get(key, 0)


PORT_OF = {
    Ledger: "ledger",
    Jobs: "jobs",
    Sessions: "sessions",
    Audits: "audits",
    ReadsCallersFromACopy: "users",
    TellsAgainWhatWasRead: "inboxes",
    TrustsTheLastWhoWrapsTheSecret: "keystore",
    KeepsReceiptsForEver: "receipts",
}


def sloppy_store(fault: str) -> Store:
    """A fresh store with one fault, named as its class; with none for "nothing"."""
    store = MemoryStore().ports()
    if fault == "nothing":
        return store
    spoiled: Callable[[Store], Any] = globals()[fault]
    port = next(name for kind, name in PORT_OF.items() if issubclass(spoiled, kind))  # type: ignore[arg-type]
    return replace(store, **{port: spoiled(store)})
