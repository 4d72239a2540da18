"""Reports on the work: who has how much of it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import Flaw, Invalid
from hosanna_core.model.ids import JobId, UserId
from hosanna_core.model.instants import to_millis
from hosanna_core.model.people import Duty
from hosanna_core.model.query import CREW, JobFilter, Sort
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Action, Status
from hosanna_core.model.travel import point_of
from hosanna_core.model.workload import BookedVisit, Member, WorkloadDocument, workload_document
from hosanna_core.rules import history
from hosanna_core.rules.permissions import may
from hosanna_core.rules.visibility import scope_of
from hosanna_core.rules.workload import workload
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.keeping import kept
from hosanna_core.usecases.page_by_page import jobs_by_page
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import MOST_ROWS
from hosanna_core.usecases.report_forms import WorkloadQuery
from hosanna_core.usecases.report_periods import active_and, period_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hosanna_core.model.entry import Entry
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.report_forms import ReportFormat

LONGEST: Final = 62
"""Days that a report of the workload looks at."""
USUAL: Final = 14
"""Days that it looks at where nobody says."""
MOST_VISITS: Final = 50_000
MOST_HISTORIES: Final = 1_000
"""For so many visits that no calendar has any more it is looked up whether they were booked against the rules."""
_AT_WORK: Final = frozenset(
    {Status.ASSIGNED, Status.DISPATCHED, Status.IN_PROGRESS, Status.ON_HOLD, Status.COMPLETED, Status.BILLED}
)
_PLACING: Final = frozenset({Action.ASSIGN, Action.REASSIGN, Action.RESCHEDULE})


class _Stretch(msgspec.Struct):
    start: str
    end: str


class _Site(msgspec.Struct):
    latitude: float | None
    longitude: float | None


class _Booked(msgspec.Struct):
    """What is read of a job's document."""

    id: JobId
    technician_id: UserId
    window: _Stretch
    site: _Site

    def value(self) -> BookedVisit:
        return BookedVisit(
            job_id=self.id,
            technician_id=self.technician_id,
            window=Window(to_millis(self.window.start), to_millis(self.window.end)),
            place=point_of(self.site),
        )


_booked_from = msgspec.json.Decoder(_Booked).decode


def report_workload(
    ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]
) -> tuple[WorkloadDocument, ReportFormat]:
    """Who works how much in [from, to), of the jobs that *actor* sees; and the format that they ask for.

    Visits that start in that time count, from ASSIGNED on, unless they are cancelled; so do technicians who are active
    and have none. Where one end is left out it is two weeks from the other; where both are, the two weeks up to today.
    What was made a moment ago may be answered again.
    Raises PermissionDenied; Invalid also for a time that is longer than 62 days or has more than 50,000 visits.
    """
    demand(may(actor, Duty.SEE_REPORTS))
    asked = judge_query(WorkloadQuery, query)
    period = period_of(ports, asked, USUAL, LONGEST)
    return kept(ports, actor, period, WorkloadDocument, lambda: _made(ports, actor, period)), asked.format


def _made(ports: Ports, actor: Actor, period: Window) -> WorkloadDocument:
    now = ports.outside.now()
    # Once each, also where one is moved on while the pages are read.
    visits = {visit.job_id: visit for visit in _visits(ports, actor, period)}.values()
    members, overridden = _crew(ports, {visit.technician_id for visit in visits})
    known = _judged(ports, visits, overridden)
    return workload_document(period, workload(members, known, ports.travel.legs), now)


def _visits(ports: Ports, actor: Actor, period: Window) -> Iterator[BookedVisit]:
    """Those that start in the period, by the index that lists by windows are made from."""
    wanted = JobFilter(statuses=_AT_WORK, window_from=period.start, window_to=period.end)
    scope = scope_of(actor).narrow(wanted)
    seen = 0
    for page in () if scope is None else jobs_by_page(ports, scope, wanted, Sort.WINDOW):
        seen += len(page)
        if seen > MOST_VISITS:
            raise Invalid((Flaw("/to", f"leaves more than {MOST_VISITS:,} visits: ask for fewer days"),))
        for row in page:
            yield _booked_from(row.body).value()


def _crew(ports: Ports, at_work: set[UserId]) -> tuple[list[Member], dict[JobId, bool]]:
    """The active technicians and whoever else has work; and which of the visits in their calendars are overrides."""
    members: list[Member] = []
    overridden: dict[JobId, bool] = {}
    for users in active_and(ports, CREW, at_work):
        calendars = ports.store.calendars.of([user.id for user in users])
        for user in users:
            calendar = calendars.get(user.id)
            if calendar is None:
                members.append(Member(id=user.id, full_name=user.full_name))
                continue
            availability = calendar.availability
            members.append(
                Member(
                    id=user.id,
                    full_name=user.full_name,
                    timezone=availability.timezone,
                    home=availability.home,
                )
            )
            overridden.update((visit.job_id, visit.override) for visit in calendar.visits)
    return members, overridden


def _judged(
    ports: Ports, visits: Iterable[BookedVisit], overridden: Mapping[JobId, bool]
) -> Iterator[BookedVisit]:
    """The visits with what is known of overrides: by the calendars, else by their histories, while few are read."""
    visits = list(visits)
    unknown = (visit.job_id for visit in visits if visit.job_id not in overridden)
    known = {**overridden, **_read_overridden(ports, list(islice(unknown, MOST_HISTORIES)))}
    for visit in visits:
        yield msgspec.structs.replace(visit, override=known.get(visit.job_id))


def _read_overridden(ports: Ports, job_ids: Sequence[JobId]) -> dict[JobId, bool]:
    found: dict[JobId, bool] = {}
    for at in range(0, len(job_ids), MOST_ROWS):
        histories = ports.store.jobs.histories(job_ids[at : at + MOST_ROWS])
        found.update((job_id, _was_overridden(entries)) for job_id, entries in histories.items())
    return found


def _was_overridden(entries: Sequence[Entry]) -> bool:
    """Whether whoever placed the visit last did it against the rules."""
    placed = (history.read(entry) for entry in reversed(entries))
    last = next((facts for facts in placed if facts.action in _PLACING), None)
    return last is not None and bool(last.changes.get("override"))
