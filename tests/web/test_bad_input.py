"""Whatever comes in: a 4xx that helps, never a 5xx, and nothing stored."""

import json
from typing import Any

import pytest
from tests.web.asgi import MERGE, Answer, Ask, said_after
from tests.web.firm import API, JOB, Firm

JSON = (("content-type", "application/json"),)
POSTS = [
    "/jobs",
    "/users",
    "/jobs/{job}/transitions/assign",
    "/users/{tess}/deactivate",
    "/auth/login",
    "/auth/register",
]
PATCHES = ["/jobs/{job}", "/users/{tess}", "/auth/me"]
PUTS = ["/users/{tess}/role", "/technicians/{tess}/availability", "/settings"]
WRITES = (
    [("POST", each) for each in POSTS]
    + [("PATCH", each) for each in PATCHES]
    + [("PUT", each) for each in PUTS]
)
READS = [
    "/auth/me", "/jobs", "/jobs/{job}", "/jobs/{job}/transitions", "/jobs/{job}/history",
    "/jobs/{job}/candidates",
    "/users", "/users/{tess}", "/technicians", "/technicians/{tess}/availability", "/settings", "/reports/workload",
    "/reports/operations",
]  # fmt: skip
to_every_route = pytest.mark.parametrize(("method", "target"), WRITES)

UNREADABLE = {
    "text": b"title=x",
    "cut off": b'{"title": "x',
    "two values": b"{} {}",
    "invalid UTF-8": b'{"title": "\xff\xfe"}',
    "another encoding": '{"title": "x"}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "very deep": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a lone surrogate": b'{"title": "\\ud800"}',
    "a lone surrogate as name": b'{"\\udfff": 1}',
    "a raw control character": b'{"title": "\x00"}',
    "a number without end": b'{"title": ' + b"9" * 10_000 + b"}",
}
NO_OBJECT = [b"null", b"[]", b"7", b'"text"', b"true"]


def targeted(firm: Firm, target: str) -> str:
    return API + target.format(job=firm.job("CONFIRMED"), tess=firm.ids["tess"])


def stored(firm: Firm) -> Any:
    jobs = firm.ask("GET", "/jobs?limit=200", "admin").json
    users = firm.ask("GET", "/users?limit=200", "admin").json
    tess = firm.ask("GET", f"/technicians/{firm.ids['tess']}/availability", "admin").json
    return jobs, users, tess, firm.ask("GET", "/settings", "admin").json


def is_a_problem(answer: Answer) -> bool:
    problem = answer.json
    return (
        answer.header("content-type") == "application/problem+json"
        and {"type", "title", "status", "detail", "code"} <= problem.keys()
        and problem["status"] == answer.status
        and "instance" not in problem
        and "Traceback" not in answer.body.decode()
        and ".py" not in answer.body.decode()
    )


@to_every_route
def test_what_is_no_json_is_a_400(firm: Firm, method: str, target: str) -> None:
    path = targeted(firm, target)
    before = stored(firm)
    for name, raw in UNREADABLE.items():
        answer = firm.send(Ask(method, path, firm.tokens["admin"], raw=raw, headers=JSON))
        assert (name, answer.status) == (name, 400)
        assert answer.json["code"] == "malformed_json"
        assert is_a_problem(answer)
    assert stored(firm) == before


@to_every_route
@pytest.mark.parametrize(
    "raw", [b'{"title": NaN}', b'{"phone": -Infinity}', b'{"home": {"latitude": Infinity}}']
)
def test_what_only_looks_like_a_number_is_refused(firm: Firm, method: str, target: str, raw: bytes) -> None:
    answer = firm.send(Ask(method, targeted(firm, target), firm.tokens["admin"], raw=raw, headers=JSON))
    assert answer.status in (400, 422)
    assert is_a_problem(answer)


@to_every_route
def test_what_is_no_object_is_a_422(firm: Firm, method: str, target: str) -> None:
    path = targeted(firm, target)
    before = stored(firm)
    for raw in NO_OBJECT:
        answer = firm.send(Ask(method, path, firm.tokens["admin"], raw=raw, headers=JSON))
        assert (raw, answer.status) == (raw, 422)
        assert answer.json["errors"] == [{"pointer": "", "message": "must be a JSON object"}]
    assert stored(firm) == before


