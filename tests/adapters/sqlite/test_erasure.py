"""Nothing is left of what was erased: neither in rows nor between them, neither in the file nor in its log."""

import sqlite3
from pathlib import Path
from random import Random

import pytest
from tests.adapters.sqlite.soundness import faults

from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.errors import Busy
from hosanna_core.model.audit import AuditFacts
from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.event import Ref
from hosanna_core.model.ids import DAY, Id
from hosanna_core.model.job import Job
from hosanna_core.model.people import User
from hosanna_core.model.push import PushSubscription
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.session import Session
from hosanna_core.ports import Store
from hosanna_core.rules.trail import StreamCheck
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.samples import (
    START,
    a_job,
    a_notice,
    a_subscription,
    a_user,
    after,
    id_of,
    job_change,
    user_change,
)

CANARY = "Quetzalcoatl"
ERASED = {
    "title": "(erased)",
    "description": None,
    "customer": Customer("(erased)"),
    "site": Site("(erased)"),
    "subject_key": b"",
    "customer_keys": (),
}


def traces(path: Path, name: str = CANARY) -> list[str]:
    """The files of the store in which a name can be read, in whatever case."""
    return [
        each.name
        for each in sorted(path.parent.iterdir())
        if name.lower().encode() in each.read_bytes().lower()
    ]


def a_canary(number: int, name: str = CANARY) -> Job:
    return a_job(
        number,
        title=f"Panel for {name}",
        description=f"{name} has two dogs",
        customer=Customer(f"Ann {name}", "+1 512 555 0100", f"{name}@example.com"),
        site=Site(f"{name} Street"),
        customer_keys=(b"key",),
    )


def edited(store: Store, job: Job, number: int, name: str = CANARY) -> Job:
    change = job_change(after(job, title=f"{name} {'again ' * number}"), job)
    store.ledger.commit(change)
    return change.root


def erase(store: Store, job: Job) -> Job:
    change = job_change(after(job, **ERASED), job, forgets=True)
    store.ledger.commit(change)
    return change.root


def facts(number: int, actor: Id | None, subject: Id | None) -> AuditFacts:
    return AuditFacts(
        id=id_of(number),
        stream="s",
        at=START,
        actor_id=actor,
        action="auth.login_failed",
        subject=None if subject is None else Ref("user", subject),
        personal={"email": f"{CANARY}@example.com"},
        salt=bytes(16),
    )


def a_session(number: int, user_id: Id) -> Session:
    return Session(
        id=id_of(number),
        version=1,
        user_id=user_id,
        epoch=0,
        device=f"{CANARY}'s telephone",
        address_key=b"place",
        token_hash=b"hash",
        created_at=START,
        used_at=START,
        expires_at=START + DAY,
    )


def a_push_subscription(number: int, user_id: Id, *, device: int | None = None) -> PushSubscription:
    endpoint = f"https://push.example.net/{CANARY}/{device or number}"
    return a_subscription(number, user_id, endpoint=endpoint, p256dh=f"{CANARY}-1", auth=f"{CANARY}-2")


def a_known_user(store: Store) -> User:
    user = a_user(700, full_name=CANARY, email=f"{CANARY}@example.com".lower())
    store.ledger.commit(user_change(user, opens=a_session(701, user.id), audit=(facts(1, None, user.id),)))
    renamed = after(user, phone=CANARY)
    store.ledger.commit(user_change(renamed, user, notices=(a_notice(5, user.id),)))
    store.ledger.record([facts(2, user.id, None), facts(3, user.id, user.id)])
    return renamed


def test_a_customer_who_is_erased_is_in_none_of_the_files(path: Path) -> None:
    with SqliteStore.open(path) as opened:
        store = opened.ports()
        change = job_change(a_canary(1))
        store.ledger.commit(change)
        job = change.root
        for number in range(1, 6):
            job = edited(store, job, number)
        assert traces(path)
        gone = erase(store, job)
        history = store.jobs.history(job.id)
        assert [entry.open for entry in history[:-1]] == [{}] * 6
        assert store.jobs.of_customer([b"key"], None, 5) == ()
        assert not store.jobs.page(SEES_ALL, JobFilter(words=(CANARY.lower(),)), Sort.NEWEST, None, 5).rows
    assert traces(path) == []
    assert faults(path) == []
    with SqliteStore.open(path) as opened:
        assert opened.ports().jobs.get(job.id, SEES_ALL) == gone


