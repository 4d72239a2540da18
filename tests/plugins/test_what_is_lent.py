"""What a plugin does to the values that it is given changes nothing of the house's."""

from dataclasses import replace
from typing import Any

import pytest
from tests.plugins.brought import PluggedFirm, plugin, thing

from hosanna_core.errors import PlannerFailed
from hosanna_core.model.planning import Member, Problem, Visit, Weights
from hosanna_core.testing.samples import a_user
from hosanna_web.plugins import Route, Score
from hosanna_web.plugins.adding import PluginMessenger, PluginPlanner
from hosanna_web.plugins.finding import made

PLAN = {"date": "2026-03-02"}


def nothing() -> dict[str, Any]:
    return {}


def test_a_policy_that_clears_the_stages_of_a_job_takes_none_from_it() -> None:
    firm = PluggedFirm(plugin(hosanna_refuse=lambda job: job and job.stages.clear()))
    moved = firm.move(firm.job("ASSIGNED"), "dispatch")
    assert moved.status == 200
    assert set(moved.json["stages"]) == {"TENTATIVE", "CONFIRMED", "ASSIGNED", "DISPATCHED"}
    assert firm.condition()["mode"] == "ok"


def test_a_score_can_neither_send_a_candidate_away_nor_change_their_hours() -> None:
    def rate(crew: Any) -> dict[str, Any]:
        for each in crew.members:
            each.calendar.availability.hours["mon"] = ((0, 1),)
        crew.job.stages.clear()
        crew.members.clear()  # it is no list: here it fails
        return {}

    firm = PluggedFirm(plugin(hosanna_scores=lambda: [Score(name="luck", weight=1, rate=rate)]))
    path = f"/jobs/{firm.job('CONFIRMED')}/candidates"
    found = firm.ask("GET", path, "admin").json
    assert found["scores_left_out"] == ["permits.luck"]
    firm.ports = replace(firm.ports, scorers=())
    firm.plug()
    assert found["items"] == firm.ask("GET", path, "admin").json["items"]
    assert len(found["items"]) == 2


def test_a_planner_that_makes_ways_shorter_is_judged_by_the_ways_that_there_are() -> None:
    problem = Problem(
        times=[[0, 50], [50, 0]],
        crew=(Member(start=0, end=0, shifts=((0, 60),), parts={}),),
        visits=(Visit(place=1, duration=5, parts={"fuse": 1}, soft={0: 1}),),
        weights=Weights(travel=1),
    )

    class Fast:
        def plan(self, problem: Any, seconds: float, **more: Any) -> Any:
            problem.times[0][1] = problem.times[1][0] = 0
            problem.visits[0].parts.clear()
            return type("Found", (), {"routes": (type("R", (), {"member": 0, "steps": (0,)})(),)})

    fast: Any = Fast()
    with pytest.raises(PlannerFailed):
        PluginPlanner(plugin(hosanna_planners=nothing), fast).plan(problem, 1.0)
    assert problem.times == [[0, 50], [50, 0]]
    assert (problem.visits[0].parts, problem.visits[0].soft) == ({"fuse": 1}, {0: 1})


def test_one_who_brings_planners_takes_none_of_the_houses_away() -> None:
    firm = PluggedFirm(plugin(hosanna_planners=lambda planners: planners.clear() or {}))
    firm.job("CONFIRMED")
    assert firm.ask("POST", "/plans", "admin", PLAN).status == 201


def test_a_messenger_cannot_change_whom_it_tells() -> None:
    told = plugin(hosanna_tell=lambda user: user.preferences["channels"].clear())
    user = a_user(1, preferences={"channels": {"job.dispatched": ["email"]}})
    told_one: Any = None
    assert PluginMessenger(told).tell(user, told_one)
    assert user.preferences == {"channels": {"job.dispatched": ["email"]}}


@pytest.mark.parametrize(
    "spoilt",
    [
        {"roles": None},
        {"roles": "ADMINISTRATOR"},
        {"roles": {"ADMINISTRATOR "}},
        {"query": None},
        {"query": dict},
        {"method": "POST", "body": dict},
        {"media_type": None},
        {"media_type": "text/plain\r\nset-cookie: a=b"},
    ],
)
def test_a_route_that_the_house_could_not_ask_is_not_taken(spoilt: dict[str, Any]) -> None:
    plain = {"method": "GET", "path": "/report", "name": "report", "summary": "What", "run": lambda asked: 1}
    brought = plugin(hosanna_routes=lambda: [Route(**{**plain, **spoilt})])
    firm = PluggedFirm(brought)
    assert brought.failures == {"hosanna_routes": 1}
    assert firm.ask("GET", "/plugins/permits/report", "admin").status == 404


def test_an_object_that_breaks_when_it_is_looked_at_is_reported_and_stops_nobody() -> None:
    def version(_: Any) -> int:
        raise RuntimeError("not now")

    looked_at = made("permits", type("Thing", (), {"HOSANNA_API": property(version)})(), {})
    assert not looked_at.loaded
    assert looked_at.reason == "It cannot be looked at: RuntimeError: not now"
    assert made("permits", thing(), {}).loaded
