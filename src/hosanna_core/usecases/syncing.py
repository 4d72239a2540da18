"""Bringing a device up to date that was away: what came into view or changed, and what is gone.

What is sent is as it is now, which may be later than the place that its cursor names. So whether a job is sent at all
is decided by that place: what came into view only behind it is left to whoever goes on from there. Were it sent
already, nobody would know that the device has it when it leaves the view again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
from pydantic import BeforeValidator

from hosanna_core.errors import CursorLost
from hosanna_core.model.people import Duty
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.rules.permissions import may
from hosanna_core.rules.sealing import Folding, InFeed, Walking
from hosanna_core.rules.visibility import scope_of
from hosanna_core.usecases.acting import role_since
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import PageQuery
from hosanna_core.usecases.streams import FAR_AT_ONCE, MOST_MISSED, missed, sealer_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.feed import Cursor, Followed
    from hosanna_core.model.ids import JobId
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_core.rules.sealing import Spot
    from hosanna_core.rules.visibility import Scope


def _readable(cursor: object) -> str:
    """Whatever else is there is no cursor of ours."""
    return cursor if isinstance(cursor, str) and cursor.isascii() else ""


class SyncQuery(PageQuery):
    """How much, and since when. A cursor that is none of one's own is no error: then all is sent anew."""

    cursor: Annotated[str, BeforeValidator(_readable, json_schema_input_type=str)] | None = None


class Synced(msgspec.Struct, frozen=True):
    """What to keep and what to forget; *reset*: forget all else first. *more*: go on at once from *cursor*.

    The cursor of the last page is one for the stream, too.
    """

    jobs: tuple[bytes, ...]
    """Documents as JSON."""
    removed: tuple[JobId, ...]
    cursor: str
    more: bool
    reset: bool


class _Step(msgspec.Struct, frozen=True):
    jobs: tuple[bytes, ...]
    removed: tuple[JobId, ...]
    next: Spot
    reset: bool


def sync(ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]) -> Synced:
    """A page of what changed since a cursor; without one, or with one that leads nowhere, of everything in view.

    What came into view and left it again meanwhile is not mentioned. A job may be sent although its copy is the same.
    Raises PermissionDenied, Invalid.
    """
    demand(may(actor, Duty.FOLLOW_CHANGES))
    asked = judge_query(SyncQuery, query)
    sealer = sealer_of(ports)
    mark = sealer.mark(actor.id, role_since(ports, actor))
    spot = None if asked.cursor is None else sealer.open(asked.cursor, mark)
    step = _step(ports, scope_of(actor), spot, asked.limit)
    more = not isinstance(step.next, InFeed)
    return Synced(step.jobs, step.removed, sealer.seal(step.next) + mark, more, step.reset)


def _step(ports: Ports, scope: Scope, spot: Spot | None, limit: int) -> _Step:
    if spot is not None:
        try:
            if isinstance(spot, Walking):
                return _walked(ports, scope, spot, limit)
            return _folded(ports, scope, spot, limit)
        except CursorLost:
            spot = None
    # The end is asked for before anything is read: what changes meanwhile is told afterwards.
    return _walked(ports, scope, ports.store.feed.head(), limit)


def _walked(ports: Ports, scope: Scope, place: Walking | Cursor, limit: int) -> _Step:
    """The next of all that was in view at the beginning, in an order that no change moves a job in."""
    walking = isinstance(place, Walking)
    head, after = (place.head, place.position) if isinstance(place, Walking) else (place, None)
    page = ports.store.jobs.page(scope, JobFilter(), Sort.OLDEST, after, limit)
    meanwhile = _stays(scope, _rest(ports, head)[0])
    bodies = tuple(row.body for row in page.rows if row.id not in meanwhile or meanwhile[row.id].before)
    now = ports.outside.now()
    onwards: Spot = InFeed(head, now) if page.next is None else Walking(head, page.next, now)
    return _Step(bodies, (), onwards, reset=not walking)


def _folded(ports: Ports, scope: Scope, spot: InFeed | Folding, limit: int) -> _Step:
    """What became of each job that changed: was it in view before its first change, was it behind its last?"""
    if isinstance(spot, Folding):
        start, end, skipped = spot.start, spot.end, spot.count
        followed = missed(ports, start, end)
    else:
        start, skipped = spot.cursor, 0
        followed, end = _rest(ports, start)
    stays = _stays(scope, followed)
    chosen = list(stays)[skipped : skipped + limit]
    shown = [job_id for job_id in chosen if stays[job_id].after]
    sights = ports.store.jobs.sights(shown) if shown else {}
    seen = {job_id: sight.body for job_id, sight in sights.items() if scope.admits(sight.place)}
    now = ports.outside.now()
    done = skipped + limit >= len(stays)
    return _Step(
        tuple(seen[job_id] for job_id in chosen if job_id in seen),
        tuple(job_id for job_id in chosen if job_id not in seen and stays[job_id].before),
        InFeed(end, now) if done else Folding(start, end, skipped + limit, now),
        reset=False,
    )


class _Stay(NamedTuple):
    """Whether a job was in view at the beginning of a stretch of the feed, and whether it was at its end."""

    before: bool
    after: bool


def _stays(scope: Scope, followed: Sequence[Followed]) -> dict[JobId, _Stay]:
    """Of each job that is told of, in the order in which they are first told of."""
    found: dict[JobId, _Stay] = {}
    for event in (each.event for each in followed if each.event.subject.kind == "job"):
        job_id = event.subject.id
        before = found[job_id].before if job_id in found else scope.admits(event.before)
        found[job_id] = _Stay(before, scope.admits(event.after))
    return found


def _rest(ports: Ports, start: Cursor) -> tuple[list[Followed], Cursor]:
    """All that is behind a place now, and where it ends: the store is asked once, unless it is much.

    Raises CursorLost where it is too much, just as `missed` would for the next page.
    """
    found: list[Followed] = []
    cursor = start
    while len(found) <= MOST_MISSED:
        stretch = ports.store.feed.after(cursor, FAR_AT_ONCE)
        found += stretch.told
        cursor = stretch.cursor
        if len(stretch.told) < FAR_AT_ONCE and len(found) <= MOST_MISSED:
            return found, cursor
    raise CursorLost
