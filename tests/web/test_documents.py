"""The OpenAPI document tells all there is; the page that shows it needs no internet."""

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from tests.web.asgi import Ask
from tests.web.firm import Firm

from hosanna_core import errors
from hosanna_web import problems
from hosanna_web.api.table import OPERATIONS

ROUTES = {
    "POST /api/v1/auth/register", "POST /api/v1/auth/login", "GET /api/v1/auth/me", "PATCH /api/v1/auth/me",
    "POST /api/v1/auth/refresh", "POST /api/v1/auth/logout", "POST /api/v1/auth/logout-all",
    "POST /api/v1/auth/password/forgot", "POST /api/v1/auth/password/reset", "POST /api/v1/auth/password/change",
    "GET /api/v1/auth/sessions", "DELETE /api/v1/auth/sessions/{id}", "GET /api/v1/audit",
    # Beyond the specification's table: the second factor.
    "POST /api/v1/auth/second-factor", "POST /api/v1/auth/second-factor/confirm",
    "POST /api/v1/auth/second-factor/disable", "POST /api/v1/users/{id}/second-factor/reset",
    "POST /api/v1/jobs", "GET /api/v1/jobs", "GET /api/v1/jobs/{id}", "PATCH /api/v1/jobs/{id}",
    "GET /api/v1/jobs/{id}/transitions", "POST /api/v1/jobs/{id}/transitions/{action}", "GET /api/v1/jobs/{id}/history",
    "GET /api/v1/jobs/{id}/candidates",
    "POST /api/v1/users", "GET /api/v1/users", "GET /api/v1/users/{id}", "PATCH /api/v1/users/{id}",
    "PUT /api/v1/users/{id}/role", "POST /api/v1/users/{id}/activate", "POST /api/v1/users/{id}/deactivate",
    "GET /api/v1/technicians", "GET /api/v1/technicians/{id}/availability", "PUT /api/v1/technicians/{id}/availability",
    "GET /api/v1/notifications", "POST /api/v1/notifications/{id}/read", "POST /api/v1/notifications/read-all",
    "POST /api/v1/announcements", "GET /api/v1/announcements",
    # Beyond the specification's table: following jobs, and Web Push.
    "GET /api/v1/jobs/{id}/follow", "PUT /api/v1/jobs/{id}/follow", "DELETE /api/v1/jobs/{id}/follow",
    "GET /api/v1/notifications/push-key", "POST /api/v1/notifications/push-subscriptions",
    "DELETE /api/v1/notifications/push-subscriptions/{id}",
    "POST /api/v1/stream/tickets", "GET /api/v1/stream", "GET /api/v1/events", "GET /api/v1/sync",
    # Beyond the specification's table: what a device queued while it was offline.
    "POST /api/v1/sync",
    "POST /api/v1/plans", "POST /api/v1/plans/{id}/apply",
    # Beyond the specification's table: reading plans, and looking at them.
    "GET /api/v1/plans", "GET /api/v1/plans/{id}", "GET /api/v1/plans/{id}/map.svg", "GET /api/v1/plans/{id}/gantt.svg",
    "GET /api/v1/settings", "PUT /api/v1/settings",
    "GET /api/v1/reports/operations",
    # Beyond the specification's table: who works how much.
    "GET /api/v1/reports/workload",
    # Beyond the specification's table: other systems.
    "POST /api/v1/api-keys", "GET /api/v1/api-keys", "DELETE /api/v1/api-keys/{id}",
    "POST /api/v1/webhooks", "GET /api/v1/webhooks", "GET /api/v1/webhooks/{id}", "PATCH /api/v1/webhooks/{id}",
    "DELETE /api/v1/webhooks/{id}", "POST /api/v1/webhooks/{id}/rotate-secret", "POST /api/v1/webhooks/{id}/test",
    "GET /api/v1/webhooks/{id}/deliveries", "POST /api/v1/webhooks/{id}/deliveries/{delivery_id}/replay",
    "GET /api/v1/jobs/export", "GET /api/v1/exports/completed", "GET /api/v1/exports/customers",
    "POST /api/v1/technicians/{id}/calendar-link", "DELETE /api/v1/technicians/{id}/calendar-link",
    "GET /calendar/{file}",
    # Beyond the specification's table: who opens the server's address is led to its documentation.
    "GET /",
    "GET /health/live", "GET /health/ready", "GET /metrics",
    "GET /openapi.json", "GET /asyncapi.json", "GET /docs", "GET /docs/{name}",
    "GET /password/reset", "GET /password/{name}", "GET /.well-known/jwks.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def document() -> Any:
    return Firm().ask("GET", "/openapi.json", None, base="").json


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [(method, path, each) for path, item in document["paths"].items() for method, each in item.items()]


def test_every_route_of_the_specification_is_there_and_no_other(document: Any) -> None:
    assert {f"{method.upper()} {path}" for method, path, _ in operations(document)} == ROUTES
    assert {f"{each.method} {each.path}" for each in OPERATIONS} == ROUTES


def test_every_operation_has_a_name_of_its_own_and_words(document: Any) -> None:
    names = [each["operationId"] for _, _, each in operations(document)]
    assert len(names) == len(set(names))
    assert all(each["summary"] and each["tags"] for _, _, each in operations(document))


def test_an_answer_has_content_unless_it_is_empty(document: Any) -> None:
    for _, path, each in operations(document):
        for status, answer in each["responses"].items():
            assert (path, status, "content" in answer) == (path, status, status != "204")


def test_every_reference_leads_somewhere(document: Any) -> None:
    for reference in re.findall(r'"\$ref":\s*"#/components/schemas/(\w+)"', str(document).replace("'", '"')):
        assert reference in document["components"]["schemas"]


def test_every_schema_is_one(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})
        assert schema, name


