"""What a route is, as data: the server, the OpenAPI document and `hosanna routes` are made of the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.errors import (
    Busy,
    InProgress,
    Invalid,
    KeyReused,
    PermissionDenied,
    TooManyRequests,
    Unauthenticated,
    Unreadable,
)
from hosanna_core.usecases.performing import Once
from hosanna_core.usecases.queries import NoQuery
from hosanna_web.arrivals import JSON, MERGE_PATCH
from hosanna_web.problems import TooLarge, UnsupportedMediaType, status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hosanna_core.errors import HosannaError
    from hosanna_core.model.people import Actor
    from hosanna_core.model.session import Origin, SessionId
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.access import Identity, Registration
    from hosanna_core.usecases.forms import Form
    from hosanna_core.usecases.jobs import IfMatch
    from hosanna_web.api.deprecations import Deprecation
    from hosanna_web.arrivals import Arrival, Body
    from hosanna_web.realtime.hub import Hub
    from hosanna_web.replies import Reply
    from hosanna_web.watching import Watch

BASE: Final = "/api/v1"
PLUGINS: Final = "plugins"
"""The area of what plugins add, and the first part of its paths."""
CSV: Final = "text/csv; charset=utf-8"
PARAMETERS: Final[Mapping[str, str]] = {
    "id": "The id, as the thing's own `id` says.",
    "action": "What is done to the job.",
    "name": "The file's name.",
    "file": "The secret of the address, and `.ics`.",
    "delivery_id": "The id of the message, as the log and `webhook-id` say.",
}


class Lane(Enum):
    """Where a route's work runs: slow work has lanes of its own, so that it holds up only its like."""

    HERE = "on the event loop"
    """It takes microseconds and asks no port."""
    SHORT = "on the event loop where the store is at hand, else on a thread that reads"
    """It reads a bounded number of rows: where that takes less time than a hop to a thread, it is done on the spot."""
    READ = "on a thread that reads"
    WRITE = "on a thread that writes"
    """Not one that reads: however long writers wait for one another, nobody who only looks waits with them."""
    HASHING = "on a thread for hashing"
    """It hashes a password, which is slow on purpose and must hold up nobody else."""
    PLANNING = "on a thread that waits for a plan"
    """It takes seconds, which another process works: who finds two plans under way is told to come back."""


class Call(msgspec.Struct, frozen=True):
    """A request on its way to a use case."""

    ports: Ports
    registration: Registration
    caller: Identity | None
    arrival: Arrival
    path: Mapping[str, str]
    body: Body
    operations: tuple[Operation, ...]
    """Everything that is served, for those who describe it."""
    public_keys: tuple[dict[str, str], ...] = ()
    """What verifies our access tokens elsewhere."""
    hub: Hub | None = None
    """Where one listens; None where nobody can."""
    watch: Watch | None = None
    """Who knows how everything is; None where nobody asks."""

    def by(self, caller: Identity) -> Call:
        """The same call, by somebody who is known."""
        return msgspec.structs.replace(self, caller=caller)

    @property
    def actor(self) -> Actor:
        """Who calls; the door lets nobody in unknown where this is asked."""
        return self.identity.actor

    @property
    def session_id(self) -> SessionId:
        """The session in which they call."""
        return self.identity.session_id

    @property
    def identity(self) -> Identity:
        """Who calls, and by which session."""
        if self.caller is None:
            raise Unauthenticated
        return self.caller

    @property
    def origin(self) -> Origin:
        """Where the request comes from."""
        return self.arrival.origin

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.path["id"]

    @property
    def query(self) -> Mapping[str, Sequence[str]]:
        """The query's parameters, unjudged."""
        return self.arrival.query()

    @property
    def if_match(self) -> IfMatch | None:
        """The versions that the caller accepts."""
        return self.arrival.if_match()

    @property
    def once(self) -> Once | None:
        """Under which key this is done only once. A key that is none comes up when the body is judged."""
        try:
            key = self.arrival.key()
        except Invalid:
            return None
        if key is None:
            return None
        operation = f"{self.arrival.method} {self.arrival.path}"
        return Once.of(self.ports.keys, self.actor.id, operation, key, self.body.fingerprinted())


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path. *path* is whole; *name* is the operation's id, also for generated clients."""

    method: str
    path: str
    name: str
    summary: str
    area: str
    run: Callable[[Call], Reply]
    status: int = 200
    answer: Any = None
    """The type of the document that it answers with; None: not JSON, as *media_type* says."""
    media_type: str = JSON
    also: str = ""
    """Another media type in which it answers whoever asks for that."""
    body: tuple[type[Form], ...] = ()
    """The forms that its body may fulfil; none: it takes no body."""
    query: type[Form] = NoQuery
    public: bool = False
    """Whether it asks for no token."""
    ticket: bool = False
    """Whether it lets in by itself, also who brings a ticket in place of a token."""
    setting_up: bool = False
    """Whether it is there for those who have yet to set up the second factor that their role must have."""
    admit: Callable[[Call], None] | None = None
    """Asked before it waits for a thread to hash on: raises what the use case would raise without hashing."""
    limited: bool = False
    """Whether a public route may be refused for too many, too; where a token is asked for, every route may."""
    once: bool = False
    """Whether it takes an Idempotency-Key."""
    located: bool = False
    """Whether it makes something that has an address of its own, told as Location."""
    tagged: bool = False
    """Whether it answers with an ETag."""
    refusals: tuple[type[HosannaError], ...] = ()
    """What it may refuse with, beside what every route of its kind may."""
    where: Lane | None = None
    """None: by the method, `READ` or `WRITE`."""
    unless: str = ""
    """The query parameter with which a `SHORT` read is none."""
    deprecation: Deprecation | None = None
    """That it will go, and when: said by every answer, and in the OpenAPI document."""

    def lane(self, query_string: bytes, *, near: bool) -> Lane:
        """Where it is done, for a store that is *near* or not."""
        if self.where is None:
            return Lane.READ if self.method == "GET" else Lane.WRITE
        if self.where is not Lane.SHORT:
            return self.where
        short = near and not (self.unless and f"{self.unless}=".encode() in query_string)
        return Lane.HERE if short else Lane.READ

    @property
    def accepts(self) -> tuple[str, ...]:
        """The media types that its body may have."""
        return (JSON, MERGE_PATCH) if self.method == "PATCH" else (JSON,)

    @property
    def every_refusal(self) -> tuple[type[HosannaError], ...]:
        """All that it may refuse with, in the order in which refusals come."""
        found: list[type[HosannaError]] = [TooLarge, Invalid, *self.refusals]
        found += [] if self.where is Lane.HERE else [Busy]
        # Also who must set up a second factor first, and a machine whose key is not let in here.
        found += [] if self.public else [Unauthenticated, PermissionDenied]
        found += [TooManyRequests] if self.limited or not self.public else []
        found += [] if not self.body else [Unreadable, UnsupportedMediaType]
        found += [KeyReused, InProgress] if self.once else []
        return tuple(sorted(set(found), key=_rank))


_ORDER: Final = (413, 429, 503, 401, 404, 403, 400, 415, 422, 428, 412, 409)


def _rank(kind: type[HosannaError]) -> tuple[int, str]:
    status = status_of(kind)
    return (_ORDER.index(status) if status in _ORDER else len(_ORDER), kind.__name__)
