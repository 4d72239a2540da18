"""What misses a permit, for those who may see it: the use case of the house says who that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from pydantic import Field

from hosanna_core.model.people import Role
from hosanna_core.model.status import Status
from hosanna_core.usecases.jobs import list_jobs
from hosanna_permits import rules
from hosanna_web.plugins import Form, Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_web.plugins import Asked

_WAITING: Final = (Status.TENTATIVE, Status.CONFIRMED, Status.ASSIGNED)


class MissingQuery(Form):
    """How many are wanted."""

    # What comes in a query is text.
    most: Annotated[int, Field(ge=1, le=1_000, strict=False)] = 100


class MissingPermit(msgspec.Struct, frozen=True):
    """A job that needs a permit and has none."""

    id: str
    number: str
    title: str
    priority: str
    status: str


class MissingPermits(msgspec.Struct, frozen=True):
    """Those that are waiting, oldest first."""

    items: list[MissingPermit]


class _Row(MissingPermit, frozen=True):
    """What is looked at of a job's document."""

    required_skills: tuple[str, ...]
    external_ref: str | None
    description: str | None


def missing(ports: Ports, actor: Actor, most: int) -> list[MissingPermit]:
    """At most so many of those that *actor* may see."""
    found: list[MissingPermit] = []
    for row in _waiting(ports, actor):
        needed = rules.current().needed_for(row.required_skills)
        if needed and rules.permit_in(row.external_ref, row.description) is None:
            found.append(MissingPermit(row.id, row.number, row.title, row.priority, row.status))
            if len(found) == most:
                break
    return found


def _waiting(ports: Ports, actor: Actor) -> Iterator[_Row]:
    cursor: str | None = None
    while True:
        query: Mapping[str, Sequence[str]] = {
            "status": list(_WAITING),
            "sort": ["created_at"],
            "limit": ["200"],
        }
        page, cursor = list_jobs(ports, actor, query if cursor is None else {**query, "cursor": [cursor]})
        for row in page.rows:
            yield msgspec.json.decode(row.body, type=_Row)
        if cursor is None:
            return


def _answer(asked: Asked) -> MissingPermits:
    return MissingPermits(missing(asked.ports, asked.actor, asked.query.most))


ROUTES: Final = (
    Route(
        method="GET",
        path="/missing",
        name="list_missing_permits",
        summary="List the jobs that need a permit and have none",
        run=_answer,
        answer=MissingPermits,
        query=MissingQuery,
        roles=frozenset({Role.ADMINISTRATOR, Role.OFFICE_MANAGER}),
    ),
)
