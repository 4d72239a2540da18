"""Machines act by keys: in a role, narrowed by scopes, until somebody revokes them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from tests.cli.listening import listening
from tests.web.asgi import Answer
from tests.web.firm import JOB, Firm
from tests.web.listeners import events, listens, refused

from hosanna_core.model.api_key import ApiScope
from hosanna_core.model.audit import AuditFilter
from hosanna_core.model.limits import Use
from hosanna_core.rules.access import USER
from hosanna_core.usecases import access, api_keys
from hosanna_core.usecases.api_keys import note_use
from hosanna_core.usecases.trail import verify_trail
from hosanna_web.api.scopes import scope_of_operation
from hosanna_web.api.table import OPERATIONS
from hosanna_web.key_uses import KeyUses

EVERY_SCOPE = [str(scope) for scope in ApiScope]


def make(firm: Firm, *scopes: str, role: str = "ADMINISTRATOR", name: str = "machine", **more: Any) -> Any:
    """A key that the firm knows by *name* from then on."""
    body = {"name": name, "role": role, "scopes": list(scopes), **more}
    made = firm.ask("POST", "/api-keys", "admin", body)
    assert made.status == 201, made.body
    firm.tokens[name] = made.json["key"]
    return made.json["api_key"]


def text(millis: int) -> str:
    return datetime.fromtimestamp(millis / 1000, UTC).isoformat().replace("+00:00", "Z")


def test_a_key_is_shown_once_and_never_again(firm: Firm) -> None:
    made = make(firm, "jobs:read", "jobs:read", "feed:read")
    key = firm.tokens["machine"]
    assert key.startswith("hk_")
    assert key.isascii()
    assert len(key) == 79
    assert made["scopes"] == ["feed:read", "jobs:read"]
    listed = firm.ask("GET", "/api-keys", "admin")
    assert listed.json == {"items": [made], "next_cursor": None}
    assert key.encode() not in listed.body
    assert key[-43:].encode() not in listed.body
    stored = firm.ports.store.api_keys.get(made["id"])
    assert stored is not None
    assert key[-43:] not in str(msgspec.to_builtins(stored)) + repr(stored)


def test_one_idempotency_key_makes_one_api_key_and_shows_it_again(firm: Firm) -> None:
    body = {"name": "Books", "role": "OFFICE_MANAGER", "scopes": ["jobs:read"]}
    first = firm.ask("POST", "/api-keys", "admin", body, idempotency_key="k")
    again = firm.ask("POST", "/api-keys", "admin", body, idempotency_key="k")
    assert (first.status, first.json) == (again.status, again.json)
    assert len(firm.ask("GET", "/api-keys", "admin").json["items"]) == 1


def test_who_is_no_administrator_any_more_is_not_shown_a_key_that_they_made_again(firm: Firm) -> None:
    body = {"name": "Books", "role": "ADMINISTRATOR", "scopes": ["jobs:write"]}
    person = {
        "email": "second@example.com",
        "full_name": "Sue",
        "role": "ADMINISTRATOR",
        "password": "a long enough one",
    }
    sue = firm.ask("POST", "/users", "admin", person).json["id"]
    firm.tokens["sue"] = token_of(firm, person)
    assert firm.ask("POST", "/api-keys", "sue", body, idempotency_key="k").status == 201
    assert firm.ask("PUT", f"/users/{sue}/role", "admin", {"role": "OFFICE_MANAGER"}).status == 200
    firm.tokens["sue"] = token_of(firm, person)
    again = firm.ask("POST", "/api-keys", "sue", body, idempotency_key="k")
    assert (again.status, again.json["rule"]) == (403, "duty.manage_api_keys")


def token_of(firm: Firm, person: dict[str, str]) -> str:
    told = {name: person[name] for name in ("email", "password")}
    return str(firm.ask("POST", "/auth/login", None, told).json["access_token"])


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/name", "/role", "/scopes"}),
        ({"name": "x", "role": "TECHNICIAN", "scopes": ["jobs:read"]}, {"/role"}),
        ({"name": "x", "role": "ADMINISTRATOR", "scopes": []}, {"/scopes"}),
        ({"name": "x", "role": "ADMINISTRATOR", "scopes": ["everything"]}, {"/scopes/0"}),
        (
            {
                "name": " ",
                "role": "ADMINISTRATOR",
                "scopes": ["jobs:read"],
                "expires_at": "2020-01-01T00:00:00Z",
            },
            {"/name", "/expires_at"},
        ),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_every_reason(
    firm: Firm, body: dict[str, Any], pointers: set[str]
) -> None:
    answer = firm.ask("POST", "/api-keys", "admin", body)
    assert (answer.status, answer.pointers) == (422, pointers)


def test_a_scope_opens_what_it_names_and_nothing_else(firm: Firm) -> None:
    make(firm, "jobs:read")
    job = firm.job("CONFIRMED")
    assert [row["id"] for row in firm.ask("GET", "/jobs", "machine").json["items"]] == [job]
    assert firm.ask("GET", f"/jobs/{job}/history", "machine").status == 200
    denied = firm.ask("POST", "/jobs", "machine", JOB)
    assert (denied.status, denied.json["rule"]) == (403, "scope.jobs:write")
    assert firm.ask("GET", "/sync", "machine").json["rule"] == "scope.feed:read"
    assert firm.ask("GET", "/audit", "machine").json["rule"] == "scope.audit:read"
    assert firm.ask("POST", f"/jobs/{job}/transitions/assign", "machine", {}).status == 403


def test_scopes_never_add_to_what_the_role_may(firm: Firm) -> None:
    make(firm, *EVERY_SCOPE, role="OFFICE_MANAGER", name="office machine")
    make(firm, *EVERY_SCOPE, name="admin machine")
    hidden = firm.job("TENTATIVE")
    assigned = firm.job("ASSIGNED")
    assert firm.ask("GET", f"/jobs/{hidden}", "office machine").status == 404
    assert firm.ask("GET", f"/jobs/{hidden}", "admin machine").status == 200
    assert firm.ask("POST", "/jobs", "office machine", JOB).json["rule"] == "matrix.create_jobs"
    assert firm.move(assigned, "dispatch", "admin machine").json["rule"] == "matrix.dispatch_to_field"
    assert firm.move(assigned, "dispatch", "office machine").status == 200
    assert firm.ask("GET", "/audit", "office machine").json["rule"] == "duty.see_audit_trail"


def test_what_is_for_people_is_closed_to_every_key(firm: Firm) -> None:
    make(firm, *EVERY_SCOPE)
    job, user = firm.job(), firm.ids["tess"]
    closed = (
        ("GET", "/auth/me"), ("POST", "/auth/logout"), ("GET", "/users"), ("POST", "/users"),
        ("PUT", f"/users/{user}/role"), ("GET", "/api-keys"), ("POST", "/api-keys"), ("GET", "/notifications"),
        ("GET", "/notifications/push-key"), ("PUT", f"/jobs/{job}/follow"),
    )  # fmt: skip
    for method, target in closed:
        answer = firm.ask(method, target, "machine")
        assert (target, answer.status, answer.json["rule"]) == (target, 403, "scope.none")
    never = {"auth", "users", "api-keys", "webhooks", "notifications", "settings"}
    for each in OPERATIONS:
        if not each.public and each.path.split("/")[3] in never:
            assert scope_of_operation(each) is None, each.name


def test_every_scope_is_told_in_the_openapi_document(firm: Firm) -> None:
    document = firm.ask("GET", "/openapi.json", None, base="").json
    assert document["paths"]["/api/v1/jobs"]["get"]["description"] == "API keys need the scope `jobs:read`."
    assert "description" not in document["paths"]["/api/v1/users"]["get"]


def test_what_a_key_does_stands_under_its_own_id(firm: Firm) -> None:
    made = make(firm, "jobs:write")
    job = firm.ask("POST", "/jobs", "machine", JOB).json["id"]
    history = firm.ask("GET", f"/jobs/{job}/history", "admin").json["items"]
    assert [entry["actor_id"] for entry in history] == [made["id"]]
    firm.ask("GET", "/jobs", "machine")
    (denied,) = firm.ask("GET", f"/audit?actor_id={made['id']}", "admin").json["items"]
    assert (denied["action"], denied["outcome"]) == ("access.denied", "denied")
    assert denied["details"] | {"address": None} == {
        "address": None,
        "rule": "scope.jobs:read",
        "operation": "list_jobs",
    }


def test_making_and_revoking_a_key_stand_in_the_audit_trail(firm: Firm) -> None:
    made = make(firm, "jobs:read")
    assert revoke(firm, made).status == 204
    found = firm.ask("GET", f"/audit?subject_id={made['id']}", "admin").json["items"]
    assert [entry["action"] for entry in found] == ["api_key.revoked", "api_key.created"]
    assert found[1]["details"]["scopes"] == ["jobs:read"]
    assert {entry["actor_id"] for entry in found} == {firm.ids["admin"]}
    verify_trail(firm.ports)


def revoke(firm: Firm, made: Any) -> Answer:
    return firm.ask("DELETE", f"/api-keys/{made['id']}", "admin")


def test_a_revoked_key_lets_nobody_in_from_the_next_request_on(firm: Firm) -> None:
    made = make(firm, "jobs:read")
    assert firm.ask("GET", "/jobs", "machine").status == 200
    assert revoke(firm, made).status == 204
    assert firm.ask("GET", "/jobs", "machine").status == 401
    (listed,) = firm.ask("GET", "/api-keys", "admin").json["items"]
    assert listed["revoked_at"] is not None
    firm.clock.step(1_000)
    assert revoke(firm, made).status == 204
    assert firm.ask("GET", "/api-keys", "admin").json["items"] == [listed]
    entries = firm.ask("GET", f"/audit?subject_id={made['id']}&action=api_key.revoked", "admin").json["items"]
    assert len(entries) == 1


def test_a_key_is_over_when_its_time_is(firm: Firm) -> None:
    now = firm.clock.now()
    make(firm, "jobs:read", expires_at=text(now + 5_000))
    firm.clock.step(4_999)
    assert firm.ask("GET", "/jobs", "machine").status == 200
    firm.clock.step(1)
    assert firm.ask("GET", "/jobs", "machine").status == 401


def test_what_is_no_key_is_answered_like_a_dead_one(firm: Firm) -> None:
    make(firm, "jobs:read")
    key = firm.tokens["machine"]
    other = "A" if key[-1] != "A" else "B"
    wrong = (
        "hk_",
        "hk_x",
        key[:-1],
        key + "A",
        key.upper(),
        key[:3] + "0" * 32 + key[35:],
        key[:-2] + other + key[-1],
    )
    for token in wrong:
        firm.tokens["wrong"] = token
        answer = firm.ask("GET", "/jobs", "wrong")
        assert (answer.status, answer.json["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("who", ["office", "tess"])
def test_keys_are_an_administrators_affair(firm: Firm, who: str) -> None:
    made = make(firm, "jobs:read")
    body = {"name": "x", "role": "OFFICE_MANAGER", "scopes": ["jobs:read"]}
    for method, target, sent in (
        ("POST", "/api-keys", body),
        ("GET", "/api-keys", None),
        ("DELETE", f"/api-keys/{made['id']}", None),
    ):
        assert firm.ask(method, target, who, sent).json["rule"] == "duty.manage_api_keys"
    assert firm.ask("GET", "/jobs", "machine").status == 200


def test_keys_are_listed_page_by_page_the_newest_first(firm: Firm) -> None:
    ids = [make(firm, "jobs:read", name=f"m{number}")["id"] for number in range(5)]
    found, cursor = [], ""
    while cursor is not None:
        page = firm.ask("GET", f"/api-keys?limit=2{cursor and f'&cursor={cursor}'}", "admin").json
        found += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
    assert found == ids[::-1]


def test_a_key_is_throttled_like_a_user(firm: Firm) -> None:
    made = make(firm, "jobs:read")
    for _ in range(USER.most):
        firm.ports.throttles.count((Use(USER, made["id"]),))
    answer = firm.ask("GET", "/jobs", "machine")
    assert (answer.status, answer.json["code"]) == (429, "too_many_requests")
    assert firm.ask("GET", "/jobs", "admin").status == 200


def test_when_a_key_was_used_is_known_to_the_hour(firm: Firm) -> None:
    made = make(firm, "jobs:read")
    uses, now = KeyUses(), firm.clock.now()
    identity = access.identify(firm.ports, firm.tokens["machine"])
    uses.note(identity, now)
    uses.put_down(firm.ports)
    assert last_used(firm, made) == now
    note_use(firm.ports, made["id"], now + 3_599_999)
    assert last_used(firm, made) == now
    note_use(firm.ports, made["id"], now + 3_600_000)
    assert last_used(firm, made) == now + 3_600_000
    uses.note(access.identify(firm.ports, firm.tokens["admin"]), now)
    uses.put_down(firm.ports)


def last_used(firm: Firm, made: Any) -> int | None:
    key = firm.ports.store.api_keys.get(made["id"])
    assert key is not None
    return key.last_used_at


def test_a_request_is_noted_and_put_down_when_the_server_stops(firm: Firm) -> None:
    made = make(firm, "jobs:read")
    with listening(firm.app):
        assert firm.ask("GET", "/jobs", "machine").status == 200
        assert last_used(firm, made) is None
    assert last_used(firm, made) is not None


def test_a_key_listens_and_is_cut_off_when_it_is_revoked(firm: Firm, port: int) -> None:
    made = make(firm, "feed:read", role="OFFICE_MANAGER")
    with listens(firm, port, "machine") as socket, events(firm, port, "machine") as told:
        assert socket.next()["recovered"] is False
        assert next(told)["event"] == "hello"
        firm.job("CONFIRMED")
        assert socket.next()["type"] == "job.entered_view"
        assert next(told)["event"] == "job.entered_view"
        assert revoke(firm, made).status == 204
        assert socket.close_code() == 4401
        assert [each["event"] for each in told] == []


def test_a_key_goes_on_from_where_it_was(firm: Firm, port: int) -> None:
    make(firm, "feed:read")
    with listens(firm, port, "machine") as socket:
        socket.next()
        cursor = socket.cursor
    firm.job()
    with listens(firm, port, "machine", f"?cursor={cursor}") as socket:
        assert socket.next()["recovered"] is True
        assert socket.next()["type"] == "job.created"


def test_a_key_without_the_scope_does_not_listen_and_that_is_put_down(firm: Firm, port: int) -> None:
    made = make(firm, "jobs:read")
    status, problem = refused(firm, port, "machine")
    assert (status, problem["rule"]) == (403, "scope.feed:read")
    denied = firm.ports.store.audits.entries(AuditFilter(actor_id=made["id"]), None, 10)
    assert [each.action for each in denied] == ["access.denied"]


def test_a_key_gets_a_ticket_and_catches_up(firm: Firm, port: int) -> None:
    make(firm, "feed:read")
    ticket = firm.ask("POST", "/stream/tickets", "machine").json["ticket"]
    with listens(firm, port, None, f"?ticket={ticket}") as socket:
        assert socket.next()["type"] == "hello"
    first = firm.ask("GET", "/sync", "machine").json
    job = firm.job()
    then = firm.ask("GET", f"/sync?cursor={first['cursor']}", "machine").json
    assert [each["id"] for each in then["jobs"]] == [job]
    assert not then["reset"]


def test_queued_commands_ask_whether_the_key_still_lives(firm: Firm) -> None:
    make(firm, "jobs:write")
    job = firm.job()
    command = {"key": "a", "job_id": job, "action": "confirm"}
    answer = firm.ask("POST", "/sync", "machine", {"commands": [command]})
    assert [each["status"] for each in answer.json["verdicts"]] == [200]


def test_identifying_a_user_is_one_read_on_the_store(firm: Firm) -> None:
    asked: list[str] = []

    class Keys:
        def get(self, key_id: str) -> None:
            asked.append(key_id)

    ports = replace(firm.ports, store=replace(firm.ports.store, api_keys=Keys()))  # type: ignore[arg-type]
    assert access.identify(ports, firm.tokens["tess"]).scopes is None
    assert asked == []
    assert not api_keys.is_api_key(firm.tokens["tess"])
