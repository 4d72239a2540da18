"""Devices that keep a copy of the jobs by the rules of `docs/reference/realtime.md`, and remember what they were told.

A cursor stands for the copy that was kept with it: whoever goes back to an older one goes back to the older copy.
"""

import queue
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Protocol

from tests.cli.lines import Gone, Line, opened
from tests.cli.views_by_hand import ENTERED, LEFT, Lives, Viewer, check_message, check_order

STREAM, PAGES = "stream", "pages"
"""What a cursor leads on with: a connection and `/sync` alike, or further pages alone."""
MOST_KEPT = 12
ONCE = {"announcement.created": "announcement", "notification.created": "notification"}


@dataclass
class Chain:
    """What a device keeps, and was told since it last began anew or all was quiet."""

    copy: dict[str, Any] = field(default_factory=dict)
    began: int = 0
    """So many announcements had been made: of all others it must hear."""
    since: dict[str, int] | None = None
    """Up to which version each job was told when all was quiet; None where it began anew after that."""
    sure: bool = False
    """Whether it has what it was told, and nothing else: whoever fetches may be a little ahead."""
    log: list[dict[str, Any]] = field(default_factory=list)
    once: set[str] = field(default_factory=set)

    def forked(self) -> "Chain":
        return replace(self, copy=dict(self.copy), log=list(self.log), once=set(self.once))


@dataclass(frozen=True)
class Kept:
    """A cursor, whose it is, and what was kept with it."""

    text: str
    user_id: str
    term: int
    leads: str
    chain: Chain
    at: int
    """How often the feed had been cut by then, at least."""


class Office(Protocol):
    """Where the devices are used."""

    random: Random
    cuts: int

    def viewer(self, who: str) -> Viewer: ...
    def term(self, who: str) -> int: ...
    def token(self, who: str) -> str: ...
    def url(self) -> str: ...
    def ask(self, who: str, method: str, path: str, **given: Any) -> Any: ...
    def announced(self) -> int: ...
    def note(self, *words: object) -> None: ...


