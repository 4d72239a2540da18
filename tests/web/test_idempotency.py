"""A request with an Idempotency-Key is done once, however often it comes."""

import pytest
from tests.web.firm import JOB, REASON, Firm

KEY = {"idempotency_key": "k-1"}


def numbers(firm: Firm) -> int:
    return len(firm.ask("GET", "/jobs?limit=200", "admin").json["items"])


def test_a_repeated_creation_is_answered_and_not_repeated(firm: Firm) -> None:
    first, second = (firm.ask("POST", "/jobs", "admin", JOB, **KEY) for _ in range(2))
    assert second.status == 201
    assert second.unlimited == first.unlimited
    assert numbers(firm) == 1


def test_the_first_answer_is_given_though_the_job_has_moved_on(firm: Firm) -> None:
    first = firm.ask("POST", "/jobs", "admin", JOB, **KEY)
    firm.move(first.json["id"], "confirm")
    again = firm.ask("POST", "/jobs", "admin", JOB, **KEY)
    assert (again.status, again.body, again.etag) == (201, first.body, first.etag)


def test_a_repeated_transition_finds_that_it_is_done(firm: Firm) -> None:
    job = firm.job()
    first = firm.move(job, "confirm", **KEY)
    again = firm.move(job, "confirm", **KEY)
    assert (again.status, again.body) == (200, first.body)
    assert firm.read(job).json["version"] == 2


def test_a_body_that_was_only_written_anew_is_the_same_body(firm: Firm) -> None:
    firm.ask("POST", "/jobs", "admin", JOB, **KEY)
    assert firm.ask("POST", "/jobs", "admin", dict(reversed(JOB.items())), **KEY).status == 201
    assert numbers(firm) == 1


def test_another_body_under_the_same_key_is_a_mistake(firm: Firm) -> None:
    firm.ask("POST", "/jobs", "admin", JOB, **KEY)
    other = firm.ask("POST", "/jobs", "admin", {**JOB, "title": "Another"}, **KEY)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert numbers(firm) == 1


def test_a_key_belongs_to_one_user_and_one_path(firm: Firm) -> None:
    one, other = firm.job(), firm.job()
    assert firm.move(one, "confirm", **KEY).json["id"] == one
    assert firm.move(other, "confirm", **KEY).json["id"] == other
    assert firm.move(one, "dispatch", "office", **KEY).status == 409


def test_a_refusal_keeps_nothing(firm: Firm) -> None:
    job = firm.job()
    assert firm.move(job, "cancel", body={}, **KEY).status == 422
    assert firm.move(job, "dispatch", "admin", **KEY).status == 403
    assert firm.move(job, "cancel", body=REASON, **KEY).status == 200


def test_the_answer_is_kept_from_whoever_may_no_longer_see_it(firm: Firm) -> None:
    job = firm.job("DISPATCHED")
    assert firm.move(job, "start", "tess", **KEY).status == 200
    assert firm.move(job, "start", "tess", **KEY).status == 200
    firm.move(job, "return_visit")
    assert firm.move(job, "start", "tess", **KEY).status == 404


def test_a_key_is_forgotten_after_a_day(firm: Firm) -> None:
    first = firm.ask("POST", "/jobs", "admin", JOB, **KEY)
    firm.clock.step(24 * 60 * 60_000 + 1)
    firm.tokens["admin"] = firm.log_in("admin")
    assert firm.ask("POST", "/jobs", "admin", JOB, **KEY).json["id"] != first.json["id"]


def test_of_many_at_once_one_is_done_and_all_are_told_of_it(firm: Firm) -> None:
    answers = firm.at_once(*(firm.asking("POST", "/jobs", "admin", JOB, **KEY) for _ in range(12)))
    made = [answer for answer in answers if answer.status == 201]
    assert {answer.json["code"] for answer in answers if answer.status != 201} <= {"in_progress"}
    assert len({answer.body for answer in made}) == 1
    assert numbers(firm) == 1


def test_users_are_made_and_switched_once_too(firm: Firm) -> None:
    body = {"email": "new@example.com", "password": "long enough", "full_name": "New", "role": "TECHNICIAN"}
    first, second = (firm.ask("POST", "/users", "admin", body, **KEY) for _ in range(2))
    assert (first.status, second.status, second.body) == (201, 201, first.body)
    path = f"/users/{first.json['id']}"
    for _ in range(2):
        assert firm.ask("POST", f"{path}/deactivate", "admin", **KEY).status == 200
    assert firm.ask("POST", "/users", "admin", body, idempotency_key="k-2").json["code"] == "email_taken"


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "é", "a\tb"])
def test_a_key_that_is_none_is_named_with_all_that_is_wrong(firm: Firm, key: str) -> None:
    answer = firm.ask("POST", "/jobs?no=1", "admin", {**JOB, "title": 5}, idempotency_key=key)
    assert answer.status == 422
    assert answer.pointers == {"/Idempotency-Key", "/no", "/title"}
    assert firm.ask("POST", "/jobs", "admin", JOB, idempotency_key=key).status == 422
    assert numbers(firm) == 0


def test_the_longest_key_is_a_key(firm: Firm) -> None:
    assert firm.ask("POST", "/jobs", "admin", JOB, idempotency_key="~" * 255).status == 201


def test_coming_in_ignores_the_key(firm: Firm) -> None:
    body = {"email": "tess@example.com", "password": "a long enough password"}
    assert [
        firm.ask("POST", "/auth/login", None, sent, **KEY).status
        for sent in (body, {**body, "password": "x"})
    ] == [200, 401]
