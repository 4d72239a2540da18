"""What must hold after every step, whatever the steps were: a world, what is known of it, and how it is looked at."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hosanna_core.errors import HosannaError, NotFound
from hosanna_core.model.documents import body_of
from hosanna_core.model.instants import to_text
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.query import Sort
from hosanna_core.model.status import Priority, Status
from hosanna_core.rules.history import fold, read, verify
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.rules.words import split, words_of
from hosanna_core.testing import oracle
from hosanna_core.usecases.jobs import get_job, job_actions, job_history, list_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hosanna_core.model.ids import JobId, Millis, UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.schedule import Calendar
    from hosanna_core.ports import Ports
    from hosanna_core.rules.lifecycle import Lifecycle

PAGE = "3"
"""Small pages, so that few jobs make several."""


class World:
    """The ports under test, who works there, and every state that each job is known to have had."""

    def __init__(self, ports: Ports, staff: Sequence[Actor], lifecycle: Lifecycle) -> None:
        self.ports = ports
        self.staff = tuple(staff)
        self.lifecycle = lifecycle
        self.table = oracle.table(lifecycle)
        self.lives: dict[JobId, list[Job]] = {}
        self.overridden: set[JobId] = set()
        self.inactive: set[UserId] = set()
        self.calendars: Mapping[UserId, Calendar] = self.calendars_now()

    def calendars_now(self) -> Mapping[UserId, Calendar]:
        """What the store says of everybody's calendar."""
        return dict(self.ports.store.calendars.of([actor.id for actor in self.staff]))

    def remember(self, job: Job) -> None:
        """Note a job's new state."""
        self.lives.setdefault(job.id, []).append(job)
        self.calendars = self.calendars_now()

    def sees(self, actor: Actor, job_id: JobId) -> bool:
        """Whether the specification lets *actor* see the job now."""
        return oracle.sees(actor, self.lives[job_id])

    def busy(self, technician_id: UserId, but: JobId) -> list[Job]:
        """The jobs that take a technician's time, *but* one."""
        return [
            life[-1]
            for life in self.lives.values()
            if life[-1].technician_id == technician_id
            and life[-1].window is not None
            and life[-1].status is not Status.CANCELLED
            and life[-1].id != but
        ]


def outcome(work: Callable[[], Any]) -> Any:
    """What *work* answers, or the refusal that it raises."""
    try:
        return work()
    except HosannaError as refusal:
        return refusal


def check_nothing_changed(world: World) -> None:
    """The store holds what was known before, to the last calendar."""
    store = world.ports.store
    for job_id, life in world.lives.items():
        assert store.jobs.get(job_id, SEES_ALL) == life[-1], "a refused action changed a job"
        assert len(store.jobs.history(job_id)) == life[-1].version, "a refused action left an entry"
    assert world.calendars_now() == world.calendars, "a refused action changed a calendar"
    found = everything(world, _somebody(world, Role.ADMINISTRATOR), {})
    assert set(found) == set(world.lives), "a refused action made a job"


def check_history(world: World, job_id: JobId) -> None:
    """The history is complete, chained, by the tables, and folds to the job, at every step of its life."""
    life = world.lives[job_id]
    entries = world.ports.store.jobs.history(job_id)
    assert [entry.version for entry in entries] == list(range(1, len(life) + 1)), "versions rise one by one"
    verify(life[-1], entries)
    assert fold(life[-1], entries) == life[-1], "the history folds to the job"
    status: Status | None = None
    for entry, job in zip(entries, life, strict=True):
        facts = read(entry)
        assert (facts.source, facts.target) == (status, job.status), "the entry tells where the job went"
        if facts.action == "edit":
            assert facts.source == facts.target, "an edit moves nothing"
        else:
            targets = {
                action.value: target for (source, action), target in world.table.items() if source == status
            }
            assert targets.get(facts.action) == facts.target, f"no row leads from {status} by {facts.action}"
        status = facts.target


def check_views(world: World, job_id: JobId) -> None:
    """Everybody sees the job, its history and its actions exactly if the specification says so."""
    job = world.lives[job_id][-1]
    for actor in world.staff:
        seen = world.sees(actor, job_id)
        got = outcome(partial(get_job, world.ports, actor, job_id, {}))
        told = outcome(partial(job_history, world.ports, actor, job_id, {}))
        offers = outcome(partial(job_actions, world.ports, actor, job_id, {}))
        if not seen:
            absent = outcome(partial(get_job, world.ports, actor, actor.id, {}))
            for answer in (got, told, offers):
                assert isinstance(answer, NotFound), f"{actor.role} must not see a job that is {job.standing}"
                assert (answer.code, answer.detail) == (absent.code, absent.detail), "hidden is like absent"
            continue
        assert got == job, f"{actor.role} sees the job as it is"
        assert [entry.version for entry in told] == list(range(1, job.version + 1))
        for offer in offers:
            assert offer.allowed is allowed(world, actor, job, offer.action), f"{actor.role}: {offer.action}"


