"""What an Administrator settles while the system runs, and who may look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import StaleVersion, VersionConflict
from hosanna_core.model.change import Change
from hosanna_core.model.event import Ref
from hosanna_core.model.people import Duty
from hosanna_core.rules.permissions import may
from hosanna_core.usecases.auditing import NOWHERE, about_root
from hosanna_core.usecases.judging import Unparsed, judge_query
from hosanna_core.usecases.performing import decided_again
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import NoQuery
from hosanna_core.usecases.settling_forms import SettingsForm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.firm import Firm
    from hosanna_core.model.people import Actor
    from hosanna_core.model.session import Origin
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.jobs import IfMatch

_GROUPS: Final = ("company", "scores", "costs", "retention")
_WHOLE: Final = ("hours", "job_types")


def get_settings(ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]) -> Firm:
    """The settings that hold. Raises PermissionDenied, Invalid."""
    demand(may(actor, Duty.CHANGE_SETTINGS))
    judge_query(NoQuery, query)
    return ports.store.firms.get()


def put_settings(
    ports: Ports,
    actor: Actor,
    body: Unparsed,
    origin: Origin = NOWHERE,
    *,
    if_match: IfMatch | None = None,
) -> Firm:
    """Put the settings whole; what the body leaves out goes back to its default. The same again changes nothing.

    Raises PermissionDenied, Unreadable, Invalid, PreconditionFailed, VersionConflict.
    """
    demand(may(actor, Duty.CHANGE_SETTINGS))

    def attempt(refused: CommitRefused | None) -> Firm:
        wanted = body.judge(SettingsForm).value()
        firm = ports.store.firms.get()
        if if_match is not None:
            if_match.demand(firm)
        if refused is not None:
            raise VersionConflict
        now = max(ports.outside.now(), firm.updated_at)
        after = msgspec.structs.replace(wanted, version=firm.version + 1, updated_at=now)
        fields = tuple(_changed(firm, after))
        if not fields:
            return firm
        _commit(ports, actor, after, fields, origin)
        return after

    return decided_again(attempt, StaleVersion)


def _commit(ports: Ports, actor: Actor, firm: Firm, fields: tuple[str, ...], origin: Origin) -> None:
    noted = about_root(
        ports,
        Ref("settings", firm.id),
        "settings.changed",
        actor_id=actor.id,
        origin=origin,
        details={"fields": list(fields), "version": firm.version},
    )
    expected = None if firm.version == 1 else firm.version - 1
    ports.store.ledger.commit(Change(root=firm, expected=expected, audit=(noted,)))


def _changed(before: Firm, after: Firm) -> Iterator[str]:
    """The names of what became another, such as `scores.travel`, in the order of the settings."""
    for group in _GROUPS:
        old, new = getattr(before, group), getattr(after, group)
        for name in new.__struct_fields__:
            if getattr(old, name) != getattr(new, name):
                yield f"{group}.{name}"
    for name in _WHOLE:
        if getattr(before, name) != getattr(after, name):
            yield name
