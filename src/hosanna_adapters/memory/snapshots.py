"""A store in memory as a whole."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from hosanna_adapters.memory.ledger import put_job, put_user
from hosanna_adapters.memory.state import State
from hosanna_core.errors import NotEmpty
from hosanna_core.model.announcement import Announcement
from hosanna_core.model.api_key import ApiKey
from hosanna_core.model.audit import AuditEntry, Head
from hosanna_core.model.change import Claim, Receipt
from hosanna_core.model.dayplan import DayPlan
from hosanna_core.model.firm import Firm
from hosanna_core.model.notice import Notice
from hosanna_core.model.people import User
from hosanna_core.model.push import PushSubscription
from hosanna_core.model.schedule import Calendar
from hosanna_core.model.session import Session
from hosanna_core.model.snapshot import (
    NAMES,
    Administrator,
    Following,
    Keys,
    Numbering,
    Record,
    WholeJob,
)
from hosanna_core.model.webhook import Delivery, Webhook
from hosanna_core.rules.tallies import account_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_STAYS: Final = ("lock", "log")
"""What a store keeps of itself when all else gives way."""


class MemorySnapshots:
    """`Snapshots` of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def census(self) -> Mapping[str, int]:
        return Counter(NAMES[type(record)] for record in self.dump())

    def dump(self) -> Iterator[Record]:
        with self._state.lock:
            records = tuple(_records(self._state))
        # All are frozen: what changes afterwards are other values.
        yield from records

    def demand_empty(self) -> None:
        if self._state.jobs or self._state.users:
            raise NotEmpty

    def load(self, records: Iterable[Record]) -> None:
        self.demand_empty()
        fresh = State()
        for record in records:
            _PUT[type(record)](fresh, record)
        with self._state.lock:
            self.demand_empty()
            self._state.log.begin_anew()
            vars(self._state).update({name: held for name, held in vars(fresh).items() if name not in _STAYS})


def _records(state: State) -> Iterator[Record]:
    yield Keys(wrapped=state.secret, mark=state.mark)
    yield Numbering(state.numbers)
    for job in state.jobs.values():
        yield WholeJob(job, tuple(state.histories.get(job.id, ())))
    yield from (Claim(kind, value) for kind, value in state.claims)
    yield from state.calendars.values()
    yield from (Following(job_id, user_id) for job_id, those in state.followers.items() for user_id in those)
    yield from (notice for inbox in state.inboxes.values() for notice in inbox.values())
    for roots in (state.announcements, state.dayplans):
        yield from roots.values()
    if state.firm.version:
        yield state.firm
    for others in (state.api_keys, state.webhooks, state.deliveries, state.subscriptions, state.receipts):
        yield from others.values()
    yield from state.trail.everything()
    yield from state.doors.everybodys()
    yield from map(Administrator, state.administrators)
    yield from state.users.values()


def _put_keys(state: State, keys: Keys) -> None:
    state.secret, state.mark = keys.wrapped, keys.mark


def _put_numbering(state: State, numbering: Numbering) -> None:
    state.numbers = numbering.next


def _put_job(state: State, whole: WholeJob) -> None:
    put_job(state, whole.job)
    state.histories[whole.job.id] = list(whole.history)
    state.counts.add(whole.job.id, account_from(whole.history))


def _put_firm(state: State, firm: Firm) -> None:
    state.firm = firm


def _put_calendar(state: State, calendar: Calendar) -> None:
    state.calendars[calendar.technician_id] = calendar


def _put_receipt(state: State, receipt: Receipt) -> None:
    state.receipts[receipt.key] = receipt


def _by_id(name: str) -> Callable[[State, Any], None]:
    def put(state: State, root: Any) -> None:
        getattr(state, name)[root.id] = root

    return put


_PUT: Final[Mapping[type[Record], Callable[[State, Any], None]]] = {
    Keys: _put_keys,
    Numbering: _put_numbering,
    WholeJob: _put_job,
    Claim: lambda state, claim: state.claims.add((claim.kind, claim.value)),
    Calendar: _put_calendar,
    Following: lambda state, each: state.followers.setdefault(each.job_id, set()).add(each.user_id),
    Notice: lambda state, notice: state.inboxes.setdefault(notice.user_id, {}).update({notice.id: notice}),
    Announcement: _by_id("announcements"),
    DayPlan: _by_id("dayplans"),
    Firm: _put_firm,
    ApiKey: _by_id("api_keys"),
    Webhook: _by_id("webhooks"),
    Delivery: _by_id("deliveries"),
    PushSubscription: _by_id("subscriptions"),
    Receipt: _put_receipt,
    AuditEntry: lambda state, entry: state.trail.adopt(entry),
    Head: lambda state, head: state.trail.adopt_head(head),
    Session: lambda state, session: state.doors.adopt(session),
    Administrator: lambda state, each: state.administrators.add(each.user_id),
    User: put_user,
}
