"""A firm with two servers on one store: its people act, its servers are killed, its devices come and go.

Everything is drawn from one seed, and what was done is in `log`.
"""

import contextlib
import queue
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import httpx
from tests.cli.lines import API, Gone
from tests.cli.running import HOSANNA, Serving, password_shown, serving
from tests.cli.views_by_hand import ADMINISTRATOR, OFFICE_MANAGER, TECHNICIAN, Life, Lives, Viewer
from tests.cli.watchers import STREAM, Device, Kept
from tests.web.firm import JOB, PASSWORD, REASON, WINDOW

from hosanna_web.first_administrator import DEVELOPMENT_EMAIL

PEOPLE = {
    "olga": OFFICE_MANAGER, "owen": OFFICE_MANAGER, "tess": TECHNICIAN, "theo": TECHNICIAN, "rosa": TECHNICIAN,
}  # fmt: skip
DEVICES = ("ada", "ada", "olga", "owen", "tess", "tess", "theo", "rosa")
NEXT: dict[str, tuple[str, ...]] = {
    "TENTATIVE": ("confirm", "confirm", "confirm", "cancel"),
    "CONFIRMED": ("assign", "assign", "assign", "cancel"),
    "ASSIGNED": ("dispatch", "dispatch", "dispatch", "reassign", "unassign", "reschedule", "cancel"),
    "DISPATCHED": ("start", "recall", "recall", "reassign", "return_visit", "cancel"),
    "IN_PROGRESS": ("hold", "complete", "return_visit"),
    "ON_HOLD": ("resume", "return_visit", "cancel"),
    "COMPLETED": ("reopen", "reopen", "reopen", "bill"),
    "BILLED": (),
    "CANCELLED": (),
}
BY_THE_OFFICE = {"dispatch", "recall", "bill"}
IN_THE_FIELD = {"start", "hold", "resume", "complete"}
ENDS = {"cancel", "bill"}
SELDOM = 0.3
FEW = 10
"""So many jobs are open at least."""
MOST_JOBS = 190
WRITERS = 3
PATIENCE = 30.0
"""Seconds in which a follower is told of what was done before, also on a busy machine."""
CUT_OFF = 10.0
CURSORS = ("last",) * 6 + ("older",) * 3 + ("none", "foreign", "garbage", "future")
ENDED_BY_LOG_IN = 4401


