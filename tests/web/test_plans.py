"""Plans over HTTP: made, read, drawn, applied; two at once and no more; and nobody else waits."""

import asyncio
import dataclasses
import threading
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.web.asgi import answered
from tests.web.firm import Firm

from hosanna_core.errors import PlannerFailed
from hosanna_web.app import create_app

DATE = "2026-03-02"
HOME = {"latitude": 30.27, "longitude": -97.74}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def firm() -> Firm:
    firm = Firm()
    hours = {"timezone": "UTC", "hours": {"mon": [["08:00", "12:00"], ["13:00", "17:00"]]}, "home": HOME}
    for name in ("tess", "theo"):
        put = firm.ask("PUT", f"/technicians/{firm.ids[name]}/availability", "admin", hours)
        assert put.status == 200, put.body
    return firm


def a_job(firm: Firm, number: int = 0, **fields: Any) -> str:
    site = {"street": f"{number} <Main> & Sons", "latitude": 30.3 + number / 100, "longitude": -97.7}
    return firm.job("CONFIRMED", site=site, **fields)


def plan(firm: Firm, **body: Any) -> Any:
    made = firm.ask("POST", "/plans", "admin", {"date": DATE, **body})
    assert made.status == 201, made.body
    assert made.header("location") == f"/api/v1/plans/{made.json['id']}"
    return made.json


def test_a_day_is_planned_read_listed_and_applied(firm: Firm) -> None:
    job_ids = {a_job(firm, number) for number in range(3)}
    made = plan(firm)
    stops = [stop for route in made["routes"] for stop in route["stops"]]
    assert {stop["job_id"] for stop in stops} == job_ids
    assert stops[0]["number"].startswith("J-0")
    assert {each["full_name"] for each in made["crew"]} == {"Tess", "Theo"}
    assert firm.ask("GET", f"/plans/{made['id']}", "admin").json == made
    (row,) = firm.ask("GET", "/plans", "admin").json["items"]
    assert (row["id"], row["planned"], row["left_out"]) == (made["id"], 3, 0)
    applied = firm.ask("POST", f"/plans/{made['id']}/apply", "admin", {})
    assert applied.json["status"] == "APPLIED"
    figures = firm.ask("GET", "/metrics", None, base="").body.decode()
    assert 'hosanna_transitions_total{action="assign",outcome="done"} 3.0' in figures.splitlines()
    for stop in stops:
        job = firm.read(stop["job_id"]).json
        assert (job["status"], job["window"]) == ("ASSIGNED", {"start": stop["start"], "end": stop["end"]})


def test_what_is_left_out_says_why_for_everybody(firm: Firm) -> None:
    job_id = a_job(firm, required_skills=["gas"])
    (left,) = plan(firm)["left_out"]
    assert left["job_id"] == job_id
    (reason,) = left["reasons"]
    assert reason["rule"] == "skills"
    assert set(reason["technician_ids"]) == {firm.ids["tess"], firm.ids["theo"]}


@pytest.mark.parametrize("picture", ["map", "gantt"])
def test_the_pictures_are_whole_svg_with_a_title_and_no_style_that_a_browser_refuses(
    firm: Firm, picture: str
) -> None:
    a_job(firm, 1, arrival_window={"start": f"{DATE}T09:00:00Z", "end": f"{DATE}T11:00:00Z"})
    a_job(firm, 2, required_skills=["gas"])
    made = plan(firm)
    answer = firm.ask("GET", f"/plans/{made['id']}/{picture}.svg", "admin")
    assert (answer.status, answer.header("content-type")) == (200, "image/svg+xml")
    root = ET.fromstring(answer.body)
    assert root.get("role") == "img"
    assert DATE in (root.findtext(f"{SVG}title") or "")
    assert "1 <Main> & Sons" in "".join(root.itertext())
    assert not any("style" in element.attrib or element.tag.endswith("script") for element in root.iter())


def test_with_a_part_that_is_impossible_and_all_or_nothing_there_is_a_409_with_the_reasons(
    firm: Firm,
) -> None:
    job_id = a_job(firm)
    made = plan(firm)
    firm.move(job_id, "cancel")
    answer = firm.ask("POST", f"/plans/{made['id']}/apply", "admin", {"accept_partly": False})
    assert (answer.status, answer.json["code"]) == (409, "plan_outdated")
    (outcome,) = answer.json["outcomes"]
    assert (outcome["job_id"], outcome["code"]) == (job_id, "illegal_transition")


def test_a_planner_that_fails_is_a_503_to_come_back_after(firm: Firm) -> None:
    class Broken:
        def plan(self, *given: Any, **more: Any) -> Any:
            raise PlannerFailed("The planner ended without an answer: nothing was kept.")

    firm.app = create_app(dataclasses.replace(firm.ports, planners={"built-in": Broken()}))
    answer = firm.ask("POST", "/plans", "admin", {"date": DATE})
    assert (answer.status, answer.json["code"]) == (503, "planner_failed")
    assert int(answer.header("retry-after") or 0) > 0


def test_two_plans_are_worked_on_at_once_the_third_is_told_to_come_back_and_nobody_else_waits(
    firm: Firm,
) -> None:
    gate, begun = threading.Event(), threading.Semaphore(0)
    plain = firm.ports.planners["built-in"]

    class Slow:
        def plan(self, *given: Any, **more: Any) -> Any:
            begun.release()
            gate.wait(20)
            return plain.plan(*given, **more)

    firm.app = create_app(dataclasses.replace(firm.ports, planners={"built-in": Slow()}))

    async def scenario() -> list[Any]:
        making = firm.asking("POST", "/plans", "admin", {"date": DATE})
        first = [asyncio.create_task(_one(making)) for _ in range(2)]
        for _ in range(2):
            await asyncio.to_thread(begun.acquire)
        third = await _one(making)
        read = await asyncio.wait_for(_one(firm.asking("GET", "/jobs", "admin")), 5)
        written = await asyncio.wait_for(_one(firm.asking("PATCH", "/auth/me", "admin", {"phone": "1"})), 5)
        gate.set()
        return [third, read, written, *await asyncio.gather(*first)]

    def _one(ask: Any) -> Any:
        return answered(firm.app, ask)

    third, read, written, *made = asyncio.run(scenario())
    assert (third.status, third.json["code"]) == (503, "busy")
    assert third.header("retry-after") is not None
    assert (read.status, written.status) == (200, 200)
    assert [each.status for each in made] == [201, 201]


def test_an_interrupted_server_lets_no_plan_hold_it_up(firm: Firm) -> None:
    ended = threading.Event()
    begun = threading.Event()

    class Interruptible:
        def plan(self, *given: Any, **more: Any) -> Any:
            begun.set()
            ended.wait(20)
            raise PlannerFailed("The server is being stopped: nothing was kept.")

    ports = dataclasses.replace(firm.ports, planners={"built-in": Interruptible()})
    firm.app = app = create_app(ports, interrupt=ended.set)

    async def scenario() -> Any:
        asked = asyncio.create_task(answered(app, firm.asking("POST", "/plans", "admin", {"date": DATE})))
        await asyncio.to_thread(begun.wait)
        await app.end_streams()
        return await asyncio.wait_for(asked, 10)

    assert asyncio.run(scenario()).status == 503
