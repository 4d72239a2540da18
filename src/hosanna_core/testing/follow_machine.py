"""A hypothesis state machine in which people follow what happens, lose their connections, and come back.

Subclass, override `make_store`, and give pytest the machine's `TestCase`:

```python
class MyFollowing(FollowMachine):
    def make_store(self) -> Store:
        return MyStore().ports()

TestMyFollowing = MyFollowing.TestCase
```
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from hosanna_core.errors import CursorLost
from hosanna_core.model.people import Role
from hosanna_core.rules.sealing import InFeed
from hosanna_core.testing import bodies
from hosanna_core.testing.connections_known import Served, Streamed
from hosanna_core.testing.doubles import ports_on
from hosanna_core.testing.followers_known import Device, Followers, Given
from hosanna_core.testing.following import stretch
from hosanna_core.testing.office_machine import (
    INTO_THE_FIELD,
    OUT_OF_THE_FIELD,
    OfficeMachine,
    somebody,
    something,
    wishes,
)
from hosanna_core.testing.samples import TRADE_WORDS
from hosanna_core.usecases.streams import sealer_of
from hosanna_core.usecases.telling import look

if TYPE_CHECKING:
    from hosanna_core.model.feed import Cursor
    from hosanna_core.ports import Ports, Store

NONE, LAST, OLDER, FOREIGN, GARBAGE, FUTURE = "none", "last", "older", "foreign", "garbage", "future"
BY: Final = (LAST, LAST, LAST, LAST, OLDER, OLDER, NONE, FOREIGN, GARBAGE, FUTURE)
"""With which cursor somebody comes back."""
MOST_DEVICES: Final = 3
ALL: Final = 10_000
SEVERAL: Final = 2
"""So many jobs make several pages of one."""
PATIENCE: Final = 50
"""After so many turns there is nothing left that anybody has to hear."""
few = st.integers(1, 3)
anybody = st.none() | something
"""One device, or all of them."""


class FollowMachine(OfficeMachine):
    """Whoever follows has what a list shows, and was told nothing twice, and nothing that they must not see."""

    def make_store(self) -> Store:
        """An empty store, for each run of the machine. Yours."""
        raise NotImplementedError(f"{type(self).__name__} must override make_store")

    def open_again(self) -> Store | None:
        """The same store, as a further process opens it; None, if not overridden: it lives in one process alone."""
        return None

    def beyond(self, head: Cursor) -> Cursor:
        """A place behind *head* that the feed does not come to while the machine runs.

        Yours, where time alone moves the end of the feed on.
        """
        return (int.from_bytes(head, "big") + 1).to_bytes(len(head), "big")

    def drop_oldest(self, count: int) -> bool:
        """Let the store forget its *count* oldest events, as time does; whether it did. Yours, if it can be made to."""
        return count == 0

    @initialize(book=st.lists(st.tuples(bodies.job_bodies(), st.integers(0, 3), wishes), max_size=6))
    def open_the_office(self, book: list[tuple[dict[str, Any], int, bodies.Wish]]) -> None:
        """Everybody comes to work and follows, and a few jobs are under way already."""
        stores = (self.make_store(), self.open_again())
        self.servers = [self.served(store) for store in stores if store is not None]
        self._end, self._known = self.servers[0].store.feed.head(), 0
        self.hire()
        for number, (body, steps, wish) in enumerate(book):
            self.create(body)
            self.send_out(number, wish, steps)
        self.followers = Followers(self.chronicle)
        for who in range(len(self.world.staff)):
            self.followers.devices.append(Device(who))
            self.connect(who, NONE, 0, served=who % 2 == 0, server=who)

    @rule(who=somebody)
    def bring_another_device(self, who: int) -> None:
        """Somebody will follow with one more."""
        if sum(device.who == who for device in self.followers.devices) < MOST_DEVICES:
            self.followers.devices.append(Device(who))

    @rule(which=anybody, by=st.sampled_from(BY), pick=something, served=st.booleans(), server=something)
    def connect(self, which: int | None, by: str, pick: int, served: bool, server: int) -> None:
        """Somebody connects, or connects anew, with a cursor or what looks like one."""
        for device in self._devices(which):
            if not self.followers.out(device):
                text, given = self._cursor(device, by, pick)
                self.followers.connect(device, self.server(server), text, given, served=served)

    @rule(which=anybody)
    def disconnect(self, which: int | None) -> None:
        """A connection breaks: what was sent and not taken is lost."""
        for device in self._devices(which):
            device.line = None

    @rule(limit=few, server=something)
    def read_ahead(self, limit: int, server: int) -> None:
        """A server reads some events, for all whom it serves."""
        for device in self.followers.devices:
            if isinstance(device.line, Served) and device.line.ports is self.server(server):
                self._read(device, limit)

    @rule(server=something, beat=st.booleans())
    def look_and_send(self, server: int, beat: bool) -> None:
        """A server looks at what the events are about that it read, once for all, and sends it."""
        ports = self.server(server)
        lines = [device.line for device in self.followers.devices]
        served = [line for line in lines if isinstance(line, Served) and line.ports is ports]
        found = {each.cursor: each for line in served for each in line.read}
        present = {line.actor.id: line.actor.role for line in served}
        looked = look(ports, sealer_of(ports), [found[cursor] for cursor in sorted(found)], present)
        for line in served:
            line.hear(looked.tellings)
            if beat:
                line.beat()

    @rule(which=anybody, most=st.integers(1, 5))
    def stream(self, which: int | None, most: int) -> None:
        """Somebody who follows by a generator is sent a few messages."""
        for device in self._devices(which):
            self._stream(device, most)

    @rule(which=anybody, most=st.integers(1, 5))
    def take(self, which: int | None, most: int) -> None:
        """A client takes a few pages of what it fetches anew, or of what was sent."""
        for device in self._devices(which):
            for _ in range(most):
                self.followers.fetch(device)
            self.followers.take(device, most)

    @rule(which=anybody, by=st.sampled_from(BY), pick=something, limit=few, server=something)
    def sync(self, which: int | None, by: str, pick: int, limit: int, server: int) -> None:
        """A device that was offline catches up by a page, or goes on with that."""
        for device in self._devices(which):
            if not self.followers.out(device):
                text, given = self._cursor(device, by, pick)
                self.followers.sync(device, self.server(server), text, given, limit)

    @precondition(lambda self: len(self.world.lives) > SEVERAL)
    @rule(which=something, by=st.sampled_from((NONE, LAST)), job=something)
    def sync_among_changes(self, which: int, by: str, job: int) -> None:
        """A technician's device catches up job by job; meanwhile another one comes into view, and leaves it at once."""
        technicians = [device for device in self.followers.devices if self._works_in_the_field(device)]
        if not technicians:
            return
        device = technicians[which % len(technicians)]
        wish, young = self._wish_of(device), SEVERAL + job % (len(self.world.lives) - SEVERAL)
        for old in range(SEVERAL):
            self._move(self._job(old), OUT_OF_THE_FIELD, wish)
            self.send_out(old, wish, len(INTO_THE_FIELD))
        self.send_out(young, wish, len(INTO_THE_FIELD) - 1)
        more = self._page(device, by, limit=1)
        self.send_out(young, wish, 1)
        while more:
            more = self._page(device, LAST, limit=1)
        self._move(self._job(young), OUT_OF_THE_FIELD, wish)
        if which % 2:
            self._settle(device)
        else:
            self._catch_up(device, limit=2)

    @rule(count=st.integers(1, 8))
    def forget(self, count: int) -> None:
        """The store forgets its oldest events."""
        count = min(count, self.chronicle.end - self.chronicle.dropped - 1)
        if self.drop_oldest(count):
            self.chronicle.dropped += count

    @precondition(lambda self: len(self.servers) > 1)
    @rule(server=something)
    def kill(self, server: int) -> None:
        """A server dies without a word, and another takes its place."""
        store, died = self.open_again(), self.server(server)
        if store is None:
            return
        for device in self.followers.devices:
            if device.line is not None and device.line.ports is died:
                device.line = None
        self.servers[server % len(self.servers)] = self.served(store)
        self.world.ports = self.servers[0]

    @invariant()
    def the_feed_tells_what_happened(self) -> None:
        """All of it, once, in its order."""
        if not hasattr(self, "followers"):
            return
        told = stretch(self.servers[-1].store, self._end, ALL).told
        new = self.chronicle.all[len(self.chronicle.all) - len(told) :]
        assert [(each.event.kind, each.event.subject.id) for each in told] == [
            (each.kind, each.subject_id) for each in new
        ]
        self._known += len(told)
        assert self._known == self.chronicle.end, "something that happened is not told"
        self._end = told[-1].cursor if told else self._end

    @rule()
    def be_quiet(self) -> None:
        """Whoever is connected reads everything: their copies are right."""
        for device in self.followers.devices:
            if device.line is not None:
                self._settle(device)

    def teardown(self) -> None:
        """At the end everybody comes back, by a connection or by `/sync`: their copies are right."""
        # What fails here would hide what failed before.
        if not hasattr(self, "followers") or sys.exc_info()[0] is not None:
            return
        for number, device in enumerate(self.followers.devices):
            if self.followers.out(device):
                continue
            if device.line is None and number % 2:
                self._catch_up(device, 1 + number % 3)
            self._settle(device)

    def cut_off(self, who: int) -> None:
        """All devices of somebody lose their connections."""
        for device in self.followers.devices:
            if device.who == who:
                device.line = None

    def served(self, store: Store) -> Ports:
        """All ports over a store, among the kit's stand-ins: those of a further process each time."""
        return ports_on(store, clock=self.clock)

    def _devices(self, which: int | None) -> list[Device]:
        devices = self.followers.devices
        return list(devices) if which is None else [devices[which % len(devices)]]

    def _read(self, device: Device, limit: int) -> None:
        line = device.line
        if not isinstance(line, Served):
            return
        try:
            line.read_on(limit)
        except CursorLost:
            self._lost(device)

    def _stream(self, device: Device, most: int) -> None:
        line = device.line
        if not isinstance(line, Streamed):
            return
        try:
            line.send(most)
        except CursorLost:
            self._lost(device)

    def _lost(self, device: Device) -> None:
        """It was too slow for the store."""
        assert device.line is not None
        assert device.line.place <= self.chronicle.dropped, "nothing was forgotten that it had to hear"
        device.line = None

    def _settle(self, device: Device) -> None:
        """Read until there is nothing left; whoever lost their place comes back."""
        for turn in range(PATIENCE):
            if device.line is None:
                self.connect(self.followers.devices.index(device), LAST, 0, served=turn % 2 == 0, server=turn)
            while device.fetching is not None:
                self.followers.fetch(device)
            self._read(device, ALL)
            self._stream(device, ALL)
            self.look_and_send(0, beat=True)
            self.look_and_send(1, beat=True)
            self.followers.take(device, ALL)
            if device.line is not None and device.line.place == self.chronicle.end:
                self.followers.check(device)
                return
        raise AssertionError(f"{self.followers.actor(device).role} is never told all that happened")

    def _catch_up(self, device: Device, limit: int) -> None:
        """Sync until there is nothing left."""
        for _ in range(PATIENCE):
            more = self._page(device, LAST, limit)
            if not more and device.given[-1].place == self.chronicle.end:
                self.followers.check(device)
                return
        raise AssertionError("/sync never ends")

    def _page(self, device: Device, by: str, limit: int) -> bool:
        """The next page of `/sync`; whether there are more."""
        text, given = self._cursor(device, by, 0)
        return self.followers.sync(device, self.servers[-1], text, given, limit)

    def _works_in_the_field(self, device: Device) -> bool:
        return self.followers.actor(device).role is Role.TECHNICIAN and not self.followers.out(device)

    def _wish_of(self, device: Device) -> bodies.Wish:
        """That jobs are theirs, whenever it may be."""
        technicians = [actor.id for actor in self.world.staff if actor.role is Role.TECHNICIAN]
        number = technicians.index(self.followers.actor(device).id)
        return bodies.Wish(number + len(technicians), None, override=True, reason=TRADE_WORDS[0])

    def _cursor(self, device: Device, by: str, pick: int) -> tuple[str | None, Given | None]:
        """A cursor as it is shown, and what is known of it if it is one."""
        own, user_id = device.given, self.followers.actor(device).id
        if by in (LAST, OLDER) and own:
            given = own[-1] if by == LAST else own[pick % len(own)]
            return given.text, given
        others = [each for other in self.followers.devices for each in other.given if each.user_id != user_id]
        if by == FOREIGN and others:
            given = others[pick % len(others)]
            return given.text, given
        if by == GARBAGE:
            texts = ("", "garbage", "\N{SNOWMAN}", "A" * 500, *(each.text[1:] for each in own[-1:]))
            return texts[pick % len(texts)], None
        return (self._from_the_future(user_id) if by == FUTURE else None), None

    def _from_the_future(self, user_id: str) -> str:
        ports = self.servers[0]
        later, sealer = self.beyond(ports.store.feed.head()), sealer_of(ports)
        user = ports.store.users.get(user_id)
        assert user is not None
        return sealer.seal(InFeed(later, self.clock.now())) + sealer.mark(user_id, user.role_since)
