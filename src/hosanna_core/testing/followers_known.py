"""Those who follow, as correct clients do: each keeps a copy of the jobs that it sees, and every cursor with its copy.

A cursor stands for the copy that its holder had with it: whoever goes back to an older cursor goes back to the older
copy, too. And who fetched anew has no cursor of the new copy before they were told all that had happened by then:
nobody else knows what of it is in the fetched copy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.testing.connections_known import LEFT, Connection, Served, Streamed
from hosanna_core.testing.racing import persistent
from hosanna_core.testing.watching import everything
from hosanna_core.usecases.jobs import list_jobs
from hosanna_core.usecases.syncing import sync

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.ids import JobId, UserId
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_core.testing.tellings_known import Chronicle

STREAM, WALK, FOLD = "stream", "walk", "fold"
"""What a cursor leads on with: messages and `/sync` alike, or one of the two ways in which `/sync` takes many pages."""
BEGIN: Final = ""
PAGE: Final = "2"


class Given(msgspec.Struct, frozen=True):
    """A cursor: to whom it was given, when they had how often been given a role, and what they kept then."""

    text: str
    user_id: UserId
    term: int
    place: int
    since: int
    """What comes behind here must still be there."""
    leads: str
    copy: Mapping[JobId, Any]
    events: frozenset[tuple[str, JobId, int]]
    """What they were told by then."""


@dataclass(eq=False)
class Device:
    """What somebody follows with."""

    who: int
    server: int = 0
    copy: dict[JobId, Any] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    line: Connection | None = None
    fetching: str | None = None
    """The cursor of the list that is being fetched."""
    owed: int = 0
    """Up to here it must be told before a cursor is worth keeping."""
    versions: dict[JobId, int] = field(default_factory=dict)
    """The last that it was sent of each job."""
    events: set[tuple[str, JobId, int]] = field(default_factory=set)
    """What it was told, on this connection and on those that this one goes on from."""


class Followers:
    """Everybody's devices."""

    def __init__(self, chronicle: Chronicle) -> None:
        self.chronicle = chronicle
        self.devices: list[Device] = []

    def actor(self, device: Device) -> Actor:
        """Whoever holds it."""
        return self.chronicle.world.staff[device.who]

    def out(self, device: Device) -> bool:
        """Whether its holder may not log in."""
        return self.actor(device).id in self.chronicle.world.inactive

    def leads_on(self, given: Given | None, device: Device) -> bool | None:
        """Whether a stream must go on from a cursor; None where the store may have forgotten just that much."""
        actor, chronicle = self.actor(device), self.chronicle
        if given is None or (given.user_id, given.leads) != (actor.id, STREAM):
            return False
        if given.term != chronicle.terms[actor.id] or given.since < chronicle.dropped:
            return False
        return None if 0 < given.since == chronicle.dropped else True

    def connect(
        self, device: Device, ports: Ports, text: str | None, given: Given | None, *, served: bool
    ) -> None:
        """Open a connection; whoever is not recovered begins to fetch anew."""
        kind = Served if served else Streamed
        line = kind(self.chronicle, ports, self.actor(device), text)
        wanted = self.leads_on(given, device)
        assert wanted in (None, line.recovered), f"recovered: {line.recovered}, by {given and given.leads}"
        device.line, device.owed = line, 0
        if line.recovered and given is not None:
            line.begin(given.place)
            device.copy, device.events, device.fetching = dict(given.copy), set(given.events), None
            self.keep(device, line.hello, given.place)
        else:
            line.begin(None)
            device.copy, device.events, device.fetching = {}, set(), BEGIN

    def fetch(self, device: Device) -> None:
        """The next page of everything, as a client gets it that was told to fetch anew."""
        if device.line is None or device.fetching is None:
            return
        following = {"cursor": [device.fetching]} if device.fetching else {}
        page, cursor = list_jobs(device.line.ports, self.actor(device), {"limit": [PAGE], **following})
        self._show(device, [row.body for row in page.rows])
        device.fetching = cursor
        if cursor is None:
            device.owed = self.chronicle.end

    def take(self, device: Device, most: int) -> None:
        """The client takes some of what was sent; while it fetches it lets everything wait."""
        if device.line is None or device.fetching is not None:
            return
        for _ in range(min(most, len(device.line.sent))):
            message, place = device.line.sent.popleft()
            self._hear(device, message)
            if place >= device.owed:
                self.keep(device, message["cursor"], place)

    def sync(self, device: Device, ports: Ports, text: str | None, given: Given | None, limit: int) -> bool:
        """One page of `/sync`; whether there are more."""
        query = {"limit": [str(limit)]} | ({} if text is None else {"cursor": [text]})
        page = persistent(lambda: sync(ports, self.actor(device), query))
        leads_on = self.leads_on(given and msgspec.structs.replace(given, leads=STREAM), device)
        assert page.reset is not leads_on or leads_on is None, f"reset: {page.reset}, from {given}"
        assert len(page.jobs) + len(page.removed) <= limit, "a page has at most `limit` jobs"
        device.line, device.fetching = None, None
        if page.reset or given is None:
            assert not page.removed, "there is nothing to forget one by one"
            self._begin_to_walk(device, page.cursor, page.jobs, more=page.more)
            return page.more
        device.copy, device.events = dict(given.copy), set(given.events)
        for job_id in page.removed:
            assert job_id in self.chronicle.seen_at(self.actor(device), given.since), "it never was in view"
            device.copy.pop(job_id, None)
        self._show(device, page.jobs)
        goes_on = given.leads != STREAM
        place = given.place if goes_on else self.chronicle.end
        leads = given.leads if goes_on else FOLD
        since = given.since if leads == FOLD and page.more else place
        self.keep(device, page.cursor, place, since=since, leads=leads if page.more else STREAM)
        return page.more

    def _begin_to_walk(self, device: Device, cursor: str, jobs: Sequence[bytes], *, more: bool) -> None:
        device.copy, device.events = {}, set()
        self._show(device, jobs)
        self.keep(device, cursor, self.chronicle.end, leads=WALK if more else STREAM)

    def keep(
        self, device: Device, text: str, place: int, *, since: int | None = None, leads: str = STREAM
    ) -> None:
        """Remember a cursor with the copy that goes with it."""
        user_id = self.actor(device).id
        term = self.chronicle.terms[user_id]
        since = place if since is None else since
        copy, events = dict(device.copy), frozenset(device.events)
        device.given.append(Given(text, user_id, term, place, since, leads, copy, events))

    def check(self, device: Device) -> None:
        """What a device keeps is what a list shows its holder."""
        world, actor = self.chronicle.world, self.actor(device)
        listed = everything(world, actor, {})
        assert set(listed) == {job_id for job_id in world.lives if world.sees(actor, job_id)}
        shown = {job_id: self.chronicle.document(job_id) for job_id in listed}
        assert set(device.copy) - set(shown) == set(), f"{actor.role} keeps jobs that they do not see"
        assert set(shown) - set(device.copy) == set(), f"{actor.role} lacks jobs that they see"
        assert device.copy == shown, f"{actor.role} keeps jobs as they were"

    def _hear(self, device: Device, message: Any) -> None:
        if message["type"] == LEFT:
            device.copy.pop(message["job_id"], None)
        elif "job" in message:
            job = message["job"]
            assert job["version"] >= device.versions.get(job["id"], 0), "a job went back to an older version"
            device.versions[job["id"]] = job["version"]
            if "version" in message:
                event = message["type"], message["job_id"], message["version"]
                assert event not in device.events, f"told twice: {event}"
                device.events.add(event)
            self._put(device, job)

    def _show(self, device: Device, bodies: Sequence[bytes]) -> None:
        """Keep what was asked for: it is as it is now, and in view."""
        for job in map(json.loads, bodies):
            assert self.chronicle.world.sees(self.actor(device), job["id"]), "a hidden job is shown"
            assert job == self.chronicle.document(job["id"]), "a job is shown as it was"
            self._put(device, job)

    @staticmethod
    def _put(device: Device, job: Any) -> None:
        """Keep a job, if it is not older than what is kept."""
        kept = device.copy.get(job["id"])
        if kept is None or kept["version"] <= job["version"]:
            device.copy[job["id"]] = job
