"""A hypothesis state machine that plays a contractor's office on any set of adapters, and checks every step.

Subclass, override `make_store` (or `make_ports`), and give pytest the machine's `TestCase`:

```python
class MyMachine(WorkflowMachine):
    def make_store(self) -> Store:
        return MyStore().ports()

TestMyWorkflow = MyMachine.TestCase
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from hosanna_core.errors import (
    HardRuleBroken,
    HosannaError,
    IllegalTransition,
    Invalid,
    JobClosed,
    LastAdministrator,
    NotFound,
    PermissionDenied,
    PreconditionFailed,
)
from hosanna_core.model.documents import body_of
from hosanna_core.model.ids import DAY, MINUTE
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.query import Sort
from hosanna_core.model.status import Action, Priority, Status
from hosanna_core.rules.lifecycle import STANDARD, Lifecycle
from hosanna_core.testing import bodies, deeds, oracle, watching
from hosanna_core.testing.doubles import StandingClock, ports_on
from hosanna_core.testing.samples import TRADE_WORDS
from hosanna_core.testing.watching import World, outcome
from hosanna_core.usecases.fieldwork import transition_job
from hosanna_core.usecases.forms import ORDER_FORMS
from hosanna_core.usecases.jobs import IfMatch, create_job, edit_job
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.performing import Once
from hosanna_core.usecases.user_forms import UserForm
from hosanna_core.usecases.users import create_user, install_administrator, set_active

if TYPE_CHECKING:
    from hosanna_core.model.job import Job
    from hosanna_core.ports import Ports, Store

PASSWORD = "a long password"  # noqa: S105  # nobody is called so
EMPTY = Unparsed(b"")
STAFF = (Role.ADMINISTRATOR, Role.OFFICE_MANAGER, Role.TECHNICIAN, Role.TECHNICIAN)
"""Who is there beside the first Administrator."""
somebody = st.integers(0, len(STAFF))
something = st.integers(0, 50)
depths = st.sampled_from((6, 5, 4, 3, 2, 1, 0))


class WorkflowMachine(RuleBasedStateMachine):
    """Random people do random things; tables, matrix, visibility, history and calendars must hold after each."""

    lifecycle: ClassVar[Lifecycle] = STANDARD
    """Yours, if the adapters are to be driven through another one."""
    world: World

    def make_store(self) -> Store:
        """An empty store, for each run of the machine. Yours."""
        raise NotImplementedError(f"{type(self).__name__} must override make_store or make_ports")

    def make_ports(self) -> Ports:
        """All ports: your store among the kit's stand-ins. Override it to drive other ports as well."""
        return ports_on(self.make_store(), lifecycle=self.lifecycle, clock=self.clock)

    def __init__(self) -> None:
        super().__init__()
        self.clock = StandingClock()
        self.steps = 0

    @initialize(book=st.lists(st.tuples(bodies.job_bodies(), depths, bodies.wishes()), max_size=4))
    def open_the_office(self, book: list[tuple[dict[str, Any], int, bodies.Wish]]) -> None:
        """Somebody of every role comes to work, and a few jobs are under way already."""
        ports = self.make_ports()
        form = UserForm(
            email="first@example.com", full_name="First", role=Role.ADMINISTRATOR, password=PASSWORD
        )
        first = install_administrator(ports, form)
        staff = [Actor(first.id, first.role)]
        for number, role in enumerate(STAFF):
            body = {
                "email": f"user{number}@example.com",
                "full_name": f"User {number}",
                "role": role.value,
                "password": PASSWORD,
            }
            user = create_user(ports, staff[0], Unparsed.of(body))
            staff.append(Actor(user.id, user.role))
        self.world = World(ports, staff, self.lifecycle)
        for number, (body, depth, wish) in enumerate(book):
            self.create(0, body)
            self.go_on(number, depth, wish)

    @rule(who=somebody, body=bodies.job_bodies())
    def create(self, who: int, body: dict[str, Any]) -> None:
        """Somebody makes a job."""
        actor = self.world.staff[who]
        made = outcome(lambda: create_job(self.world.ports, actor, Unparsed.of(body)))
        if actor.role is not Role.ADMINISTRATOR:
            self._refused(made, PermissionDenied)
            return
        self._accepted(made)
        assert (made.status, made.version) == (Status.TENTATIVE, 1)
        numbers = [life[0].number for life in self.world.lives.values()]
        assert len(numbers) == len(set(numbers)), "numbers are unique"
        self._look(made)

    @precondition(lambda self: self.world.lives)
    @rule(
        who=somebody, which=something, action=st.sampled_from(Action), wish=bodies.wishes(), stale=something
    )
    def act(self, who: int, which: int, action: Action, wish: bodies.Wish, stale: int) -> None:
        """Somebody tries some action on some job."""
        self._act(self.world.staff[who], self._job(which), action, wish, stale=stale == 0)

    @precondition(lambda self: self.world.lives)
    @rule(which=something, pick=something, wish=bodies.wishes())
    def act_as_the_tables_allow(self, which: int, pick: int, wish: bodies.Wish) -> None:
        """Somebody who may does something that can be done."""
        job = self._job(which)
        able = deeds.able(self.world, job)
        if able:
            actor, action = able[pick % len(able)]
            self._act(actor, job, action, wish)

    @precondition(lambda self: self.world.lives)
    @rule(which=something, steps=depths, wish=bodies.wishes())
    def go_on(self, which: int, steps: int, wish: bodies.Wish) -> None:
        """A job is moved on, the first row of the tables first: without this most would never get far."""
        for _ in range(steps):
            job = self._job(which)
            for actor, action in deeds.able(self.world, job)[:1]:
                self._act(actor, job, action, wish)

    @precondition(lambda self: self.world.lives)
    @rule(who=somebody, which=something, patch=bodies.patches(), stale=st.booleans())
    def edit(self, who: int, which: int, patch: dict[str, Any], stale: bool) -> None:
        """Somebody edits a job's details."""
        actor, job = self.world.staff[who], self._job(which)
        match = IfMatch(frozenset({job.version - 1 if stale else job.version}))
        edited = outcome(
            lambda: edit_job(self.world.ports, actor, job.id, Unparsed.of(patch), if_match=match)
        )
        if not self.world.sees(actor, job.id):
            self._refused(edited, NotFound)
        elif actor.role is not Role.ADMINISTRATOR:
            self._refused(edited, PermissionDenied)
        elif stale:
            self._refused(edited, PreconditionFailed)
        elif not any(source == job.status for source, _ in self.world.table):
            self._refused(edited, JobClosed)
        elif edited == job:
            watching.check_nothing_changed(self.world)
        else:
            self._accepted(edited)
            own = {*patch, "customer_keys", "version", "updated_at", "chain"}
            assert watching.changed_fields(job, edited) <= own, "an edit changes what it names"
            self._look(edited)

    @precondition(lambda self: self.world.lives)
    @rule(which=something, wish=bodies.wishes(), pick=something)
    def repeat(self, which: int, wish: bodies.Wish, pick: int) -> None:
        """Somebody sends the same request twice, with a key: it is done once."""
        job = self._job(which)
        able = [
            action
            for action in self.world.lifecycle.allowed(job.status)
            if watching.allowed(self.world, self.world.staff[0], job, action)
        ]
        if not able:
            return
        actor, action = self.world.staff[0], able[pick % len(able)]
        once = Once.of(self.world.ports.keys, actor.id, f"{job.id}|{action}", str(job.version), b"")
        body = deeds.order(self.world, action, wish)

        def send() -> Any:
            return outcome(lambda: transition_job(self.world.ports, actor, job.id, action, body, once=once))

        first = send()
        if isinstance(first, HosannaError):
            self._refused(first, HosannaError)
            return
        self._moved(job, action, wish, first)
        again = send()
        assert not isinstance(again, HosannaError), f"a repeated request is answered, not refused: {again!r}"
        assert body_of(again) == body_of(first), "a repeated request is answered alike"
        watching.check_nothing_changed(self.world)

    @rule(who=somebody, active=st.booleans())
    def let_in_or_shut_out(self, who: int, active: bool) -> None:
        """The first Administrator activates or deactivates somebody; one Administrator stays."""
        subject, world = self.world.staff[who], self.world
        answer = outcome(
            lambda: set_active(world.ports, world.staff[0], subject.id, active=active, body=EMPTY)
        )
        left = [
            each
            for each in world.staff
            if each.role is Role.ADMINISTRATOR and each.id not in world.inactive and each != subject
        ]
        if (
            subject.role is Role.ADMINISTRATOR
            and not active
            and not left
            and subject.id not in world.inactive
        ):
            self._refused(answer, LastAdministrator)
            return
        assert not isinstance(answer, HosannaError), repr(answer)
        (world.inactive.discard if active else world.inactive.add)(subject.id)
        caller = world.ports.store.users.caller(subject.id)
        assert caller is not None
        assert caller.active is active
        world.calendars = world.calendars_now()

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        """Time goes by."""
        self.clock.step(minutes * MINUTE)

    @precondition(lambda self: self.world.lives)
    @rule(which=something, back=st.integers(0, 300))
    def look_back(self, which: int, back: int) -> None:
        """Everybody asks how a job was some minutes ago."""
        job = self._job(which)
        watching.check_past(self.world, job.id, max(0, self.clock.now() - back * MINUTE))

    @rule(
        who=somebody,
        sort=st.sampled_from(Sort),
        status=st.none() | st.sampled_from(Status),
        priority=st.none() | st.sampled_from(Priority),
        technician=st.none() | somebody,
        q=st.none() | st.sampled_from((*TRADE_WORDS, "pan", "j-0", "panel up", "rewire señor")),
    )
    def browse(self, who: int, sort: Sort, technician: int | None, **filters: str | None) -> None:
        """Somebody looks through a list or searches."""
        if technician is not None:
            filters["technician_id"] = self.world.staff[technician].id
        watching.check_list(self.world, self.world.staff[who], sort, **filters)

    def teardown(self) -> None:
        """At the end everything is looked at once more, by everybody."""
        if hasattr(self, "world"):
            watching.check_whole(self.world)

    def _job(self, which: int) -> Job:
        lives = list(self.world.lives.values())
        return lives[which % len(lives)][-1]

    def _act(self, actor: Actor, job: Job, action: Action, wish: bodies.Wish, *, stale: bool = False) -> None:
        if action is Action.CREATE:
            body, match = EMPTY, None
        else:
            body, match = (
                deeds.order(self.world, action, wish),
                IfMatch(frozenset({job.version + 1})) if stale else None,
            )
        answer = outcome(
            lambda: transition_job(self.world.ports, actor, job.id, action, body, if_match=match)
        )
        refusal = self._refusal(actor, job, action, wish, stale)
        if refusal is None:
            self._moved(job, action, wish, answer)
        else:
            self._refused(answer, refusal)

    def _refusal(
        self, actor: Actor, job: Job, action: Action, wish: bodies.Wish, stale: bool
    ) -> type[HosannaError] | None:
        """What the specification answers, in the order of its refusals."""
        step = self.world.lifecycle.step(action)
        if step is None or not step.sources or not self.world.sees(actor, job.id):
            return NotFound
        if not oracle.holds(actor, step.capability, job.technician_id):
            return PermissionDenied
        if self._unsound(job, action, wish):
            return Invalid
        if stale:
            return PreconditionFailed
        if (job.status, action) not in self.world.table:
            return IllegalTransition
        return HardRuleBroken if self._in_the_way(job, action, wish) else None

    def _unsound(self, job: Job, action: Action, wish: bodies.Wish) -> bool:
        fields = ORDER_FORMS[action].model_fields
        if "window" in fields and action is Action.RESCHEDULE and wish.slot is None:
            return True
        if "window" in fields and wish.slot is not None and job.duration_minutes > 120:  # a slot's length
            return True
        if "technician_id" not in fields:
            return False
        technician = deeds.technician(self.world, wish)
        same = action is Action.REASSIGN and technician == job.technician_id
        return same or technician == self.world.staff[0].id

    def _in_the_way(self, job: Job, action: Action, wish: bodies.Wish) -> bool:
        fields = ORDER_FORMS[action].model_fields
        if "override" in fields and wish.override:
            return False
        technician = deeds.technician(self.world, wish) if "technician_id" in fields else job.technician_id
        window = job.window if wish.slot is None else bodies.slot_window(wish.slot)
        if "window" not in fields or technician is None:
            return False
        if action is Action.RESCHEDULE and window == job.window:
            return False
        busy = self.world.busy(technician, job.id)
        overlap = window and any(other.window and other.window.overlaps(window) for other in busy)
        return technician in self.world.inactive or bool(overlap)

    def _moved(self, job: Job, action: Action, wish: bodies.Wish, answer: Any) -> None:
        """The job went where the table says, and nothing else of it changed."""
        self._accepted(answer, job)
        step = self.world.lifecycle.step(action)
        assert step is not None
        assert answer.status is self.world.table[job.status, action], "a status is reached by the tables only"
        fields = ORDER_FORMS[action].model_fields
        own = {"status", "standing", "stages", "version", "updated_at", "chain", *step.clears, *fields}
        assert watching.changed_fields(job, answer) <= own, "a transition changes what it names"
        assert all(getattr(answer, name) is None for name in step.clears)
        if "technician_id" in fields:
            assert answer.technician_id == deeds.technician(self.world, wish)
        if "window" in fields and wish.slot is not None:
            assert answer.window == bodies.slot_window(wish.slot)
        if "override" in fields and wish.override:
            self.world.overridden.add(job.id)
        elif "override" in fields or answer.window is None or answer.technician_id is None:
            self.world.overridden.discard(job.id)
        self._look(answer)

    def _accepted(self, answer: Any, before: Job | None = None) -> None:
        assert not isinstance(answer, HosannaError), f"refused: {answer!r}"
        known = self.world.lives.get(answer.id)
        last = before or (known[-1] if known else None)
        assert answer.version == (last.version + 1 if last else 1), "versions rise one by one"
        assert self.clock.now() - DAY < answer.updated_at <= self.clock.now()
        self.world.remember(answer)

    def _refused(self, answer: Any, error: type[HosannaError]) -> None:
        assert isinstance(answer, error), f"expected {error.__name__}, got {answer!r}"
        watching.check_nothing_changed(self.world)

    def _look(self, job: Job) -> None:
        """After each step: the job on every way of reading, and one list of everybody, another order each time."""
        watching.check_history(self.world, job.id)
        watching.check_views(self.world, job.id)
        watching.check_past(self.world, job.id, job.updated_at)
        watching.check_bookings(self.world)
        self.steps += 1
        for actor in self.world.staff:
            watching.check_list(self.world, actor, tuple(Sort)[self.steps % len(Sort)])
