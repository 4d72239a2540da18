"""What plugins add, through the API; and that one that fails, hangs or answers nonsense hurts nobody but itself."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.plugins.brought import PluggedFirm, plugin, raising

from hosanna_core.errors import CursorLost, NotFound
from hosanna_core.model.people import Role
from hosanna_core.model.status import Action
from hosanna_web.plugins import Asked, Form, Route, Score


def leaving(*_: Any, **given: Any) -> Any:
    raise SystemExit(1)


def losing(_: Any) -> Any:
    raise CursorLost


def failures(firm: PluggedFirm) -> dict[tuple[str, ...], float]:
    text = firm.ask("GET", "/metrics", None, base="").body.decode()
    return {
        (sample.labels["plugin"], sample.labels["hook"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "hosanna_plugin_failures_total"
    }


# Policy


def without_a_permit(actor: Any, action: Action, job: Any) -> str | None:
    return "There is no permit." if action is Action.DISPATCH and job.priority == "NORMAL" else None


def test_a_policy_refuses_with_its_name_and_the_trail_says_so() -> None:
    firm = PluggedFirm(plugin(hosanna_refuse=without_a_permit))
    job = firm.job("ASSIGNED")
    offer = next(
        each
        for each in firm.ask("GET", f"/jobs/{job}/transitions", "office").json["items"]
        if each["action"] == "dispatch"
    )
    assert (offer["allowed"], offer["rule"], offer["reason"]) == (
        False,
        "plugin.permits",
        "There is no permit.",
    )
    refused = firm.move(job, "dispatch")
    assert refused.status == 403
    told = {name: refused.json[name] for name in ("code", "rule", "plugin", "detail")}
    assert told == {
        "code": "plugin_refused", "rule": "plugin.permits", "plugin": "permits", "detail": "There is no permit.",
    }  # fmt: skip
    (entry,) = firm.ask("GET", "/audit?action=access.denied", "admin").json["items"][:1]
    assert entry["details"]["rule"] == "plugin.permits"
    assert firm.move(firm.job("ASSIGNED", priority="HIGH"), "dispatch").status == 200
    assert firm.condition() == {"name": "plugin:permits", "mode": "ok"}


def test_a_policy_changes_nothing_where_the_house_refuses() -> None:
    firm = PluggedFirm(plugin(hosanna_refuse=lambda: "Never."))
    job = firm.ask("POST", "/jobs", "admin", {})
    assert (job.status, job.json["code"]) == (403, "plugin_refused")
    firm.plug()
    bare = PluggedFirm()
    hidden = bare.job()
    bare.plug(plugin(hosanna_refuse=lambda: "Never."))
    assert bare.move(hidden, "confirm", "office", {}).status == 404
    assert bare.move(hidden, "dispatch", "admin", {}).json["code"] == "permission_denied"
    assert bare.move(hidden, "assign").json["code"] == "illegal_transition"
    assert bare.move(hidden, "confirm").json["code"] == "plugin_refused"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", ["raises", "leaves", "hangs", True, 1, b"no", "", "half \ud83d", ["no"]])
def test_a_policy_that_does_not_answer_as_it_should_lets_nothing_through(fault: Any, hang: Any) -> None:
    firm = PluggedFirm()
    job = firm.job()
    ways = {"raises": raising, "leaves": leaving, "hangs": hang}
    spoilt = ways.get(fault if isinstance(fault, str) else "", lambda **given: fault)

    def refuse() -> Any:
        return spoilt()

    firm.plug(plugin(hosanna_refuse=refuse))
    refused = firm.move(job, "confirm")
    assert (refused.status, refused.json["code"], refused.json["plugin"]) == (503, "plugin_failed", "permits")
    assert refused.header("retry-after") == "5"
    assert b"broken" not in refused.body
    offers = {
        each["action"]: each for each in firm.ask("GET", f"/jobs/{job}/transitions", "admin").json["items"]
    }
    assert (offers["confirm"]["allowed"], offers["confirm"]["rule"]) == (False, "plugin.permits.failed")
    assert firm.read(job).json["status"] == "TENTATIVE"
    assert firm.condition()["mode"] == "degraded"
    assert failures(firm)["permits", "hosanna_refuse"] >= 2


def test_a_policy_that_works_again_is_well_again() -> None:
    answers: list[Any] = [7, None]
    firm = PluggedFirm()
    job = firm.job()
    firm.plug(plugin(hosanna_refuse=lambda: answers.pop(0)))
    assert firm.move(job, "confirm").status == 503
    assert firm.condition()["error"] == "TypeError"
    assert firm.move(job, "confirm").status == 200
    assert firm.plugins[0].condition().mode == "ok"


@pytest.mark.usefixtures("impatient")
def test_of_calls_that_never_come_back_a_few_are_waited_for_and_no_more(hang: Any) -> None:
    firm = PluggedFirm()
    job = firm.job()
    asked: list[int] = []

    def refuse() -> None:
        asked.append(1)
        hang()

    firm.plug(plugin(hosanna_refuse=refuse))
    for _ in range(6):
        assert firm.move(job, "confirm").status == 503
    assert len(asked) == 2


# Scores


def test_a_score_is_told_and_counts() -> None:
    def rate(crew: Any) -> dict[str, tuple[float, str]]:
        return {each.who.id: (float(each.who.full_name == "Theo"), "is Theo") for each in crew.members}

    firm = PluggedFirm(plugin(hosanna_scores=lambda: [Score(name="theo", weight=100, rate=rate)]))
    found = firm.ask("GET", f"/jobs/{firm.job('CONFIRMED')}/candidates", "admin").json
    first = found["items"][0]
    assert first["technician"]["full_name"] == "Theo"
    assert first["scores"][-1] == {
        "name": "permits.theo", "value": 1.0, "weight": 100, "contribution": 100.0, "why": "is Theo",
    }  # fmt: skip


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", ["raises", "hangs", 1.5, float("nan"), True, "much", None, "half"])
def test_a_score_that_does_not_work_is_left_out_and_the_answer_says_so(fault: Any, hang: Any) -> None:
    def rate(crew: Any) -> Any:
        ways = {"raises": raising, "hangs": hang}
        answer = (1.0, "half \ud83d") if fault == "half" else (fault, "why")
        return ways[fault]() if fault in ways else {each.who.id: answer for each in crew.members}

    firm = PluggedFirm(plugin(hosanna_scores=lambda: [Score(name="luck", weight=10, rate=rate)]))
    found = firm.ask("GET", f"/jobs/{firm.job('CONFIRMED')}/candidates", "admin")
    assert found.status == 200
    assert found.json["scores_left_out"] == ["permits.luck"]
    assert len(found.json["items"]) == 2
    assert firm.condition()["mode"] == "degraded"


# What is asked once


@pytest.mark.parametrize(
    ("hook", "answer"),
    [
        ("hosanna_scores", [Score(name="Luck", weight=1, rate=dict)]),
        ("hosanna_scores", [Score(name="luck", weight=101, rate=dict)]),
        ("hosanna_scores", 2 * [Score(name="luck", weight=1, rate=dict)]),
        ("hosanna_scores", [Score(name="luck", weight=True, rate=dict)]),
        ("hosanna_scores", 7),
        ("hosanna_planners", {"best": object()}),
        ("hosanna_planners", "best"),
        ("hosanna_routes", [Route(method="GET", path="/../jobs", name="x", summary="x", run=raising)]),
        ("hosanna_routes", [Route(method="GET", path="jobs", name="x", summary="x", run=raising)]),
        ("hosanna_routes", [Route(method="PATCH", path="/x", name="x", summary="x", run=raising)]),
        ("hosanna_routes", 2 * [Route(method="GET", path="/x", name="x", summary="x", run=raising)]),
        ("hosanna_routes", [object()]),
    ],
)
def test_one_that_offers_nonsense_adds_none_of_it_and_the_rest_of_it_works(hook: str, answer: Any) -> None:
    spoilt = plugin(**{hook: lambda: answer, "hosanna_refuse": without_a_permit})
    firm = PluggedFirm(spoilt)
    assert firm.condition()["mode"] == "degraded"
    assert spoilt.failures == {hook: 1}
    assert firm.move(firm.job("ASSIGNED"), "dispatch").json["code"] == "plugin_refused"


# Planners

PLAN = {"date": "2026-03-02"}


class Wrapped:
    def __init__(self, inner: Any, spoil: Callable[[Any], Any] = lambda plan: plan) -> None:
        self.inner = inner
        self.spoil = spoil

    def plan(self, problem: Any, seconds: float, **more: Any) -> Any:
        return self.spoil(self.inner.plan(problem, seconds, **more))


def planning(spoil: Callable[[Any], Any] = lambda plan: plan) -> PluggedFirm:
    firm = PluggedFirm(
        plugin(hosanna_planners=lambda planners: {"wise": Wrapped(planners["built-in"], spoil)})
    )
    firm.job("CONFIRMED")
    return firm


def test_a_planner_is_offered_by_the_name_of_its_plugin() -> None:
    firm = planning()
    made = firm.ask("POST", "/plans", "admin", {**PLAN, "planner": "permits.wise"})
    assert (made.status, made.json["planner"]) == (201, "permits.wise")
    refused = firm.ask("POST", "/plans", "admin", {**PLAN, "planner": "wise"})
    assert refused.pointers == {"/planner"}
    assert "permits.wise" in refused.json["errors"][0]["message"]


def twice(plan: Any) -> Any:
    """A plan in which somebody does everything twice."""
    routes = [msgspec.structs.replace(each, stops=(*each.stops, *each.stops)) for each in plan.routes]
    return msgspec.structs.replace(plan, routes=tuple(routes))


@pytest.mark.parametrize("spoil", [twice, raising, lambda plan: None])
def test_a_plan_that_breaks_a_rule_is_not_kept(spoil: Any) -> None:
    firm = planning(spoil)
    refused = firm.ask("POST", "/plans", "admin", {**PLAN, "planner": "permits.wise"})
    assert (refused.status, refused.json["code"]) == (503, "planner_failed")
    assert firm.ask("GET", "/plans", "admin").json["items"] == []
    assert firm.ask("POST", "/plans", "admin", PLAN).status == 201


# Routes


class Between(Form):
    """How many."""

    most: int = 10


class Note(Form):
    """A note."""

    text: str


def route(run: Callable[[Asked], Any], **parts: Any) -> Any:
    plain = {"method": "GET", "path": "/report", "name": "report", "summary": "What there is", "run": run}
    return plugin(hosanna_routes=lambda: [Route(**{**plain, **parts})])


def test_a_route_answers_who_may_with_what_the_house_has_judged() -> None:
    def run(asked: Asked) -> dict[str, Any]:
        return {"role": asked.actor.role, "most": asked.query.most, "id": asked.path["id"]}

    allowed = frozenset({Role.OFFICE_MANAGER})
    firm = PluggedFirm(route(run, path="/jobs/{id}", query=Between, roles=allowed))
    path = "/plugins/permits/jobs/7"
    assert firm.ask("GET", path, None).status == 401
    denied = firm.ask("GET", path, "admin")
    assert (denied.status, denied.json["rule"]) == (403, "plugin.permits.role")
    assert firm.ask("GET", path, "office").json == {"role": "OFFICE_MANAGER", "most": 10, "id": "7"}
    assert firm.ask("GET", path + "?least=1", "office").pointers == {"/least"}
    assert firm.ask("DELETE", path, "office").status == 405
    assert firm.ask("GET", "/plugins/fleet/jobs/7", "office").status == 404


def test_a_route_takes_a_body_and_may_refuse() -> None:
    def run(asked: Asked) -> Any:
        return firm.ports.store.jobs.history(asked.body.text) or _not_found()

    def _not_found() -> Any:
        raise NotFound

    firm = PluggedFirm(route(run, method="POST", body=Note))
    assert firm.ask("POST", "/plugins/permits/report", "tess", {"word": 1}).pointers == {"/text", "/word"}
    assert firm.ask("POST", "/plugins/permits/report", "tess", {"text": "x"}).status == 404
    assert firm.condition()["mode"] == "ok"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", ["raises", "leaves", "hangs", "nonsense", "lost"])
def test_a_route_that_does_not_work_is_told_as_its_plugins_fault(fault: str, hang: Any) -> None:
    ways = {
        "raises": raising,
        "leaves": leaving,
        "hangs": lambda _: hang(),
        "nonsense": lambda _: object(),
        "lost": losing,
    }
    firm = PluggedFirm(route(ways[fault]))
    answer = firm.ask("GET", "/plugins/permits/report", "tess")
    assert (answer.status, answer.json["code"], answer.json["plugin"]) == (503, "plugin_failed", "permits")
    assert failures(firm) == {("permits", "hosanna_routes"): 1}
    assert firm.ask("GET", "/jobs", "tess").status == 200


def test_routes_stand_in_the_document_and_change_nothing_of_ours() -> None:
    plain = PluggedFirm().ask("GET", "/openapi.json", None, base="").json
    firm = PluggedFirm(route(lambda asked: None, method="POST", body=Note))
    told = firm.ask("GET", "/openapi.json", None, base="").json
    added = told["paths"].pop("/api/v1/plugins/permits/report")
    assert added["post"]["operationId"] == "permits__report"
    assert added["post"]["tags"] == ["plugins"]
    assert told["components"]["schemas"].pop("Note")
    told["tags"] = [each for each in told["tags"] if each["name"] != "plugins"]
    assert told == plain


def test_a_form_that_has_the_name_of_one_of_ours_is_refused() -> None:
    shadow = type("LoginForm", (Note,), {"__doc__": "Not theirs."})
    firm = PluggedFirm(route(raising, method="POST", body=shadow))
    assert firm.ask("POST", "/plugins/permits/report", "tess", {}).status == 404
    assert firm.condition()["error"] == "ValueError"
