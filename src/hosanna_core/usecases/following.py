"""Following jobs: who does is told in their inbox when a job moves on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.people import Duty
from hosanna_core.rules.permissions import may
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.permitting import demand, seen
from hosanna_core.usecases.queries import NoQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.ids import JobId
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed


def follow_job(ports: Ports, actor: Actor, job_id: JobId, body: Unparsed) -> None:
    """Be told from now on when the job moves on, as long as one sees it. Raises NotFound, Invalid."""
    _demand_sight(ports, actor, job_id)
    body.judge(NoQuery)
    ports.store.followers.follow(actor.id, job_id)


def unfollow_job(ports: Ports, actor: Actor, job_id: JobId, body: Unparsed) -> None:
    """Be told no more. Raises NotFound, Invalid."""
    _demand_sight(ports, actor, job_id)
    body.judge(NoQuery)
    ports.store.followers.unfollow(actor.id, job_id)


def follows_job(ports: Ports, actor: Actor, job_id: JobId, query: Mapping[str, Sequence[str]]) -> bool:
    """Whether one follows the job. Raises NotFound, Invalid."""
    _demand_sight(ports, actor, job_id)
    judge_query(NoQuery, query)
    return ports.store.followers.follows(actor.id, job_id)


def _demand_sight(ports: Ports, actor: Actor, job_id: JobId) -> None:
    seen(ports, actor, job_id)
    demand(may(actor, Duty.OWN_NOTIFICATIONS))
