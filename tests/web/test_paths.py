"""A path is a route's exactly, or it is nobody's: nothing is trimmed, doubled or decoded into one."""

import pytest
from tests.web.asgi import Ask
from tests.web.firm import API, JOB, Firm

NOTHING = {"code": "not_found", "status": 404}


@pytest.mark.parametrize(
    "end",
    ["confirm/", "confirm//", "/confirm", "confirm%2f", "confirm%2F", "%2fconfirm", "confirm%2f..", "confirm%252f", "",
     "confirm%00", "confirm;x", "CONFIRM"],
)  # fmt: skip
def test_what_only_resembles_an_action_moves_nothing(firm: Firm, end: str) -> None:
    job = firm.job()
    answer = firm.ask("POST", f"/jobs/{job}/transitions/{end}", "admin", {})
    assert {name: answer.json[name] for name in NOTHING} == NOTHING
    assert firm.read(job).json["status"] == "TENTATIVE"


@pytest.mark.parametrize(
    "target",
    ["//jobs", "/jobs/", "/jobs//", "/%2fjobs", "/jobs%2f", "/jobs/{job}/", "/jobs//{job}", "/jobs%2f{job}",
     "/jobs/%2f{job}", "/jobs/{job}%2f", "/jobs/{job}%2fhistory", "/jobs/{job}//history", "/jobs/./{job}",
     "/users/../jobs", "/jobs/{job}/history/"],
)  # fmt: skip
def test_no_slash_may_be_added_or_hidden(firm: Firm, target: str) -> None:
    job = firm.job()
    assert firm.ask("GET", f"/jobs/{job}", "admin").status == 200
    answer = firm.ask("GET", target.format(job=job), "admin")
    assert {name: answer.json[name] for name in NOTHING} == NOTHING


@pytest.mark.parametrize(
    "target",
    ["/health/live/", "//health/live", "/health%2flive", "/docs/", "/docs//start.js", "/openapi.json/", "//", "/%2f",
     "//api/v1/auth/me", "/api//v1/auth/me", "/api%2fv1/auth/me"],
)  # fmt: skip
def test_outside_the_api_neither(firm: Firm, target: str) -> None:
    assert firm.ask("GET", target, None, base="").status == 404
    assert firm.ask("GET", target, "admin", base="").status == 404


def test_who_opens_the_servers_address_is_led_to_its_documentation(firm: Firm) -> None:
    answer = firm.send(Ask("GET", "/"))
    assert (answer.status, answer.header("location"), answer.body) == (307, "docs", b"")


def test_any_other_character_may_be_encoded(firm: Firm) -> None:
    job = firm.job()
    assert firm.ask("GET", f"/%6aobs/%{ord(job[0]):x}{job[1:]}", "admin").json["id"] == job
    assert firm.ask("POST", f"/jobs/{job}/transitions/%63onfirm", "admin", {}).status == 200


def test_an_encoded_path_asks_who_is_calling_like_a_plain_one(firm: Firm) -> None:
    for target in ("/%61pi/v1/jobs", "/api/%76%31/nothing", "/api/v1%3f"):
        expected = 401 if "%3f" not in target else 404
        assert firm.send(Ask("GET", target)).status == expected


def test_one_path_written_in_two_ways_is_one_path_for_an_idempotency_key(firm: Firm) -> None:
    first = firm.ask("POST", "/jobs", "admin", JOB, idempotency_key="k")
    again = firm.ask("POST", "/%6Aobs", "admin", JOB, idempotency_key="k")
    assert again.json["id"] == first.json["id"]
    assert again.header("location") == first.header("location") == f"{API}/jobs/{first.json['id']}"


def test_below_a_path_of_somebody_else_the_routes_are_the_same(firm: Firm) -> None:
    ask = Ask("GET", f"{API}/auth/me", firm.tokens["admin"], below="/firm")
    assert firm.send(ask).status == 200
