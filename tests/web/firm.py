"""A contractor with five people, and the ways in which a job comes to each place of its life, written by hand."""

from typing import Any

from litestar import Litestar
from tests.web.asgi import Answer, Ask, ask_all

from hosanna_adapters.memory import MemoryStore
from hosanna_core.model.people import Role
from hosanna_core.ports import Ports, Store
from hosanna_core.rules.access import AccessPolicy
from hosanna_core.testing.doubles import StandingClock, ports_on
from hosanna_core.usecases.user_forms import UserForm
from hosanna_core.usecases.users import install_administrator
from hosanna_web.app import WebSettings, create_app

PASSWORD = "a long enough password"
API = "/api/v1"
JOB: dict[str, Any] = {
    "title": "Replace main panel",
    "customer": {"name": "Ann Lee", "phone": "+1 512 555 0100", "email": "ann@example.com"},
    "site": {"street": "1 Main St", "city": "Austin"},
    "priority": "NORMAL",
    "required_skills": [],
    "duration_minutes": 60,
}
WINDOW = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T10:00:00Z"}
REASON = {"reason": "Because"}

WHO = {
    "confirm": "admin", "assign": "admin", "dispatch": "office", "start": "tess", "complete": "tess", "bill": "office",
    "reassign": "admin", "unassign": "admin", "reschedule": "admin", "return_visit": "admin", "reopen": "admin",
    "cancel": "admin", "recall": "office", "hold": "tess", "resume": "tess",
}  # fmt: skip
TO_THE_FIELD = ("confirm", "assign", "dispatch")
WAYS: dict[str, tuple[str, ...]] = {
    "TENTATIVE": (),
    "CONFIRMED": ("confirm",),
    "ASSIGNED": ("confirm", "assign"),
    "DISPATCHED": TO_THE_FIELD,
    "IN_PROGRESS": (*TO_THE_FIELD, "start"),
    "ON_HOLD": (*TO_THE_FIELD, "start", "hold"),
    "COMPLETED": (*TO_THE_FIELD, "start", "complete"),
    "BILLED": (*TO_THE_FIELD, "start", "complete", "bill"),
    "CANCELLED from TENTATIVE": ("cancel",),
    "CANCELLED from CONFIRMED": ("confirm", "cancel"),
    "CANCELLED from ASSIGNED": ("confirm", "assign", "cancel"),
    "CANCELLED from DISPATCHED": (*TO_THE_FIELD, "cancel"),
    "CANCELLED from ON_HOLD": (*TO_THE_FIELD, "start", "hold", "cancel"),
}
PEOPLE = {
    "office": "OFFICE_MANAGER",
    "tess": "TECHNICIAN",
    "theo": "TECHNICIAN",
    "owen": "OFFICE_MANAGER",
}


class Firm:
    """The application over a store, and whoever works there: admin, office, tess, theo and owen."""

    def __init__(
        self,
        store: Store | None = None,
        web: WebSettings | None = None,
        policy: AccessPolicy | None = None,
    ) -> None:
        self.clock = StandingClock()
        self.ports: Ports = ports_on(
            store or MemoryStore().ports(), clock=self.clock, policy=policy or AccessPolicy()
        )
        self.app: Litestar = create_app(self.ports, web=web)
        form = UserForm(
            email="admin@example.com", password=PASSWORD, full_name="Ada", role=Role.ADMINISTRATOR
        )
        self.ids = {"admin": install_administrator(self.ports, form).id}
        self.tokens = {"admin": self.log_in("admin")}
        for name, role in PEOPLE.items():
            self.hire(name, role)

    def hire(self, name: str, role: str) -> str:
        body = {"email": f"{name}@example.com", "password": PASSWORD, "full_name": name.title(), "role": role}
        made = self.ask("POST", "/users", "admin", body)
        assert made.status == 201, made.body
        self.ids[name] = made.json["id"]
        self.tokens[name] = self.log_in(name)
        return self.ids[name]

    def log_in(self, name: str) -> str:
        answer = self.ask("POST", "/auth/login", None, {"email": f"{name}@example.com", "password": PASSWORD})
        assert answer.status == 200, answer.body
        return str(answer.json["access_token"])

    def asking(
        self,
        method: str,
        target: str,
        who: str | None,
        body: Any = None,
        /,
        *,
        base: str = API,
        **headers: str,
    ) -> Ask:
        """A request of somebody; keyword arguments are headers."""
        given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        token = None if who is None else self.tokens[who]
        return Ask(method, base + target, token, json=body, headers=given)

    def ask(self, *given: Any, **headers: str) -> Answer:
        """One request, said as in `asking`."""
        return self.send(self.asking(*given, **headers))

    def send(self, ask: Ask) -> Answer:
        return ask_all(self.app, [ask])[0]

    def at_once(self, *asks: Ask) -> list[Answer]:
        return ask_all(self.app, list(asks))

    def order(self, action: str) -> dict[str, Any]:
        """A body that the action accepts."""
        match action:
            case "assign":
                return {"technician_id": self.ids["tess"]}
            case "reassign":
                return {"technician_id": self.ids["theo"], **REASON}
            case "reschedule":
                return {"window": WINDOW, **REASON}
            case "confirm" | "dispatch" | "start" | "complete" | "bill":
                return {}
            case _:
                return REASON

    def move(
        self, job_id: str, action: str, who: str | None = None, body: Any = None, **headers: str
    ) -> Answer:
        sent = self.order(action) if body is None else body
        return self.ask("POST", f"/jobs/{job_id}/transitions/{action}", who or WHO[action], sent, **headers)

    def job(self, place: str = "TENTATIVE", **fields: Any) -> str:
        """The id of a new job that has come to *place*."""
        made = self.ask("POST", "/jobs", "admin", {**JOB, **fields})
        assert made.status == 201, made.body
        job_id = str(made.json["id"])
        for action in WAYS[place]:
            moved = self.move(job_id, action)
            assert moved.status == 200, moved.body
        return job_id

    def read(self, job_id: str, who: str = "admin") -> Answer:
        return self.ask("GET", f"/jobs/{job_id}", who)
