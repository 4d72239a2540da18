"""The mark of the newest checkpoint, which lies outside the trail: who winds the checkpoints back, too, is found out.

It is signed by a key that no store holds, so that nobody makes one for an earlier state without an old copy of it.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from hosanna_core.errors import BrokenChain
from hosanna_core.model.audit import Head
from hosanna_core.model.query import UserFilter
from hosanna_core.rules.history import canonical
from hosanna_core.rules.trail import CHECKPOINTS, stream_of_user
from hosanna_core.usecases.auditing import about_user
from hosanna_core.usecases.page_by_page import users_by_page

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import User
    from hosanna_core.ports import Ports

_ROWS = 200
_JUST_BEFORE = CHECKPOINTS[:-1]
"""Sorts right before the checkpoints: the next name after it is theirs."""


class _Mark(msgspec.Struct, frozen=True):
    n: int
    hash: str
    at: int
    signature: str

    def message(self) -> bytes:
        return canonical({"stream": CHECKPOINTS, "n": self.n, "hash": self.hash, "at": self.at})


def marked(ports: Ports) -> Head | None:
    """How far the checkpoints had come when they were last marked; None where they never were.

    Raises BrokenChain where the mark is none of ours.
    """
    held = ports.store.keystore.mark()
    return None if held is None else _read(ports, held)


def _read(ports: Ports, held: bytes) -> Head:
    not_ours = BrokenChain(0, f"the mark of stream '{CHECKPOINTS}' is not signed by this store")
    try:
        mark = msgspec.json.decode(held, type=_Mark)
        signature, digest = bytes.fromhex(mark.signature), bytes.fromhex(mark.hash)
    except ValueError:
        raise not_ours from None
    if not ports.signatures.fits(mark.message(), signature):
        raise not_ours
    return Head(stream=CHECKPOINTS, n=mark.n, hash=digest, at=mark.at)


def keep_mark(ports: Ports) -> None:
    """Mark how far the checkpoints have come; never over a mark that they no longer reach: that is for `verify_trail`.

    With the first mark every user of before there was a trail gets a stream: from then on whoever has none lost it.
    """
    held = ports.store.keystore.mark()
    if held is None:
        _adopt(ports)
    heads = ports.store.audits.heads(_JUST_BEFORE, 1)
    if not heads or heads[0].stream != CHECKPOINTS or not _goes_on(ports, held, heads[0]):
        return
    unsigned = _Mark(heads[0].n, heads[0].hash.hex(), heads[0].at, "")
    mark = msgspec.structs.replace(unsigned, signature=ports.signatures.sign(unsigned.message()).hex())
    # Another process may have marked meanwhile: then it is theirs, and the next minute's is ours.
    ports.store.keystore.keep_mark(msgspec.json.encode(mark), held)


def _goes_on(ports: Ports, held: bytes | None, head: Head) -> bool:
    """Whether the stream has come further than what is marked, and through it."""
    if held is None:
        return True
    before = _read(ports, held)
    if head.n <= before.n:
        return False
    there = ports.store.audits.stream(CHECKPOINTS, before.n - 1, 1)
    return bool(there) and (there[0].n, there[0].hash) == (before.n, before.hash)


def _adopt(ports: Ports) -> None:
    for user in _users(ports):
        if not ports.store.audits.stream(stream_of_user(user.id), 0, 1):
            ports.store.ledger.record((about_user(ports, user.id, "user.adopted", actor_id=None),))


def demand_streams(ports: Ports, heads: Container[str]) -> None:
    """Raise BrokenChain for a user whose stream is gone, or whose stream has lost its head."""
    for user_id in [user.id for user in _users(ports) if stream_of_user(user.id) not in heads]:
        _demand_stream(ports, user_id)


def _demand_stream(ports: Ports, user_id: UserId) -> None:
    """Somebody may have been made since the heads were read: they are looked for once more."""
    stream = stream_of_user(user_id)
    if not ports.store.audits.stream(stream, 0, 1):
        raise BrokenChain(
            1,
            f"entry 1 of stream '{stream}' is gone, though the user is there (a store that was just brought up to date "
            "gets one within a minute of the server's start)",
        )
    after: str | None = None
    while heads := ports.store.audits.heads(after, _ROWS):
        if any(head.stream == stream for head in heads):
            return
        after = heads[-1].stream
    raise BrokenChain(1, f"entry 1 of stream '{stream}' is there, and the stream has lost its head")


def _users(ports: Ports) -> Iterator[User]:
    return chain.from_iterable(users_by_page(ports, UserFilter()))