def test_a_user_who_is_erased_is_in_none_of_the_files_and_the_trail_still_verifies(path: Path) -> None:
    with SqliteStore.open(path) as opened:
        store = opened.ports()
        user = a_known_user(store)
        store.subscriptions.keep(a_push_subscription(6, user.id))
        store.followers.follow(user.id, id_of(7))
        assert traces(path)
        gone = after(user, full_name="(erased)", email="erased@example.com", phone=None)
        store.ledger.commit(user_change(gone, user, forgets=True))
        check = StreamCheck("s", {user.id})
        for entry in store.audits.stream("s", 0, 10):
            check.follow(entry)
        assert check.n == 3
        assert store.sessions.of(user.id, 5) == ()
        assert store.inboxes.notices(user.id, None, 5) == ()
        assert store.subscriptions.of(user.id) == ()
        assert store.followers.of(id_of(7)) == ()
    assert traces(path) == []


def test_what_moved_from_page_to_page_before_it_was_erased_left_nothing_behind(path: Path) -> None:
    """Rows that were pushed aside by others lie in parts of a page that deleting does not overwrite."""
    chance, count = Random(1), 600
    names = {number: f"Canary{number:04d}bird" for number in range(1, count + 1)}
    with SqliteStore.open(path) as opened:
        store = opened.ports()
        changes = [job_change(a_canary(number, name)) for number, name in names.items()]
        assert store.ledger.commit_each(changes) == [None] * count
        jobs = {number: change.root for number, change in enumerate(changes, start=1)}
        for _ in range(2 * count):
            number = chance.randrange(1, count + 1)
            jobs[number] = edited(store, jobs[number], chance.randrange(200), names[number])
        gone = chance.sample(range(1, count + 1), count // 3)
        for number in gone:
            erase(store, jobs[number])
    read = path.read_bytes().lower()
    assert [number for number in gone if names[number].lower().encode() in read] == []
    assert sum(name.lower().encode() in read for name in names.values()) == count - len(gone)
    assert faults(path) == []


def test_who_was_killed_after_erasing_leaves_the_rest_to_the_next_who_closes(path: Path) -> None:
    opened = SqliteStore.open(path)
    change = job_change(a_canary(1))
    opened.ports().ledger.commit(change)
    erase(opened.ports(), change.root)
    opened._readers.close()
    opened._writer.close(last=lambda db: None)
    SqliteStore.open(path).close()
    assert traces(path) == []
    db = sqlite3.connect(path)
    assert db.execute("SELECT value FROM meta WHERE name = 'erased'").fetchall() == []
    db.close()


def test_others_may_use_the_store_while_what_was_erased_is_wiped(path: Path) -> None:
    with SqliteStore.open(path) as server:
        store = server.ports()
        change = job_change(a_canary(1))
        store.ledger.commit(change)
        other = job_change(a_job(2))
        store.ledger.commit(other)
        with SqliteStore.open(path) as command:
            erase(command.ports(), change.root)
        assert traces(path) == []
        assert store.jobs.get(other.root.id, SEES_ALL) == other.root
        edited(store, other.root, 1, "Two")
    assert faults(path) == []


def test_who_cannot_wipe_is_told_and_the_mark_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hosanna_adapters.sqlite.patience.PATIENCE", 0.05)
    opened = SqliteStore.open(path)
    change = job_change(a_canary(1))
    opened.ports().ledger.commit(change)
    erase(opened.ports(), change.root)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy, match="Do it again"):
        opened.close()
    other.execute("ROLLBACK")
    other.close()
    with pytest.raises(Busy, match="closed"):
        opened.ports().jobs.get(id_of(1), SEES_ALL)
    SqliteStore.open(path).close()
    assert traces(path) == []


def test_a_store_in_which_nothing_was_erased_is_not_written_anew(path: Path) -> None:
    with SqliteStore.open(path) as opened:
        opened.ports().ledger.commit(job_change(a_canary(1)))
        statements: list[str] = []
        opened._writer._db.set_trace_callback(statements.append)
    assert "VACUUM" not in statements
