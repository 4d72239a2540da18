"""A first day with Hosanna: what a new user does, against a server that is a process of its own on SQLite."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tests.cli.running import Serving, password_shown, serving

from hosanna_web.first_administrator import DEVELOPMENT_EMAIL

OFFICE = {"email": "olive@example.com", "password": "olive's password", "full_name": "Olive Office"}
FIELD = {"email": "tom@example.com", "password": "tom's password", "full_name": "Tom Technician"}
OTHER = {"email": "tess@example.com", "password": "tess's password", "full_name": "Tess Technician"}
JOB = {
    "title": "Replace the panel",
    "customer": {"name": "Ann Customer", "phone": "512-555-0100"},
    "site": {"street": "1100 Congress Ave", "city": "Austin", "latitude": 30.2747, "longitude": -97.7404},
    "priority": "HIGH",
    "required_skills": [],
    "duration_minutes": 120,
    "window": {"start": "2031-03-03T09:00:00-06:00", "end": "2031-03-03T11:00:00-06:00"},
}
THE_WALK = ["create", "confirm", "assign", "dispatch", "start", "complete", "bill"]


@dataclass
class Person:
    """Somebody who has logged in."""

    client: httpx.Client

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, expected: int) -> Any:
        answer = self.client.post(f"/api/v1{path}", json=body)
        assert answer.status_code == expected, answer.text
        return answer.json()

    def moves(self, job: str, action: str, body: Any = None, expected: int = 200) -> Any:
        return self.post(f"/jobs/{job}/transitions/{action}", body or {}, expected)


@contextmanager
def people(server: Serving, *credentials: tuple[str, str]) -> Iterator[list[Person]]:
    with ExitStack() as stack:
        yield [logged_in(stack.enter_context(server.client()), *each) for each in credentials]


def logged_in(client: httpx.Client, email: str, password: str) -> Person:
    answer = client.post("/api/v1/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "bearer"
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return Person(client)


def credentials(person: dict[str, str]) -> tuple[str, str]:
    return person["email"], person["password"]


def test_a_job_goes_from_the_first_call_to_the_bill_and_is_there_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        admin_credentials = (DEVELOPMENT_EMAIL, password_shown(server.said))
        with people(server, admin_credentials) as (admin,):
            technician = hire_everybody(admin)
        with people(server, admin_credentials, *map(credentials, (OFFICE, FIELD, OTHER))) as staff:
            job = a_day_of_work(*staff, technician)
            before = what_everybody_sees(staff, job)
        assert server.stop(signal.SIGINT) == 0
        assert all(" INFO " in line for line in server.complained.splitlines()), server.complained
    with (
        serving(tmp_path) as again,
        people(again, admin_credentials, *map(credentials, (OFFICE, FIELD, OTHER))) as staff,
    ):
        assert what_everybody_sees(staff, job) == before


def hire_everybody(admin: Person) -> str:
    """Olive, Tom and Tess; answers Tom's id."""
    admin.post("/users", {**OFFICE, "role": "OFFICE_MANAGER"}, 201)
    admin.post("/users", {**OTHER, "role": "TECHNICIAN"}, 201)
    tom = admin.post("/users", {**FIELD, "role": "TECHNICIAN"}, 201)
    assert "password" not in str(tom)
    assert {each["full_name"] for each in admin.get("/technicians")["items"]} == {
        FIELD["full_name"],
        OTHER["full_name"],
    }
    return str(tom["id"])


def a_day_of_work(admin: Person, office: Person, tom: Person, tess: Person, technician: str) -> str:
    """From create to bill, and what is refused on the way; answers the job's id."""
    job = admin.post("/jobs", JOB, 201)["id"]
    assert office.client.get(f"/api/v1/jobs/{job}").status_code == 404
    refused = admin.moves(job, "dispatch", expected=403)
    assert refused["code"] == "permission_denied"
    assert "Administrator" in refused["detail"]

    early = admin.moves(job, "assign", {"technician_id": technician}, expected=409)
    assert (early["code"], early["from"], early["action"]) == ("illegal_transition", "TENTATIVE", "assign")
    assert "confirm" in early["allowed"]
    assert admin.moves(job, "confirm")["status"] == "CONFIRMED"
    assert admin.moves(job, "assign", {"technician_id": technician})["technician_id"] == technician

    tom.moves(job, "start", expected=404)
    assert office.moves(job, "dispatch")["status"] == "DISPATCHED"
    tess.moves(job, "start", expected=404)
    assert office.moves(job, "start", expected=403)["rule"]
    assert tom.moves(job, "start")["status"] == "IN_PROGRESS"
    assert (
        tom.moves(job, "complete", {"work_summary": "200 A panel, two new circuits"})["status"] == "COMPLETED"
    )

    tom.moves(job, "bill", expected=403)
    admin.moves(job, "bill", expected=403)
    assert office.moves(job, "bill", {"invoice_number": "I-1", "amount": "1250.00"})["status"] == "BILLED"
    assert admin.moves(job, "cancel", {"reason": "too late"}, expected=409)["allowed"] == []
    return str(job)


def what_everybody_sees(staff: list[Person], job: str) -> list[Any]:
    admin, office, tom, tess = staff
    history = admin.get(f"/jobs/{job}/history")["items"]
    assert [entry["action"] for entry in history] == THE_WALK
    assert [entry["version"] for entry in history] == [1, 2, 3, 4, 5, 6, 7]
    assert tess.get("/jobs")["items"] == []
    assert [each["id"] for each in tom.get("/jobs?q=panel")["items"]] == [job]
    shown = office.get(f"/jobs/{job}")
    assert (shown["status"], shown["version"]) == ("BILLED", 7)
    assert set(shown["stages"]) == {
        *("TENTATIVE", "CONFIRMED", "ASSIGNED", "DISPATCHED", "IN_PROGRESS", "COMPLETED", "BILLED")
    }
    return [shown, history, admin.get("/users"), tom.get(f"/jobs/{job}"), admin.get("/auth/me")]
