"""Candidates over HTTP: what is told, and what a refusal of `auto` carries."""

from typing import Any

from tests.web.firm import WINDOW, Firm


def verdicts(told: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each["rule"]: each for each in told}


def test_candidates_are_told_with_verdicts_scores_and_weights(firm: Firm) -> None:
    firm.job("ASSIGNED", window=WINDOW)
    answer = firm.ask("GET", f"/jobs/{firm.job('CONFIRMED', window=WINDOW)}/candidates", "admin")
    assert answer.status == 200
    theo, tess = answer.json["items"]
    assert (theo["fits"], theo["behind"], tess["fits"], tess["behind"]) == (True, 0, False, None)
    overlap = verdicts(tess["verdicts"])["overlap"]
    assert overlap["margin"]["words"] == "free from 10:00, needed from 08:00"
    assert overlap["margin"]["by"] == -120
    assert answer.json["weights"]["travel"] == theo["scores"][0]["weight"] == 40
    assert answer.json["action"] == "assign"


def test_a_double_booking_by_hand_says_by_how_much(firm: Firm) -> None:
    firm.job("ASSIGNED", window=WINDOW)
    refused = firm.move(firm.job("CONFIRMED", window=WINDOW), "assign")
    assert (refused.status, refused.json["code"]) == (409, "double_booking")
    overlap = verdicts(refused.json["verdict"])["overlap"]
    assert (overlap["holds"], overlap["margin"]["unit"]) == (False, "minutes")
    assert "travel" not in verdicts(refused.json["verdict"])


def test_auto_that_finds_nobody_is_a_409_with_the_conflicts(firm: Firm) -> None:
    job = firm.job("CONFIRMED", required_skills=["levitation"])
    refused = firm.move(job, "assign", body={"technician_id": "auto"})
    assert (refused.status, refused.json["code"]) == (409, "no_candidate")
    assert refused.json["conflicts"] == [
        {"rules": ["skills"], "words": "Every technician breaks skills: 2 of 2."}
    ]


def test_auto_books_and_is_repeated_under_its_key(firm: Firm) -> None:
    job = firm.job("CONFIRMED", window=WINDOW)
    first = firm.move(job, "assign", body={"technician_id": "auto"}, idempotency_key="k")
    again = firm.move(job, "assign", body={"technician_id": "auto"}, idempotency_key="k")
    assert (first.status, first.json) == (200, again.json)
    assert first.json["technician_id"] == firm.ids["tess"]


def test_what_is_put_as_availability_reads_back_the_same(firm: Firm) -> None:
    target = f"/technicians/{firm.ids['tess']}/availability"
    plain: dict[str, Any] = {
        "timezone": "UTC", "hours": {}, "time_off": [], "home": None, "daily_maximum": None, "skills": [],
    }  # fmt: skip
    for body in (plain, {**plain, "service_area_km": 25}):
        assert firm.ask("PUT", target, "admin", body).json == body
        assert firm.ask("GET", target, "admin").json == body
