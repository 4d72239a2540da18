"""Making and reading plans of days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.errors import Flaw, Invalid, NotFound
from hosanna_core.model.change import Change
from hosanna_core.model.dayplan import Assumption, DayPlan, PlanStatus
from hosanna_core.model.event import Ref
from hosanna_core.model.people import Duty
from hosanna_core.rules.assignment.dayplan.calming import calmed
from hosanna_core.rules.assignment.dayplan.posing import pose
from hosanna_core.rules.assignment.dayplan.reading import read
from hosanna_core.rules.assignment.dayplan.telling import assumptions, changes, costs_of
from hosanna_core.rules.permissions import may
from hosanna_core.usecases.cursors import judge_page
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.performing import Once, answered_once, receipt_of
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.plan_forms import PLANNERS, PlanForm
from hosanna_core.usecases.plan_gathering import gather
from hosanna_core.usecases.queries import NoQuery, PageQuery
from hosanna_core.usecases.ways import TravelMatrix, way_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hosanna_core.model.change import Receipt
    from hosanna_core.model.dayplan import PlanSummary
    from hosanna_core.model.ids import Id, Millis
    from hosanna_core.model.people import Actor
    from hosanna_core.model.planning import Plan
    from hosanna_core.ports import Planner, Ports
    from hosanna_core.ports.planners import Progress
    from hosanna_core.rules.assignment.dayplan.posing import Posed
    from hosanna_core.usecases.judging import Unparsed
    from hosanna_core.usecases.plan_gathering import Gathered

KEEPING: Final = 0.75
"""The share of the time in which every promise is kept; in the rest it is seen what is served only by coming late."""
LEAST: Final = 0.05
"""The share that is left for that however busy the machine is."""


def make_plan(
    ports: Ports,
    actor: Actor,
    body: Unparsed,
    *,
    once: Once | None = None,
    progress: Progress | None = None,
) -> DayPlan:
    """Plan a day, or some jobs, and keep the plan as a draft: nothing is booked.

    Takes as long as it is told to: call it where nobody waits for the thread. Every job that is asked for is in a
    route, or left out with its reasons. Raises PermissionDenied, Unreadable, Invalid, Busy, KeyReused.
    """

    def work() -> DayPlan:
        demand(may(actor, Duty.PLAN_DAYS))
        form = body.judge(PlanForm, {PLANNERS: ports.planners})
        planner = _planner(ports, form)
        gathered = gather(ports, actor, form)
        posed = pose(gathered.question, lambda points: TravelMatrix(ports.travel, points))
        found = solved(posed, planner, form.seconds, progress, ports.outside.now)
        plan = _plan(ports, actor, form, gathered, posed, found)
        receipt = receipt_of(once, Ref("plan", plan.id), plan.version, plan.created_at)
        ports.store.ledger.commit(Change(root=plan, expected=None, receipt=receipt))
        return plan

    return answered_once(ports, once, work, lambda receipt: plan_answered(ports, actor, receipt))


def _planner(ports: Ports, form: PlanForm) -> Planner:
    planner = ports.planners.get(form.planner)
    if planner is None:
        there = ", ".join(sorted(ports.planners))
        raise Invalid((Flaw("/planner", f"is not installed here: there are {there}"),))
    return planner


def solved(
    posed: Posed,
    planner: Planner,
    seconds: float,
    progress: Progress | None,
    now: Callable[[], Millis] = lambda: 0,
) -> Plan:
    """The plan that breaks no promise; and if that leaves something out, the one that comes late where that pays."""
    start, begun = posed.start(), now()
    if not posed.promises:
        return calmed(
            posed.problem, planner.plan(posed.problem, seconds, start=start, progress=progress), start
        )
    keeping = KEEPING * seconds
    first = planner.plan(posed.problem, keeping, start=start, progress=_part(progress, 0.0, KEEPING))
    # A busy machine may have taken some of the rest already, and thousands of jobs all of it.
    taken = (now() - begun) / 1000
    if taken > seconds:
        return calmed(posed.problem, first, start)
    left = max(seconds - max(keeping, taken), LEAST * seconds)
    problem = posed.relaxed(first) or posed.problem
    found = planner.plan(problem, left, seed=1, start=first, progress=_part(progress, KEEPING, 1.0))
    return calmed(problem, found, start)


def _part(progress: Progress | None, begin: float, end: float) -> Progress | None:
    if progress is None:
        return None
    return lambda share: progress(begin + (end - begin) * share)


def _plan(
    ports: Ports, actor: Actor, form: PlanForm, gathered: Gathered, posed: Posed, found: Plan
) -> DayPlan:
    question, now = gathered.question, ports.outside.now()
    answer = read(posed, found, lambda here, there: way_of(ports.travel, here, there))
    before = question.before
    crew = question.crew
    asked = {job.id for job in question.jobs}
    return DayPlan(
        id=ports.outside.mint(),
        version=1,
        status=PlanStatus.DRAFT,
        actor_id=actor.id,
        created_at=now,
        updated_at=now,
        date=question.day.date,
        timezone=question.day.timezone,
        start=question.day.start,
        end=question.day.end,
        crew=crew,
        pins=tuple(question.pins.values()),
        planner=form.planner,
        seconds=form.seconds,
        routes=answer.routes,
        left_out=answer.left_out,
        not_considered=gathered.passed_over,
        not_considered_count=gathered.more,
        assumptions=(*assumptions(posed), *_of_the_day(gathered)),
        costs=costs_of(posed, found, answer),
        based_on=None if before is None else before.id,
        changes=() if before is None else tuple(changes(before, crew, answer.routes, asked)),
    )


def _of_the_day(gathered: Gathered) -> Iterator[Assumption]:
    if not gathered.named_day:
        text = f"Nobody said which day: it is {gathered.question.day.date}."
        yield Assumption(kind="day", text=text)
    if gathered.more:
        text = f"{gathered.more} confirmed jobs were too many for one plan: those of the day come first."
        yield Assumption(kind="not_considered", text=text, job_ids=gathered.passed_over[:10])
    if gathered.larger_crew:
        most = len(gathered.question.calendars)
        text = f"There are more technicians than one plan is made for: it is for the {most} oldest accounts."
        yield Assumption(kind="larger_crew", text=text)


def plan_answered(ports: Ports, actor: Actor, receipt: Receipt) -> DayPlan:
    """The plan of a request that was done before."""
    demand(may(actor, Duty.PLAN_DAYS))
    return plan_found(ports, receipt.subject.id)


def plan_found(ports: Ports, plan_id: Id) -> DayPlan:
    """The plan; NotFound if there is none."""
    plan = ports.store.dayplans.get(plan_id)
    if plan is None:
        raise NotFound
    return plan


def get_plan(ports: Ports, actor: Actor, plan_id: Id, query: Mapping[str, Sequence[str]]) -> DayPlan:
    """One plan, for those who plan. Raises PermissionDenied, NotFound, Invalid."""
    demand(may(actor, Duty.PLAN_DAYS))
    plan = plan_found(ports, plan_id)
    judge_query(NoQuery, query)
    return plan


def list_plans(
    ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]
) -> tuple[list[PlanSummary], str | None]:
    """A page of the plans, newest first, and the cursor that goes on from it."""
    demand(may(actor, Duty.PLAN_DAYS))
    asked, position = judge_page(PageQuery, query, ports.keys.cursors, actor, "plans")
    return position.page(ports.store.dayplans.page, asked.limit)
