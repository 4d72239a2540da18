"""From a decision to a commit: the one place where history, notices, calendars and receipt come together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from hosanna_core.errors import (
    Busy,
    CommitRefused,
    HosannaError,
    InProgress,
    KeyReused,
    NotFound,
    Replayed,
)
from hosanna_core.model.change import EXTERNAL_REF, Change, Claim, Receipt
from hosanna_core.model.job import Job
from hosanna_core.rules.history import at_version, seal
from hosanna_core.rules.keys import fingerprint
from hosanna_core.rules.visibility import scope_of
from hosanna_core.usecases.notifying import notices_about

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.event import Ref
    from hosanna_core.model.ids import Millis, UserId, Version
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_core.rules.decisions import Decision
    from hosanna_core.rules.keys import StoreKeys

TRIES: Final = 5
T = TypeVar("T")


class Once(msgspec.Struct, frozen=True):
    """That a request is to be done only once: *key* names it, *body* tells two different ones apart."""

    key: str
    body: str

    @classmethod
    def of(cls, keys: StoreKeys, user_id: UserId, operation: str, key: str, body: bytes) -> Once:
        """*operation* says what is asked for and of what; HTTP gives method and path.

        Both hashes are keyed: a body may hold a password, and whoever reads the receipts must not be able to try
        passwords out at the speed of SHA-256.
        """
        return cls(fingerprint(keys.receipts, user_id, operation, key), fingerprint(keys.receipts, key, body))


def change_of(ports: Ports, decision: Decision, once: Once | None = None) -> Change[Job]:
    """All that a decision makes true, sealed and ready for the ledger."""
    decided, facts = decision.job, decision.facts
    entry = seal(decided.chain, facts, decided.id, decided.subject_key)
    job = msgspec.structs.replace(decided, chain=entry.hash)
    first = decided.version == 1
    return Change(
        root=job,
        expected=None if first else decided.version - 1,
        entry=entry,
        events=(decision.event,),
        notices=tuple(notices_about(ports, decision)),
        calendars=decision.calendars,
        claims=(Claim(EXTERNAL_REF, job.external_ref),) if first and job.external_ref else (),
        receipt=receipt_of(once, decision.event.subject, job.version, facts.at),
        forgets=decision.forgets,
    )


def perform(ports: Ports, decision: Decision, once: Once | None = None) -> Job:
    """Commit a decision; answers the job as it is stored. Raises what `Ledger.commit` raises."""
    change = change_of(ports, decision, once)
    ports.store.ledger.commit(change)
    return change.root


def receipt_of(once: Once | None, subject: Ref, version: Version, at: Millis) -> Receipt | None:
    """What proves that a request was done, for those that asked for it."""
    if once is None:
        return None
    return Receipt(key=once.key, body=once.body, subject=subject, version=version, at=at)


def answered_once(ports: Ports, once: Once | None, work: Callable[[], T], show: Callable[[Receipt], T]) -> T:
    """The answer of *work*, or of the same request done before.

    Looked up before anything is judged (a repeated `confirm` finds a job that is confirmed already) and once more
    after every refusal: whoever came between may have been the same request, and then its `If-Match` is stale, its
    step gone or its technician placed already.

    Raises KeyReused where the body differs, InProgress where the first of them is not done yet.
    """
    if once is None:
        return work()
    if (receipt := _receipt(ports, once)) is not None:
        return show(receipt)
    try:
        return work()
    except HosannaError as refused:
        if (receipt := _receipt(ports, once)) is not None:
            return show(receipt)
        if isinstance(refused, Replayed):
            raise InProgress from None
        raise


def _receipt(ports: Ports, once: Once) -> Receipt | None:
    receipt = ports.store.receipts.get(once.key, ports.outside.now())
    if receipt is not None and receipt.body != once.body:
        raise KeyReused
    return receipt


def job_answered(ports: Ports, actor: Actor, receipt: Receipt) -> Job:
    """The job as a request left it; NotFound unless the caller may see it, now and as it was then."""
    scope = scope_of(actor)
    job = ports.store.jobs.get(receipt.subject.id, scope)
    if job is None:
        raise NotFound
    past = at_version(job, ports.store.jobs.history(job.id), receipt.version)
    if past is None or not scope.admits(past.place):
        raise NotFound
    return past


def decided_again(attempt: Callable[[CommitRefused | None], T], *stale: type[CommitRefused]) -> T:
    """Load, decide and save until nobody came between, at most five times; then Busy.

    *attempt* is told why the last one failed. A refused change is never replayed: everything is decided anew.
    """
    refused: CommitRefused | None = None
    for _ in range(TRIES):
        try:
            return attempt(refused)
        except stale as reason:
            refused = reason
    raise Busy("Too many changes of the same things at once: nothing was changed.")
