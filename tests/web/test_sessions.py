"""Sessions, passwords and the second factor, as a client of the API sees them."""

import base64
import re

import pytest
from tests.web.asgi import Answer
from tests.web.firm import PASSWORD, Firm

from hosanna_core.model.ids import DAY, MINUTE
from hosanna_core.rules.second_factors import STEP, code_at

TESS = {"email": "tess@example.com", "password": PASSWORD}
OTHER = "quite another password"


def post(firm: Firm, path: str, body: object = None, token: str | None = None, **headers: str) -> Answer:
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return firm.ask("POST", path, None, body, **headers)


def login(firm: Firm, **more: str) -> dict[str, str]:
    answer = post(firm, "/auth/login", {**TESS, **more})
    assert answer.status == 200, answer.body
    return answer.json


def me(firm: Firm, token: str) -> int:
    return firm.ask("GET", "/auth/me", None, authorization=f"Bearer {token}").status


def test_a_refresh_token_is_exchanged_and_its_child_goes_on(firm: Firm) -> None:
    first = login(firm)
    second = post(firm, "/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert second.status == 200
    assert second.json["refresh_token"] != first["refresh_token"]
    assert second.header("cache-control") == "no-store"
    assert me(firm, second.json["access_token"]) == 200
    third = post(firm, "/auth/refresh", {"refresh_token": second.json["refresh_token"]})
    assert third.status == 200


def test_fifty_who_refresh_at_once_all_get_the_same_child(firm: Firm) -> None:
    token = login(firm)["refresh_token"]
    answers = firm.at_once(
        *(firm.asking("POST", "/auth/refresh", None, {"refresh_token": token}) for _ in range(50))
    )
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["refresh_token"] for answer in answers}) == 1


def test_a_lost_answer_is_asked_for_again_and_a_replay_ends_the_session(firm: Firm) -> None:
    first = login(firm)
    spent = {"refresh_token": first["refresh_token"]}
    child = post(firm, "/auth/refresh", spent).json
    firm.clock.step(29_000)
    assert post(firm, "/auth/refresh", spent).json["refresh_token"] == child["refresh_token"]
    firm.clock.step(2_000)
    refused = post(firm, "/auth/refresh", spent)
    assert (refused.status, refused.json["code"]) == (401, "invalid_refresh_token")
    assert refused.header("www-authenticate") == "Bearer"
    assert post(firm, "/auth/refresh", {"refresh_token": child["refresh_token"]}).status == 401
    assert me(firm, child["access_token"]) == 401
    trail = firm.ask("GET", "/audit?action=session.replayed", "admin").json["items"]
    assert [entry["subject"]["id"] for entry in trail] == [firm.ids["tess"]]


def test_no_kind_of_token_passes_for_another(firm: Firm) -> None:
    tokens = login(firm)
    post(firm, "/auth/password/forgot", {"email": "tess@example.com"})
    reset = re.search(r"#token=(\S+)", firm.ports.mailer.letters[-1].text)[1]  # type: ignore[attr-defined,index]
    for wrong in (tokens["refresh_token"], reset):
        assert me(firm, wrong) == 401
    for wrong in (tokens["access_token"], reset):
        assert post(firm, "/auth/refresh", {"refresh_token": wrong}).status == 401
    for wrong in (tokens["access_token"], tokens["refresh_token"]):
        assert post(firm, "/auth/password/reset", {"token": wrong, "password": OTHER}).status == 401
    assert me(firm, tokens["access_token"]) == 200


def test_sessions_are_listed_named_and_ended_one_by_one(firm: Firm) -> None:
    phone, desk = login(firm, device="Tess's phone"), login(firm)
    items = firm.ask("GET", "/auth/sessions", None, authorization=f"Bearer {phone['access_token']}").json[
        "items"
    ]
    assert items[0].keys() == {"id", "device", "current", "created_at", "used_at", "expires_at"}
    (current,) = [each for each in items if each["current"]]
    assert current["device"] == "Tess's phone"
    target = f"/auth/sessions/{current['id']}"
    assert firm.ask("DELETE", target, "theo").status == 404
    assert firm.ask("DELETE", target, None, authorization=f"Bearer {desk['access_token']}").status == 204
    assert me(firm, phone["access_token"]) == 401
    assert post(firm, "/auth/refresh", {"refresh_token": phone["refresh_token"]}).status == 401
    assert me(firm, desk["access_token"]) == 200
    assert firm.ask("DELETE", target, None, authorization=f"Bearer {desk['access_token']}").status == 404


