"""`hosanna plan`, as somebody at a terminal meets it, beside a server that runs."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from tests.cli.running import hosanna, serving

DATE = "2031-03-03"
"""A Monday to come."""
JOB = {
    "title": "Panel upgrade",
    "customer": {"name": "Ann Lee"},
    "priority": "NORMAL",
    "required_skills": [],
    "duration_minutes": 60,
}
HOURS = {
    "timezone": "UTC",
    "hours": {"mon": [["08:00", "12:00"], ["13:00", "17:00"]]},
    "home": {"latitude": 30.27, "longitude": -97.74},
}


def posted(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"/api/v1{path}", json=body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def logged_in(client: httpx.Client, email: str, password: str) -> None:
    token = posted(client, "/auth/login", {"email": email, "password": password})["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"


def office(client: httpx.Client) -> list[str]:
    """Two technicians, and four jobs of which nobody can do the last."""
    for name in ("tess", "theo"):
        account = {
            "email": f"{name}@example.com",
            "full_name": name.title(),
            "password": "correct horse battery",
        }
        user = posted(client, "/users", {**account, "role": "TECHNICIAN"})
        client.put(f"/api/v1/technicians/{user['id']}/availability", json=HOURS).raise_for_status()
    ids = []
    for number in range(4):
        site = {"street": f"{number} Main St", "latitude": 30.2 + number / 50, "longitude": -97.7}
        skills = ["high voltage"] if number == 3 else []
        job = posted(client, "/jobs", {**JOB, "site": site, "required_skills": skills})
        posted(client, f"/jobs/{job['id']}/transitions/confirm", {})
        ids.append(job["id"])
    return ids


def test_a_day_is_planned_drawn_and_booked_beside_a_running_server(tmp_path: Path) -> None:
    email = {"BOOTSTRAP_ADMIN_EMAIL": "ada@example.com", "BOOTSTRAP_ADMIN_PASSWORD": "correct horse battery"}
    with serving(tmp_path, **email) as server, server.client() as client:
        logged_in(client, "ada@example.com", "correct horse battery")
        *able, rare = office(client)
        told = hosanna(tmp_path, "plan", "--date", DATE, "--seconds", "1", "--svg", "pictures")
        assert told.returncode == 0, told.stderr
        assert f"Plan for {DATE} (UTC)" in told.stdout
        assert "2 Main St" in told.stdout
        assert "does not hold: high voltage" in told.stdout
        for name in ("map", "hours"):
            root = ET.parse(tmp_path / "pictures" / f"plan-{DATE}-{name}.svg").getroot()
            assert root.get("role") == "img"
        assert client.get(f"/api/v1/jobs/{able[0]}").json()["status"] == "CONFIRMED"
        booked = hosanna(
            tmp_path, "plan", "--date", DATE, "--seconds", "1", "--technician", "theo@example.com", "--apply",
            "--json", "--svg", "day.svg",
        )  # fmt: skip
        assert booked.returncode == 0, booked.stderr
        plan = json.loads(booked.stdout)
        assert (plan["status"], len(plan["crew"])) == ("APPLIED", 1)
        assert [left["job_id"] for left in plan["left_out"]] == [rare]
        assert (tmp_path / "day-map.svg").exists()
        assert (tmp_path / "day-hours.svg").exists()
        for job_id in able:
            assert client.get(f"/api/v1/jobs/{job_id}").json()["status"] == "ASSIGNED"
        assert client.get(f"/api/v1/plans/{plan['id']}").json() == plan


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--date", "tomorrow"), "date must be a date"),
        (("--date", DATE, "--seconds", "0"), "seconds"),
        (("--date", DATE, "--planner", "luck"), "planner must be one of"),
        (("--date", DATE, "--technician", "nobody@example.com"), "There is no user nobody@example.com"),
        (("--date", DATE, "--as", "nobody@example.com"), "There is no active user"),
    ],
)
def test_what_cannot_be_planned_is_said_in_words(tmp_path: Path, options: tuple[str, ...], told: str) -> None:
    made = hosanna(
        tmp_path, "admin", "create", "--email", "ada@example.com", "--name", "Ada", "--password-stdin",
        given="correct horse battery\n",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    refused = hosanna(tmp_path, "plan", *options)
    assert refused.returncode != 0
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr
