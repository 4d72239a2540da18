"""What must hold when several threads write at the same moment."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest

from hosanna_core.errors import StaleVersion
from hosanna_core.model.change import Claim, Seat
from hosanna_core.model.ids import HOUR
from hosanna_core.model.people import Role
from hosanna_core.model.schedule import Visit, Window
from hosanna_core.rules.history import verify
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.base import StoreContract, stored, stored_user
from hosanna_core.testing.contracts.sessions import opened
from hosanna_core.testing.contracts.spoiled import a_receipt, administrator
from hosanna_core.testing.racing import attempt, persistent, race
from hosanna_core.testing.samples import (
    START,
    a_calendar,
    a_job,
    a_session,
    a_user,
    after,
    audit_facts,
    id_of,
    job_change,
    session_change,
    user_change,
)
from hosanna_core.testing.trails import check_trail, walk_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hosanna_core.model.change import Change
    from hosanna_core.ports import Store

THREADS: Final = 8
ROUNDS: Final = 5
CROWD: Final = 50
"""How many refresh one token at once, where a page with many parts comes back to life."""


def attempts(store: Store, changes: Sequence[Change[Any]]) -> Counter[str]:
    """Commit all changes at the same moment; answers how often each outcome came."""

    def task(change: Change[Any]) -> Callable[[], str]:
        return lambda: attempt(store, change)

    return Counter(race([task(change) for change in changes]))


class RacesContract(StoreContract):
    """Eight threads at once; needs the ability `concurrency`."""

    @pytest.fixture(autouse=True)
    def _concurrent(self) -> None:
        self.needs("concurrency")

    def test_of_eight_who_change_one_job_exactly_one_wins(self, store: Store) -> None:
        job = stored(store, a_job(1))
        for _ in range(ROUNDS):
            changes = [job_change(after(job, title=f"by {n}"), job) for n in range(THREADS)]
            assert attempts(store, changes) == {"stored": 1, "stale_version": THREADS - 1}
            (job,) = [change.root for change in changes if change.root == store.jobs.get(job.id, SEES_ALL)]
        verify(job, store.jobs.history(job.id))

    def test_eight_who_read_and_write_lose_no_update(self, store: Store) -> None:
        stored(store, a_job(1, duration_minutes=1))

        def extend() -> None:
            for _ in range(ROUNDS):
                while True:
                    job = store.jobs.get(id_of(1), SEES_ALL)
                    assert job is not None
                    change = job_change(after(job, duration_minutes=job.duration_minutes + 1), job)
                    if attempt(store, change) == "stored":
                        break

        race([extend] * THREADS)
        job = store.jobs.get(id_of(1), SEES_ALL)
        assert job is not None
        assert job.duration_minutes == 1 + THREADS * ROUNDS
        assert job.version == 1 + THREADS * ROUNDS
        verify(job, store.jobs.history(job.id))

    def test_of_eight_who_create_one_job_exactly_one_wins(self, store: Store) -> None:
        changes = [job_change(a_job(1, title=f"by {n}")) for n in range(THREADS)]
        assert attempts(store, changes) == {"stored": 1, "stale_version": THREADS - 1}

    def test_of_eight_who_book_one_technician_exactly_one_wins(self, store: Store) -> None:
        technician = id_of(900)
        stored_user(store, a_user(900), calendars=(a_calendar(technician),))
        for version in range(2, 2 + ROUNDS):
            window = Window(START + version * HOUR, START + version * HOUR + HOUR)
            numbers = range(version * 10, version * 10 + THREADS)
            changes = [
                job_change(
                    a_job(n, technician_id=technician),
                    calendars=(a_calendar(technician, version, visits=(Visit(id_of(n), window),)),),
                )
                for n in numbers
            ]
            assert attempts(store, changes) == {"stored": 1, "stale_calendar": THREADS - 1}
            (visit,) = store.calendars.of([technician])[technician].visits
            made = [n for n in numbers if store.jobs.get(id_of(n), SEES_ALL) is not None]
            assert [id_of(n) for n in made] == [visit.job_id]

    def test_eight_who_book_two_technicians_each_do_so_whole_or_not_at_all(self, store: Store) -> None:
        ann, bob = id_of(900), id_of(901)
        changes = [
            job_change(
                a_job(n), calendars=(a_calendar(ann, visits=(visit,)), a_calendar(bob, visits=(visit,)))
            )
            for n in range(THREADS)
            for visit in (Visit(id_of(n), Window(START, START + HOUR)),)
        ]
        assert attempts(store, changes) == {"stored": 1, "stale_calendar": THREADS - 1}
        calendars = store.calendars.of([ann, bob])
        assert calendars[ann].visits == calendars[bob].visits

    def test_of_eight_administrators_who_leave_at_once_one_stays(self, store: Store) -> None:
        users = [administrator(store, n) for n in range(1, THREADS + 1)]
        changes = [
            user_change(after(user, active=False), user, seat=Seat(user.id, joins=False)) for user in users
        ]
        assert attempts(store, changes) == {"stored": THREADS - 1, "guard_refused": 1}
        active = [user.id for user in users if (now := store.users.get(user.id)) and now.active]
        assert len(active) == 1

    def test_of_fifty_who_exchange_one_sessions_token_exactly_one_wins(self, store: Store) -> None:
        session = opened(store, a_session(1, id_of(900)))
        changes = [
            session_change(after(session, token_hash=n.to_bytes(32, "big")), session) for n in range(CROWD)
        ]
        assert attempts(store, changes) == {"stored": 1, "stale_version": CROWD - 1}
        assert store.sessions.get(session.id) in [change.root for change in changes]

    def test_who_exchanges_a_token_races_who_ends_the_session_and_it_stays_ended(self, store: Store) -> None:
        user = stored_user(store, a_user(900))
        for number in range(1, ROUNDS + 1):
            session = opened(store, a_session(number, user.id))
            moved = after(user)
            changes: list[Change[Any]] = [
                user_change(moved, user, ends=(session.id,)),
                *(session_change(after(session), session) for _ in range(THREADS - 1)),
            ]
            assert attempts(store, changes)["stored"] in (1, 2)
            ended = store.sessions.get(session.id)
            assert ended is not None
            assert (ended.ended_at, ended.token_hash) == (moved.updated_at, b"")
            user = moved

    def test_eight_who_put_down_what_they_did_make_one_chain(self, store: Store) -> None:
        def put_down(thread: int) -> Callable[[], None]:
            audit = [audit_facts(100 * thread + step, id_of(900)) for step in range(ROUNDS)]

            def work() -> None:
                persistent(lambda: store.ledger.record(audit[:1]))
                for facts in audit[1:]:
                    change = session_change(a_session(1, id_of(900), id=facts.id), audit=(facts,))
                    assert attempt(store, change) == "stored"

            return work

        race([put_down(thread) for thread in range(THREADS)])
        assert len(check_trail(store)) == THREADS * ROUNDS
        numbers = [entry.n for entry in walk_stream(store, audit_facts(0, id_of(900)).stream)]
        assert numbers == list(range(1, THREADS * ROUNDS + 1))

    def test_only_who_wins_a_race_is_put_down(self, store: Store) -> None:
        user = stored_user(store, a_user(900))
        for turn in range(ROUNDS):
            changes = [
                user_change(
                    after(user, full_name=f"by {n}"),
                    user,
                    audit=(audit_facts(100 + 10 * turn + n, user.id, details={"by": n}),),
                )
                for n in range(2)
            ]
            assert attempts(store, changes) == {"stored": 1, "stale_version": 1}
            newest = check_trail(store)[0]
            (won,) = [change for change in changes if change.audit[0].id == newest.id]
            assert store.users.get(user.id) == won.root
            user = won.root
        assert len(check_trail(store)) == ROUNDS

    def test_of_eight_who_take_one_address_exactly_one_gets_it(self, store: Store) -> None:
        changes = [user_change(a_user(n, email="ann@example.com")) for n in range(1, THREADS + 1)]
        assert attempts(store, changes) == {"stored": 1, "taken": THREADS - 1}
        owner = store.users.by_email("ann@example.com")
        made = [each for n in range(1, THREADS + 1) if (each := store.users.get(id_of(n)))]
        assert made == [owner]

    def test_of_eight_who_claim_one_reference_exactly_one_gets_it(self, store: Store) -> None:
        claims = (Claim("external_ref", "P-1"),)
        changes = [job_change(a_job(n, external_ref="P-1"), claims=claims) for n in range(THREADS)]
        assert attempts(store, changes) == {"stored": 1, "taken": THREADS - 1}

    def test_of_eight_requests_with_one_key_exactly_one_is_done(self, store: Store) -> None:
        changes = [job_change(a_job(n), receipt=a_receipt("key")) for n in range(THREADS)]
        assert attempts(store, changes) == {"stored": 1, "replayed": THREADS - 1}
        made = [n for n in range(THREADS) if store.jobs.get(id_of(n), SEES_ALL) is not None]
        assert len(made) == 1

    def test_eight_who_do_not_meet_do_not_hinder_one_another(self, store: Store) -> None:
        changes = [job_change(a_job(n)) for n in range(THREADS * ROUNDS)]
        assert attempts(store, changes) == {"stored": THREADS * ROUNDS}

    def test_numbers_are_unique_among_threads(self, store: Store) -> None:
        def claim() -> list[int]:
            return [number for _ in range(20) for number in persistent(lambda: store.jobs.claim_numbers(3))]

        given = [number for numbers in race([claim] * THREADS) for number in numbers]
        assert len(given) == len(set(given)) == THREADS * 60

    def test_eight_who_start_on_a_new_store_agree_on_its_secret(self, store: Store) -> None:
        def task(secret: bytes) -> Callable[[], bytes]:
            return lambda: persistent(lambda: store.keystore.keep(secret, None))

        answers = race([task(bytes([n]) * 8) for n in range(THREADS)])
        assert set(answers) == {store.keystore.wrapped()}

    def test_a_reader_sees_what_was_acknowledged_and_never_half_of_a_change(self, store: Store) -> None:
        technician = id_of(900)
        job = stored(store, a_job(1, duration_minutes=1), calendars=(a_calendar(technician),))
        rounds = ROUNDS * 4

        def write() -> list[int]:
            now = job
            for step in range(2, rounds + 2):
                change = job_change(
                    after(now, duration_minutes=step), now, calendars=(a_calendar(technician, step),)
                )
                persistent(partial(store.ledger.commit, change))
                now = change.root
                read = store.jobs.get(now.id, SEES_ALL)
                assert read == now
            return []

        def look() -> list[int]:
            seen = []
            for _ in range(rounds):
                read = store.jobs.get(job.id, SEES_ALL)
                assert read is not None
                assert read.version == read.duration_minutes
                assert store.calendars.of([technician])[technician].version >= read.version
                seen.append(read.version)
            return seen

        for seen in race([write, look, look, look]):
            assert seen == sorted(seen)

    def test_a_batch_and_a_single_change_race_for_one_job(self, store: Store) -> None:
        job = stored(store, a_job(1))
        mine, yours = (job_change(after(job, title=title), job) for title in ("mine", "yours"))

        def batch() -> str:
            (outcome,) = persistent(lambda: store.ledger.commit_each([mine]))
            assert outcome is None or isinstance(outcome, StaleVersion)
            return "stored" if outcome is None else outcome.code

        assert sorted(race([batch, lambda: attempt(store, yours)])) == ["stale_version", "stored"]

    def test_eight_users_of_every_role_are_made_at_once(self, store: Store) -> None:
        roles = tuple(Role)
        changes = [user_change(a_user(n, role=roles[n % 3])) for n in range(1, THREADS + 1)]
        assert attempts(store, changes) == {"stored": THREADS}
