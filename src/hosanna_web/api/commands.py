"""Commands of devices that were offline: many transitions in one request, each with a verdict of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from hosanna_core.model.documents import JobDocument, body_of
from hosanna_core.usecases.commanding import CommandsForm, Elsewhere, do_commands
from hosanna_web.api.answers import document
from hosanna_web.api.jobs import JOBS
from hosanna_web.api.operations import BASE, Operation
from hosanna_web.noting import note_move
from hosanna_web.problems import problem_of

if TYPE_CHECKING:
    from hosanna_core.model.ids import JobId
    from hosanna_core.usecases.commanding import Answered
    from hosanna_web.api.operations import Call
    from hosanna_web.replies import Reply

_TRANSITION: Final = next(each for each in JOBS if each.name == "transition_job")
Problem = Annotated[dict[str, Any], msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/Problem"})]


class VerdictDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the command's own request would have been answered: with the *job*, or with a *problem*."""

    key: str
    status: int
    job: JobDocument | msgspec.UnsetType = msgspec.UNSET
    problem: Problem | msgspec.UnsetType = msgspec.UNSET


class VerdictList(msgspec.Struct, frozen=True):
    """A verdict on each command, in their order."""

    verdicts: list[VerdictDocument]


def command(call: Call) -> Reply:
    """Do what was queued, command by command."""
    elsewhere = Elsewhere(_request, _TRANSITION.name, call.origin)
    found = do_commands(call.ports, call.identity, call.body, elsewhere)
    if call.watch is not None:
        for each in found:
            note_move(call.watch.measures, each.action, each.outcome)
    return document({"verdicts": [_verdict(each) for each in found]})


def _request(job_id: JobId, action: str) -> str:
    """How `Call.once` names the same transition where it comes alone."""
    return f"{_TRANSITION.method} {_TRANSITION.path.format(id=job_id, action=action)}"


def _verdict(answered: Answered) -> dict[str, Any]:
    if isinstance(answered.outcome, Exception):
        status, problem = problem_of(answered.outcome)
        return {"key": answered.key, "status": status, "problem": problem}
    return {"key": answered.key, "status": _TRANSITION.status, "job": msgspec.Raw(body_of(answered.outcome))}


COMMANDS: Final[tuple[Operation, ...]] = (
    Operation(
        method="POST",
        path=BASE + "/sync",
        name="send_commands",
        summary="Do what was queued while offline, with a verdict on each command",
        area="realtime",
        run=command,
        answer=VerdictList,
        body=(CommandsForm,),
    ),
)
