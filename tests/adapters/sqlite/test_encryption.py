"""An encrypted file: what can be read in it, under which keys it opens, how it becomes one, how its keys change."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.sqlite.rings import NEW, OLD, ring
from tests.adapters.sqlite.soundness import faults
from tests.adapters.sqlite.test_erasure import (
    CANARY,
    a_canary,
    a_known_user,
    a_push_subscription,
    edited,
    traces,
)

from hosanna_adapters.sqlite import SqliteStore
from hosanna_adapters.sqlite.veils import Encrypted
from hosanna_core.errors import Busy, EncryptionMismatch, Undecipherable
from hosanna_core.model.change import Change
from hosanna_core.model.firm import Company
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.schedule import Availability, Skill
from hosanna_core.model.travel import Point
from hosanna_core.ports import Store
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.spoiled import full_change
from hosanna_core.testing.integration_samples import a_webhook, an_api_key, api_key_change, webhook_change
from hosanna_core.testing.reading import Snapshot, snapshot, walk
from hosanna_core.testing.samples import (
    START,
    a_calendar,
    a_firm,
    a_job,
    after,
    an_announcement,
    announcement_change,
    crowd,
    firm_change,
    id_of,
    job_change,
    user_change,
)

PEOPLE = (id_of(900), id_of(901))


def filled(store: Store) -> list[Change[Any]]:
    """A store with something of everything; answers what it is to be asked for."""
    changes: list[Change[Any]] = [full_change(1), *(job_change(job) for job in crowd(40, PEOPLE, first=100))]
    assert not any(store.ledger.commit_each(changes))
    canary = job_change(a_canary(2))
    store.ledger.commit(canary)
    edited(store, canary.root, 3)
    user = a_known_user(store)
    announcement = an_announcement(4, title=f"{CANARY} is ill", body=f"Whoever sees {CANARY}")
    store.ledger.commit(announcement_change(announcement))
    store.ledger.commit(firm_change(a_firm(1, company=Company(name=CANARY, phone=f"Ask for {CANARY}"))))
    store.ledger.commit(api_key_change(an_api_key(901, name=CANARY)))
    store.ledger.commit(
        webhook_change(a_webhook(902, url=f"https://x.example.com/{CANARY}", description=f"Ask for {CANARY}"))
    )
    for owner, number in ((user.id, 5), (id_of(901), 6)):
        store.subscriptions.keep(a_push_subscription(number, owner))
    home = Availability(home=Point(30.25, -97.75), skills=(Skill(CANARY),))
    store.ledger.commit(user_change(after(user), user, calendars=(a_calendar(user.id, availability=home),)))
    return [*changes, canary, user_change(user), announcement_change(announcement)]


def found_by_words(store: Store) -> list[Any]:
    wanted = [JobFilter(words=("panel",)), JobFilter(prefix="pa"), JobFilter(words=("lee",), prefix="uber")]
    return [
        walk(store, SEES_ALL, each, Sort.NEWEST) for each in (*wanted, JobFilter(prefix=CANARY[:9].lower()))
    ]


def everything(store: Store, changes: list[Change[Any]]) -> tuple[Snapshot, list[Any]]:
    devices = [store.subscriptions.of(owner) for owner in (id_of(700), id_of(901))]
    assert [len(each) for each in devices] == [1, 1]
    return snapshot(store, changes, START), [*found_by_words(store), devices]


@pytest.fixture
def in_clear(path: Path) -> tuple[Snapshot, list[Any], list[Change[Any]]]:
    """A full store that is not encrypted, closed; what it shows, and of what."""
    with SqliteStore.open(path) as opened:
        changes = filled(opened.ports())
        return *everything(opened.ports(), changes), changes


def converted(path: Path, *, steps: int = 1_000, limit: int = 7) -> int:
    """Encrypt a store, or begin to; answers how many steps were made."""
    with SqliteStore.open(path, encryption=ring(OLD), converting=True) as opened:
        reencryption = opened.reencryption(ring(OLD))
        for made in range(steps):
            if reencryption.step(limit) == 0:
                return made
        return steps


def test_nothing_personal_can_be_read_in_an_encrypted_file(path: Path) -> None:
    with SqliteStore.open(path, encryption=ring(OLD)) as opened:
        filled(opened.ports())
        assert traces(path) == []
        for value in ("ann lee", "main st", "example.com", "panel", "192.0.2."):
            assert traces(path, value) == []
    assert traces(path) == []
    assert faults(path, Encrypted(ring(OLD))) == []


def test_the_check_would_notice_a_file_in_clear(
    path: Path, in_clear: tuple[Snapshot, list[Any], list[Change[Any]]]
) -> None:
    assert traces(path) == [path.name]
    assert all(in_clear[1])


def test_both_kinds_of_store_show_the_same(
    path: Path, in_clear: tuple[Snapshot, list[Any], list[Change[Any]]]
) -> None:
    with SqliteStore.open(path.with_name("encrypted.sqlite"), encryption=ring(OLD)) as opened:
        changes = filled(opened.ports())
        assert everything(opened.ports(), changes) == in_clear[:2]


def test_a_value_that_was_moved_to_another_job_is_not_shown(path: Path) -> None:
    with SqliteStore.open(path, encryption=ring(OLD)) as opened:
        store = opened.ports()
        for number in (1, 2):
            store.ledger.commit(job_change(a_job(number)))
        opened._writer.run(
            lambda db: db.execute(
                "UPDATE documents SET doc = (SELECT doc FROM documents WHERE job = 1) WHERE job = 2"
            )
        )
        assert store.jobs.get(id_of(1), SEES_ALL)
        with pytest.raises(Undecipherable):
            store.jobs.get(id_of(2), SEES_ALL)


def test_a_store_is_encrypted_from_the_start_or_not_at_all(path: Path) -> None:
    other = path.with_name("other.sqlite")
    SqliteStore.open(path, encryption=ring(OLD)).close()
    SqliteStore.open(other).close()
    with pytest.raises(EncryptionMismatch, match="HOSANNA_ENCRYPTION_KEYS to the keys"):
        SqliteStore.open(path)
    with pytest.raises(EncryptionMismatch, match="hosanna encryption apply"):
        SqliteStore.open(other, encryption=ring(OLD))
    SqliteStore.open(path, encryption=ring(OLD)).close()
    SqliteStore.open(other).close()


def test_keys_that_are_not_the_stores_are_refused_at_once(path: Path) -> None:
    SqliteStore.open(path, encryption=ring(OLD)).close()
    with pytest.raises(EncryptionMismatch):
        SqliteStore.open(path, encryption=ring(NEW))
    with pytest.raises(EncryptionMismatch):
        SqliteStore.open(path, encryption=ring(("2026", b"another" * 4 + b"key!")))
    SqliteStore.open(path, encryption=ring(NEW, OLD)).close()


def test_a_store_is_converted_whole_and_leaves_nothing_in_clear(
    path: Path, in_clear: tuple[Snapshot, list[Any], list[Change[Any]]]
) -> None:
    *shown, changes = in_clear
    with SqliteStore.open(path, encryption=ring(OLD), converting=True) as opened:
        reencryption = opened.reencryption(ring(OLD))
        looked_at = list(iter(lambda: reencryption.step(7), 0))
        assert sum(looked_at) == reencryption.total() > 90
        assert reencryption.step(7) == 0
    assert traces(path) == []
    assert faults(path, Encrypted(ring(OLD))) == []
    with SqliteStore.open(path, encryption=ring(OLD)) as opened:
        assert list(everything(opened.ports(), changes)) == shown
        again = a_push_subscription(8, id_of(902), device=5)
        opened.ports().subscriptions.keep(again)
        assert opened.ports().subscriptions.of(id_of(700)) == ()
        assert opened.ports().subscriptions.of(id_of(902)) == (again,)
    with pytest.raises(EncryptionMismatch):
        SqliteStore.open(path)


def test_an_empty_store_is_converted_in_no_time(path: Path) -> None:
    SqliteStore.open(path).close()
    assert converted(path) == 0
    SqliteStore.open(path, encryption=ring(OLD)).close()


def test_a_conversion_that_was_killed_anywhere_goes_on_and_meanwhile_nobody_opens_the_store(
    path: Path, in_clear: tuple[Snapshot, list[Any], list[Change[Any]]]
) -> None:
    *shown, changes = in_clear
    while converted(path, steps=3, limit=9) == 3:
        for encryption in (None, ring(OLD)):
            with pytest.raises(EncryptionMismatch):
                SqliteStore.open(path, encryption=encryption)
    with SqliteStore.open(path, encryption=ring(OLD)) as opened:
        assert list(everything(opened.ports(), changes)) == shown
    assert traces(path) == []
    assert faults(path, Encrypted(ring(OLD))) == []


def test_what_a_store_shows_and_takes_on_the_way_is_right(
    path: Path, in_clear: tuple[Snapshot, list[Any], list[Change[Any]]]
) -> None:
    shown, _, changes = in_clear
    late = job_change(a_canary(3))
    with SqliteStore.open(path, encryption=ring(OLD), converting=True) as opened:
        store, reencryption = opened.ports(), opened.reencryption(ring(OLD))
        for _ in range(5):
            assert reencryption.step(10)
        assert store.jobs.get(id_of(2), SEES_ALL) == shown.jobs[id_of(2)]
        assert snapshot(store, changes, START).histories == shown.histories
        store.ledger.commit(late)
        assert not all(reencryption.step(10) for _ in range(50))
    with SqliteStore.open(path, encryption=ring(OLD)) as opened:
        assert opened.ports().jobs.get(id_of(3), SEES_ALL) == late.root
    assert traces(path) == []
    assert faults(path, Encrypted(ring(OLD))) == []


def test_a_store_is_not_converted_while_others_have_it_open(
    path: Path, in_clear: tuple[Snapshot, list[Any], list[Change[Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hosanna_adapters.sqlite.connections.PATIENCE", 0.05)
    with (
        SqliteStore.open(path),
        pytest.raises(Busy, match="stop all servers first"),
    ):
        converted(path)
    with SqliteStore.open(path) as server:
        server.ports().ledger.commit(job_change(a_job(5)))
    assert converted(path) > 1


CONVERT = """
import sys
from pathlib import Path
from tests.adapters.sqlite.rings import OLD, ring
from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.errors import Busy
try:
    SqliteStore.open(Path(sys.argv[1]), encryption=ring(OLD), converting=True)