class Firm:
    """What is open is closed by *opened*. *program* is what serves."""

    def __init__(
        self,
        folder: Path,
        opened: contextlib.ExitStack,
        seed: int,
        *,
        program: Sequence[Any] = (HOSANNA, "serve"),
        future: Callable[[str], str] | None = None,
        patience: float = PATIENCE,
        **variables: str,
    ) -> None:
        self.folder = folder
        self.opened = opened
        self.random = Random(seed)
        self.program = program
        self.future = future
        """A cursor of somebody's that the feed has not come to."""
        self.patience = patience
        self.variables = {"RATE_LIMIT": "off", **variables}
        self.log: list[str] = []
        self.cuts = 0
        self.servers: list[Serving] = []
        self.clients: list[httpx.Client] = []
        self.ids: dict[str, str] = {}
        self.roles: dict[str, str] = {}
        self.terms: dict[str, int] = {}
        self.out: set[str] = set()
        self.tokens: dict[str, str] = {}
        self.passwords: dict[str, tuple[str, str]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.announcements: list[tuple[str, str | None]] = []
        self.known: Lives = {}
        self.devices: list[Device] = []

    # Servers.

    def start(self, number: int) -> None:
        server = self.opened.enter_context(serving(self.folder, program=self.program, **self.variables))
        client = self.opened.enter_context(server.client())
        if number == len(self.servers):
            self.servers.append(server)
            self.clients.append(client)
        else:
            self.servers[number], self.clients[number] = server, client

    def kill(self, number: int) -> None:
        self.note("server", number, "is killed")
        self.servers[number].stop(signal.SIGKILL)

    def url(self) -> str:
        return self.random.choice(self.servers).url

    # People.

    def hire(self) -> None:
        self.start(0)
        self.start(1)
        self._come("ada", DEVELOPMENT_EMAIL, password_shown(self.servers[0].said))
        self.roles["ada"], self.ids["ada"] = ADMINISTRATOR, self.ask("ada", "GET", "/auth/me")["id"]
        for name, role in PEOPLE.items():
            form = {"email": f"{name}@example.com", "password": PASSWORD, "full_name": name, "role": role}
            self.ids[name], self.roles[name] = self.ask("ada", "POST", "/users", json=form)["id"], role
            self._come(name, form["email"], PASSWORD)
        self.terms = dict.fromkeys(self.ids, 0)
        for number, who in enumerate(DEVICES):
            self.devices.append(Device(self, who, number))

    def _come(self, who: str, email: str, password: str) -> None:
        self.passwords[who] = email, password
        answer = self.random.choice(self.clients).post(
            API + "/auth/login", json={"email": email, "password": password}
        )
        assert answer.status_code == 200, answer.text
        self.tokens[who] = answer.json()["access_token"]

    def viewer(self, who: str) -> Viewer:
        return Viewer(self.ids[who], self.roles[who])

    def term(self, who: str) -> int:
        return self.terms[who]

    def token(self, who: str) -> str:
        return self.tokens[who]

    def announced(self) -> int:
        return len(self.announcements)

    def note(self, *words: object) -> None:
        self.log.append(" ".join(map(str, words)))

    # What they do.

    def ask(self, who: str, method: str, path: str, **given: Any) -> Any:
        """What is answered; None where it is refused, or nobody answers."""
        return self._ask(self.random.choice(self.clients), who, method, path, **given)

    def _ask(self, client: httpx.Client, who: str, method: str, path: str, **given: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[who]}", **given.pop("headers", {})}
        try:
            answer = client.request(method, API + path, headers=headers, **given)
        except httpx.TransportError:
            return None
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        return answer.json() if answer.is_success and answer.content else None

    def act(self, chance: Random, client: httpx.Client) -> None:
        """Somebody does something with a job."""
        open_jobs = [job for job in list(self.jobs.values()) if NEXT[job["status"]]]
        if len(self.jobs) < MOST_JOBS and (len(open_jobs) < FEW or chance.random() < 0.05):
            self._know(self._ask(client, "ada", "POST", "/jobs", json=JOB), "create")
            return
        if not open_jobs:
            return
        job = chance.choice(open_jobs)
        action = chance.choice(NEXT[job["status"]])
        if chance.random() < 0.15:
            edited = {"title": f"Title {chance.randrange(1000)}"}
            match = {"If-Match": f'"{job["version"]}"'}
            told = self._ask(client, "ada", "PATCH", f"/jobs/{job['id']}", json=edited, headers=match)
            self._know(told, "edit")
            return
        if action not in ENDS or chance.random() < SELDOM:
            self._move(client, chance, job, action)

    def _move(self, client: httpx.Client, chance: Random, job: dict[str, Any], action: str) -> None:
        who = "olga" if action in BY_THE_OFFICE else "ada"
        if action in IN_THE_FIELD:
            who = next((name for name, each in self.ids.items() if each == job["technician_id"]), "ada")
        technician = self.ids[chance.choice([name for name, role in PEOPLE.items() if role == TECHNICIAN])]
        body: dict[str, Any] = {"technician_id": technician} if action in {"assign", "reassign"} else {}
        body |= {"window": WINDOW, "override": True} if action == "reschedule" else {}
        plain = {"confirm", "assign", "dispatch", "start", "complete", "bill"}
        body |= {} if action in plain else REASON
        told = self._ask(client, who, "POST", f"/jobs/{job['id']}/transitions/{action}", json=body)
        self._know(told, action)

    def _know(self, job: dict[str, Any] | None, action: str) -> None:
        if job is None:
            return
        known = self.jobs.get(job["id"])
        if known is None or known["version"] < job["version"]:
            self.jobs[job["id"]] = job
        self.note(action, job["number"], "at", job["version"], job["status"])

    def announce(self, role: str | None = None) -> str | None:
        body = {"title": "Mind the gap", "body": "It is wide."} | ({} if role is None else {"role": role})
        made = self.ask("ada", "POST", "/announcements", json=body)
        if made is None:
            return None
        self.note("announcement", made["id"], role)
        self.announcements.append((made["id"], role))
        return str(made["id"])

    def burst(self, during: Callable[[], None]) -> None:
        """Several do much at once, at both servers, while something happens to these."""
        stopping = threading.Event()
        failed: list[BaseException] = []

        def work(chance: Random) -> None:
            try:
                while not stopping.is_set():
                    self.act(chance, chance.choice(self.clients))
                    stopping.wait(0.002)
            except BaseException as error:
                failed.append(error)

        writers = [
            threading.Thread(target=work, args=(Random(self.random.random()),)) for _ in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        try:
            during()
        finally:
            stopping.set()
            for writer in writers:
                writer.join()
        if failed:
            raise failed[0]

    # Who may do what changes.

    def disturb(self) -> None:
        """One of them has another role from now on, or is shut out for a while: nothing that they had open goes on."""
        who = self.random.choice([name for name in PEOPLE if name != "olga"])
        if self.random.random() < 0.5:
            role = OFFICE_MANAGER if self.roles[who] == TECHNICIAN else TECHNICIAN
            done = self.ask("ada", "PUT", f"/users/{self.ids[who]}/role", json={"role": role})
            self.note(who, "becomes", role, done is not None)
        else:
            role = self.roles[who]
            done = self.ask("ada", "POST", f"/users/{self.ids[who]}/deactivate", json={})
            self.note(who, "is shut out", done is not None)
        if done is None:
            return
        self._watch_them_go(who)
        if role == self.roles[who]:
            assert self.ask("ada", "POST", f"/users/{self.ids[who]}/activate", json={}) is not None
            for device in self._devices_of(who):
                device.chain.began = self.announced()
        else:
            self.terms[who] += 1
            self.roles[who] = role
        self._come(who, *self.passwords[who])

    def _watch_them_go(self, who: str) -> None:
        """Whatever they were sent before is taken, as who they were."""
        until = time.monotonic() + min(CUT_OFF, self.patience)
        for device in self._devices_of(who):
            if (line := device.line) is None:
                continue
            with contextlib.suppress(Gone):
                while time.monotonic() < until:
                    with contextlib.suppress(queue.Empty):
                        device.take(1, 0.1)
            device.line = None
            assert line.ended_at is not None, f"{device.name} is still let in"
            assert line.code in (None, ENDED_BY_LOG_IN), f"closed with {line.code}"

    def _devices_of(self, who: str) -> list[Device]:
        return [device for device in self.devices if device.who == who]

    # Devices.

    def come_or_go(self) -> None:
        """One device does something."""
        device, chance = self.random.choice(self.devices), self.random.random()
        if device.line is None or chance < 0.15:
            self._come_back(device, self.random.choice(CURSORS))
        elif chance < 0.3:
            self.note(device.name, "hangs up")
            device.hang_up()
        else:
            try:
                device.take(self.random.randrange(1, 30), 0.0)
            except queue.Empty:
                pass
            except Gone:
                device.line = None

    def _come_back(self, device: Device, by: str) -> None:
        text, given = self._cursor(device, by)
        if self.random.random() < 0.25:
            device.sync(text, given, self.random.choice((1, 2, 5, 50)))
        else:
            device.connect(text, given, events=self.random.random() < 0.4)

    def _cursor(self, device: Device, by: str) -> tuple[str | None, Kept | None]:
        if by in {"last", "older"} and device.kept:
            given = device.kept[-1] if by == "last" else self.random.choice(device.kept)
            return given.text, given
        others = [kept for each in self.devices if each.who != device.who for kept in each.kept]
        if by == "foreign" and others:
            given = self.random.choice(others)
            return given.text, given
        if by == "garbage":
            last = device.kept[-1].text[1:] if device.kept else ""
            return self.random.choice(("", "garbage", "A" * 500, last)), None
        if by == "future" and self.future is not None:
            return self.future(self.ids[device.who]), None
        return None, None

    def forget(self) -> None:
        """The store forgets all but the newest of what it keeps, as time does; only a file can be made to."""
        path = self.folder / "data" / "hosanna.db"
        if not path.exists():
            return
        self.note("the feed is cut")
        self.cuts += 1
        with contextlib.closing(sqlite3.connect(path, timeout=20.0)) as db, db:
            left = self.random.randrange(20)
            db.execute("DELETE FROM feed WHERE n < (SELECT max(n) FROM feed) - ?", (left,))

    # What must be so.

    def be_quiet(self) -> None:
        """Everybody hears everything: what they keep is what a list shows, and all that they were told is right."""
        for device in self.devices:
            self._settle(device)
        barrier = self.announce()
        assert barrier is not None
        for device in self.devices:
            self._hear_until(device, barrier)
        lives = self.lives()
        self.jobs = self._shown("ada")
        for device in self.devices:
            device.check_told(lives)
            device.check_chain(lives, self.announcements)
            shown = self._shown(device.who)
            lacking, left = shown.keys() - device.chain.copy.keys(), device.chain.copy.keys() - shown.keys()
            assert not lacking, f"{device.name} lacks {lacking}"
            assert not left, f"{device.name} still has {left}"
            assert device.chain.copy == shown, f"{device.name} has jobs as they were"
            device.begin_quietly(lives, self.announced())
        self.note("quiet:", len(lives), "jobs,", self.announced(), "announcements")

    def _settle(self, device: Device) -> None:
        """Be connected, having gone through all pages that there were."""
        until = time.monotonic() + self.patience
        while device.line is None:
            assert time.monotonic() < until, f"{device.name} is not let in"
            text, given = self._cursor(device, "last")
            if given is not None and given.leads != STREAM:
                device.sync(text, given, 50)
            else:
                device.connect(text, given, events=self.random.random() < 0.4)

    def _hear_until(self, device: Device, barrier: str) -> None:
        until = time.monotonic() + self.patience
        while barrier not in device.chain.once:
            assert time.monotonic() < until, f"{device.name} never hears what is said last"
            try:
                device.take(1, max(until - time.monotonic(), 0.01))
            except queue.Empty:
                continue
            except Gone:
                device.line = None
                self._settle(device)
                if device.chain.began >= self.announced():
                    return

    def lives(self) -> Lives:
        """What each job has been, as its history says."""
        for job_id, job in self._shown("ada").items():
            if job_id not in self.known or self.known[job_id].version != job["version"]:
                self.known[job_id] = Life(self._surely("ada", f"/jobs/{job_id}/history")["items"])
        return self.known

    def _shown(self, who: str) -> dict[str, Any]:
        page = self._surely(who, "/jobs", params={"limit": "200"})
        assert page["next_cursor"] is None
        return {job["id"]: job for job in page["items"]}

    def _surely(self, who: str, path: str, **given: Any) -> Any:
        answer = self.ask(who, "GET", path, **given)
        assert answer is not None, path
        return answer

    # All of it.

    def run(self, rounds: int, steps: int) -> None:
        """Some rounds: much happens, a server dies while more does, and in the end all is quiet."""
        for _ in range(10):
            self.act(self.random, self.clients[0])
        self.be_quiet()
        for number in range(rounds):
            for _ in range(steps):
                self.step()
            victim = self.random.randrange(len(self.servers))
            self.burst(lambda victim=victim: self._die_and_come_back(victim))  # type: ignore[misc]
            if number % 2:
                self.burst(lambda: [self.come_or_go() for _ in range(10)] and None)
            self.be_quiet()

    def step(self) -> None:
        """One thing that somebody does."""
        chance = self.random.random()
        if chance < 0.45:
            self.act(self.random, self.random.choice(self.clients))
        elif chance < 0.93:
            self.come_or_go()
        elif chance < 0.96:
            self.announce(self.random.choice((None, ADMINISTRATOR, OFFICE_MANAGER, TECHNICIAN)))
        elif chance < 0.98:
            self.disturb()
        else:
            self.forget()

    def _die_and_come_back(self, victim: int) -> None:
        time.sleep(self.random.uniform(0.05, 0.3))
        self.kill(victim)
        if self.random.random() < SELDOM:
            self.forget()
        for _ in range(self.random.randrange(6)):
            self.come_or_go()
        self.start(victim)


@contextlib.contextmanager
def restless_firm(folder: Path, seed: int, **given: Any) -> Iterator[Firm]:
    """Where it fails it shows how to do the same again, and what was done."""
    with contextlib.ExitStack() as opened:
        firm = Firm(folder, opened, seed, **given)
        try:
            firm.hire()
            yield firm
        except BaseException:
            print(f"FOLLOWERS_SEED={seed} does about the same again. What was done last:", file=sys.stderr)
            print("\n".join(firm.log[-200:]), file=sys.stderr)
            raise
        finally:
            for device in firm.devices:
                device.hang_up()
