"""Commands that a device gave while it was offline: each is done, or refused, as if it had been sent by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from pydantic import Field, StringConstraints

from hosanna_core.errors import (
    Busy,
    HosannaError,
    InProgress,
    PermissionDenied,
    TooManyRequests,
    Unauthenticated,
)
from hosanna_core.model.event import Ref
from hosanna_core.usecases.access import goes_on_acting
from hosanna_core.usecases.acting import caller_of
from hosanna_core.usecases.auditing import NOWHERE, record_denial
from hosanna_core.usecases.fieldwork import transition_job
from hosanna_core.usecases.forms import Form
from hosanna_core.usecases.jobs import IfMatch
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.performing import Once
from hosanna_core.usecases.throttling import demand_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hosanna_core.model.ids import JobId
    from hosanna_core.model.job import Job
    from hosanna_core.model.session import Origin
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.access import Identity

MOST_COMMANDS: Final = 100
GREATEST_VERSION: Final = 10**18 - 1
Key = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[!-~]+$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class CommandForm(Form):
    """One transition. Its *body* is judged when its turn comes, and so is whether there is such a job and action."""

    key: Key
    job_id: Name
    action: Name
    body: Any = Field(default_factory=dict)
    if_match: Annotated[int, Field(ge=1, le=GREATEST_VERSION)] | None = None


class CommandsForm(Form):
    """Commands, in the order in which they were given."""

    commands: Annotated[list[CommandForm], Field(min_length=1, max_length=MOST_COMMANDS)]


class Answered(msgspec.Struct, frozen=True):
    """What came of a command: the job, or why not."""

    key: str
    action: str
    outcome: Job | Exception


class Elsewhere(msgspec.Struct, frozen=True):
    """What a command is called where it comes by itself."""

    request: Callable[[JobId, str], str]
    """What its receipt is kept under, so that it is done once on whichever way it comes."""
    operation: str
    """What the audit trail calls it."""
    origin: Origin = NOWHERE


def do_commands(
    ports: Ports, identity: Identity, body: Unparsed, elsewhere: Elsewhere
) -> tuple[Answered, ...]:
    """Do commands one after another, each by a commit of its own; one that is refused stops no other.

    Each is counted and judged like a request of its own, and asks anew whether the caller may still act. Where the
    store is busy, or the caller asks too much, all that follow are put off without being tried; where it is not known
    yet what comes of one, those of the same job are: so nothing overtakes what it builds on. Whoever sends them again
    under their keys has nothing done twice.

    Raises Unreadable, Invalid for a list that is none: then nothing was done.
    """
    commands = body.judge(CommandsForm).commands
    return tuple(_Turn(ports, identity, elsewhere).all(commands))


class _Turn:
    """One list of commands."""

    def __init__(self, ports: Ports, identity: Identity, elsewhere: Elsewhere) -> None:
        self._ports = ports
        self._identity = identity
        self._elsewhere = elsewhere
        self._stopped = False
        self._unsettled: set[JobId] = set()

    def all(self, commands: list[CommandForm]) -> Iterator[Answered]:
        for command in commands:
            yield Answered(command.key, command.action, self._outcome(command))

    def _outcome(self, command: CommandForm) -> Job | Exception:
        if self._stopped or command.job_id in self._unsettled:
            return Busy("What was sent before this is not settled yet: nothing was changed.")
        try:
            return self._done(command)
        except (Busy, TooManyRequests) as refused:
            self._stopped = True
            return refused
        except HosannaError as refused:
            if isinstance(refused, InProgress):
                self._unsettled.add(command.job_id)
            return refused
        except Exception as error:  # a bug is the answer to one command, not to all
            self._unsettled.add(command.job_id)
            return error

    def _done(self, command: CommandForm) -> Job:
        self._demand_free()
        body = Unparsed.of(command.body)
        request = self._elsewhere.request(command.job_id, command.action)
        actor = self._identity.actor
        version = command.if_match
        try:
            return transition_job(
                self._ports,
                actor,
                command.job_id,
                command.action,
                body,
                if_match=None if version is None else IfMatch(frozenset({version})),
                once=Once.of(self._ports.keys, actor.id, request, command.key, body.fingerprinted()),
            )
        except PermissionDenied as denied:
            # Before it is answered: what cannot be put down is not told either.
            record_denial(
                self._ports,
                actor,
                denied,
                self._elsewhere.operation,
                subject=Ref("job", command.job_id),
                origin=self._elsewhere.origin,
            )
            raise

    def _demand_free(self) -> None:
        caller = caller_of(self._ports, self._identity.actor.id)
        if not goes_on_acting(self._ports, self._identity, caller):
            raise Unauthenticated
        demand_own(self._ports.throttles, self._identity.actor.id)