def test_logout_ends_this_session_and_logout_all_every_one(firm: Firm) -> None:
    here, there = login(firm), login(firm)
    assert post(firm, "/auth/logout", None, here["access_token"]).status == 204
    assert (me(firm, here["access_token"]), me(firm, there["access_token"])) == (401, 200)
    assert post(firm, "/auth/refresh", {"refresh_token": here["refresh_token"]}).status == 401
    assert post(firm, "/auth/logout-all", None, there["access_token"]).status == 204
    assert (me(firm, there["access_token"]), firm.ask("GET", "/auth/me", "tess").status) == (401, 401)


def test_a_session_ends_where_it_is_idle_and_where_it_is_old(firm: Firm) -> None:
    idle = login(firm)
    firm.clock.step(14 * DAY)
    assert post(firm, "/auth/refresh", {"refresh_token": idle["refresh_token"]}).status == 401
    tokens = login(firm)
    for _ in range(9):
        firm.clock.step(10 * DAY - MINUTE)
        tokens = post(firm, "/auth/refresh", {"refresh_token": tokens["refresh_token"]}).json
    assert int(tokens["expires_in"]) <= 9 * 60
    firm.clock.step(10 * MINUTE)
    assert post(firm, "/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status == 401


def test_another_password_ends_every_session_but_the_one_it_opens(firm: Firm) -> None:
    tokens = login(firm)
    wrong = post(
        firm,
        "/auth/password/change",
        {"current_password": "no", "new_password": OTHER},
        tokens["access_token"],
    )
    assert wrong.pointers == {"/current_password"}
    weak = post(
        firm,
        "/auth/password/change",
        {"current_password": PASSWORD, "new_password": "aaaaaaaaa"},
        tokens["access_token"],
    )
    assert weak.pointers == {"/new_password"}
    changed = post(
        firm,
        "/auth/password/change",
        {"current_password": PASSWORD, "new_password": OTHER},
        tokens["access_token"],
    )
    assert changed.status == 200
    assert me(firm, changed.json["access_token"]) == 200
    assert me(firm, tokens["access_token"]) == 401
    assert post(firm, "/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status == 401
    assert post(firm, "/auth/login", TESS).status == 401
    assert post(firm, "/auth/login", {**TESS, "password": OTHER}).status == 200


def test_a_forgotten_password_is_set_anew_by_the_letters_link_once(firm: Firm) -> None:
    answers = [
        post(firm, "/auth/password/forgot", {"email": email})
        for email in ("tess@example.com", "x@example.com", "no address")
    ]
    assert {(answer.status, answer.body) for answer in answers} == {(202, b'{"status":"accepted"}')}
    (letter,) = firm.ports.mailer.letters  # type: ignore[attr-defined]
    assert letter.to == "tess@example.com"
    token = re.search(r"#token=(\S+)", letter.text)[1]  # type: ignore[index]
    assert post(firm, "/auth/password/reset", {"token": token, "password": "short"}).pointers == {"/password"}
    assert post(firm, "/auth/password/reset", {"token": token, "password": OTHER}).status == 204
    refused = post(firm, "/auth/password/reset", {"token": token, "password": PASSWORD})
    assert (refused.status, refused.json["code"]) == (401, "invalid_reset_token")
    assert firm.ask("GET", "/auth/me", "tess").status == 401
    assert post(firm, "/auth/login", {**TESS, "password": OTHER}).status == 200


def test_links_are_built_from_the_configuration_and_never_from_a_header(firm: Firm) -> None:
    post(
        firm,
        "/auth/password/forgot",
        {"email": "tess@example.com"},
        x_forwarded_host="evil.example",
        origin="https://evil.example",
    )
    assert "evil" not in firm.ports.mailer.letters[-1].text  # type: ignore[attr-defined]
    assert firm.ports.policy.reset_link in firm.ports.mailer.letters[-1].text  # type: ignore[attr-defined]


def test_a_second_factor_is_set_up_asked_for_and_lost(firm: Firm) -> None:
    tokens = login(firm)
    begun = post(firm, "/auth/second-factor", {"password": PASSWORD}, tokens["access_token"])
    secret = base64.b32decode(begun.json["secret"])
    assert begun.json["uri"].startswith("otpauth://totp/")
    step = firm.clock.now() // STEP
    confirmed = post(
        firm, "/auth/second-factor/confirm", {"code": code_at(secret, step)}, tokens["access_token"]
    )
    codes = confirmed.json["recovery_codes"]
    refused = post(firm, "/auth/login", TESS)
    assert (refused.status, refused.json["code"]) == (401, "second_factor_required")
    used = post(firm, "/auth/login", {**TESS, "code": code_at(secret, step)})
    assert (used.status, used.json["code"]) == (401, "invalid_code")
    assert post(firm, "/auth/login", {**TESS, "code": code_at(secret, step + 1)}).status == 200
    assert post(firm, "/auth/login", {**TESS, "code": codes[0]}).status == 200
    assert post(firm, "/auth/login", {**TESS, "code": codes[0]}).status == 401
    reset = firm.ask("POST", f"/users/{firm.ids['tess']}/second-factor/reset", "admin")
    assert reset.status == 200
    assert me(firm, tokens["access_token"]) == 401
    assert post(firm, "/auth/login", TESS).status == 200


@pytest.mark.parametrize(
    "body", [{}, {"refresh_token": 5}, {"refresh_token": ""}, {"refresh_token": "x" * 600}, {"token": "x"}]
)
def test_a_body_that_is_no_refresh_is_told_what_it_lacks(firm: Firm, body: object) -> None:
    assert post(firm, "/auth/refresh", body).status == 422


def test_ten_wrong_logins_a_minute_are_taken_and_no_more(firm: Firm) -> None:
    wrong = {**TESS, "password": "wrong"}
    answers = [post(firm, "/auth/login", wrong) for _ in range(11)]
    assert [answer.status for answer in answers] == [401] * 10 + [429]
    assert int(answers[-1].header("retry-after") or 0) >= 1
    assert answers[-1].json["code"] == "too_many_requests"
    assert answers[0].header("ratelimit-policy") == '"login";q=10;w=60'
    assert (answers[0].header("ratelimit") or "").startswith('"login";r=9;')
    assert post(firm, "/auth/login", TESS).status == 429
    assert post(firm, "/auth/login", {**TESS, "email": "theo@example.com"}).status == 200


def test_every_answer_to_a_user_says_what_is_left(firm: Firm) -> None:
    answer = firm.ask("GET", "/jobs", "tess")
    assert answer.header("ratelimit-policy") == '"user";q=6000;w=60'
    assert re.fullmatch(r'"user";r=\d+;t=\d+', answer.header("ratelimit") or "")
    assert firm.ask("GET", "/nothing", "tess").header("ratelimit") is not None


def test_a_denial_is_in_the_trail_before_it_is_answered(firm: Firm) -> None:
    job = firm.job("ASSIGNED")
    refused = firm.move(job, "dispatch", "admin")
    assert refused.status == 403
    (entry,) = firm.ask("GET", "/audit?outcome=denied", "admin").json["items"]
    assert entry["actor_id"] == firm.ids["admin"]
    assert entry["subject"] == {"kind": "job", "id": job}
    assert entry["details"]["rule"] == "matrix.dispatch_to_field"
    assert entry["details"]["operation"] == "transition_job"
    assert entry["details"]["address"] == "192.0.2.1"


def test_the_trail_is_filtered_and_paged(firm: Firm) -> None:
    whole = firm.ask("GET", "/audit?limit=200", "admin").json
    assert whole["next_cursor"] is None
    assert [entry["id"] for entry in whole["items"]] == sorted(
        (entry["id"] for entry in whole["items"]), reverse=True
    )
    paged, cursor = [], ""
    while cursor is not None:
        page = firm.ask("GET", f"/audit?limit=3{cursor and '&cursor=' + cursor}", "admin").json
        paged += page["items"]
        cursor = page["next_cursor"]
    assert paged == whole["items"]
    logins = firm.ask("GET", f"/audit?action=login&actor_id={firm.ids['tess']}", "admin").json["items"]
    assert [entry["action"] for entry in logins] == ["login"]
    assert firm.ask("GET", "/audit?outcome=perhaps&from=yesterday", "admin").pointers == {"/outcome", "/from"}
