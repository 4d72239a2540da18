"""From an empty store to a report: hire everybody, play, count."""

from __future__ import annotations

import base64
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.status import Status
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.usecases.jobs import list_jobs
from hosanna_core.usecases.users import nobody_yet
from hosanna_web.demo.people import ADMINISTRATOR, HOUSE, OFFICE, OnePassword, addresses, hire
from hosanna_web.demo.play import Play
from hosanna_web.demo.showing import Login, Month, Report

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_web.demo.people import Cast
    from hosanna_web.demo.permits import Permits
    from hosanna_web.demo.play import MovableClock

_PASSWORD_BYTES: Final = 10
_PAGE: Final = "200"


def is_empty(ports: Ports) -> bool:
    """Whether the store has neither users nor jobs: the play wants the stage for itself."""
    return nobody_yet(ports) and not ports.store.jobs.page(SEES_ALL, JobFilter(), Sort.NEWEST, None, 1).rows


def stage(
    ports: Ports,
    clock: MovableClock,
    permits: Permits,
    store: str,
    told: Callable[[int], None] = lambda _: None,
) -> Report:
    """Play *permits* on an empty store whose ports go by *clock*; *store* is what a person calls it.

    Raises NotRefused if something was accepted that must not be.
    """
    password = base64.b32encode(ports.outside.entropy(_PASSWORD_BYTES)).decode().lower()
    cast = hire(replace(ports, passwords=OnePassword(ports.passwords)), permits.played, password)
    play = Play(ports, clock, cast, told)
    started = time.perf_counter()
    play.run(permits.played)
    seconds = time.perf_counter() - started
    accepted, refused = play.accepted.total(), play.refused.total()
    return Report(
        store=store,
        jobs=jobs_by_status(ports, cast.administrator),
        users=1 + len(cast.office) + len(cast.technicians),
        accepted=accepted,
        refused=refused,
        refused_as=dict(play.codes.most_common()),
        months=tuple(
            Month(month, play.accepted[month], play.refused[month])
            for month in sorted(play.accepted | play.refused)
        ),
        not_played=(*permits.unplayable, *play.not_taken),
        seconds=round(seconds, 3),
        actions_per_second=round((accepted + refused) / seconds) if seconds else 0,
        login=Login(ADMINISTRATOR, OFFICE[0], _busiest(permits, cast), password),
    )


def _busiest(permits: Permits, cast: Cast) -> str:
    """The address of the contractor with most permits, or of a house technician if there are none."""
    counted = Counter(permit.contractor for permit in permits.played if permit.contractor)
    if not counted:
        return HOUSE[0]
    return dict(addresses(cast.contractors))[counted.most_common(1)[0][0]]


def jobs_by_status(ports: Ports, actor: Actor) -> dict[str, int]:
    """How many jobs there are of each status that any has, counted in the lists that *actor* gets."""
    counts: dict[str, int] = {}
    for status in Status:
        query = {"status": [status.value], "limit": [_PAGE]}
        page, cursor = list_jobs(ports, actor, query)
        count = len(page.rows)
        while cursor is not None:
            page, cursor = list_jobs(ports, actor, {**query, "cursor": [cursor]})
            count += len(page.rows)
        if count:
            counts[status.value] = count
    return counts