class Device:
    """One of somebody's."""

    def __init__(self, office: Office, who: str, number: int) -> None:
        self.office = office
        self.who = who
        self.name = f"{who}/{number}"
        self.line: Line | None = None
        self.chain = Chain()
        self.kept: list[Kept] = []
        self.owed = False
        """Whether it fetched something that it was not told of yet: then no cursor is worth keeping."""
        self.at = 0
        """How often the feed had been cut when what it takes now was told, at least."""
        self.unchecked: list[tuple[Viewer, dict[str, Any]]] = []
        self._versions: dict[str, int] = {}

    # Coming and going.

    def leads_on(self, given: Kept | None) -> bool | None:
        """Whether one must be recovered who comes with a cursor; None where it may be too old."""
        mine = given is not None and given.user_id == self.office.viewer(self.who).user_id
        if given is None or not mine or given.term != self.office.term(self.who):
            return False
        return True if given.at == self.office.cuts else None

    def connect(self, text: str | None, given: Kept | None, *, events: bool) -> bool:
        """Open a connection, and fetch anew where nothing is recovered; whether anybody answered."""
        self.hang_up()
        line = opened(self.office.url(), self.office.token(self.who), text, events=events)
        self.office.note(self.name, "connects", text and text[:12], type(line).__name__)
        if not isinstance(line, Line):
            assert line in (None, 401, 503), f"refused by {line}"
            return False
        self.line, self._versions = line, {}
        try:
            hello = line.take()
        except Gone:
            self.line = None
            return False
        except queue.Empty:
            raise AssertionError(f"{self.name} is never greeted") from None
        assert hello["type"] == "hello"
        wanted = self.leads_on(given if given is None or given.leads == STREAM else None)
        assert wanted in (None, hello["recovered"]), f"{self.name} is recovered: {hello['recovered']}"
        if hello["recovered"]:
            assert given is not None
            self.chain, self.owed = given.chain.forked(), False
            self.chain.sure, self.at = True, given.at
            self._keep(hello["cursor"])
            return True
        self.at = self.office.cuts
        return self._fetch()

    def _fetch(self) -> bool:
        """Everything anew, while what happens meanwhile is not taken yet; or, by chance, page by page on its own."""
        self.chain, self.owed = Chain(began=self.office.announced()), True
        if self.office.random.random() < 0.3:
            self.hang_up()
            return self.sync(None, None, 2) is not None
        cursor: str | None = None
        while True:
            query = {"limit": "3"} | ({} if cursor is None else {"cursor": cursor})
            page = self.office.ask(self.who, "GET", "/jobs", params=query)
            if page is None:
                self.hang_up()
                return False
            for job in page["items"]:
                self._put(job)
            if (cursor := page["next_cursor"]) is None:
                return True

    def hang_up(self) -> None:
        if self.line is not None:
            self.line.hang_up()
            self.line = None

    # Hearing.

    def take(self, most: int, timeout: float) -> None:
        """Some of what was sent. Raises Gone, queue.Empty."""
        for _ in range(most):
            assert self.line is not None
            self._hear(self.line.take(timeout))

    def _hear(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        self.unchecked.append((self.office.viewer(self.who), message))
        if kind in ONCE:
            subject = message[ONCE[kind]]["id"]
            assert subject not in self.chain.once, f"{self.name} is told twice of {subject}"
            self.chain.once.add(subject)
        if kind.startswith("job."):
            self._hear_of_a_job(message)
        if not self.owed:
            self._keep(message["cursor"])

    def _hear_of_a_job(self, message: dict[str, Any]) -> None:
        job_id = message["job_id"]
        self.chain.log.append(message)
        if message["type"] == LEFT:
            self.chain.copy.pop(job_id, None)
            return
        if message["type"] == ENTERED and self.chain.sure and self.chain.since is not None:
            assert job_id not in self.chain.copy, f"{self.name} is told again that {job_id} came into view"
        version = message["job"]["version"]
        assert version >= self._versions.get(job_id, 0), "a job went back to an older version"
        self._versions[job_id] = version
        self._put(message["job"])

    def _put(self, job: dict[str, Any]) -> None:
        known = self.chain.copy.get(job["id"])
        if known is None or known["version"] <= job["version"]:
            self.chain.copy[job["id"]] = job

    def _keep(self, text: str, leads: str = STREAM) -> None:
        viewer, term = self.office.viewer(self.who), self.office.term(self.who)
        kept = Kept(text, viewer.user_id, term, leads, self.chain.forked(), self.at)
        if self.kept and self.office.random.random() < 0.8:
            self.kept[-1] = kept
        else:
            self.kept = [*self.kept[-MOST_KEPT:], kept]

    # Catching up without a connection.

    def sync(self, text: str | None, given: Kept | None, limit: int) -> bool | None:
        """One page; whether there are more, None where nobody answered."""
        self.hang_up()
        params = {"limit": str(limit)} | ({} if text is None else {"cursor": text})
        page = self.office.ask(self.who, "GET", "/sync", params=params)
        self.office.note(self.name, "syncs", text and text[:12], page and (page["reset"], page["more"]))
        if page is None:
            return None
        leads_on = self.leads_on(given)
        assert leads_on in (None, not page["reset"]), f"{self.name} is reset: {page['reset']}"
        given = None if page["reset"] else given
        goes_on = given is not None and given.leads == PAGES
        began = given.chain.began if goes_on and given is not None else self.office.announced()
        copy = {} if given is None else dict(given.chain.copy)
        self.chain, self.owed = Chain(copy, began), False
        self.at = given.at if given is not None and (goes_on or page["more"]) else self.office.cuts
        for job_id in page["removed"]:
            self.chain.copy.pop(job_id, None)
        for job in page["jobs"]:
            self._put(job)
        self._keep(page["cursor"], PAGES if page["more"] else STREAM)
        return bool(page["more"])

    # What must be so.

    def check_told(self, lives: Lives) -> None:
        """Nothing was sent that its holder may not see."""
        for viewer, message in self.unchecked:
            check_message(viewer, message, lives)
        self.unchecked.clear()

    def check_chain(self, lives: Lives, announcements: list[tuple[str, str | None]]) -> None:
        """All was told, in its order, each once. Only where everything was taken that was sent."""
        viewer = self.office.viewer(self.who)
        for job_id, life in lives.items():
            told = [message for message in self.chain.log if message["job_id"] == job_id]
            since = None if self.chain.since is None else self.chain.since.get(job_id, 0)
            if told or since is not None:
                check_order(viewer, told, life, since)
        due = {each for each, role in announcements[self.chain.began :] if role in (None, viewer.role)}
        assert due <= self.chain.once, f"{self.name} was never told of {due - self.chain.once}"

    def begin_quietly(self, lives: Lives, announced: int) -> None:
        """All was told: from here on everything is to be heard of."""
        once = self.chain.once
        since = {job_id: life.version for job_id, life in lives.items()}
        self.chain = Chain(self.chain.copy, announced, since, self.chain.sure, once=once)
        self.owed, self.at = False, self.office.cuts
