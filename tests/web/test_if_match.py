"""A job's version is its ETag, and If-Match says which one a change was made on."""

import pytest
from tests.web.firm import Firm


def test_every_answer_with_a_job_is_tagged_with_its_version(firm: Firm) -> None:
    job = firm.job()
    assert firm.read(job).etag == '"1"'
    assert firm.move(job, "confirm").etag == '"2"'
    assert firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": "New"}, if_match='"2"').etag == '"3"'


@pytest.mark.parametrize("tag", ['"2"', "*", " * ", '"7", "2"', '"7","2"', 'W/"1", "2"'])
def test_a_tag_that_fits_lets_the_change_through(firm: Firm, tag: str) -> None:
    job = firm.job("CONFIRMED")
    assert firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": "New"}, if_match=tag).status == 200


@pytest.mark.parametrize(
    "tag", ['"1"', '"3"', 'W/"2"', "2", "", '""', '"02"', '"2', "'2'", '"2 "', '"' + "9" * 40 + '"', '"é"']
)  # fmt: skip
def test_a_tag_that_does_not_fit_is_a_412(firm: Firm, tag: str) -> None:
    job = firm.job("CONFIRMED")
    before = firm.read(job).body
    for answer in (
        firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": "New"}, if_match=tag),
        firm.move(job, "assign", if_match=tag),
    ):
        assert (answer.status, answer.json["code"]) == (412, "precondition_failed")
    assert firm.read(job).body == before


def test_an_edit_must_say_which_version_it_edits(firm: Firm) -> None:
    answer = firm.ask("PATCH", f"/jobs/{firm.job()}", "admin", {"title": "New"})
    assert (answer.status, answer.json["code"]) == (428, "precondition_required")


def test_of_many_edits_of_one_version_exactly_one_wins(firm: Firm) -> None:
    job = firm.job()
    asks = [
        firm.asking("PATCH", f"/jobs/{job}", "admin", {"title": f"Title {n}"}, if_match='"1"')
        for n in range(10)
    ]
    statuses = sorted(answer.status for answer in firm.at_once(*asks))
    assert statuses == [200] + [412] * 9
    assert firm.read(job).json["version"] == 2


def test_of_many_dispatchers_exactly_one_wins_and_the_others_are_told_that_they_lost(firm: Firm) -> None:
    job = firm.job("ASSIGNED")
    asks = [
        firm.asking("POST", f"/jobs/{job}/transitions/dispatch", who, {}) for who in ("office", "owen") * 4
    ]
    answers = firm.at_once(*asks)
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    lost = {answer.json["code"] for answer in answers if answer.status == 409}
    assert lost <= {"illegal_transition", "version_conflict"}
    history = firm.ask("GET", f"/jobs/{job}/history", "admin").json["items"]
    assert [entry["version"] for entry in history] == list(range(1, len(history) + 1))


def test_two_assignments_that_race_never_book_a_technician_twice(firm: Firm) -> None:
    window = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T10:00:00Z"}
    jobs = [firm.job("CONFIRMED", window=window) for _ in range(6)]
    body = {"technician_id": firm.ids["tess"]}
    answers = firm.at_once(
        *(firm.asking("POST", f"/jobs/{job}/transitions/assign", "admin", body) for job in jobs)
    )
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    refused = [answer.json for answer in answers if answer.status == 409]
    assert {each["code"] for each in refused} == {"double_booking"}
    assert all({"rule": "overlap", "holds": False} .items() <= verdict.items() for each in refused
               for verdict in each["verdict"] if verdict["rule"] == "overlap")  # fmt: skip
    overridden = firm.move(
        jobs[[a.status for a in answers].index(409)], "assign", body={**body, "override": True}
    )
    assert overridden.status == 200
