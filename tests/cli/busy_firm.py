"""A firm with two servers on one store, where much is done: for those who watch what others hear of it.

Everything is drawn from one seed, and what was done is in `log`.
"""

import contextlib
import signal
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import httpx
from tests.cli.lines import API
from tests.cli.running import HOSANNA, Serving, password_shown, serving
from tests.cli.views_by_hand import ADMINISTRATOR, OFFICE_MANAGER, TECHNICIAN, Life, Lives, Viewer
from tests.web.firm import JOB, PASSWORD, REASON, WINDOW

from hosanna_web.first_administrator import DEVELOPMENT_EMAIL

PEOPLE = {
    "olga": OFFICE_MANAGER, "owen": OFFICE_MANAGER, "tess": TECHNICIAN, "theo": TECHNICIAN, "rosa": TECHNICIAN,
}  # fmt: skip
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


class BusyFirm:
    """What is open is closed by *opened*. *program* is what serves."""

    def __init__(
        self,
        folder: Path,
        opened: contextlib.ExitStack,
        seed: int,
        *,
        program: Sequence[Any] = (HOSANNA, "serve"),
        **variables: str,
    ) -> None:
        self.folder = folder
        self.opened = opened
        self.random = Random(seed)
        self.program = program
        self.variables = {"RATE_LIMIT": "off", **variables}
        self.log: list[str] = []
        self.cuts = 0
        self.servers: list[Serving] = []
        self.clients: list[httpx.Client] = []
        self.ids: dict[str, str] = {}
        self.roles: dict[str, str] = {}
        self.terms: dict[str, int] = {}
        self.tokens: dict[str, str] = {}
        self.passwords: dict[str, tuple[str, str]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.announcements: list[tuple[str, str | None]] = []
        self.known: Lives = {}

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

    # What there is.

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
