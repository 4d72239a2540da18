"""`POST /sync`: what a phone queued while it was offline, with a verdict on each command."""

import logging
from typing import Any

import jsonschema_rs
import pytest
from tests.web.asgi import Answer, Ask
from tests.web.firm import API, REASON, WAYS, Firm
from tests.web.test_denials import entries
from tests.web.test_roles import LIFECYCLE, ROLE

from hosanna_core.errors import Busy
from hosanna_core.usecases import commanding


def command(job_id: str, action: str, key: str = "k", **more: Any) -> dict[str, Any]:
    return {"key": key, "job_id": job_id, "action": action, **more}


def send(firm: Firm, who: str, *commands: dict[str, Any], **headers: str) -> Answer:
    return firm.ask("POST", "/sync", who, {"commands": list(commands)}, **headers)


def verdicts(firm: Firm, who: str, *commands: dict[str, Any]) -> list[dict[str, Any]]:
    answer = send(firm, who, *commands)
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json["verdicts"]
    assert [each["key"] for each in found] == [each["key"] for each in commands]
    return found


def as_verdict(answer: Answer, key: str = "k") -> dict[str, Any]:
    """What a request of its own was answered, as a verdict says it."""
    name = "job" if answer.status == 200 else "problem"
    return {"key": key, "status": answer.status, name: answer.json}


def without_times(verdict: dict[str, Any]) -> Any:
    """What two firms on the same clock have in common: all but ids."""
    job = verdict.get("job")
    if job is None:
        return verdict
    return verdict["status"], job["status"], job["version"], job["stages"].keys()


def test_each_command_gets_the_job_or_the_problem(firm: Firm) -> None:
    job = firm.job("DISPATCHED")
    found = verdicts(
        firm,
        "tess",
        command(job, "start", "a"),
        command(job, "start", "b"),
        command(job, "complete", "c", body={"work_summary": "Done"}),
    )
    assert [each["status"] for each in found] == [200, 409, 200]
    assert found[2]["job"] == firm.read(job).json
    assert found[1]["problem"]["code"] == "illegal_transition"
    assert [set(each) for each in found] == [
        {"key", "status", "job"}, {"key", "status", "problem"}, {"key", "status", "job"},
    ]  # fmt: skip


@pytest.mark.parametrize("who", ROLE)
@pytest.mark.parametrize("place", ["TENTATIVE", "ASSIGNED", "DISPATCHED", "IN_PROGRESS", "BILLED"])
def test_each_verdict_is_what_the_commands_own_request_is_answered(place: str, who: str) -> None:
    alone, queued = Firm(), Firm()
    for action in (*LIFECYCLE, "fly"):
        one, other = alone.job(place), queued.job(place)
        body = REASON if action == "fly" else alone.order(action)
        expected = as_verdict(alone.move(one, action, who, body, idempotency_key="k"))
        (found,) = verdicts(queued, who, command(other, action, body=body))
        assert without_times(found) == without_times(expected), action


@pytest.mark.parametrize("body", [{"reason": 5}, {"reason": "", "no": 1}, {}, [], None, "x", 5])
def test_a_body_with_flaws_is_told_them_as_its_own_request_would_be(firm: Firm, body: Any) -> None:
    job = firm.job("IN_PROGRESS")
    direct = firm.send(Ask("POST", f"{API}/jobs/{job}/transitions/hold", firm.tokens["tess"], json=body))
    if body is None:
        direct = firm.send(
            Ask(
                "POST", f"{API}/jobs/{job}/transitions/hold", firm.tokens["tess"], raw=b"null",
                headers=(("content-type", "application/json"),),
            )
        )  # fmt: skip
    (found,) = verdicts(firm, "tess", command(job, "hold", body=body))
    assert found == as_verdict(direct)
    assert found["status"] == 422


@pytest.mark.parametrize("version", [1, 3, 4, 5])
def test_the_version_is_that_of_if_match(version: int) -> None:
    alone, queued = Firm(), Firm()
    one, other = alone.job("DISPATCHED"), queued.job("DISPATCHED")
    expected = as_verdict(alone.move(one, "start", if_match=f'"{version}"'))
    (found,) = verdicts(queued, "tess", command(other, "start", if_match=version))
    assert without_times(found) == without_times(expected)


@pytest.mark.parametrize("first", ["alone", "queued"])
def test_on_whichever_way_a_key_comes_again_it_is_the_same_request(firm: Firm, first: str) -> None:
    job = firm.job("IN_PROGRESS")
    body = {"work_summary": "Panel replaced — tested"}

    def alone() -> dict[str, Any]:
        return as_verdict(firm.move(job, "complete", "tess", body, idempotency_key="k"))

    def queued() -> dict[str, Any]:
        return verdicts(firm, "tess", command(job, "complete", body=body))[0]

    ways = [alone, queued] if first == "alone" else [queued, alone]
    one, again = (way() for way in ways)
    assert one == again
    assert firm.read(job).json["version"] == one["job"]["version"] == 6
    other = {"work_summary": "Another"}
    refused = as_verdict(firm.move(job, "complete", "tess", other, idempotency_key="k"))
    assert verdicts(firm, "tess", command(job, "complete", body=other)) == [refused]
    assert refused["problem"]["code"] == "idempotency_key_reused"


