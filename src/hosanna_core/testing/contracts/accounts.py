"""What a commit does to sessions, to the audit trail, and to what is to be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given

from hosanna_core.errors import BrokenChain, CommitRefused, StaleCalendar, StaleVersion
from hosanna_core.model.event import Ref
from hosanna_core.model.notice import Channel
from hosanna_core.rules.access import AccessPolicy
from hosanna_core.rules.decisions import erase
from hosanna_core.rules.history import seal, verify
from hosanna_core.rules.refreshing import RefreshToken, exchanged
from hosanna_core.rules.trail import head_at, sealed_after
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing import strategies
from hosanna_core.testing.contracts.base import StoreContract, shared_store, stored, stored_user, unused
from hosanna_core.testing.contracts.sessions import opened
from hosanna_core.testing.reading import snapshot
from hosanna_core.testing.samples import (
    START,
    a_calendar,
    a_job,
    a_notice,
    a_session,
    a_subscription,
    a_user,
    after,
    audit_facts,
    id_of,
    job_change,
    session_change,
    user_change,
)
from hosanna_core.testing.trails import as_told, check_trail, told, walk_stream

if TYPE_CHECKING:
    from hosanna_core.model.audit import AuditFacts
    from hosanna_core.model.change import Change
    from hosanna_core.model.job import Job
    from hosanna_core.model.session import Session
    from hosanna_core.ports import Store

ANN, BOB = id_of(901), id_of(902)


class SessionChanges(StoreContract):
    """Part of the contract of `Ledger.commit`: sessions as roots, and sessions that go with their user."""

    def test_a_session_is_moved_on_only_from_the_version_that_is_stored(self, store: Store) -> None:
        first = opened(store, a_session(1, ANN))
        second = after(first, token_hash=b"2" * 32)
        store.ledger.commit(session_change(second, first))
        for expected in (None, 1, 3, 7):
            stale = msgspec.structs.replace(session_change(after(second), second), expected=expected)
            with pytest.raises(StaleVersion):
                store.ledger.commit(stale)
        assert store.sessions.get(first.id) == second
        third = after(second)
        store.ledger.commit(session_change(third, second))
        assert store.sessions.get(first.id) == third

    def test_a_session_that_was_never_opened_cannot_be_moved_on(self, store: Store) -> None:
        session = a_session(1, ANN)
        with pytest.raises(StaleVersion):
            store.ledger.commit(session_change(after(session), session))
        assert store.sessions.get(session.id) is None

    def test_a_session_that_has_ended_never_moves_on(self, store: Store) -> None:
        user = stored_user(store, a_user(901))
        session = opened(store, a_session(1, user.id))
        store.ledger.commit(user_change(after(user), user, ends=(session.id,)))
        ended = store.sessions.get(session.id)
        for change in (session_change(after(session), session), session_change(after(ended), ended)):
            with pytest.raises(StaleVersion):
                store.ledger.commit(change)
        assert store.sessions.get(session.id) == ended

    def test_a_session_may_end_by_its_own_change_and_stays_ended(self, store: Store) -> None:
        session = opened(store, a_session(1, ANN))
        ended = after(session, ended_at=START, token_hash=b"")
        store.ledger.commit(session_change(ended, session))
        with pytest.raises(StaleVersion):
            store.ledger.commit(session_change(after(ended, ended_at=None), ended))
        assert store.sessions.get(session.id) == ended
        assert list(store.sessions.of(ANN, 10)) == []

    def test_a_user_opens_a_session_with_the_change(self, store: Store) -> None:
        user = stored_user(store, a_user(901))
        session = a_session(1, user.id)
        stored_user(store, after(user), user, opens=session)
        assert store.sessions.get(session.id) == session

    def test_the_sessions_that_a_user_ends_keep_nothing_that_a_token_could_fit(self, store: Store) -> None:
        user = stored_user(store, a_user(901))
        last = _exchanged(store, a_session(1, user.id))
        assert last.spent
        others = [opened(store, a_session(number, user.id)) for number in (2, 3)]
        moved = stored_user(store, after(user), user, ends=(id_of(1), others[0].id))
        gone = {"ended_at": moved.updated_at, "token_hash": b"", "spent": ()}
        assert store.sessions.get(id_of(1)) == msgspec.structs.replace(last, **gone)
        assert store.sessions.get(others[0].id) == msgspec.structs.replace(others[0], **gone)
        assert store.sessions.get(others[1].id) == others[1]

    def test_nobody_ends_the_session_of_somebody_else(self, store: Store) -> None:
        ann, bob = (stored_user(store, a_user(number)) for number in (901, 902))
        mine, theirs = opened(store, a_session(1, ann.id)), opened(store, a_session(2, bob.id))
        stored_user(store, after(ann), ann, ends=(theirs.id, mine.id))
        assert store.sessions.get(theirs.id) == theirs
        assert list(store.sessions.of(bob.id, 10)) == [theirs]
        assert list(store.sessions.of(ann.id, 10)) == []

    def test_a_session_ends_once(self, store: Store) -> None:
        user = stored_user(store, a_user(901))
        opened(store, a_session(1, user.id))
        user = stored_user(store, after(user), user, ends=(id_of(1),))
        ended = store.sessions.get(id_of(1))
        stored_user(store, after(user), user, ends=(id_of(1), id_of(2)))
        assert store.sessions.get(id_of(1)) == ended
        assert store.sessions.get(id_of(2)) is None


def _exchanged(store: Store, session: Session) -> Session:
    """A stored session whose token was exchanged once."""
    opened(store, session)
    parent = RefreshToken(session.id, 1, b"1" * 32)
    moved = exchanged(session, parent, b"2" * 32, session.used_at + 1, AccessPolicy())
    store.ledger.commit(session_change(moved, session))
    assert store.sessions.get(session.id) == moved
    return moved


class AuditedChanges(StoreContract):
    """Part of the contract of `Ledger`: an entry is there with its change, or neither is."""

    def test_an_entry_is_sealed_as_the_next_of_its_stream(self, store: Store) -> None:
        first, second = audit_facts(1, ANN), audit_facts(2, ANN)
        stored_user(store, a_user(901), audit=(first,))
        stored_user(store, after(a_user(901)), a_user(901), audit=(second,))
        entry = sealed_after(None, first)
        following = sealed_after(head_at(entry), second)
        assert walk_stream(store, first.stream) == [entry, following]

    def test_entries_of_one_change_stay_in_their_order(self, store: Store) -> None:
        audit = [audit_facts(number, who) for number, who in ((5, ANN), (3, BOB), (4, ANN), (1, ANN))]
        stored_user(store, a_user(901), audit=tuple(audit))
        assert told(walk_stream(store, audit[0].stream)) == [id_of(5), id_of(4), id_of(1)]
        assert told(walk_stream(store, audit[1].stream)) == [id_of(3)]
        assert len(check_trail(store)) == 4

    def test_every_kind_of_root_carries_entries(self, store: Store) -> None:
        changes: list[Change[Any]] = [
            job_change(a_job(1), audit=(audit_facts(11, ANN),)),
            user_change(a_user(2), audit=(audit_facts(12, ANN),)),
            session_change(a_session(3, ANN), audit=(audit_facts(13, ANN),)),
        ]
        for change in changes:
            store.ledger.commit(change)
        assert told(check_trail(store)) == [id_of(13), id_of(12), id_of(11)]

    def test_a_refused_change_leaves_no_entry(self, store: Store) -> None:
        job, session = stored(store, a_job(1)), opened(store, a_session(3, ANN))
        user = stored_user(store, a_user(2), audit=(audit_facts(10, ANN),))
        before = check_trail(store)
        audit = (audit_facts(11, ANN), audit_facts(12, BOB))
        late: list[tuple[Change[Any], type[CommitRefused]]] = [
            (job_change(a_job(1), audit=audit), StaleVersion),
            (user_change(a_user(2), audit=audit), StaleVersion),
            (session_change(a_session(3, ANN), audit=audit), StaleVersion),
            (job_change(after(job), job, audit=audit, calendars=(a_calendar(ANN, 5),)), StaleCalendar),
            (user_change(after(user), user, audit=audit, calendars=(a_calendar(ANN, 5),)), StaleCalendar),
        ]
        for change, refusal in late:
            with pytest.raises(refusal):
                store.ledger.commit(change)
            assert check_trail(store) == before
        assert store.sessions.get(session.id) == session
        stored_user(store, after(user), user, audit=audit)
        assert told(check_trail(store)) == [id_of(12), id_of(11), id_of(10)]

    def test_a_refused_change_of_a_batch_leaves_no_entry_and_no_gap(self, store: Store) -> None:
        users = [a_user(1), a_user(2), a_user(1), a_user(3)]
        changes = [user_change(user, audit=(audit_facts(n, ANN),)) for n, user in enumerate(users, start=11)]
        outcomes = store.ledger.commit_each(changes)
        assert [type(outcome) for outcome in outcomes] == [type(None), type(None), StaleVersion, type(None)]
        assert told(walk_stream(store, changes[0].audit[0].stream)) == [id_of(11), id_of(12), id_of(14)]
        check_trail(store)

    def test_what_belongs_to_no_change_is_recorded_by_itself(self, store: Store) -> None:
        stored_user(store, a_user(901), audit=(audit_facts(1, ANN),))
        store.ledger.record([audit_facts(2, ANN), audit_facts(3, BOB, actor_id=None, subject=None)])
        store.ledger.record([])
        store.ledger.record([audit_facts(4, ANN, personal={}, details={})])
        assert told(check_trail(store)) == [id_of(4), id_of(3), id_of(2), id_of(1)]
        assert [entry.n for entry in walk_stream(store, audit_facts(1, ANN).stream)] == [1, 2, 3]

    @shared_store
    @given(facts=strategies.audit_facts())
    def test_every_entry_comes_back_as_it_went_in(self, store: Store, facts: AuditFacts) -> None:
        number = unused(store)
        fresh = msgspec.structs.replace(facts, id=id_of(number), stream=f"{facts.stream}|{number}")
        store.ledger.record([fresh])
        (entry,) = store.audits.stream(fresh.stream, 0, 10)
        assert entry == sealed_after(None, fresh)
        assert as_told(entry, fresh)


class ForgettingChanges(StoreContract):
    """Part of the contract of `Ledger.commit`: what `Change.forgets` removes, and what it leaves."""

    @pytest.mark.parametrize("length", [1, 3, 80])
    def test_a_forgotten_job_keeps_its_chain_and_no_open_value(self, store: Store, length: int) -> None:
        job = stored(store, a_job(1, customer_keys=(b"ann" * 5,)))
        for step in range(1, length):
            job = stored(store, after(job, title=f"Title {step}"), job)
        other = stored(store, a_job(2, customer_keys=(b"ann" * 5,)))
        untouched = store.jobs.history(other.id)
        sealed = [(entry.sealed, entry.hash) for entry in store.jobs.history(job.id)]
        change = _erasure(job)
        store.ledger.commit(change)
        history = store.jobs.history(job.id)
        assert [(entry.sealed, entry.hash) for entry in history[:-1]] == sealed
        assert [entry.open for entry in history[:-1]] == [{}] * length
        assert history[-1] == change.entry
        found = store.jobs.get(job.id, SEES_ALL)
        assert found == change.root
        verify(change.root, history)
        assert store.jobs.history(other.id) == untouched
        assert [each.id for each in store.jobs.of_customer([b"ann" * 5], None, 10)] == [other.id]

    def test_a_job_that_moves_on_after_it_was_forgotten_still_verifies(self, store: Store) -> None:
        job = stored(store, a_job(1))
        change = _erasure(job)
        store.ledger.commit(change)
        moved = stored(store, after(change.root, title="Another customer's"), change.root)
        verify(moved, store.jobs.history(job.id))

    def test_a_forgotten_user_leaves_no_session_no_notice_and_no_personal_value(self, store: Store) -> None:
        ann, bob = stored_user(store, a_user(901)), stored_user(store, a_user(902))
        mine, yours = opened(store, a_session(1, ann.id)), opened(store, a_session(2, bob.id))
        store.inboxes.notify(a_notice(3, ann.id))
        store.inboxes.notify(a_notice(4, bob.id))
        store.ledger.record(
            [
                audit_facts(11, ann.id),
                audit_facts(12, bob.id, subject=Ref("user", ann.id)),
                audit_facts(13, bob.id, actor_id=ann.id, subject=None),
                audit_facts(14, bob.id),
                audit_facts(15, ann.id, actor_id=None, subject=None),
                audit_facts(16, bob.id, actor_id=None, subject=Ref("user", bob.id)),
            ]
        )
        before = {entry.id: entry for entry in check_trail(store)}
        gone = after(ann, email="erased@example.com", full_name="(erased)", active=False)
        erasure = audit_facts(17, ann.id, actor_id=bob.id, personal={})
        stored_user(store, gone, ann, forgets=True, audit=(erasure,))
        assert store.users.get(ann.id) == gone
        assert (store.sessions.get(mine.id), store.sessions.get(yours.id)) == (None, yours)
        assert not store.sessions.known(ann.id, mine.address_key)
        assert list(store.inboxes.notices(ann.id, None, 10)) == []
        assert list(store.inboxes.notices(bob.id, None, 10)) == [a_notice(4, bob.id)]
        listed = check_trail(store, erased={ann.id})
        emptied = {entry.id for entry in listed if not entry.open}
        assert emptied == {id_of(11), id_of(12), id_of(13), id_of(17)}
        for entry in listed[1:]:
            kept = entry.id not in emptied
            parts: dict[str, Any] = {} if kept else {"open": {}, "salt": b""}
            assert entry == msgspec.structs.replace(before[entry.id], **parts)
        with pytest.raises(BrokenChain):
            check_trail(store)

    def test_a_forgotten_user_follows_nothing_and_is_pushed_to_nowhere(self, store: Store) -> None:
        ann, bob = stored_user(store, a_user(901)), stored_user(store, a_user(902))
        for user in (ann, bob):
            for number in (1, 2):
                store.followers.follow(user.id, id_of(number))
        kept = a_subscription(5, bob.id)
        for subscription in (a_subscription(3, ann.id), a_subscription(4, ann.id), kept):
            store.subscriptions.keep(subscription)
        store.inboxes.notify(a_notice(6, ann.id, channels=(Channel.EMAIL,), due_at=START))
        stored_user(store, after(ann, full_name="(erased)", active=False), ann, forgets=True)
        assert [list(store.followers.of(id_of(number))) for number in (1, 2)] == [[bob.id], [bob.id]]
        assert not store.followers.follows(ann.id, id_of(1))
        assert list(store.subscriptions.of(ann.id)) == []
        assert list(store.subscriptions.of(bob.id)) == [kept]
        assert store.inboxes.get(ann.id, id_of(6)) is None
        assert list(store.inboxes.take_due(START, START + 5, 10)) == []

    def test_a_refused_erasure_forgets_nothing(self, store: Store) -> None:
        user, job = stored_user(store, a_user(901)), stored(store, a_job(1))
        opened(store, a_session(2, user.id))
        store.inboxes.notify(a_notice(3, user.id))
        store.followers.follow(user.id, job.id)
        store.subscriptions.keep(a_subscription(4, user.id))
        store.ledger.record([audit_facts(11, user.id)])
        stale = (a_calendar(user.id, 5),)
        erasures: list[Change[Any]] = [
            user_change(after(user, full_name="(erased)"), user, forgets=True, calendars=stale),
            msgspec.structs.replace(_erasure(job), calendars=stale),
        ]
        before = snapshot(store, erasures, START)
        for change in erasures:
            with pytest.raises(StaleCalendar):
                store.ledger.commit(change)
            assert snapshot(store, erasures, START) == before
        assert store.followers.follows(user.id, job.id)
        assert list(store.subscriptions.of(user.id)) == [a_subscription(4, user.id)]


def _erasure(job: Job) -> Change[Job]:
    """The change that erases the customer of a job."""
    decided = erase(job, subject_key=b"another" * 4, actor_id=ANN, now=job.updated_at + 1)
    entry = seal(job.chain, decided.facts, job.id, decided.job.subject_key)
    root = msgspec.structs.replace(decided.job, chain=entry.hash)
    return job_change(root, job, entry=entry, root=root, forgets=True)
