"""The month that is made up, on every store."""

from dataclasses import replace
from itertools import pairwise

import pytest

from hosanna_adapters.memory import MemoryStore
from hosanna_adapters.system import SteppedOutside
from hosanna_core.errors import IllegalTransition
from hosanna_core.model.ids import DAY
from hosanna_core.model.job import Job
from hosanna_core.model.query import JobFilter, Sort, UserFilter
from hosanna_core.model.status import Status
from hosanna_core.ports import Ports, Store
from hosanna_core.rules import history
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.doubles import ports_on
from hosanna_core.usecases.access import log_in
from hosanna_core.usecases.judging import Unparsed
from hosanna_web.demo import play
from hosanna_web.demo.diary import at
from hosanna_web.demo.mistakes import MISTAKES, Mistake
from hosanna_web.demo.month import invent
from hosanna_web.demo.permits import Permits
from hosanna_web.demo.showing import Report
from hosanna_web.demo.staging import is_empty, stage


def played(store: Store, seed: int = 1) -> tuple[Ports, Report]:
    permits = invent(seed)
    clock = SteppedOutside(at(permits[0].issued, 0) - DAY)
    ports = replace(ports_on(store), outside=clock)
    assert is_empty(ports)
    return ports, stage(ports, clock, Permits(permits, []), "a store")


def jobs(store: Store) -> list[Job]:
    rows = store.jobs.page(SEES_ALL, JobFilter(), Sort.OLDEST, None, 200).rows
    return [job for row in rows if (job := store.jobs.get(row.id, SEES_ALL)) is not None]


def test_every_job_ends_where_it_should(store: Store) -> None:
    ports, report = played(store)
    assert report.jobs == {
        "TENTATIVE": 5,
        "CONFIRMED": 5,
        "ASSIGNED": 6,
        "DISPATCHED": 5,
        "IN_PROGRESS": 9,
        "ON_HOLD": 3,
        "COMPLETED": 10,
        "BILLED": 100,
        "CANCELLED": 7,
    }
    assert report.not_played == ()
    assert not is_empty(ports)


def test_every_history_verifies_and_holds_what_was_accepted(store: Store) -> None:
    _, report = played(store)
    entries = 0
    for job in jobs(store):
        told = store.jobs.history(job.id)
        history.verify(job, told)
        entries += len(told)
    assert entries == report.accepted


@pytest.mark.deep
def test_the_month_is_the_same_on_mongodb(mongodb: Store) -> None:
    _, report = played(mongodb)
    _, known = played(MemoryStore().ports())
    assert (report.jobs, report.months, report.refused_as) == (known.jobs, known.months, known.refused_as)
    for job in jobs(mongodb)[::7]:
        history.verify(job, mongodb.jobs.history(job.id))


def test_nobody_is_in_two_places_at_once(store: Store) -> None:
    played(store)
    visits: dict[str, list[Job]] = {}
    for job in jobs(store):
        if job.technician_id is not None and job.status is not Status.CANCELLED:
            visits.setdefault(job.technician_id, []).append(job)
    assert len(visits) > 10
    for of_one in visits.values():
        windows = sorted(job.window for job in of_one if job.window is not None)
        assert not any(first.overlaps(second) for first, second in pairwise(windows))


def test_everybody_may_log_in_with_the_password_that_is_told(store: Store) -> None:
    ports, report = played(store)
    assert report.login is not None
    for email in (report.login.administrator, report.login.office_manager, report.login.technician):
        assert log_in(ports, Unparsed.of({"email": email, "password": report.login.password}))
    users = store.users.page(UserFilter(), None, 200).rows
    assert len(users) == report.users
    assert len({user.password_hash for user in users}) == 1


def test_people_are_refused_what_is_not_theirs() -> None:
    _, report = played(MemoryStore().ports())
    assert report.refused == sum(report.refused_as.values()) > 15
    assert set(report.refused_as) == {
        "permission_denied",
        "not_found",
        "illegal_transition",
        "invalid",
        "double_booking",
    }


def test_what_is_refused_for_another_reason_than_expected_ends_the_play(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = [Mistake(m.before, m.action, m.role, "teapot", m.somebody_else) for m in MISTAKES]
    monkeypatch.setattr(play, "MISTAKES", wrong)
    with pytest.raises(play.NotRefused):
        played(MemoryStore().ports())


def test_what_is_accepted_although_it_must_not_be_ends_the_play(monkeypatch: pytest.MonkeyPatch) -> None:
    real = play.transition_job

    def sloppy(*arguments: object) -> object:
        try:
            return real(*arguments)  # type: ignore[arg-type]
        except IllegalTransition:
            return None

    monkeypatch.setattr(play, "transition_job", sloppy)
    with pytest.raises(play.NotRefused):
        played(MemoryStore().ports())


def test_the_same_seed_makes_the_same_month_and_another_seed_another() -> None:
    assert invent(7) == invent(7)
    assert invent(7) != invent(8)
    assert {permit.end for permit in invent(7)} == set(Status)