@to_every_route
@pytest.mark.parametrize(
    "kind",
    [
        None, "", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded",
        "application/xml",
        "application/vnd.api+json", "application/json; charset=latin-1", "application/json, text/plain", "json", "é",
    ],
)  # fmt: skip
def test_a_body_that_is_not_said_to_be_json_is_a_415(
    firm: Firm, method: str, target: str, kind: str | None
) -> None:
    headers = () if kind is None else (("content-type", kind),)
    answer = firm.send(Ask(method, targeted(firm, target), firm.tokens["admin"], raw=b"{}", headers=headers))
    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")
    assert "application/json" in answer.json["detail"]


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
    ],
)
def test_json_may_be_announced_in_several_ways(firm: Firm, kind: str) -> None:
    assert firm.ask("POST", "/jobs", "admin", JOB, content_type=kind).status == 201


def test_only_a_patch_may_be_a_merge_patch(firm: Firm) -> None:
    assert firm.ask("PATCH", "/auth/me", "tess", {"phone": "1"}, content_type=MERGE).status == 200
    refused = firm.ask("POST", "/jobs", "admin", JOB, content_type=MERGE)
    assert (refused.status, refused.header("accept-post")) == (415, "application/json")
    other = firm.ask("PATCH", "/auth/me", "tess", {}, content_type="text/plain")
    assert other.header("accept-patch") == f"application/json, {MERGE}"


def test_a_body_that_is_not_there_needs_no_content_type(firm: Firm) -> None:
    assert firm.ask("POST", f"/jobs/{firm.job()}/transitions/confirm", "admin").status == 200
    assert firm.ask("POST", f"/users/{firm.ids['tess']}/deactivate", "admin").status == 200


@to_every_route
def test_a_query_where_none_is_taken_is_a_422(firm: Firm, method: str, target: str) -> None:
    answer = firm.send(Ask(method, targeted(firm, target) + "?verbose=1", firm.tokens["admin"], json={}))
    assert answer.status == 422
    assert "/verbose" in answer.pointers


@pytest.mark.parametrize("target", READS)
@pytest.mark.parametrize(
    "query", ["verbose=1", "verbose", "=", "%ff=1", "\xff", "limit=1&limit=2&x", "%00=%00"]
)
def test_an_unknown_parameter_is_a_422(firm: Firm, target: str, query: str) -> None:
    answer = firm.send(Ask("GET", f"{targeted(firm, target)}?{query}", firm.tokens["admin"]))
    assert answer.status == 422
    assert is_a_problem(answer)


