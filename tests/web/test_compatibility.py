"""Nobody who talked to the last release is turned away by this one, and what will go says so beforehand."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.web.asgi import Ask
from tests.web.compatibility import RELEASED, breaches, surface
from tests.web.firm import Firm

from hosanna_web.api.deprecations import Deprecation
from hosanna_web.api.operations import Operation
from hosanna_web.api.outside import OUTSIDE
from hosanna_web.api.table import OPERATIONS
from hosanna_web.door import Routes
from hosanna_web.openapi.document import describe

GOING = Deprecation(since=date(2027, 1, 1), sunset=date(2027, 7, 1), instead="/health/ready")


def released() -> Any:
    return json.loads(RELEASED.read_text(encoding="utf-8"))


def served() -> Any:
    # As it comes over the network: text keys, lists, no enums.
    return json.loads(json.dumps(surface(describe(OPERATIONS))))


def test_only_additions_since_the_last_release() -> None:
    assert breaches(released(), served()) == [], "or, with a release: python -m tests.web.compatibility"


def jobs(form: Any) -> Any:
    return form["paths"]["/api/v1/jobs"]


def create(form: Any) -> Any:
    return form["schemas"]["NewJobForm"]


def seen(form: Any) -> Any:
    return form["schemas"]["JobDocument"]


# fmt: off
BREAKING: list[tuple[str, Callable[[Any], Any]]] = [
    ("/health/live: the path is gone",                  lambda form: form["paths"].pop("/health/live")),
    ("GET /api/v1/jobs: the method is gone",            lambda form: jobs(form).pop("get")),
    ("POST /api/v1/jobs: it answers 202",               lambda form: jobs(form)["post"].update(status="202")),
    ("GET /health/live: it asks for a token now",
     lambda form: form["paths"]["/health/live"]["get"].update(token=True)),
    ("GET /api/v1/jobs: the query sort is gone",        lambda form: jobs(form)["get"]["parameters"].pop("query sort")),
    ("GET /api/v1/jobs: the query limit is required",
     lambda form: jobs(form)["get"]["parameters"]["query limit"].update(required=True)),
    ("GET /api/v1/jobs: the query tide is required",
     lambda form: jobs(form)["get"]["parameters"].update({"query tide": {"required": True, "schema": {}}})),
    ("query limit: maximum is 100 now",
     lambda form: jobs(form)["get"]["parameters"]["query limit"]["schema"].update(maximum=100)),
    ("body: application/json is gone",                  lambda form: jobs(form)["post"].pop("body")),
    ("body.title: the field is gone",                   lambda form: create(form)["properties"].pop("title")),
    ("body.description: the field is required now",     lambda form: create(form)["required"].append("description")),
    ("body.title: maxLength is 5 now",
     lambda form: create(form)["properties"]["title"].update(maxLength=5)),
    ("body.title: string is not taken any more",
     lambda form: create(form)["properties"]["title"].update(type="integer")),
    ("answer.title: the field is gone",                 lambda form: seen(form)["properties"].pop("title")),
    ("answer.title: the field may be missing now",      lambda form: seen(form)["required"].remove("title")),
    ("answer.version: it may be string now",
     lambda form: seen(form)["properties"]["version"].update(type=["integer", "string"])),
    ("the value HIGH is gone",
     lambda form: [each["enum"].remove("HIGH") for each in everything(form) if "HIGH" in each.get("enum", ())]),
]
# fmt: on


def everything(form: Any) -> Any:
    if isinstance(form, dict):
        yield form
    for each in form.values() if isinstance(form, dict) else form if isinstance(form, list) else ():
        yield from everything(each)


@pytest.mark.parametrize(
    ("words", "change"), BREAKING, ids=lambda each: each if isinstance(each, str) else ""
)
def test_what_is_taken_away_is_found_and_named(words: str, change: Callable[[Any], Any]) -> None:
    form = served()
    change(form)
    found = breaches(served(), form)
    assert any(words in each for each in found), found


ADDING: list[Callable[[Any], Any]] = [
    lambda form: form["paths"].update({"/api/v1/tides": jobs(form)}),
    lambda form: jobs(form)["get"]["parameters"].update({"query tide": {"required": False, "schema": {}}}),
    lambda form: jobs(form)["get"]["parameters"]["query limit"]["schema"].update(maximum=500),
    lambda form: create(form)["properties"].update(tide={"type": "string"}),
    lambda form: create(form)["required"].remove("title"),
    lambda form: seen(form)["properties"].update(tide={"type": "string"}),
    lambda form: [
        each["enum"].append("LATER") for each in everything(form) if "HIGH" in each.get("enum", ())
    ],
]


@pytest.mark.parametrize("change", ADDING)
def test_what_is_added_hurts_nobody(change: Callable[[Any], Any]) -> None:
    form = served()
    before = copy.deepcopy(form)
    change(form)
    assert form != before
    assert breaches(before, form) == []


def deprecated(name: str) -> Operation:
    (found,) = (each for each in OUTSIDE if each.name == name)
    return replace(found, path="/health/old", name="get_old", deprecation=GOING)


def with_old(firm: Firm, operation: Operation) -> Firm:
    door = firm.app._door
    door._operations = (*OPERATIONS, operation)
    door._routes = Routes(door._operations)
    return firm


def test_a_route_that_will_go_says_so_with_every_answer() -> None:
    firm = with_old(Firm(), deprecated("get_liveness"))
    for target, status in (("/health/old", 200), ("/health/old?unknown=1", 422)):
        answer = firm.send(Ask("GET", target))
        assert answer.status == status
        assert answer.header("deprecation") == "@1798761600"
        assert answer.header("sunset") == "Thu, 01 Jul 2027 00:00:00 GMT"
        assert answer.header("link") == '</health/ready>; rel="successor-version"'
    assert firm.send(Ask("GET", "/health/live")).header("deprecation") is None


def test_a_route_that_will_go_is_marked_in_the_document() -> None:
    document = describe((deprecated("get_liveness"), *OUTSIDE))
    old, live = (document["paths"][path]["get"] for path in ("/health/old", "/health/live"))
    assert old["deprecated"] is True
    assert "2027-07-01" in old["description"]
    assert "deprecated" not in live


def test_nothing_ends_before_it_is_deprecated() -> None:
    with pytest.raises(ValueError, match="does not end before"):
        Deprecation(since=date(2027, 1, 2), sunset=date(2027, 1, 1))
