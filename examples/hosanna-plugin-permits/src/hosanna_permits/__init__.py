"""Electrical permits for Hosanna. Every hook is here; what it decides is in `rules`, what it writes in `ledgers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.dayplan import BUILT_IN
from hosanna_core.model.instants import to_text
from hosanna_core.model.job import number_text
from hosanna_core.model.status import Action
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_permits import ledgers, rules
from hosanna_permits.command import permits
from hosanna_permits.planning import SecondOpinion
from hosanna_permits.report import ROUTES
from hosanna_permits.rules import Rules
from hosanna_web.plugins import Score, hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    import click

    from hosanna_core.model.event import Event
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.notification import NotificationDocument
    from hosanna_core.model.people import User
    from hosanna_core.ports import Planner, Ports
    from hosanna_web.plugins import Crew, Moved, Route

HOSANNA_API: Final = 1
"""Which hooks this was written for."""


@hookimpl
def hosanna_configure(environment: Mapping[str, str]) -> None:
    """Take the folder, which must be there, and the skills that need a permit."""
    rules.set_up(Rules.of(environment.get("SKILLS", rules.USUAL)))
    ledgers.set_up(environment.get("FOLDER"))


@hookimpl
def hosanna_refuse(action: Action, job: Job | None) -> str | None:
    """Nobody is sent to work without a permit, but to an emergency."""
    if action is not Action.DISPATCH or job is None or not rules.current().misses(job) or rules.urgent(job):
        return None
    return f"{number_text(job.number)} needs a permit: put its number, such as E-2026-0001, into the description."


@hookimpl
def hosanna_moved(moved: Moved) -> None:
    """What was completed under a permit has to be inspected. The same step may come twice: its name goes with it."""
    permit = rules.permit_of(moved.job)
    if moved.action is Action.COMPLETE and permit is not None:
        name = f"{moved.job.id}/{moved.version}"
        ledgers.note(
            "inspections", name, job=number_text(moved.job.number), permit=permit, at=to_text(moved.at)
        )


@hookimpl
def hosanna_follow(event: Event, ports: Ports) -> None:
    """An emergency is worked on at once, and its permit applied for within a day."""
    if event.kind != "job.created":
        return
    job = ports.store.jobs.get(event.subject.id, SEES_ALL)
    if job is not None and rules.urgent(job) and rules.current().misses(job):
        ledgers.note("applications", event.key, job=number_text(job.number), at=to_text(event.at))


@hookimpl
def hosanna_scores() -> Sequence[Score]:
    """Who may sign for the permit saves a second visit."""
    return [Score(name="signer", weight=30, rate=_signers)]


def _signers(crew: Crew) -> Mapping[UserId, tuple[float, str]]:
    if not rules.current().needs(crew.job):
        return {}
    return {
        each.who.id: (1.0, "may sign for the permit")
        if rules.signs(each)
        else (0.0, "somebody else has to sign")
        for each in crew.members
    }


@hookimpl
def hosanna_planners(planners: Mapping[str, Planner]) -> Mapping[str, Planner]:
    """The built-in planner, asked twice."""
    return {"second-opinion": SecondOpinion(planners[BUILT_IN])}


@hookimpl
def hosanna_tell(user: User, notification: NotificationDocument) -> None:
    """To those who have a telephone."""
    if user.phone is not None:
        ledgers.note("messages", notification.id, to=user.phone, text=notification.title)


@hookimpl
def hosanna_routes() -> Sequence[Route]:
    """What misses a permit."""
    return ROUTES


@hookimpl
def hosanna_command(opened: Callable[[], AbstractContextManager[Ports]]) -> click.Command:
    """The same on the command line."""
    return permits(opened)
