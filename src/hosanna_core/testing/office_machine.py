"""An office at work, for machines that watch what others hear of it: what happened is written into a chronicle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from hosanna_core.errors import HosannaError
from hosanna_core.model.ids import MINUTE
from hosanna_core.model.instants import to_text
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.status import Action, Status
from hosanna_core.rules.lifecycle import STANDARD
from hosanna_core.testing import bodies, deeds
from hosanna_core.testing.doubles import StandingClock
from hosanna_core.testing.samples import TRADE_WORDS
from hosanna_core.testing.tellings_known import Chronicle
from hosanna_core.testing.watching import World, outcome
from hosanna_core.usecases.announcing import make_announcement
from hosanna_core.usecases.fieldwork import transition_job
from hosanna_core.usecases.following import follow_job, unfollow_job
from hosanna_core.usecases.inbox import read_all_notifications, read_notification
from hosanna_core.usecases.jobs import IfMatch, create_job, edit_job
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.user_forms import UserForm
from hosanna_core.usecases.users import create_user, install_administrator, set_active, set_role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_core.model.job import Job
    from hosanna_core.ports import Ports

PASSWORD: Final = "a long password"  # noqa: S105  # nobody is called so
EMPTY: Final = Unparsed(b"")
STAFF: Final = (
    Role.TECHNICIAN, Role.OFFICE_MANAGER, Role.TECHNICIAN, Role.TECHNICIAN, Role.OFFICE_MANAGER, Role.ADMINISTRATOR,
)  # fmt: skip
"""Who is there beside the first Administrator."""
INTO_THE_FIELD: Final = {
    Status.TENTATIVE: Action.CONFIRM,
    Status.CONFIRMED: Action.ASSIGN,
    Status.ASSIGNED: Action.DISPATCH,
}
OUT_OF_THE_FIELD: Final = {
    Status.DISPATCHED: Action.RECALL,
    Status.IN_PROGRESS: Action.RETURN_VISIT,
    Status.ON_HOLD: Action.RETURN_VISIT,
    Status.COMPLETED: Action.REOPEN,
}
somebody = st.integers(0, len(STAFF))
something = st.integers(0, 50)
seldom = st.sampled_from((False, False, False, True))
wishes = st.builds(
    bodies.Wish,
    st.sampled_from((1, 1, 1, 1, 2, 3, 0)),
    st.none() | st.none() | bodies.slots(),
    seldom,
    st.sampled_from(TRADE_WORDS),
)
"""As in `bodies`, but one technician gets most of the work: so there is much that comes and goes for somebody."""


class OfficeMachine(RuleBasedStateMachine):
    """Random people do random things; what became of it is in the `chronicle`. Subclasses watch who hears of it."""

    servers: list[Ports]
    """The same system, once or more often: whatever is done is done by one of them."""
    world: World
    chronicle: Chronicle

    def __init__(self) -> None:
        super().__init__()
        self.clock = StandingClock()

    def hire(self) -> None:
        """Somebody of every role comes to work."""
        ports = self.servers[0]
        form = UserForm(
            email="first@example.com", full_name="First", role=Role.ADMINISTRATOR, password=PASSWORD
        )
        users = [install_administrator(ports, form)]
        first = Actor(users[0].id, users[0].role)
        for number, role in enumerate(STAFF):
            name = f"user{number}"
            body = {
                "email": f"{name}@example.com",
                "full_name": name,
                "role": role.value,
                "password": PASSWORD,
            }
            users.append(create_user(ports, first, Unparsed.of(body)))
        self.world = World(ports, [Actor(user.id, user.role) for user in users], STANDARD)
        self.chronicle = Chronicle(self.world)
        for user in users:
            self.chronicle.user_changed(user, "user.created")

    def send_out(self, which: int, wish: bodies.Wish, steps: int) -> None:
        """A job comes closer to somebody in the field."""
        for _ in range(steps):
            self._move(self._job(which), INTO_THE_FIELD, wish)

    def cut_off(self, who: int) -> None:
        """Somebody's rights were taken away: nothing that they had open stays open."""

    @rule(body=bodies.job_bodies())
    def create(self, body: dict[str, Any]) -> None:
        """An Administrator makes a job."""
        actor = self._administrator()
        self._changed(create_job(self.servers[0], actor, Unparsed.of(body)), "create", actor)

    @precondition(lambda self: self.world.lives)
    @rule(which=something, wish=wishes, times=st.integers(1, 4))
    def come_and_go(self, which: int, wish: bodies.Wish, times: int) -> None:
        """A job comes into the field, and is taken out of it again, as often as that."""
        for _ in range(times):
            if self._job(which).status in OUT_OF_THE_FIELD:
                self._move(self._job(which), OUT_OF_THE_FIELD, wish)
            else:
                self.send_out(which, wish, len(INTO_THE_FIELD))

    @precondition(lambda self: self.world.lives)
    @rule(which=something, pick=something, wish=wishes)
    def go_on(self, which: int, pick: int, wish: bodies.Wish) -> None:
        """Somebody who may does something that can be done."""
        job = self._job(which)
        if able := deeds.able(self.world, job):
            self._act(*able[pick % len(able)], job, wish)

    @precondition(lambda self: self.world.lives)
    @rule(which=something, patch=bodies.patches())
    def edit(self, which: int, patch: dict[str, Any]) -> None:
        """An Administrator edits a job."""
        job, actor = self._job(which), self._administrator()
        match = IfMatch(frozenset({job.version}))
        edited = outcome(
            lambda: edit_job(self.server(which), actor, job.id, Unparsed.of(patch), if_match=match)
        )
        self._changed(edited, "edit", actor)

    @rule(who=somebody, role=st.sampled_from(Role))
    def change_role(self, who: int, role: Role) -> None:
        """An Administrator gives somebody another role, which ends their connections."""
        subject, by = self.world.staff[who], self._administrator()
        user = outcome(lambda: set_role(self.server(who), by, subject.id, Unparsed.of({"role": role.value})))
        if isinstance(user, HosannaError) or role is subject.role:
            return
        self.world.staff = tuple(
            Actor(each.id, role) if each == subject else each for each in self.world.staff
        )
        self.chronicle.user_changed(user, "user.role_changed")
        self.cut_off(who)

    @rule(who=somebody, active=st.sampled_from((True, True, False)))
    def let_in_or_shut_out(self, who: int, active: bool) -> None:
        """An Administrator lets somebody in or shuts them out, which ends their connections."""
        subject, by = self.world.staff[who], self._administrator()
        user = outcome(lambda: set_active(self.server(who), by, subject.id, active=active, body=EMPTY))
        if isinstance(user, HosannaError):
            return
        (self.world.inactive.discard if active else self.world.inactive.add)(subject.id)
        self.chronicle.user_changed(user, "user.activated" if active else "user.deactivated")
        if not active:
            self.cut_off(who)

    @rule(role=st.none() | st.sampled_from(Role), lasts=st.none() | st.integers(1, 60))
    def announce(self, role: Role | None, lasts: int | None) -> None:
        """An Administrator tells everybody something, or everybody of a role, for some minutes or for ever."""
        until = None if lasts is None else to_text(self.clock.now() + lasts * MINUTE)
        body = {"title": "Mind the gap", "body": "It is wide.", "expires_at": until}
        told = body if role is None else {**body, "role": role.value}
        by = self._administrator()
        made = make_announcement(self.servers[0], by, Unparsed.of(told))
        self.chronicle.announced(made)

    @precondition(lambda self: self.world.lives)
    @rule(who=somebody, which=something, stop=seldom)
    def watch(self, who: int, which: int, stop: bool) -> None:
        """Somebody wants to hear of a job in their inbox, or no more."""
        actor, job = self.world.staff[who], self._job(which)
        answer = outcome(
            lambda: (unfollow_job if stop else follow_job)(self.server(which), actor, job.id, EMPTY)
        )
        if not isinstance(answer, HosannaError):
            watchers = self.chronicle.watchers.setdefault(job.id, set())
            (watchers.discard if stop else watchers.add)(actor.id)

    @rule(who=somebody, which=st.none() | something)
    def read_inbox(self, who: int, which: int | None) -> None:
        """Somebody reads one of their notifications, or all."""
        actor, ports, now = self.world.staff[who], self.server(who), self.clock.now()
        inbox = self.chronicle.inboxes.get(actor.id, [])
        if which is None or not inbox:
            count = read_all_notifications(ports, actor, EMPTY)
            assert count == self.chronicle.read(actor.id, now)
            return
        noted = inbox[which % len(inbox)]
        answer = outcome(lambda: read_notification(ports, actor, noted.id, EMPTY))
        if not isinstance(answer, HosannaError):
            self.chronicle.read(actor.id, now, noted)

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        """Time goes by."""
        self.clock.step(minutes * MINUTE)

    def server(self, which: int) -> Ports:
        """One of the servers."""
        return self.servers[which % len(self.servers)]

    def _job(self, which: int) -> Job:
        lives = list(self.world.lives.values())
        return lives[which % len(lives)][-1]

    def _administrator(self) -> Actor:
        able = [each for each in self.world.staff if each.id not in self.world.inactive]
        return next(each for each in able if each.role is Role.ADMINISTRATOR)

    def _move(self, job: Job, ways: Mapping[Status, Action], wish: bodies.Wish) -> None:
        action = ways.get(job.status)
        for actor, each in deeds.able(self.world, job):
            if each is action:
                self._act(actor, each, job, wish)

    def _act(self, actor: Actor, action: Action, job: Job, wish: bodies.Wish) -> None:
        body, ports = deeds.order(self.world, action, wish), self.server(job.version)
        moved = outcome(lambda: transition_job(ports, actor, job.id, action, body))
        self._changed(moved, action.value, actor)

    def _changed(self, answer: Any, way: str, actor: Actor) -> None:
        if isinstance(answer, HosannaError):
            return
        known = self.world.lives.get(answer.id)
        if known is None or known[-1].version < answer.version:
            self.chronicle.job_changed(answer, way, actor)
