"""Backups are made when they are due, by one of many servers, and told of in the audit trail."""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import msgspec
import pytest

from hosanna_adapters.memory import MemoryStore
from hosanna_core.errors import BackupInClear
from hosanna_core.model.audit import AuditEntry, AuditFilter, Outcome
from hosanna_core.model.backup import About, Made, Manifest
from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.model.snapshot import Record
from hosanna_core.ports import Ports
from hosanna_core.testing.doubles import StandingClock, ports_on
from hosanna_core.testing.samples import a_job, job_change
from hosanna_core.usecases.backing_up import Schedule, Source, back_up, back_up_when_due

SOURCE = Source(product="1.2.3", store="memory")
DAILY = Schedule(every=DAY, keep=2)


class Shelf:
    """Backups in memory."""

    def __init__(self, *, encrypted: bool = False) -> None:
        self.encrypted = encrypted
        self.kept: dict[str, Manifest] = {}
        self.full = False

    def write(self, about: About, records: Iterable[Record], manifest: Callable[[], Manifest]) -> Made:
        if self.full:
            raise OSError(28, "No space left on device")
        for _ in records:
            pass
        name = f"hosanna-{about.created_at}"
        self.kept[name] = manifest()
        return Made(
            path=f"/a/{name}", sha256="5" * 64, size=9, encrypted=self.encrypted, manifest=self.kept[name]
        )

    def good(self) -> Sequence[str]:
        return sorted(self.kept, reverse=True)

    def remove(self, name: str) -> None:
        del self.kept[name]


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def ports(clock: StandingClock) -> Ports:
    ports = ports_on(MemoryStore().ports(), clock=clock)
    ports.store.ledger.commit(job_change(a_job(1)))
    return ports


def told(ports: Ports) -> list[tuple[str, Outcome]]:
    entries = ports.store.audits.entries(AuditFilter(), None, 100)
    return [(entry.action, entry.outcome) for entry in reversed(entries) if entry.action.startswith("backup")]


def details(entry: AuditEntry) -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(entry.sealed)["details"]
    return found


def test_a_backup_is_told_of_before_it_begins_and_when_it_is_made(ports: Ports) -> None:
    shelf = Shelf()
    made = back_up(ports, shelf, SOURCE, "command")
    assert told(ports) == [("backup.begun", Outcome.SUCCESS), ("backup.made", Outcome.SUCCESS)]
    (entry,) = ports.store.audits.entries(AuditFilter(action="backup.made"), None, 9)
    said = details(entry)
    assert said["by"] == "command"
    assert said["sha256"] == made.sha256
    assert said["file"] == made.path.removeprefix("/a/")
    assert made.manifest.counts["audit_entry"] == 1, "that it began is in it"


def test_the_manifest_says_what_was_copied_and_from_where(ports: Ports) -> None:
    manifest = back_up(ports, Shelf(), SOURCE, "command").manifest
    assert manifest.epoch == ports.store.feed.epoch
    assert manifest.counts["job"] == manifest.counts["keys"] == 1
    (entry,) = ports.store.audits.entries(AuditFilter(action="backup.begun"), None, 9)
    assert manifest.first_audit == manifest.last_audit == entry.hash


def test_a_backup_that_fails_is_told_of_and_the_next_is_tried_an_hour_later(
    ports: Ports, clock: StandingClock
) -> None:
    shelf = Shelf()
    shelf.full = True
    with pytest.raises(OSError, match="space"):
        back_up_when_due(ports, shelf, SOURCE, DAILY)
    assert told(ports)[-1] == ("backup.made", Outcome.FAILURE)
    shelf.full = False
    assert back_up_when_due(ports, shelf, SOURCE, DAILY) is None
    clock.step(HOUR)
    assert back_up_when_due(ports, shelf, SOURCE, DAILY) is not None


