"""The plain values that plugins give and take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from hosanna_core.model.ids import UserId
from hosanna_core.model.job import Job
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.schedule import Window
from hosanna_core.ports import Ports, Store
from hosanna_core.rules.assignment.candidates import Member
from hosanna_core.usecases.forms import Form
from hosanna_core.usecases.queries import NoQuery


class Crew(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to be rated for a job in a window. *store* is for looking things up."""

    job: Job
    window: Window | None
    members: Sequence[Member]
    store: Store


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A soft score. In answers and settings it is called `<plugin>.<name>`.

    *rate* answers, by technician, how much speaks for them (0 to 1) and why. Who is left out counts as middling.
    """

    name: str
    weight: int
    rate: Callable[[Crew], Mapping[UserId, tuple[float, str]]]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a plugin's route, by somebody who is known and may; query and body have been judged."""

    actor: Actor
    ports: Ports
    path: Mapping[str, str]
    query: Any
    """What `Route.query` made of it."""
    body: Any
    """What `Route.body` made of it; None where the route takes none."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A route under `/api/v1/plugins/<plugin>`; *path* is what follows, such as `/report` or `/permits/{id}`.

    What *run* answers is written as JSON, or, where it is bytes, sent as *media_type*. It may raise what the use cases
    raise; whatever else it raises is the plugin's failure.
    """

    method: str
    path: str
    name: str
    summary: str
    run: Callable[[Asked], Any]
    answer: Any = None
    """The type of what it answers with, for the OpenAPI document."""
    media_type: str = "application/json"
    roles: frozenset[Role] = frozenset(Role)
    """Who may."""
    query: type[Form] = NoQuery
    body: type[Form] | None = None