def allowed(world: World, actor: Actor, job: Job, action: Any) -> bool:
    """Whether tables and matrix, as the oracle reads them, let *actor* do *action* now."""
    step = world.lifecycle.step(action)
    return (
        step is not None
        and oracle.holds(actor, step.capability, job.technician_id)
        and (job.status, action) in world.table
    )


def check_past(world: World, job_id: JobId, at: Millis) -> None:
    """The job as of an instant is shown to those who see it both now and then, as it was then."""
    life = world.lives[job_id]
    past = oracle.until(life, at)
    for actor in world.staff:
        got = outcome(partial(get_job, world.ports, actor, job_id, {"as_of": [to_text(at)]}))
        if oracle.sees(actor, life) and oracle.sees(actor, past):
            assert not isinstance(got, HosannaError), f"{actor.role} saw it then and sees it now: {got!r}"
            assert body_of(got) == body_of(past[-1]), "the past is shown as it was"
        else:
            assert isinstance(got, NotFound), (
                f"{actor.role} must not see the past of a {life[-1].standing} job"
            )


def everything(world: World, actor: Actor, query: Mapping[str, Sequence[str]]) -> list[JobId]:
    """The ids of a whole list, through the use case and its cursors."""
    found: list[JobId] = []
    cursor: str | None = None
    for _ in range(10 + 10 * len(world.lives)):
        following = {} if cursor is None else {"cursor": [cursor]}
        page, cursor = list_jobs(world.ports, actor, {"limit": [PAGE], **query, **following})
        for row in page.rows:
            found.append(row.id)
            assert row.body == body_of(world.lives[row.id][-1]), "a row shows the job as it is"
        if cursor is None:
            return found
    raise AssertionError("the list never ended")


def check_list(world: World, actor: Actor, sort: Sort, **filters: str | None) -> None:
    """A list shows exactly what its caller may see and asked for, in its order, each job once."""
    query = {"sort": [sort.value], **{name: [value] for name, value in filters.items() if value is not None}}
    shown = [
        life[-1]
        for job_id, life in world.lives.items()
        if world.sees(actor, job_id) and _asked_for(life[-1], filters)
    ]
    shown.sort(key=lambda job: (_rank(job, sort), job.id), reverse=sort is Sort.NEWEST)
    assert everything(world, actor, query) == [job.id for job in shown], f"{actor.role} asked {query}"


def _asked_for(job: Job, filters: Mapping[str, str | None]) -> bool:
    words = split(filters.get("q") or "")
    mine = words_of(job)
    return (
        filters.get("status") in (None, job.status)
        and filters.get("technician_id") in (None, job.technician_id)
        and filters.get("priority") in (None, job.priority)
        and mine.issuperset(words[:-1])
        and (not words or any(word.startswith(words[-1]) for word in mine))
    )


def _rank(job: Job, sort: Sort) -> tuple[int, ...]:
    if sort is Sort.PRIORITY:
        return (list(Priority).index(job.priority), job.created_at)
    if sort is Sort.WINDOW:
        return (2**60 if job.window is None else job.window.start,)
    return (job.created_at,)


def check_bookings(world: World) -> None:
    """Nobody is in two places at once, unless somebody said that it shall be so; calendars hold what jobs say."""
    for actor in world.staff:
        jobs = world.busy(actor.id, "")
        for job in jobs:
            for other in jobs:
                if job.id < other.id and job.window and other.window and job.window.overlaps(other.window):
                    assert {job.id, other.id} & world.overridden, f"{job.id} and {other.id} overlap"
        calendar = world.calendars_now().get(actor.id)
        booked = set() if calendar is None else {(visit.job_id, visit.window) for visit in calendar.visits}
        assert booked == {(job.id, job.window) for job in jobs}, "the calendar holds what the jobs say"


def check_whole(world: World) -> None:
    """Every list of everybody, and every job, once at the end."""
    for job_id in world.lives:
        check_history(world, job_id)
        check_views(world, job_id)
    for actor in world.staff:
        for sort in Sort:
            check_list(world, actor, sort)
        for status in Status:
            check_list(world, actor, Sort.NEWEST, status=status.value)


def changed_fields(before: Job, job: Job) -> set[str]:
    """The names of what differs between two states."""
    return {name for name in type(job).__struct_fields__ if getattr(before, name) != getattr(job, name)}


def _somebody(world: World, role: Role) -> Actor:
    return next(actor for actor in world.staff if actor.role is role)
