"""Ledgers that write most of what they should: each has one fault that a suite must find."""

from time import sleep
from typing import Any

import msgspec
from tests.kit.spoiling import Ledger

from hosanna_core.errors import CommitRefused, StaleVersion
from hosanna_core.rules.trail import head_at, sealed_after
from hosanna_core.rules.visibility import SEES_ALL


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


class FindsAnErasedCustomer(Ledger):
    """Notes the customer keys of a job, and never takes one away."""

    def commit(self, change: Any) -> None:
        customers = self.inner._state.customers
        known = {key: set(jobs) for key, jobs in customers.items()}
        self.inner.commit(change)
        for key, jobs in known.items():
            customers[key] |= jobs
