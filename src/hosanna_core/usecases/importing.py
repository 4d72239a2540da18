"""Bringing jobs in from elsewhere: many rows at once, through the decisions that the API makes.

No row waits for another: what is not acceptable is told with every reason, and the rest goes in. A row's number
(`external_ref`) is claimed with its job, so that a second run adds nothing, however the first one ended.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from pydantic_core import PydanticSerializationError

from hosanna_core.errors import CommitRefused, Flaw, Invalid, StaleVersion, Taken, Unreadable
from hosanna_core.model.change import EXTERNAL_REF, Change
from hosanna_core.model.job import Job
from hosanna_core.model.status import Action
from hosanna_core.rules.permissions import judge
from hosanna_core.usecases.acting import acting
from hosanna_core.usecases.forms import PRINTABLE, upto
from hosanna_core.usecases.job_types import NewJobForm, kinds_of
from hosanna_core.usecases.jobs import decide_creation
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.performing import change_of
from hosanna_core.usecases.permitting import demand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hosanna_core.model.ids import JobId
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports

BATCH: Final = 100
"""How many rows to hand over at once: more would hold a store's lock too long for those who work beside the import."""


class RowForm(NewJobForm):
    """A new job, and the number that it has where it comes from."""

    external_ref: Annotated[str, upto(200), PRINTABLE]


class Outcome(StrEnum):
    """What became of a row."""

    ADDED = "added"
    ALREADY_THERE = "already_there"
    REJECTED = "rejected"


class RowAnswer(msgspec.Struct, frozen=True):
    """What became of one row: the job that it is now, or the flaws for which it was rejected."""

    outcome: Outcome
    job_id: JobId | None = None
    flaws: tuple[Flaw, ...] = ()


class Prepared(msgspec.Struct, frozen=True):
    """Rows that are judged and decided, and wait for their commit; *answers* has None for each that waits."""

    answers: tuple[RowAnswer | None, ...]
    changes: tuple[Change[Job], ...]


_THERE: Final = RowAnswer(Outcome.ALREADY_THERE)


def importer(ports: Ports, email: str | None = None) -> Actor:
    """Who imports: the active user with this address, or the oldest Administrator where none is given.

    Raises NotFound where there is no such user, PermissionDenied for one who may not create jobs.
    """
    actor = acting(ports, email)
    _demand_creation(ports, actor)
    return actor


def import_rows(ports: Ports, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> list[RowAnswer]:
    """Make a TENTATIVE job of each row that can be one; answers for each, in their order.

    A row is a job as the API takes it, with `external_ref` beside. Hand over at most `BATCH` at once. Raises
    PermissionDenied, and Busy if the store did not take them in time: then the same rows may be handed over again.
    """
    return commit_rows(ports, prepare_rows(ports, actor, rows))


def prepare_rows(ports: Ports, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> Prepared:
    """The first half of `import_rows`: writes nothing but the numbers that are taken. Raises PermissionDenied, Busy."""
    _demand_creation(ports, actor)
    known = ports.store.jobs.known_refs([ref for row in rows if (ref := _ref(row))])
    kinds = kinds_of(ports)
    judged = [_THERE if _ref(row) in known else _judged(row, kinds) for row in rows]
    forms = [form for form in judged if isinstance(form, RowForm)]
    return Prepared(
        tuple(answer if isinstance(answer, RowAnswer) else None for answer in judged),
        tuple(_changes(ports, actor, forms)) if forms else (),
    )


def commit_rows(ports: Ports, prepared: Prepared) -> list[RowAnswer]:
    """The second half. Raises Busy; handed over again, what the first time was stored counts as added all the same."""
    if not prepared.changes:
        return [answer for answer in prepared.answers if answer is not None]
    refusals = ports.store.ledger.commit_each(prepared.changes)
    stored = iter(map(_answer, prepared.changes, refusals))
    return [next(stored) if answer is None else answer for answer in prepared.answers]


def _demand_creation(ports: Ports, actor: Actor) -> None:
    demand(judge(actor, Action.CREATE, None, ports.lifecycle, ports.additions))


def _ref(row: Mapping[str, Any]) -> str:
    ref = row.get(EXTERNAL_REF)
    return ref.strip() if isinstance(ref, str) else ""


def _judged(row: Mapping[str, Any], kinds: Mapping[str, object]) -> RowForm | RowAnswer:
    try:
        return Unparsed.of(row).judge(RowForm, kinds)
    except Invalid as invalid:
        return RowAnswer(Outcome.REJECTED, flaws=invalid.flaws)
    except (Unreadable, PydanticSerializationError, RecursionError):
        return RowAnswer(Outcome.REJECTED, flaws=(Flaw("", "holds text or values that JSON cannot carry"),))


def _changes(ports: Ports, actor: Actor, forms: Sequence[RowForm]) -> Iterator[Change[Job]]:
    for form, number in zip(forms, ports.store.jobs.claim_numbers(len(forms)), strict=True):
        yield change_of(ports, decide_creation(ports, actor, form.value(), number, form.external_ref))


def _answer(change: Change[Job], refusal: CommitRefused | None) -> RowAnswer:
    # A fresh id that is stored already can only be this very change, committed by a try that ended in Busy.
    if refusal is None or isinstance(refusal, StaleVersion):
        return RowAnswer(Outcome.ADDED, change.root.id)
    if isinstance(refusal, Taken) and refusal.kind == EXTERNAL_REF:
        return _THERE
    raise refusal
