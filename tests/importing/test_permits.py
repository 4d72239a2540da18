"""Permit files need no map; every row is judged by the form of the API; nothing is added twice."""

from pathlib import Path

import msgspec
import pytest
from tests.importing.conftest import Importing

from hosanna_core.errors import Busy, PermissionDenied
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.status import Priority, Status
from hosanna_core.ports import Ports
from hosanna_core.rules import history
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.usecases.importing import Outcome, import_rows

HEADER = "permit_number,sub_type,work_type,permit_location,date_issued,work_description,status,contractor,lat,lng\n"
FIRST = (
    "2014-1 EP,Residential,Remodel,4502 NAVAJO PATH,01/02/2014,New panel,Final,Ace Electric,30.25,-97.75\n"
)
NO_PLACE = "2014-2 EP,Commercial,New,1 MAIN ST,01/02/2014,,Expired,,,\n"


def written(folder: Path, text: str, name: str = "permits.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


def stored(ports: Ports) -> list[dict[str, object]]:
    page = ports.store.jobs.page(SEES_ALL, JobFilter(), Sort.OLDEST, None, 200)
    return sorted(
        (msgspec.json.decode(row.body) for row in page.rows), key=lambda job: str(job["external_ref"])
    )


def rejected(path: Path) -> list[str]:
    return path.with_name(path.name + ".rejects").read_text(encoding="utf-8").splitlines()


def test_a_permit_becomes_a_tentative_job(ports: Ports, importing: Importing, tmp_path: Path) -> None:
    tally = importing(written(tmp_path, HEADER + FIRST))
    (job,) = stored(ports)
    assert (tally.rows, tally.added) == (1, 1)
    assert job["external_ref"] == "2014-1 EP"
    assert job["status"] == Status.TENTATIVE
    assert job["title"] == "Residential: Remodel"
    assert job["description"] == "New panel"
    assert job["customer"] == {"name": "Permit holder", "phone": None, "email": None}
    assert job["site"] == {
        "street": "4502 NAVAJO PATH", "city": None, "postal_code": None, "latitude": 30.25, "longitude": -97.75,
    }  # fmt: skip
    assert (job["priority"], job["required_skills"], job["duration_minutes"]) == (Priority.NORMAL, [], 60)


def test_a_permit_without_coordinates_and_description_goes_in_too(
    ports: Ports, importing: Importing, tmp_path: Path
) -> None:
    importing(written(tmp_path, HEADER + NO_PLACE))
    (job,) = stored(ports)
    assert job["description"] is None
    assert job["site"]["latitude"] is None


def test_an_imported_job_has_a_history_that_verifies_and_names_the_importer(
    ports: Ports, actor: Actor
) -> None:
    (answer,) = import_rows(ports, actor, [row("1")])
    job = ports.store.jobs.get(str(answer.job_id), SEES_ALL)
    entries = ports.store.jobs.history(str(answer.job_id))
    assert job is not None
    history.verify(job, entries)
    assert [history.read(entry).actor_id for entry in entries] == [actor.id]


def test_a_second_run_adds_nothing(ports: Ports, importing: Importing, tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + FIRST + NO_PLACE)
    importing(path)
    again = importing(path)
    assert (again.rows, again.added, again.already_there, again.rejected) == (2, 0, 2, 0)
    assert len(stored(ports)) == 2


def test_two_rows_of_one_number_are_one_job(ports: Ports, importing: Importing, tmp_path: Path) -> None:
    tally = importing(written(tmp_path, HEADER + FIRST + NO_PLACE + FIRST.replace("New panel", "Other")))
    assert (tally.added, tally.already_there) == (2, 1)
    assert [job["description"] for job in stored(ports)] == ["New panel", None]


def test_a_row_that_was_rejected_does_not_keep_its_number_from_a_better_one(
    importing: Importing, tmp_path: Path
) -> None:
    tally = importing(written(tmp_path, HEADER + FIRST.replace("30.25", "91") + FIRST))
    assert (tally.added, tally.rejected) == (1, 1)


def test_a_rejected_row_is_told_with_its_line_and_every_reason(
    ports: Ports, importing: Importing, tmp_path: Path
) -> None:
    bad = f"2014-3 EP,Residential,New,{'x' * 201},01/02/2014,ok,Final,,ninety,-181\n"
    path = written(tmp_path, HEADER + FIRST + bad + NO_PLACE)
    tally = importing(path)
    header, line = rejected(path)
    assert (tally.added, tally.rejected) == (2, 1)
    assert header == "line,reasons," + HEADER.strip()
    assert line.startswith("3,")
    for reason in (
        "site.street must have at most 200", "site.latitude must be a number", "site.longitude must be",
    ):  # fmt: skip
        assert reason in line
    assert line.endswith("-181")


def test_the_rejects_can_be_put_right_and_imported(
    ports: Ports, importing: Importing, tmp_path: Path
) -> None:
    path = written(tmp_path, HEADER + FIRST.replace("30.25", "91"))
    importing(path)
    mended = written(tmp_path, "\n".join(rejected(path)).replace("91,", "30.25,"), "mended.csv")
    assert importing(mended).added == 1


def test_nobody_but_an_administrator_imports(ports: Ports) -> None:
    for role in (Role.OFFICE_MANAGER, Role.TECHNICIAN):
        with pytest.raises(PermissionDenied):
            import_rows(ports, Actor(ports.outside.mint(), role), [row("1")])


def test_values_that_json_cannot_carry_are_rejected_and_the_rest_goes_in(ports: Ports, actor: Actor) -> None:
    odd: list[object] = ["\ud800", 2**70, float("nan"), {"a": [[]]}, "a\x00b", None]
    answers = import_rows(
        ports, actor, [row("1"), *({**row(f"o{n}"), "title": value} for n, value in enumerate(odd))]
    )
    assert [answer.outcome for answer in answers] == [Outcome.ADDED] + [Outcome.REJECTED] * len(odd)
    assert all(answer.flaws for answer in answers[1:])


def test_a_batch_that_ended_in_busy_is_taken_when_it_is_offered_again(
    ports: Ports, importing: Importing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = ports.store.ledger
    real, calls = ledger.commit_each, iter((True, False))

    def sometimes(changes: object) -> object:
        if next(calls, False):
            raise Busy(retry_after=0)
        return real(changes)

    monkeypatch.setattr(ledger, "commit_each", sometimes)
    assert importing(written(tmp_path, HEADER + FIRST)).added == 1


def row(number: str) -> dict[str, object]:
    return {
        "external_ref": number,
        "title": "Panel",
        "customer": {"name": "Ann"},
        "site": {"street": "1 Main St"},
        "priority": "NORMAL",
        "required_skills": [],
        "duration_minutes": 60,
    }