def test_a_store_in_which_nobody_has_worked_is_not_due() -> None:
    assert back_up_when_due(ports_on(MemoryStore().ports()), Shelf(), SOURCE, DAILY) is None


def test_a_backup_is_made_once_a_day_whoever_looks_and_however_often(
    ports: Ports, clock: StandingClock
) -> None:
    shelf, other = Shelf(), replace(ports, process_id=ports.outside.mint())
    for _ in range(3 * 24 * 6):
        for server in (ports, other):
            back_up_when_due(server, shelf, SOURCE, Schedule(every=DAY, keep=99))
        clock.step(10 * MINUTE)
    assert len(shelf.kept) == 3


def test_of_many_servers_that_look_at_once_one_makes_it(ports: Ports) -> None:
    class Slow(Shelf):
        """While it is written the others look."""

        def write(self, about: About, records: Iterable[Record], manifest: Callable[[], Manifest]) -> Made:
            for _ in range(3):
                assert back_up_when_due(ports, Shelf(), SOURCE, DAILY) is None
            return super().write(about, records, manifest)

    assert back_up_when_due(ports, Slow(), SOURCE, DAILY) is not None


def test_a_backup_by_hand_puts_the_next_off(ports: Ports, clock: StandingClock) -> None:
    shelf = Shelf()
    back_up(ports, shelf, SOURCE, "command")
    clock.step(DAY - 1)
    assert back_up_when_due(ports, shelf, SOURCE, DAILY) is None
    clock.step(1)
    assert back_up_when_due(ports, shelf, SOURCE, DAILY) is not None


def test_the_newest_are_kept_and_the_oldest_go(ports: Ports, clock: StandingClock) -> None:
    shelf, made = Shelf(), []
    for _ in range(5):
        made.append(back_up_when_due(ports, shelf, SOURCE, DAILY))
        clock.step(DAY)
    assert list(shelf.kept) == [each.path.removeprefix("/a/") for each in made[-2:] if each]


def test_one_that_was_just_made_stays_where_the_clock_was_set_back(
    ports: Ports, clock: StandingClock
) -> None:
    shelf = Shelf()
    for ahead in range(3):
        shelf.write(
            About(product="1", store="memory", created_at=clock.now() + (9 + ahead) * DAY), (), manifest
        )
    made = back_up_when_due(ports, shelf, SOURCE, DAILY)
    assert made is not None
    assert made.path.removeprefix("/a/") in shelf.kept
    assert len(shelf.kept) == 3


def manifest() -> Manifest:
    return Manifest(about=About(product="1", store="memory", created_at=0), epoch=b"e" * 16, counts={})


def test_where_one_fails_none_of_those_before_goes(ports: Ports, clock: StandingClock) -> None:
    shelf = Shelf()
    for _ in range(2):
        back_up_when_due(ports, shelf, SOURCE, DAILY)
        clock.step(DAY)
    before = dict(shelf.kept)
    shelf.full = True
    for _ in range(48):
        with contextlib.suppress(OSError):
            assert back_up_when_due(ports, shelf, SOURCE, DAILY) is None
        clock.step(HOUR)
    assert shelf.kept == before


def test_an_encrypted_store_is_not_backed_up_in_clear_unless_somebody_means_it(ports: Ports) -> None:
    strict = Source(product="1", store="memory", must_be_encrypted=True)
    shelf = Shelf()
    with pytest.raises(BackupInClear):
        back_up(ports, shelf, strict, "command")
    assert not shelf.kept
    assert told(ports)[-1] == ("backup.made", Outcome.FAILURE)
    back_up(ports, Shelf(encrypted=True), strict, "command")
    back_up(ports, shelf, SOURCE, "command")


def test_who_made_the_signing_secret_does_not_show_it() -> None:
    manifest = Manifest(
        about=About(product="1", store="x", created_at=1), epoch=b"", counts={}, signing_secret=b"deep"
    )
    assert "deep" not in repr(manifest)
