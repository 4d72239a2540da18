"""Putting down what was done about access: the one place where audit entries begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.model.audit import AuditFacts, Outcome
from hosanna_core.model.event import Ref
from hosanna_core.model.session import Origin
from hosanna_core.rules.trail import stream_of_process, stream_of_user

if TYPE_CHECKING:
    from hosanna_core.errors import PermissionDenied
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports

SALT_BYTES: Final = 16
NOWHERE: Final = Origin()


def about_user(
    ports: Ports,
    user_id: UserId,
    action: str,
    *,
    actor_id: UserId | None,
    origin: Origin = NOWHERE,
    details: dict[str, Any] | None = None,
) -> AuditFacts:
    """Something that is done to, or by, a user's account, to be committed with it: in that user's stream."""
    return AuditFacts(
        id=ports.outside.mint(),
        stream=stream_of_user(user_id),
        at=ports.outside.now(),
        actor_id=actor_id,
        action=action,
        subject=Ref("user", user_id),
        details=details or {},
        personal=_personal(origin),
        salt=ports.outside.entropy(SALT_BYTES),
    )


def about_root(
    ports: Ports,
    subject: Ref,
    action: str,
    *,
    actor_id: UserId,
    origin: Origin,
    details: dict[str, Any],
) -> AuditFacts:
    """Something that a user does to what is nobody's account, to be committed with it: in that user's stream."""
    facts = about_user(ports, actor_id, action, actor_id=actor_id, origin=origin, details=details)
    return msgspec.structs.replace(facts, subject=subject)


def record(
    ports: Ports,
    action: str,
    *,
    actor_id: UserId | None = None,
    subject: Ref | None = None,
    outcome: Outcome = Outcome.SUCCESS,
    origin: Origin = NOWHERE,
    details: dict[str, Any] | None = None,
) -> None:
    """Put down, now and by itself, what changes no account: in the stream of this process.

    Failed logins are among it, of known and of unknown accounts: both cost the same, and no account is written.
    """
    facts = AuditFacts(
        id=ports.outside.mint(),
        stream=stream_of_process(ports.process_id),
        at=ports.outside.now(),
        actor_id=actor_id,
        action=action,
        subject=subject,
        outcome=outcome,
        details=details or {},
        personal=_personal(origin),
        salt=ports.outside.entropy(SALT_BYTES),
    )
    ports.store.ledger.record((facts,))


def record_denial(
    ports: Ports,
    actor: Actor,
    denied: PermissionDenied,
    operation: str,
    *,
    subject: Ref | None = None,
    origin: Origin = NOWHERE,
) -> None:
    """Put down that a rule refused somebody; *operation* names what they wanted, and holds nothing that they sent."""
    record(
        ports,
        "access.denied",
        actor_id=actor.id,
        subject=subject,
        outcome=Outcome.DENIED,
        origin=origin,
        details={"rule": denied.rule, "operation": operation},
    )


def _personal(origin: Origin) -> dict[str, str]:
    found = {"address": origin.address, "device": origin.agent}
    return {name: value for name, value in found.items() if value is not None}
