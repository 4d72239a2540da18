"""The audit trail as a file that anybody can verify without Hosanna: lines of JSON, the last one signed.

The first line says what it is: `{at, format, public_key}`. Then comes every entry of every stream, stream by stream:
`{stream, n, sealed, hash, open, salt}`, with *sealed* the exact text and *hash* and *salt* in hexadecimal. The last
line is the first one again with `heads`, how far each stream had come (`{stream: [n, hash]}`), `erased`, the users of
whom nothing personal is left, and `signature`: Ed25519 over this line without it, its keys sorted, without spaces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hosanna_core.model.instants import to_text
from hosanna_core.model.people import Duty
from hosanna_core.rules.history import canonical
from hosanna_core.rules.permissions import may
from hosanna_core.usecases.auditing import record
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.trail import all_heads, erased_users, stream_up_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hosanna_core.model.audit import AuditEntry
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports

FORMAT: Final = "hosanna-audit-1"
EXPORTED: Final = "audit.exported"


def export_trail(
    ports: Ports, actor: Actor, watch: Callable[[int], None] = lambda _: None
) -> Iterator[bytes]:
    """The lines of the file, without their ends. That it was asked for is put down before the first of them.

    *watch* is told how many entries were read. The streams may go on meanwhile: the file ends where they were at its
    beginning. What is broken in the store is broken in the file, for whoever verifies it. Raises PermissionDenied.
    """
    demand(may(actor, Duty.SEE_AUDIT_TRAIL))
    record(ports, EXPORTED, actor_id=actor.id)
    return _lines(ports, watch)


def _lines(ports: Ports, watch: Callable[[int], None]) -> Iterator[bytes]:
    first: dict[str, Any] = {
        "format": FORMAT,
        "at": to_text(ports.outside.now()),
        "public_key": ports.signatures.public_key.hex(),
    }
    yield canonical(first)
    reached = list(all_heads(ports))
    entries = 0
    for head in reached:
        for entry in stream_up_to(ports, head):
            yield canonical(_line(entry))
            entries += 1
        watch(entries)
    last = {
        **first,
        "heads": {head.stream: [head.n, head.hash.hex()] for head in reached},
        # Asked at the end: of those who were erased meanwhile some entries have been written with what they lack.
        "erased": sorted(set(erased_users(ports))),
    }
    yield canonical({**last, "signature": ports.signatures.sign(canonical(last)).hex()})


def _line(entry: AuditEntry) -> dict[str, Any]:
    return {
        "stream": entry.stream,
        "n": entry.n,
        "sealed": entry.sealed.decode(),
        "hash": entry.hash.hex(),
        "open": entry.open,
        "salt": entry.salt.hex(),
    }