def test_no_body_and_an_empty_one_are_the_same(firm: Firm) -> None:
    job = firm.job("DISPATCHED")
    answer = firm.ask("POST", f"/jobs/{job}/transitions/start", "tess", idempotency_key="k")
    assert verdicts(firm, "tess", command(job, "start")) == [as_verdict(answer)]
    assert verdicts(firm, "tess", command(job, "start", body={})) == [as_verdict(answer)]


def test_a_list_whose_answer_was_lost_is_sent_again_and_answered_the_same(firm: Firm) -> None:
    job = firm.job("DISPATCHED")
    commands = [command(job, "start", "a"), command(job, "hold", "b", body=REASON)]
    first = send(firm, "tess", *commands)
    assert send(firm, "tess", *commands).body == first.body
    assert firm.read(job).json["version"] == 6


def test_every_denial_is_put_down_as_that_of_its_own_request(firm: Firm) -> None:
    job = firm.job("DISPATCHED")
    firm.move(job, "start", "office")
    found = verdicts(firm, "office", command(job, "start", "a"), command(job, "complete", "b"))
    alone, *queued = entries(firm)
    assert [each["problem"]["rule"] for each in found] == [each["details"]["rule"] for each in queued]
    for entry in queued:
        assert entry["actor_id"] == firm.ids["office"]
        assert entry["subject"] == alone["subject"] == {"kind": "job", "id": job}
        assert entry["details"].keys() == alone["details"].keys()
        assert entry["details"]["operation"] == alone["details"]["operation"] == "transition_job"


def test_an_envelope_that_is_none_names_every_flaw_at_once(firm: Firm) -> None:
    body = {
        "commands": [{"key": "a b", "action": 5}, {"key": "k", "job_id": "j", "action": "a", "if_match": 0}]
    }
    answer = firm.ask("POST", "/sync?cursor=1", "tess", body)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert answer.pointers == {
        "/commands/0/key", "/commands/0/job_id", "/commands/0/action", "/commands/1/if_match", "/cursor",
    }  # fmt: skip


def test_a_list_in_another_media_type_is_refused_whole(firm: Firm) -> None:
    body = {"commands": [command("j", "start")]}
    assert firm.ask("POST", "/sync", "tess", body, content_type="text/plain").status == 415


def test_a_stranger_commands_nothing(firm: Firm) -> None:
    answer = firm.ask("POST", "/sync", None, {"commands": [command("j", "start")]})
    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")


def test_a_bug_in_one_command_is_told_of_that_one_and_logged(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = firm.job("DISPATCHED"), firm.job("DISPATCHED")
    transition = commanding.transition_job

    def failing(ports: Any, actor: Any, job_id: str, *given: Any, **more: Any) -> Any:
        if job_id == broken:
            raise RuntimeError("secret: /etc/passwd")
        return transition(ports, actor, job_id, *given, **more)

    monkeypatch.setattr(commanding, "transition_job", failing)
    with caplog.at_level(logging.ERROR, "hosanna.web"):
        found = verdicts(
            firm, "tess", command(broken, "start"), command(broken, "complete"), command(sound, "start")
        )
    assert [each["status"] for each in found] == [500, 503, 200]
    assert found[0]["problem"]["code"] == "internal_error"
    assert found[0]["problem"]["request_id"] in caplog.text
    assert "passwd" not in str(found)


def test_a_busy_store_puts_off_what_is_left_and_says_for_how_long(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = firm.job("DISPATCHED"), firm.job("DISPATCHED")

    def busy(*_: Any, **__: Any) -> Any:
        raise Busy(retry_after=7)

    with monkeypatch.context() as patched:
        patched.setattr(commanding, "transition_job", busy)
        found = verdicts(firm, "tess", command(one, "start"), command(other, "start"))
    assert [(each["status"], each["problem"]["retry_after"]) for each in found] == [(503, 7), (503, 1)]
    assert [each["status"] for each in verdicts(firm, "tess", command(one, "start"))] == [200]


def test_the_answer_is_as_the_document_says(firm: Firm) -> None:
    document = firm.ask("GET", "/openapi.json", None, base="").json
    content = document["paths"][f"{API}/sync"]["post"]["responses"]["200"]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    for place in WAYS:
        job = firm.job(place)
        body = {"commands": [command(job, action, action, body=firm.order(action)) for action in LIFECYCLE]}
        for who in ROLE:
            jsonschema_rs.validate(schema, firm.ask("POST", "/sync", who, body).json)
    whole = {**schema, "$ref": "#/components/schemas/VerdictList"}
    assert not jsonschema_rs.is_valid(whole, {"verdicts": [{"key": "k"}]})
    assert not jsonschema_rs.is_valid(whole, {"verdicts": [{"key": "k", "status": 404, "problem": {}}]})