def test_every_example_fulfils_its_schema(document: Any) -> None:
    for _, path, each in operations(document):
        for content in each.get("requestBody", {}).get("content", {}).values():
            schema = {**content["schema"], "components": document["components"]}
            for example in content["examples"].values():
                assert jsonschema_rs.is_valid(schema, example["value"]), path


@pytest.mark.parametrize("status", ["401", "503"])
def test_whatever_asks_for_a_token_says_what_happens_without(document: Any, status: str) -> None:
    for _, path, each in operations(document):
        if path.startswith("/api/v1") and each["security"]:
            assert status in each["responses"], path


def test_statuses_stand_where_they_can_occur(document: Any) -> None:
    statuses = {each["operationId"]: set(each["responses"]) for _, _, each in operations(document)}
    assert statuses["edit_job"] == {
        "200", "400", "401", "403", "404", "409", "412", "413", "415", "422", "428", "429", "503",
    }  # fmt: skip
    assert statuses["list_jobs"] == {"200", "401", "403", "413", "422", "429", "503"}
    assert statuses["create_user"] >= {"201", "403", "409"}
    assert statuses["get_liveness"] == {"200", "413", "422"}


def test_every_answer_of_a_working_day_fulfils_its_schema(document: Any) -> None:
    firm = Firm()
    job = firm.job("ON_HOLD", window={"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T10:00:00Z"})
    me, tess = firm.ids["admin"], firm.ids["tess"]
    for target, template in (
        (f"/jobs/{job}", "/jobs/{id}"), (f"/jobs/{job}/history", "/jobs/{id}/history"), ("/jobs", "/jobs"),
        (f"/jobs/{job}/transitions", "/jobs/{id}/transitions"), (f"/jobs/{job}/candidates", "/jobs/{id}/candidates"),
        ("/users", "/users"), (f"/users/{me}", "/users/{id}"),
        ("/technicians", "/technicians"), (f"/technicians/{tess}/availability", "/technicians/{id}/availability"),
        ("/auth/me", "/auth/me"), ("/settings", "/settings"),
        ("/reports/workload?from=2026-03-01", "/reports/workload"), ("/reports/operations", "/reports/operations"),
    ):  # fmt: skip
        answer = firm.ask("GET", target, "admin")
        content = document["paths"][f"/api/v1{template}"]["get"]["responses"]["200"]["content"]
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        jsonschema_rs.validate(schema, answer.json)
    refused = firm.move(job, "confirm").json
    schema = {**document["components"]["schemas"]["Problem"], "components": document["components"]}
    jsonschema_rs.validate(schema, refused)


def test_the_page_loads_nothing_from_elsewhere() -> None:
    firm = Firm()
    page = firm.ask("GET", "/docs", None, base="")
    html = page.body.decode()
    assert "://" not in html
    assert "<script>" not in html
    assert "default-src 'none'" in (page.header("content-security-policy") or "")
    files = re.findall(r'(?:src|href)="(/[^"]+)"', html)
    assert len(files) == 3
    for file in files:
        answer = firm.send(Ask("GET", file))
        assert answer.status == 200
        assert len(answer.body) > 50
    start = firm.send(Ask("GET", "/docs/start.js")).body.decode()
    assert 'url: "/openapi.json"' in start
    assert "validatorUrl: null" in start
    assert "://" not in start


@pytest.mark.parametrize("name", ["index.html", "..%2fpage.py", "swagger-ui.css.map", "%2e%2e", "nothing"])
def test_the_page_has_no_other_files(name: str) -> None:
    assert Firm().send(Ask("GET", f"/docs/{name}")).status == 404


def test_the_reference_lists_every_route_and_every_code() -> None:
    reference = Path(__file__).parents[2] / "docs" / "reference"
    api = (reference / "api.md").read_text(encoding="utf-8")
    for each in OPERATIONS:
        assert f"| {each.method} | `{each.path}` | {each.summary} |" in api
    told = (reference / "errors.md").read_text(encoding="utf-8")
    kinds = [
        each for module in (errors, problems) for each in vars(module).values() if isinstance(each, type)
    ]
    codes = {
        each.code: status
        for each in kinds
        if issubclass(each, errors.HosannaError) and "code" in vars(each)
        if (status := problems.status_of(each)) is not None and each is not errors.Conflict
    }
    for code, status in {**codes, "double_booking": 409, "not_qualified": 409, "not_available": 409}.items():
        assert f"| {int(status)} | `{code}` |" in told