BAD_FIELDS: list[tuple[dict[str, Any], set[str]]] = [
    ({"title": 5}, {"/title"}),
    ({"title": "  "}, {"/title"}),
    ({"title": "x" * 201}, {"/title"}),
    ({"title": "nul \x00"}, {"/title"}),
    ({"title": "bell \x07"}, {"/title"}),
    ({"title": None}, {"/title"}),
    ({"description": "x" * 5001}, {"/description"}),
    ({"customer": "Ann"}, {"/customer"}),
    ({"customer": {"name": "Ann", "email": "no address"}}, {"/customer/email"}),
    ({"customer": {"name": "Ann", "role": "x"}}, {"/customer/role"}),
    ({"site": {"street": "1 Main", "latitude": 30.0}}, {"/site/longitude"}),
    ({"site": {"street": "1 Main", "latitude": 91, "longitude": 1e400}}, {"/site/latitude", "/site/longitude"}),
    ({"site": {"street": "1 Main", "latitude": "30", "longitude": True}}, {"/site/latitude", "/site/longitude"}),
    ({"priority": "normal"}, {"/priority"}),
    ({"required_skills": "welder"}, {"/required_skills"}),
    ({"required_skills": ["a", ""]}, {"/required_skills/1"}),
    ({"required_skills": [str(n) for n in range(21)]}, {"/required_skills"}),
    ({"duration_minutes": "60"}, {"/duration_minutes"}),
    ({"duration_minutes": 60.5}, {"/duration_minutes"}),
    ({"duration_minutes": True}, {"/duration_minutes"}),
    ({"duration_minutes": 0}, {"/duration_minutes"}),
    ({"duration_minutes": 2**70}, {"/duration_minutes"}),
    ({"duration_minutes": -(2**63) - 1}, {"/duration_minutes"}),
    ({"window": {"start": "2026-03-02T08:00:00Z"}}, {"/window/end"}),
    ({"window": {"start": "2026-03-02T08:00:00", "end": "2026-03-02T10:00:00Z"}}, {"/window/start"}),
    ({"window": {"start": "2026-02-30T08:00:00Z", "end": "2026-03-02T10:00:00Z"}}, {"/window/start"}),
    ({"window": {"start": "2026-03-02T25:00:00Z", "end": 1772438400}}, {"/window/start", "/window/end"}),
    ({"window": {"start": "0000-01-01T00:00:00Z", "end": "10000-01-01T00:00:00Z"}}, {"/window/start", "/window/end"}),
    ({"window": {"start": "9999-12-31T22:00:00Z", "end": "9999-12-31T23:59:59-14:00"}}, {"/window/end"}),
    ({"window": {"start": "2026-03-02T10:00:00Z", "end": "2026-03-02T08:00:00Z"}}, {"/window/end"}),
    ({"window": {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T08:30:00Z"}}, {"/window"}),
    ({"status": "BILLED"}, {"/status"}),
    ({"id": "x", "version": 9, "number": "J-1"}, {"/id", "/version", "/number"}),
    ({"a/b~c": 1}, {"/a~1b~0c"}),
    ({"title": 1, "priority": 2, "duration_minutes": "3"}, {"/title", "/priority", "/duration_minutes"}),
]  # fmt: skip


def written(body: dict[str, Any]) -> bytes:
    """JSON with numbers that Python would not write."""
    return json.dumps(body).replace("Infinity", "1e400").encode()


@pytest.mark.parametrize("case", range(len(BAD_FIELDS)))
def test_every_bad_field_of_a_new_job_is_named_at_once(firm: Firm, case: int) -> None:
    fields, pointers = BAD_FIELDS[case]
    answer = firm.send(
        Ask("POST", f"{API}/jobs", firm.tokens["admin"], raw=written({**JOB, **fields}), headers=JSON)
    )
    assert answer.status == 422, answer.body
    assert answer.pointers == pointers
    assert is_a_problem(answer)
    assert firm.ask("GET", "/jobs", "admin").json["items"] == []


@pytest.mark.parametrize("case", range(len(BAD_FIELDS)))
def test_an_edit_is_judged_like_a_new_job(firm: Firm, case: int) -> None:
    fields, pointers = BAD_FIELDS[case]
    job = firm.job()
    before = firm.read(job).body
    answer = firm.send(
        Ask(
            "PATCH",
            f"{API}/jobs/{job}",
            firm.tokens["admin"],
            raw=written(fields),
            headers=(*JSON, ("if-match", "*")),
        )
    )
    assert answer.status == 422, answer.body
    # A number past all numbers reads as none, so it is not named beside another flaw of the same site.
    assert answer.pointers >= pointers - {"/site/longitude"}
    assert firm.read(job).body == before


def test_everything_that_is_missing_is_named(firm: Firm) -> None:
    assert firm.ask("POST", "/jobs", "admin", {}).pointers == {
        "/title", "/customer", "/site", "/priority", "/required_skills", "/duration_minutes",
    }  # fmt: skip


def test_a_hundred_thousand_flaws_are_not_all_told(firm: Firm) -> None:
    raw = b"{" + b",".join(b'"%d":1' % n for n in range(90_000)) + b"}"
    answer = firm.send(Ask("POST", f"{API}/jobs", firm.tokens["admin"], raw=raw, headers=JSON))
    assert answer.status == 422
    assert len(answer.body) < 20_000
    long = firm.ask("POST", "/jobs", "admin", {"x" * 100_000: 1})
    assert len(long.body) < 5_000


@pytest.mark.parametrize(
    ("action", "place", "body", "pointers"),
    [
        ("assign", "CONFIRMED", {}, {"/technician_id"}),
        ("assign", "CONFIRMED", {"technician_id": "nobody"}, {"/technician_id"}),
        (
            "assign",
            "CONFIRMED",
            {"technician_id": "01890a5d-ac96-774b-bcce-b302099a8057"},
            {"/technician_id"},
        ),
        ("assign", "CONFIRMED", {"technician_id": "{office}"}, {"/technician_id"}),
        ("assign", "CONFIRMED", {"technician_id": "{tess}", "override": "yes"}, {"/override"}),
        ("assign", "CONFIRMED", {"technician_id": "{tess}", "window": {}}, {"/window/start", "/window/end"}),
        ("reassign", "ASSIGNED", {"technician_id": "{tess}", "reason": "x"}, {"/technician_id"}),
        ("reassign", "ASSIGNED", {"technician_id": "{theo}"}, {"/reason"}),
        ("cancel", "TENTATIVE", {"reason": " "}, {"/reason"}),
        ("cancel", "TENTATIVE", {"reason": "x" * 501}, {"/reason"}),
        ("cancel", "TENTATIVE", {"reason": 5, "status": "BILLED"}, {"/reason", "/status"}),
        ("reschedule", "CONFIRMED", {"reason": "x"}, {"/window"}),
        ("confirm", "TENTATIVE", {"reason": "why"}, {"/reason"}),
        ("bill", "COMPLETED", {"amount": 12.5}, {"/amount"}),
        ("bill", "COMPLETED", {"amount": "12,50"}, {"/amount"}),
        ("bill", "COMPLETED", {"amount": "-1"}, {"/amount"}),
        ("complete", "IN_PROGRESS", {"work_summary": ["done"]}, {"/work_summary"}),
    ],
)
def test_an_order_that_is_wrong_names_what_is(
    firm: Firm, action: str, place: str, body: dict[str, Any], pointers: set[str]
) -> None:
    job = firm.job(place)
    sent = {
        name: value.format(**firm.ids) if isinstance(value, str) else value for name, value in body.items()
    }
    answer = firm.move(job, action, body=sent)
    assert (answer.status, answer.pointers) == (422, pointers)
    assert firm.read(job).json["status"] == place


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=-1", "limit=1.5", "limit=ten", "limit=", "limit=" + "9" * 40, "limit=٣",
        "limit=1&limit=2",
        "cursor=", "cursor=x", "cursor=" + "A" * 43, "cursor=" + "A" * 601, "cursor=%00", "cursor=é", "cursor=%ff",
        "status=DONE", "status=", "status=billed", "&".join(["status=BILLED"] * 10), "priority=1",
        "priority=LOW&priority=HIGH",
        "technician_id=tess", "technician_id=", "technician_id=%00", "q=%00", "q=%ff", "q=" + "x" * 201, "q=a&q=b",
        "created_from=yesterday", "created_from=2026-03-02", "created_from=2026-02-30T00:00:00Z",
        "created_to=1772438400",
        "created_to=2026-03-02T00:00:00", "window_from=99999-01-01T00:00:00Z", "window_to=", "sort=title", "sort=",
        "sort=-window",
        "offset=5", "LIMIT=5", "status[]=BILLED",
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_meant_is_a_422(firm: Firm, query: str) -> None:
    for who in ("admin", "office", "tess"):
        answer = firm.send(Ask("GET", f"{API}/jobs?{query.encode().decode('latin-1')}", firm.tokens[who]))
        assert (answer.status, answer.json["code"]) == (422, "invalid"), query
        assert is_a_problem(answer)


@pytest.mark.parametrize(
    "at", ["", "now", "2026-03-02", "2026-13-02T00:00:00Z", "1969-12-31T23:59:59Z", "%00"]
)
def test_an_instant_that_is_none_is_a_422(firm: Firm, at: str) -> None:
    assert firm.ask("GET", f"/jobs/{firm.job()}?as_of={at}", "admin").pointers == {"/as_of"}


@pytest.mark.parametrize(
    "part", ["%00", "%ff", "..", "%2e%2e%2f", "' OR 1=1 --", "x" * 5_000, "%F0%9F%94%8C", "null", "{id}"]
)
def test_an_id_that_is_none_is_not_there(firm: Firm, part: str) -> None:
    for target in (
        f"/jobs/{part}",
        f"/jobs/{part}/history",
        f"/jobs/{part}/candidates",
        f"/users/{part}",
        f"/technicians/{part}/availability",
    ):
        assert firm.ask("GET", target, "admin").status == 404
    assert firm.ask("POST", f"/jobs/{firm.job()}/transitions/{part}", "admin", {}).status == 404


def test_a_client_that_goes_away_is_not_answered(firm: Firm) -> None:
    scope = Ask("POST", f"{API}/jobs", firm.tokens["admin"]).scope()
    assert said_after(firm.app, scope, {"type": "http.disconnect"}) == []


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip"])
def test_a_body_that_is_said_to_be_compressed_is_not_read(firm: Firm, coding: str) -> None:
    refused = firm.ask("POST", "/jobs", "admin", JOB, content_encoding=coding)
    assert (refused.status, refused.json["code"]) == (415, "unsupported_media_type")
    assert firm.ask("POST", "/jobs", "admin", JOB, content_encoding="identity").status == 201


def test_what_has_no_content_has_no_type_and_no_length(firm: Firm) -> None:
    done = firm.ask("POST", "/auth/logout", "tess")
    assert (done.status, done.body) == (204, b"")
    assert (done.header("content-type"), done.header("content-length")) == (None, None)
    assert done.header("cache-control") == "no-store"
