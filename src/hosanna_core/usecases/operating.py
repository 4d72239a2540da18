"""The operational report: sums of what was counted, over the jobs that the caller may see."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from hosanna_core.model.ids import EARLIEST, HOUR
from hosanna_core.model.instants import to_text
from hosanna_core.model.operations import (
    ArrivalsDocument,
    DayDocument,
    JobsDocument,
    OperationsDocument,
    StageDocument,
    StatusDocument,
    StepsDocument,
    ThroughputDocument,
    UtilisationDocument,
)
from hosanna_core.model.people import Duty
from hosanna_core.model.query import CREW, JobFilter
from hosanna_core.model.schedule import Availability
from hosanna_core.model.status import Action, Status
from hosanna_core.model.tally import Arrival, Measure
from hosanna_core.rules.operations import (
    AGES,
    MEDIAN,
    P90,
    available,
    histogram,
    minutes,
    quantile,
    share,
    whole_quarters,
)
from hosanna_core.rules.permissions import may
from hosanna_core.rules.tallies import sees_the_hidden
from hosanna_core.rules.verdicts import Allowed
from hosanna_core.rules.visibility import scope_of
from hosanna_core.usecases.activity import activity_of, reasons_of
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.keeping import kept
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.report_forms import OperationsQuery
from hosanna_core.usecases.report_periods import active_and, period_of
from hosanna_core.usecases.report_sums import Asker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hosanna_core.model.firm import Firm
    from hosanna_core.model.people import Actor
    from hosanna_core.model.schedule import Window
    from hosanna_core.model.tally import Sum
    from hosanna_core.ports import Ports
    from hosanna_core.rules.lifecycle import Lifecycle
    from hosanna_core.rules.visibility import Scope
    from hosanna_core.usecases.report_forms import ReportFormat

LONGEST: Final = 366
"""Days that the operational report looks at."""
USUAL: Final = 30
"""Days that it looks at where nobody says."""
STEPS: Final = {
    Action.CREATE: "created",
    Action.CONFIRM: "confirmed",
    Action.COMPLETE: "completed",
    Action.BILL: "billed",
    Action.CANCEL: "cancelled",
}
"""The actions whose numbers are told by day, and what they are called."""
_OF_THE_WHOLE: Final = (Measure.STAYED, Measure.LATE, Measure.ARRIVED, Measure.WORKED)
_AGES: Final = ("under_1_day", "under_7_days", "under_30_days", "under_90_days", "older")


def report_operations(
    ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]
) -> tuple[OperationsDocument, ReportFormat]:
    """How the work went in [from, to), of the jobs that *actor* sees now; and the format that they ask for.

    The ends are moved outward to whole quarters of an hour. Where one is left out it is 30 days from the other; where
    both are, the 30 days up to today. What was made a moment ago may be answered again.
    Raises PermissionDenied; Invalid also for a time that is longer than 366 days.
    """
    demand(may(actor, Duty.SEE_REPORTS))
    asked = judge_query(OperationsQuery, query)
    period = whole_quarters(period_of(ports, asked, USUAL, LONGEST))
    # What people did is a matter of the audit trail.
    people = isinstance(may(actor, Duty.SEE_AUDIT_TRAIL), Allowed)

    def make() -> OperationsDocument:
        return _made(ports, scope_of(actor), period, people=people)

    return kept(ports, actor, period, OperationsDocument, make, more=people), asked.format


def _made(ports: Ports, scope: Scope, period: Window, *, people: bool) -> OperationsDocument:
    firm = ports.store.firms.get()
    timezone = firm.company.timezone
    asker = Asker(scope=scope, hidden=sees_the_hidden(scope), period=period, timezone=timezone)
    by_day, whole = asker.asked(ports, (Measure.MOVED, *((Measure.ACTED,) if people else ())), _OF_THE_WHOLE)
    moved = _keys(each for sums in by_day.values() for each in sums if each.measure is Measure.MOVED)
    return OperationsDocument(
        since=to_text(period.start),
        until=to_text(period.end),
        timezone=timezone,
        at=to_text(ports.outside.now()),
        jobs=_jobs(ports, scope),
        throughput=_throughput(by_day),
        stages=tuple(_stages(whole, ports.lifecycle)),
        arrivals=_arrivals(whole),
        technicians=tuple(_technicians(ports, firm, period, whole)),
        reasons=reasons_of(ports, scope, period, moved),
        **({"users": activity_of(ports, asker, by_day)} if people else {}),
    )


def _keys(sums: Iterable[Sum]) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in sums:
        found[each.key] += each.n
    return found


def _jobs(ports: Ports, scope: Scope) -> JobsDocument:
    """How many there are now; whoever is younger than a day was created at most so long ago."""
    now = ports.outside.now()
    since = [max(now - age + 1, EARLIEST) for age in AGES]
    standing = ports.store.tallies.standing(scope, since)
    statuses = []
    for status in Status:
        narrow = scope.narrow(JobFilter(statuses=frozenset({status})))
        if narrow is not None:
            counts = [sum(each) for each in zip(*(standing[each] for each in narrow.standings), strict=True)]
            ages: dict[str, Any] = dict(zip(_AGES, counts, strict=True))
            statuses.append(StatusDocument(status=status, count=sum(counts), **ages))
    return JobsDocument(total=sum(each.count for each in statuses), statuses=tuple(statuses))


def _throughput(by_day: Mapping[str, Sequence[Sum]]) -> ThroughputDocument:
    days, total = [], Counter[str]()
    for date, sums in sorted(by_day.items()):
        steps = {STEPS[Action(each.key)]: each.n for each in sums if _is_step(each)}
        total.update(steps)
        days.append(DayDocument(date=date, **steps))
    return ThroughputDocument(total=StepsDocument(**total), days=tuple(days))


def _is_step(each: Sum) -> bool:
    return each.measure is Measure.MOVED and each.key in STEPS


def _stages(whole: Iterable[Sum], lifecycle: Lifecycle) -> Iterator[StageDocument]:
    """Of each status that can be left."""
    counts = histogram(each for each in whole if each.measure is Measure.STAYED)
    for status in Status:
        if status in counts or not lifecycle.final(status):
            of_it = counts.get(status, Counter())
            yield StageDocument(
                status=status,
                count=sum(of_it.values()),
                median_minutes=minutes(quantile(of_it, MEDIAN)),
                p90_minutes=minutes(quantile(of_it, P90)),
            )


def _arrivals(whole: Iterable[Sum]) -> ArrivalsDocument:
    counts = _keys(each for each in whole if each.measure is Measure.ARRIVED)
    late = histogram(each for each in whole if each.measure is Measure.LATE).get("", Counter())
    in_time = counts[Arrival.EARLY] + counts[Arrival.WITHIN]
    return ArrivalsDocument(
        starts=counts.total(),
        early=counts[Arrival.EARLY],
        within=counts[Arrival.WITHIN],
        late=counts[Arrival.LATE],
        unpromised=counts[Arrival.UNPROMISED],
        on_time=share(in_time, in_time + counts[Arrival.LATE]),
        late_median_minutes=minutes(quantile(late, MEDIAN)),
        late_p90_minutes=minutes(quantile(late, P90)),
    )


def _technicians(ports: Ports, firm: Firm, period: Window, whole: Iterable[Sum]) -> list[UtilisationDocument]:
    """Who is active, and whoever else has worked, by name."""
    worked = _keys(each for each in whole if each.measure is Measure.WORKED)
    found = []
    for users in active_and(ports, CREW, set(worked)):
        calendars = ports.store.calendars.of([user.id for user in users])
        for user in users:
            calendar = calendars.get(user.id)
            availability = Availability() if calendar is None else calendar.availability
            time = available(availability, firm.hours, period)
            found.append(
                UtilisationDocument(
                    technician_id=user.id,
                    full_name=user.full_name,
                    worked_hours=round(worked[user.id] / HOUR, 2),
                    available_hours=None if time is None else round(time / HOUR, 2),
                    utilisation=None if time is None else share(worked[user.id], time),
                )
            )
    return sorted(found, key=lambda each: (each.full_name.casefold(), each.technician_id))