except Busy as refusal:
    print(refusal)
"""


def test_no_process_converts_a_store_that_another_one_opened_twice(path: Path) -> None:
    """Whoever opens and closes the file beside SQLite loses the locks by which others know that it is in use."""
    with SqliteStore.open(path), SqliteStore.open(path):
        command = subprocess.run(
            [sys.executable, "-c", CONVERT, path], capture_output=True, check=True, text=True
        )
    assert "stop all servers first" in command.stdout


def test_only_who_says_so_converts_a_store(path: Path) -> None:
    with SqliteStore.open(path) as opened, pytest.raises(EncryptionMismatch, match="not encrypted yet"):
        opened.reencryption(ring(OLD))


@pytest.fixture
def encrypted(path: Path) -> list[Change[Any]]:
    """A full store under the old key."""
    with SqliteStore.open(path, encryption=ring(OLD)) as opened:
        return filled(opened.ports())


def test_after_a_change_of_keys_the_old_one_is_not_needed_any_more(
    path: Path, encrypted: list[Change[Any]]
) -> None:
    with SqliteStore.open(path, encryption=ring(NEW, OLD)) as opened:
        shown = everything(opened.ports(), encrypted)
        reencryption = opened.reencryption(ring(NEW, OLD))
        assert sum(iter(lambda: reencryption.step(9), 0)) == reencryption.total()
    with SqliteStore.open(path, encryption=ring(NEW)) as opened:
        assert everything(opened.ports(), encrypted) == shown
    with pytest.raises(EncryptionMismatch):
        SqliteStore.open(path, encryption=ring(OLD))
    assert faults(path, Encrypted(ring(NEW))) == []


def test_until_all_is_under_the_new_key_the_old_one_is_asked_for(
    path: Path, encrypted: list[Change[Any]]
) -> None:
    with SqliteStore.open(path, encryption=ring(NEW, OLD)) as opened:
        assert opened.reencryption(ring(NEW, OLD)).step(20) == 20
    with pytest.raises(EncryptionMismatch):
        SqliteStore.open(path, encryption=ring(NEW))
    SqliteStore.open(path, encryption=ring(NEW, OLD)).close()


def test_a_change_of_keys_overwrites_nothing_that_was_written_meanwhile(
    path: Path, encrypted: list[Change[Any]]
) -> None:
    with (
        SqliteStore.open(path, encryption=ring(NEW, OLD)) as server,
        SqliteStore.open(path, encryption=ring(NEW, OLD)) as command,
    ):
        store, changes = server.ports(), list[Change[Any]]()
        write = command._writer.run

        def late(work: Callable[[sqlite3.Connection], Any]) -> Any:
            """Between reading and writing, the server edits the job."""
            job = store.jobs.get(id_of(1), SEES_ALL)
            changes.append(job_change(after(job, title=f"Edit {len(changes)}"), job))
            store.ledger.commit(changes[-1])
            return write(work)

        command._writer.run = late  # type: ignore[method-assign]  # to come in between
        reencryption = command.reencryption(ring(NEW, OLD))
        while reencryption.step(10):
            pass
        assert len(changes) > 2
        assert store.jobs.get(id_of(1), SEES_ALL) == changes[-1].root
    assert faults(path, Encrypted(ring(NEW))) == []


def test_an_encrypted_file_is_as_sound_as_one_in_clear(path: Path, encrypted: list[Change[Any]]) -> None:
    assert faults(path, Encrypted(ring(OLD))) == []
    db = sqlite3.connect(path)
    db.execute("UPDATE jobs SET words = ' x ' WHERE id = ?", (id_of(1),))
    db.commit()
    db.close()
    assert faults(path, Encrypted(ring(OLD))) != []
