"""Reports that were made a moment ago: read again by whoever sees the same, and made anew by whoever does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from hosanna_core.rules.keys import fingerprint
from hosanna_core.rules.visibility import scope_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.people import Actor
    from hosanna_core.model.schedule import Window
    from hosanna_core.ports import Ports

KEPT_FOR: Final = 30
"""Seconds that a report is kept."""
T = TypeVar("T", bound=msgspec.Struct)


def kept(
    ports: Ports, actor: Actor, period: Window, kind: type[T], make: Callable[[], T], *, more: bool = False
) -> T:
    """What *make* answers, or what it answered somebody who sees the same jobs, a moment ago, of the same period.

    Kept by what *actor* sees now and not by who they are, and by the settings, so that whose role was changed never
    gets what the former one saw. *more*: they are told something beside the jobs, too.
    """
    if ports.cache is None:
        return make()
    scope = scope_of(actor)
    about = (kind.__name__, sorted(scope.standings), scope.technician_id, more, period.start, period.end)
    settled = ports.store.firms.get().version
    key = fingerprint(ports.store.feed.epoch, msgspec.json.encode((*about, settled)))
    found = _read(ports.cache.get(key), kind)
    if found is None:
        found = make()
        ports.cache.put(key, msgspec.msgpack.encode(found), KEPT_FOR)
    return found


def _read(raw: bytes | None, kind: type[T]) -> T | None:
    try:
        return None if raw is None else msgspec.msgpack.decode(raw, type=kind)
    except msgspec.DecodeError:
        # Another version of us kept it.
        return None
