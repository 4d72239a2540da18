"""First 413, 429 and 503; then 401, 404, 403, 400/415/422, 428/412, 409: each beats all that come after it."""

import pytest
from tests.web.asgi import Ask
from tests.web.firm import API, JOB, Firm

from hosanna_core.model.ids import MINUTE

HUGE = b"[" + b"1," * 600_000 + b"1]"
NOWHERE = "/jobs/01890a5d-ac96-774b-bcce-b302099a8057"
STRANGE_TARGETS = [
    "", "/", "/nothing", "/jobs", "/jobs/", "//jobs", "/jobs/x", "/jobs/x/y/z", "/users/me", "/auth", "/auth/me",
    "/auth/logout", "/stream", "/%2e%2e/health", "/jobs?limit=zero", "/auth/login/", "/auth/register",
    "//auth/login", "/auth//login", "/auth%2flogin", "/auth/login%2F", "/jobs%2fx",
]  # fmt: skip
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]


@pytest.mark.parametrize("method", METHODS)
def test_every_path_of_the_api_asks_a_stranger_who_they_are(firm: Firm, method: str) -> None:
    for target in STRANGE_TARGETS:
        if method == "POST" and target in ("/auth/login", "/auth/register"):
            continue
        answer = firm.send(Ask(method, API + target))
        assert (target, answer.status) == (target, 401)
        assert answer.header("www-authenticate") == "Bearer"


@pytest.mark.parametrize(
    "authorization",
    [
        "", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer é", "Token {}", "{}", "Bearer {}, Bearer {}",
        "Bearer {}x",
    ],
)  # fmt: skip
def test_what_is_no_valid_token_is_no_token(firm: Firm, authorization: str) -> None:
    given = authorization.replace("{}", firm.tokens["admin"])
    assert firm.send(Ask("GET", f"{API}/jobs", headers=(("authorization", given),))).status == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_may_be_written_as_one_likes(firm: Firm, scheme: str) -> None:
    given = (("authorization", f"{scheme}  {firm.tokens['admin']}"),)
    assert firm.send(Ask("GET", f"{API}/jobs", headers=given)).status == 200


def test_two_tokens_are_no_token(firm: Firm) -> None:
    twice = (("authorization", f"Bearer {firm.tokens['admin']}"),)
    assert firm.send(Ask("GET", f"{API}/jobs", firm.tokens["admin"], headers=twice)).status == 401


def test_a_token_dies_with_time_with_deactivation_and_with_another_role(firm: Firm) -> None:
    assert firm.ask("GET", "/auth/me", "tess").status == 200
    firm.ask("PUT", f"/users/{firm.ids['tess']}/role", "admin", {"role": "OFFICE_MANAGER"})
    assert firm.ask("GET", "/auth/me", "tess").status == 401
    firm.ask("POST", f"/users/{firm.ids['theo']}/deactivate", "admin")
    assert firm.ask("GET", "/auth/me", "theo").status == 401
    firm.clock.step(16 * MINUTE)
    assert firm.ask("GET", "/auth/me", "admin").status == 401


def test_what_is_too_large_is_refused_before_anybody_asks_who_sends_it(firm: Firm) -> None:
    announced = Ask("POST", f"{API}/jobs", raw=HUGE)
    unannounced = Ask("POST", f"{API}/jobs", chunks=(HUGE[:700_000], HUGE[700_000:]))
    head = Ask("GET", f"{API}/jobs", headers=(("x-long", "x" * 40_000),))
    query = Ask("GET", f"{API}/jobs?q={'x' * 9_000}")
    lying = Ask("GET", f"{API}/jobs", headers=(("content-length", "9" * 30),))
    for answer in firm.at_once(announced, unannounced, head, query, lying):
        assert (answer.status, answer.json["code"]) == (413, "too_large")
        assert answer.header("connection") == "close"


def test_a_body_of_just_a_megabyte_is_read(firm: Firm) -> None:
    raw = b'{"title":"' + b"x" * (1024 * 1024 - 12) + b'"}'
    answer = firm.send(
        Ask(
            "POST",
            f"{API}/jobs",
            firm.tokens["admin"],
            raw=raw,
            headers=(("content-type", "application/json"),),
        )
    )
    assert answer.status == 422


def test_a_body_may_come_in_pieces(firm: Firm) -> None:
    pieces = (b'{"email":"tess@exa', b'mple.com","password":"a long', b' enough password"}')
    answer = firm.send(
        Ask("POST", f"{API}/auth/login", chunks=pieces, headers=(("content-type", "application/json"),))
    )
    assert answer.status == 200


def test_absent_beats_forbidden_and_bad_input(firm: Firm) -> None:
    assert firm.ask("PATCH", NOWHERE, "tess", ["no object"]).status == 404
    assert firm.ask("POST", f"{NOWHERE}/transitions/confirm", "tess", content_type="text/plain").status == 404
    assert firm.ask("GET", f"{NOWHERE}?no=1", "admin").status == 404
    assert firm.ask("POST", f"/jobs/{firm.job()}/transitions/create", "admin", 7).status == 404


