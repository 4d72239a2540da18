"""The audit trail: reading it, verifying it, and setting down how far it has come."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.errors import BrokenChain, Undecipherable
from hosanna_core.model.audit import AuditDocument, AuditFacts, AuditFilter, Head
from hosanna_core.model.ids import DAY, MINUTE, Millis
from hosanna_core.model.people import Duty
from hosanna_core.rules.permissions import may
from hosanna_core.rules.trail import CHECKPOINTS, Marks, StreamCheck, document_of, signed_by_checkpoint
from hosanna_core.usecases.cursors import judge_page
from hosanna_core.usecases.marking import demand_streams, keep_mark, marked
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import AuditQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hosanna_core.model.audit import AuditEntry
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports

CHECKPOINT: Final = "checkpoint"
ERASED: Final = "privacy.erased"
HEADS_AT_ONCE: Final = 500
_ROWS: Final = 500
_STRAGGLERS: Final[Millis] = 2 * MINUTE
"""An entry carries the instant of its decision: so much later its commit may come."""
_LOOKS_AT_ALL_AFTER: Final[Millis] = 10 * MINUTE


def list_entries(
    ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]
) -> tuple[list[AuditDocument], str | None]:
    """A page of the trail, newest first, and the cursor that goes on from it."""
    demand(may(actor, Duty.SEE_AUDIT_TRAIL))
    asked, position = judge_page(AuditQuery, query, ports.keys.cursors, actor, "audit")
    shown, cursor = position.page(partial(ports.store.audits.entries, asked.value()), asked.limit)
    return [document_of(entry) for entry in shown], cursor


class Looked:
    """What a process knows of all streams and checkpoints since it last looked at all of them; for one thread."""

    def __init__(self, epoch: bytes | None = None) -> None:
        self.epoch = epoch
        """Which store it is; None: whichever."""
        self.at: Millis | None = None
        """When that was; None: never."""
        self.up_to: int | None = None
        """The number of the newest checkpoint that was read."""
        self.said: dict[str, int] = {}
        """How far each stream had come, as the newest checkpoint says that names it."""


def checkpoint(ports: Ports, looked: Looked | None = None) -> bool:
    """Set down, signed, how far every stream has come that moved since the last time; False where none did.

    What is cut off a stream afterwards is missed. Call it every minute and at the end; several processes may. What a
    machine wrote whose clock is over two minutes behind is seen only by who hands over the same *looked* each time:
    every ten minutes all streams are looked at then, whatever their clocks say. Where the store was restored since
    *looked* was begun nothing is set down: what this process signs with is another store's key.
    """
    if looked is not None and looked.epoch not in (None, ports.store.feed.epoch):
        return False
    last = ports.store.audits.entries(AuditFilter(action=CHECKPOINT), None, 1)
    newest, now = last[0].at if last else 0, ports.outside.now()
    if looked is None or (looked.at is not None and now < looked.at + _LOOKS_AT_ALL_AFTER):
        news = _moved_of_late(ports, newest - _STRAGGLERS)
    else:
        # Also when it fails: what breaks it must not keep us from setting down what moved of late.
        looked.at = now
        news = _moved_at_all(ports, looked, newest - DAY)
    facts: list[AuditFacts] = []
    while some := list(islice(news, HEADS_AT_ONCE)):
        facts.append(_checkpoint_facts(ports, some))
    if facts:
        # All or none: what one of several left out would look as if it had been set down before.
        ports.store.ledger.record(facts)
    keep_mark(ports)
    return bool(facts)


def _moved_of_late(ports: Ports, since: Millis) -> Iterator[list[Any]]:
    known = {tuple(head) for entry in _checkpoints(ports, since) for head in _legible_heads(entry)}
    moved = (_plain(head) for head in all_heads(ports, since) if head.stream != CHECKPOINTS)
    return (each for each in moved if tuple(each) not in known)


def _moved_at_all(ports: Ports, looked: Looked, long_ago: Millis) -> Iterator[list[Any]]:
    """Of every stream that has come as far as no checkpoint says, how far it has.

    Checkpoints are read in the order of their numbers, which no clock decides. Only the first time those before
    *long_ago* are left alone, and the streams that rested since: a year of them would be read at each start.
    """
    first = looked.up_to is None
    if looked.up_to is None:
        looked.said.clear()
        looked.up_to = _read_back(ports, looked.said, long_ago)
    else:
        for entry in stream_of(ports, CHECKPOINTS, looked.up_to):
            looked.said.update((stream, n) for stream, n, _ in _legible_heads(entry))
            looked.up_to = entry.n
    for head in all_heads(ports):
        if first and head.at < long_ago:
            looked.said.setdefault(head.stream, head.n)
        if head.stream != CHECKPOINTS and looked.said.get(head.stream) != head.n:
            yield _plain(head)


def _read_back(ports: Ports, said: dict[str, int], since: Millis) -> int:
    """Note what the checkpoints since then said last of each stream; answers the greatest number among them."""
    up_to = 0
    for entry in _checkpoints(ports, since):
        for stream, n, _ in _legible_heads(entry):
            said.setdefault(stream, n)
        up_to = max(up_to, entry.n)
    return up_to


def _legible_heads(entry: AuditEntry) -> list[list[Any]]:
    """What a checkpoint says; of one that somebody spoiled nothing: it is said once more."""
    try:
        return [[str(stream), int(n), str(digest)] for stream, n, digest in heads_of(entry)]
    except (LookupError, TypeError, ValueError):
        return []


def _checkpoints(ports: Ports, since: Millis) -> Iterator[AuditEntry]:
    """The checkpoints since then, newest first: each says only what had moved."""
    return _found(ports, AuditFilter(action=CHECKPOINT, since=since))


def _found(ports: Ports, wanted: AuditFilter) -> Iterator[AuditEntry]:
    after: str | None = None
    while found := ports.store.audits.entries(wanted, after, _ROWS):
        yield from found
        after = found[-1].id


def _plain(head: Head) -> list[Any]:
    return [head.stream, head.n, head.hash.hex()]


def _checkpoint_facts(ports: Ports, heads: list[list[Any]]) -> AuditFacts:
    now = ports.outside.now()
    signature = ports.signatures.sign(signed_by_checkpoint(heads, now))
    return AuditFacts(
        id=ports.outside.mint(),
        stream=CHECKPOINTS,
        at=now,
        actor_id=None,
        action=CHECKPOINT,
        details={"heads": heads, "signature": signature.hex()},
    )


def heads_of(entry: AuditEntry) -> list[list[Any]]:
    """What a checkpoint says of the streams: name, number and hash of each."""
    details = msgspec.json.decode(entry.sealed)["details"]
    return list(details["heads"])


def all_heads(ports: Ports, since: Millis = 0) -> Iterator[Head]:
    """How far every stream has come that moved at or after *since*."""
    after: str | None = None
    while found := ports.store.audits.heads(after, _ROWS, since):
        yield from found
        after = found[-1].stream


class Verified(msgspec.Struct, frozen=True):
    """How much was verified."""

    streams: int
    entries: int
    checkpoints: int


def verify_trail(ports: Ports, watch: Callable[[int], None] = lambda _: None) -> Verified:
    """Follow every stream from its first entry on, beside running servers; *watch* is told how many entries were read.

    Raises BrokenChain at the first entry that was altered, dropped, moved or cut off.
    """
    mark = marked(ports)
    heads: dict[str, Head | None] = {head.stream: head for head in all_heads(ports)}
    with_a_head = frozenset(heads)
    erased = frozenset(erased_users(ports))
    # Of every checkpoint: what was cut off may have been written anew beyond where the newest one was made.
    reached: dict[str, Marks] = {}
    if mark is not None:
        reached.setdefault(CHECKPOINTS, Marks()).add(mark)
    checkpoints = 0
    for entry in stream_of(ports, CHECKPOINTS):
        for head in _signed(ports, entry):
            reached.setdefault(head.stream, Marks()).add(head)
        checkpoints += 1
    # A stream whose head is gone, too.
    heads |= dict.fromkeys(stream for stream in reached if stream not in heads)
    entries = 0
    for stream, end in heads.items():
        marks = reached.get(stream, Marks())
        try:
            entries += _verify_stream(ports, stream, end, marks, erased)
        except BrokenChain:
            # Somebody may have been erased since we asked who was.
            erased = frozenset(erased_users(ports))
            entries += _verify_stream(ports, stream, end, marks, erased)
        watch(entries)
    demand_streams(ports, with_a_head)
    return Verified(len(heads), entries, checkpoints)


def _verify_stream(ports: Ports, stream: str, head: Head | None, marks: Marks, erased: frozenset[str]) -> int:
    """Follow a stream; one without a *head* was known to a checkpoint alone."""
    check = StreamCheck(stream, erased)
    reached = marks.by_number()
    for entry in stream_of(ports, stream):
        with readable(check.n + 1, f"entry {check.n + 1} of stream '{stream}'"):
            check.follow(entry)
        if check.n in reached:
            check.reach(check.n, reached[check.n], "a checkpoint")
        if head is not None and check.n == head.n:
            check.reach(head.n, head.hash, "its head")
    if reached:
        last = max(reached)
        check.reach(last, reached[last], "a checkpoint")
    if head is not None:
        check.reach(head.n, head.hash, "its head")
    return check.n


class _Said(msgspec.Struct, frozen=True):
    heads: list[tuple[str, int, str]]
    signature: str


class _Checkpoint(msgspec.Struct, frozen=True):
    details: _Said


def _signed(ports: Ports, entry: AuditEntry) -> list[Head]:
    """How far the streams had come, as a checkpoint says; raises BrokenChain where it is not ours."""
    broken = BrokenChain(entry.n, f"entry {entry.n} of stream '{CHECKPOINTS}' is not signed by this store")
    try:
        said = msgspec.json.decode(entry.sealed, type=_Checkpoint).details
        signature = bytes.fromhex(said.signature)
    except ValueError:
        raise broken from None
    if not ports.signatures.fits(signed_by_checkpoint(said.heads, entry.at), signature):
        raise broken
    return [
        Head(stream=stream, n=n, hash=bytes.fromhex(digest), at=entry.at) for stream, n, digest in said.heads
    ]


def erased_users(ports: Ports) -> Iterator[str]:
    """The users who were erased: what names them may lack what could tell of them."""
    found = _found(ports, AuditFilter(action=ERASED))
    return (entry.subject.id for entry in found if entry.subject is not None)


@contextmanager
def readable(n: int, what: str) -> Iterator[None]:
    """What somebody put into a store by hand need not even be of the right type: that breaks a chain, too."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, Undecipherable):
        raise BrokenChain(n, f"{what} cannot be read") from None


def stream_of(ports: Ports, stream: str, after: int = 0) -> Iterator[AuditEntry]:
    """Every entry of a stream above *after*, in order; raises BrokenChain where one cannot be read."""
    limit = _ROWS
    while True:
        try:
            with readable(after + 1, f"entry {after + 1} of stream '{stream}'"):
                entries = ports.store.audits.stream(stream, after, limit)
        except BrokenChain:
            if limit == 1:
                raise
            # Some entry among so many: one by one it shows which.
            limit = 1
            continue
        if not entries:
            return
        yield from entries
        after = entries[-1].n


def stream_up_to(ports: Ports, head: Head) -> Iterator[AuditEntry]:
    """Every entry of a stream until it had come as far as *head* says."""
    return takewhile(lambda entry: entry.n <= head.n, stream_of(ports, head.stream))
