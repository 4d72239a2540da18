"""Reading a whole store through its ports, and what a list should have said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.model.query import JobFilter, Sort, UserFilter
from hosanna_core.model.session import Session
from hosanna_core.rules.filters import matches
from hosanna_core.rules.ordering import descending, keys_of
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.trails import walk_entries, walk_heads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hosanna_core.model.announcement import Announcement
    from hosanna_core.model.api_key import ApiKey
    from hosanna_core.model.audit import AuditEntry, Head
    from hosanna_core.model.change import Change, Receipt
    from hosanna_core.model.dayplan import DayPlan
    from hosanna_core.model.entry import Entry
    from hosanna_core.model.firm import Firm
    from hosanna_core.model.ids import Id, JobId, Millis, UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.notice import Notice
    from hosanna_core.model.people import Caller, User
    from hosanna_core.model.query import Position, Row
    from hosanna_core.model.schedule import Calendar
    from hosanna_core.model.session import SessionId
    from hosanna_core.model.webhook import Webhook
    from hosanna_core.ports import Store
    from hosanna_core.rules.visibility import Scope

MOST_PAGES: Final = 5_000
"""A list that goes on for longer than this does not end."""
ANYTHING: Final = JobFilter()


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in a store that its ports show."""

    jobs: Mapping[JobId, Job | None]
    histories: Mapping[JobId, Sequence[Entry]]
    lists: Mapping[Sort, Sequence[Row]]
    users: Sequence[User]
    callers: Mapping[UserId, Caller | None]
    owners: Mapping[str, User | None]
    calendars: Mapping[UserId, Calendar]
    receipts: Mapping[str, Receipt | None]
    inboxes: Mapping[UserId, Sequence[Notice]]
    unread: Mapping[UserId, int]
    announcements: Mapping[Id, Announcement | None]
    dayplans: Mapping[Id, DayPlan | None]
    firm: Firm
    api_keys: Mapping[Id, ApiKey | None]
    webhooks: Mapping[Id, Webhook | None]
    refs: frozenset[str]
    sessions: Mapping[SessionId, Session | None]
    devices: Mapping[UserId, Sequence[Session]]
    entries: Sequence[AuditEntry]
    heads: Sequence[Head]


def snapshot(store: Store, changes: Iterable[Change[Any]], now: Millis) -> Snapshot:
    """What a store shows of everything, and of whatever *changes* mention, stored or not."""
    mentioned = tuple(changes)
    lists = {sort: walk(store, SEES_ALL, ANYTHING, sort) for sort in Sort}
    users = walk_users(store, UserFilter(), limit=50)
    roots = {change.root.id for change in mentioned}
    jobs = roots | {row.id for rows in lists.values() for row in rows}
    people = roots | {user.id for user in users} | {n.user_id for change in mentioned for n in change.notices}
    addresses = {change.root.email for change in mentioned if hasattr(change.root, "email")}
    keys = {change.receipt.key for change in mentioned if change.receipt}
    technicians = people | {c.technician_id for change in mentioned for c in change.calendars}
    claimed = {claim.value for change in mentioned for claim in change.claims}
    return Snapshot(
        jobs={each: store.jobs.get(each, SEES_ALL) for each in jobs},
        histories={each: tuple(store.jobs.history(each)) for each in jobs},
        lists=lists,
        users=users,
        callers={each: store.users.caller(each) for each in people},
        owners={each: store.users.by_email(each) for each in addresses | {user.email for user in users}},
        calendars=dict(store.calendars.of(sorted(technicians))),
        receipts={each: store.receipts.get(each, now) for each in keys},
        inboxes={each: tuple(store.inboxes.notices(each, None, 1000)) for each in people},
        unread={each: store.inboxes.unread(each, now) for each in people},
        announcements={each: store.announcements.get(each) for each in roots},
        dayplans={each: store.dayplans.get(each) for each in roots},
        firm=store.firms.get(),
        api_keys={each: store.api_keys.get(each) for each in roots},
        webhooks={each: store.webhooks.get(each) for each in roots},
        refs=store.jobs.known_refs(sorted(claimed)),
        sessions={each: store.sessions.get(each) for each in _sessions(mentioned)},
        devices={each: tuple(store.sessions.of(each, 1000)) for each in people},
        entries=walk_entries(store),
        heads=walk_heads(store),
    )


def _sessions(changes: Iterable[Change[Any]]) -> set[SessionId]:
    return {
        session_id
        for change in changes
        for session_id in (
            *change.ends,
            *((change.opens.id,) if change.opens else ()),
            *((change.root.id,) if isinstance(change.root, Session) else ()),
        )
    }


def walk(
    store: Store,
    scope: Scope,
    wanted: JobFilter,
    sort: Sort,
    *,
    limit: int = 50,
    between: Callable[[], None] | None = None,
) -> list[Row]:
    """A whole list, page by page; *between* runs after each page. Asserts what holds of every page."""
    rows: list[Row] = []
    after: Position | None = None
    for _ in range(MOST_PAGES):
        page = store.jobs.page(scope, wanted, sort, after, limit)
        assert len(page.rows) <= limit, "a page has at most `limit` rows"
        rows += page.rows
        if page.next is None:
            return rows
        assert page.next != after, "a page leads on"
        after = page.next
        if between is not None:
            between()
    raise AssertionError("the list never ended")


def walk_users(store: Store, wanted: UserFilter, *, limit: int) -> list[User]:
    """The whole list of users, page by page."""
    users: list[User] = []
    after: Id | None = None
    for _ in range(MOST_PAGES):
        page = store.users.page(wanted, after, limit)
        assert len(page.rows) <= limit, "a page has at most `limit` rows"
        users += page.rows
        if page.next is None:
            return users
        after = page.next.id
    raise AssertionError("the list never ended")


def expected(jobs: Iterable[Job], scope: Scope, wanted: JobFilter, sort: Sort) -> list[JobId]:
    """The ids that a list must show, in its order: the oracle, asked of every job."""
    shown = [job for job in jobs if scope.admits(job.place) and matches(job, wanted)]
    shown.sort(key=lambda job: (*keys_of(job).of(sort), job.id), reverse=descending(sort))
    return [job.id for job in shown]