def test_hidden_beats_forbidden(firm: Firm) -> None:
    hidden = firm.job("CONFIRMED")
    assert firm.ask("PATCH", f"/jobs/{hidden}", "tess", {}).status == 404
    assert firm.move(hidden, "confirm", "tess").status == 404


def test_forbidden_beats_bad_input_wrong_type_and_conflict(firm: Firm) -> None:
    job = firm.job("DISPATCHED")
    assert firm.ask("POST", "/jobs", "office", {"nonsense": 1}).status == 403
    assert firm.ask("POST", "/jobs?nonsense=1", "tess").status == 403
    assert firm.ask("PATCH", f"/jobs/{job}", "tess", 5).status == 403
    assert (
        firm.ask("POST", f"/jobs/{job}/transitions/confirm", "tess", {}, content_type="text/xml").status
        == 403
    )
    assert (
        firm.ask("POST", f"/jobs/{job}/transitions/confirm", "office", {"x": 1}, if_match='"1"').status == 403
    )
    assert firm.ask("GET", "/users?limit=zero", "office").status == 403
    assert firm.ask("POST", "/users", "office", {}, idempotency_key="no good").status == 403


def test_bad_input_beats_preconditions_and_conflict(firm: Firm) -> None:
    job = firm.job("BILLED")
    assert firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": ""}).status == 422
    assert firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": ""}, if_match='"1"').status == 422
    assert firm.ask("PATCH", f"/jobs/{job}", "admin", {}, content_type="text/plain").status == 415
    assert firm.move(job, "confirm", body={"x": 1}).status == 422
    assert firm.move(job, "cancel", body={}).status == 422


def test_preconditions_beat_conflict(firm: Firm) -> None:
    job = firm.job("BILLED")
    assert firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": "New"}).status == 428
    assert firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": "New"}, if_match='"1"').status == 412
    closed = firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": "New"}, if_match=firm.read(job).etag)
    assert (closed.status, closed.json["code"]) == (409, "job_closed")
    assert firm.move(job, "confirm", if_match='"1"').status == 412
    assert firm.move(job, "confirm", if_match="*").status == 409


def test_unknown_paths_hidden_jobs_and_absent_jobs_are_told_alike_word_for_word(firm: Firm) -> None:
    hidden = firm.job("TENTATIVE")
    asks = [
        firm.ask("GET", target, "office")
        for target in (f"/jobs/{hidden}", NOWHERE, "/jobs/J-000001", "/nothing", "/jobs/x/y", f"/jobs/{hidden}/history",
                       f"/jobs/{hidden}/transitions", f"/jobs/{hidden}?as_of=2026-01-01T00:00:00Z")
    ]  # fmt: skip
    asks.append(firm.ask("POST", f"/jobs/{hidden}/transitions/confirm", "office", {}))
    asks.append(firm.ask("POST", f"/jobs/{hidden}/transitions/fly", "office", {}))
    assert {answer.status for answer in asks} == {404}
    assert len({answer.body for answer in asks}) == 1
    assert len({answer.unlimited[1] for answer in asks}) == 1


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("DELETE", "/jobs", "POST, GET, HEAD"),
        ("PUT", NOWHERE, "GET, HEAD, PATCH"),
        ("GET", "/auth/login", "POST"),
        ("OPTIONS", "/auth/me", "GET, HEAD, PATCH"),
        ("BREW", "/technicians", "GET, HEAD"),
    ],
)
def test_a_known_path_says_what_it_answers_to(firm: Firm, method: str, target: str, allow: str) -> None:
    answer = firm.ask(method, target, "tess")
    assert (answer.status, answer.header("allow")) == (
        405,
        ", ".join(sorted(allow.split(", "), key=allow.index)),
    )


def test_outside_the_api_nobody_asks_who_you_are(firm: Firm) -> None:
    assert firm.ask("GET", "/nothing", None, base="").status == 404
    assert firm.ask("GET", "/api/v10/jobs", None, base="").status == 404
    assert firm.ask("POST", "/health/live", None, base="").status == 405
    assert firm.ask("GET", "/health/live?x=1", None, base="").status == 422
    for target in ("/health/live", "/health/ready", "/openapi.json", "/docs"):
        assert firm.ask("GET", target, None, base="").status == 200


def test_a_head_says_what_the_get_would(firm: Firm) -> None:
    for target in ("/jobs", f"/jobs/{firm.job()}", "/jobs?x=1"):
        get, head = firm.ask("GET", target, "admin"), firm.ask("HEAD", target, "admin")
        assert (head.status, head.unlimited[1], head.body) == (get.status, get.unlimited[1], b"")


def test_a_host_that_is_none_is_refused_without_words_of_the_framework(firm: Firm) -> None:
    answer = firm.send(Ask("GET", "/health/live", host=b"a b"))
    assert (answer.status, answer.json["code"]) == (400, "unknown_host")
    assert answer.header("content-type") == "application/problem+json"


def test_the_same_job_can_be_made_twice_without_a_key(firm: Firm) -> None:
    first, second = (firm.ask("POST", "/jobs", "admin", JOB) for _ in range(2))
    assert first.json["id"] != second.json["id"]
