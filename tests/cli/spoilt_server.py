"""`hosanna serve` with a fault in it, to see who notices: `python -m tests.cli.spoilt_server FAULT`."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import msgspec

from hosanna_core.errors import CursorLost
from hosanna_core.rules.sealing import Sealer
from hosanna_core.usecases import telling
from hosanna_web.cli import main
from hosanna_web.realtime import audiences, catching_up, clients, hub, outlets
from hosanna_web.realtime.wording import Wording

EVERY = 20
LATE = 1.0
"""Seconds."""


def drops_every_twentieth_event() -> None:
    tell, numbers = audiences.Audiences.tell, count(1)

    async def dropping(self: Any, tellings: Sequence[Any]) -> None:
        kept = [each for each in tellings if next(numbers) % EVERY]
        if kept:
            await tell(self, kept)

    audiences.Audiences.tell = dropping  # type: ignore[method-assign]


def tells_late_what_leaves() -> None:
    for outlet in (outlets.WireOutlet, outlets.EventOutlet):
        _send_late(outlet)


def _send_late(outlet: Any) -> None:
    send = outlet.send

    def late(self: Any, wording: Wording, mark: bytes) -> None:
        leaving = [each for each in wording.begun if b'"type":"job.left_view"' in each]
        if others := [each for each in wording.begun if each not in leaving]:
            send(self, Wording(others), mark)
        if leaving:
            asyncio.get_running_loop().call_later(LATE, send, self, Wording(leaving), mark)

    outlet.send = late


def recovers_whatever_it_is_given() -> None:
    admit = hub.Hub.admit

    async def admitting(self: Any, identity: Any, cursor: str | None) -> Any:
        entry = await admit(self, identity, cursor)
        if cursor is None or entry.start is not None:
            return entry
        return msgspec.structs.replace(entry, start=self._running.ring.end)

    hub.Hub.admit = admitting  # type: ignore[method-assign]


def goes_on_behind_what_is_forgotten() -> None:
    missed = catching_up.missed

    def whatever_is_there(*given: Any) -> Any:
        try:
            return missed(*given)
        except CursorLost:
            return []

    catching_up.missed = whatever_is_there


def tells_twice_what_was_missed_last() -> None:
    tell = clients.Client.tell

    def telling_twice(self: Any, tellings: Sequence[Any]) -> None:
        tell(self, tellings)
        tell(self, tellings[-1:])

    clients.Client.tell = telling_twice  # type: ignore[method-assign]


def takes_cursors_of_another_role() -> None:
    mark = Sealer.mark
    Sealer.mark = lambda self, user_id, _: mark(self, user_id, 0)  # type: ignore[method-assign]


def withholds_nothing() -> None:
    telling.Telling.visible = lambda self, _: self.sight is not None  # type: ignore[method-assign]


def lets_everybody_go_on() -> None:
    hub.Hub._judge = lambda self, _: None  # type: ignore[method-assign]


AGAIN = "told again that|told twice|or twice"
LOST = f"never told|never hears|lacks|still has|as they were|{AGAIN}"
LET_IN = "is recovered: True|is reset: False"
FAULTS: dict[Callable[[], None], str] = {
    drops_every_twentieth_event: LOST,
    tells_late_what_leaves: LOST,
    recovers_whatever_it_is_given: LET_IN,
    goes_on_behind_what_is_forgotten: LOST,
    tells_twice_what_was_missed_last: AGAIN,
    takes_cursors_of_another_role: LET_IN,
    withholds_nothing: f"hidden job is shown|{AGAIN}",
    lets_everybody_go_on: "still let in",
}
"""Each with the words by which it has to be noticed."""

if __name__ == "__main__":
    {fault.__name__: fault for fault in FAULTS}[sys.argv[1]]()
    main(["serve"])
