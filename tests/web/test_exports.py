"""Files for other systems: of what the caller sees, piece by piece, and nothing in them is a formula."""

import csv
import io
from typing import Any

import httpx
import pytest
from tests.web.asgi import Answer
from tests.web.firm import API, WAYS, Firm

from hosanna_core.errors import Unauthenticated
from hosanna_core.model.people import Actor, Role
from hosanna_core.usecases.work_exports import export_jobs


def rows(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200, answer.body
    assert answer.header("content-type") == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))


@pytest.mark.parametrize("who", ["admin", "office", "tess", "theo"])
def test_an_export_holds_what_a_list_shows_the_caller(firm: Firm, who: str) -> None:
    for place in WAYS:
        firm.job(place)
    listed = firm.ask("GET", "/jobs?limit=200", who).json["items"]
    exported = rows(firm.ask("GET", "/jobs/export", who))
    assert [row["id"] for row in exported] == [job["id"] for job in listed]
    assert [row["status"] for row in exported] == [job["status"] for job in listed]
    assert firm.ask("GET", "/jobs/export?format=json", who).json == {"items": listed}


def test_filters_and_sort_are_those_of_the_list(firm: Firm) -> None:
    wanted = firm.job("CONFIRMED", title="Panel", priority="HIGH")
    firm.job("CONFIRMED", title="Outlet")
    firm.job("TENTATIVE", title="Panel", priority="HIGH")
    found = rows(
        firm.ask("GET", "/jobs/export?status=CONFIRMED&priority=HIGH&q=panel&sort=created_at", "admin")
    )
    assert [row["id"] for row in found] == [wanted]
    assert rows(firm.ask("GET", "/jobs/export?status=TENTATIVE", "office")) == []
    assert firm.ask("GET", "/jobs/export?status=TENTATIVE&format=json", "office").json == {"items": []}


def test_more_than_a_page_comes_in_one_file(firm: Firm) -> None:
    ids = [firm.job() for _ in range(450)]
    assert [row["id"] for row in rows(firm.ask("GET", "/jobs/export?sort=created_at", "admin"))] == ids
    assert len(firm.ask("GET", "/jobs/export?format=json", "admin").json["items"]) == 450


def test_nothing_in_a_file_is_a_formula(firm: Firm) -> None:
    evil = {"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", 'Panel, "new"': 'Panel, "new"'}
    for title in evil:
        firm.job(title=title, site={"street": "1 Main St", "latitude": 30.5, "longitude": -97.5})
    found = rows(firm.ask("GET", "/jobs/export?sort=created_at", "admin"))
    assert [row["title"] for row in found] == list(evil.values())
    assert {row["longitude"] for row in found} == {"-97.5"}
    assert {row["customer_phone"] for row in found} == {"'+1 512 555 0100"}


def test_a_mark_for_spreadsheets_comes_if_it_is_asked_for(firm: Firm) -> None:
    firm.job()
    assert firm.ask("GET", "/jobs/export?bom=true", "admin").body.startswith(b"\xef\xbb\xbfnumber,id,")
    assert firm.ask("GET", "/jobs/export", "admin").body.startswith(b"number,id,")
    assert firm.ask("GET", "/jobs/export?bom=true&format=json", "admin").json["items"]


def test_the_file_has_a_name_and_is_kept_by_nobody(firm: Firm) -> None:
    answer = firm.ask("GET", "/jobs/export?format=json", "admin")
    assert answer.header("content-disposition") == 'attachment; filename="jobs.json"'
    assert answer.header("cache-control") == "no-store"
    head = firm.ask("HEAD", "/jobs/export", "admin")
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("format=xml", "/format"),
        ("limit=5", "/limit"),
        ("cursor=x", "/cursor"),
        ("bom=1", "/bom"),
        ("sort=x", "/sort"),
    ],
)
def test_what_cannot_be_is_refused(firm: Firm, query: str, pointer: str) -> None:
    answer = firm.ask("GET", f"/jobs/export?{query}", "admin")
    assert (answer.status, answer.pointers) == (422, {pointer})


def test_completed_work_has_what_accounting_wants(firm: Firm) -> None:
    job = firm.job("IN_PROGRESS")
    firm.move(job, "complete", body={"work_summary": "Done"})
    completed_at = firm.read(job).json["stages"]["COMPLETED"]
    firm.clock.step(60_000)
    firm.move(job, "bill", body={"invoice_number": "2027-1", "amount": "1850.00"})
    firm.job("CONFIRMED")
    for who in ("admin", "office"):
        (row,) = rows(firm.ask("GET", "/exports/completed", who))
        assert row["number"] == firm.read(job).json["number"]
        assert (row["work_summary"], row["invoice_number"], row["amount"]) == ("Done", "2027-1", "1850.00")
        assert row["completed_at"] == completed_at
        assert row["billed_at"] > completed_at
    (same,) = firm.ask("GET", "/exports/completed?format=json", "office").json["items"]
    assert (same["customer_name"], same["external_ref"]) == ("Ann Lee", None)
    assert rows(firm.ask("GET", f"/exports/completed?from={completed_at}", "admin"))
    assert rows(firm.ask("GET", f"/exports/completed?to={completed_at}", "admin")) == []


def test_of_completed_work_no_more_is_read_than_is_asked_for_and_that_in_one_go(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    for _ in range(4):
        made.append(firm.job("COMPLETED"))
        firm.clock.step(60_000)
    since = firm.read(made[2]).json["stages"]["COMPLETED"]
    numbers = [firm.read(job).json["number"] for job in made[2:]]
    read: list[Any] = []
    jobs = firm.ports.store.jobs
    get_many = jobs.get_many

    def reading(job_ids: Any, scope: Any) -> Any:
        read.append(list(job_ids))
        return get_many(job_ids, scope)

    monkeypatch.setattr(jobs, "get_many", reading)
    found = rows(firm.ask("GET", f"/exports/completed?from={since}", "admin"))
    assert ([row["number"] for row in found], read) == (numbers, [made[2:]])


def test_customers_are_one_row_each_by_mail_or_telephone(firm: Firm) -> None:
    def call(name: str, **more: str) -> None:
        firm.clock.step(1000)
        firm.job("CONFIRMED", customer={"name": name, **more})

    call("Ann", email="Ann@Example.com")
    call("Ann Lee", email="ann@example.com", phone="+1 512 555 0100")
    call("A. Lee", phone="(512) 555-0100")
    call("Bo")
    call("bo")
    firm.job("TENTATIVE", customer={"name": "Hidden", "email": "hidden@example.com"})
    found = rows(firm.ask("GET", "/exports/customers", "office"))
    assert [(row["name"], row["email"], row["jobs"]) for row in found] == [
        ("A. Lee", "ann@example.com", "3"),
        ("bo", "", "2"),
    ]
    assert found[0]["phone"] == "(512) 555-0100"
    assert found[0]["first_job_at"] < found[0]["last_job_at"]
    everybody = firm.ask("GET", "/exports/customers?format=json", "admin").json["items"]
    assert [each["name"] for each in everybody] == ["A. Lee", "bo", "Hidden"]


@pytest.mark.parametrize("target", ["/exports/completed", "/exports/customers"])
def test_the_books_are_for_the_office(firm: Firm, target: str) -> None:
    assert firm.ask("GET", target, "tess").json["rule"] == "duty.export_work"


def test_every_export_stands_in_the_audit_trail(firm: Firm) -> None:
    firm.ask("GET", "/jobs/export?format=json", "tess")
    firm.ask("GET", "/exports/completed", "office")
    firm.ask("GET", "/exports/customers", "admin")
    firm.ask("GET", "/jobs/export?format=xml", "admin")
    found = firm.ask("GET", "/audit?action=work.exported", "admin").json["items"]
    assert [(each["actor_id"], each["details"]["what"], each["details"]["format"]) for each in found] == [
        (firm.ids["admin"], "customers", "csv"),
        (firm.ids["office"], "completed", "csv"),
        (firm.ids["tess"], "jobs", "json"),
    ]


def test_an_export_ends_without_an_end_where_the_caller_may_act_no_more(firm: Firm) -> None:
    for _ in range(250):
        firm.job("CONFIRMED")
    actor = Actor(firm.ids["office"], Role.OFFICE_MANAGER)
    pieces = export_jobs(firm.ports, actor, {}).pieces
    assert next(pieces).startswith(b"number,")
    assert next(pieces)
    firm.ask("POST", f"/users/{firm.ids['office']}/deactivate", "admin")
    with pytest.raises(Unauthenticated):
        next(pieces)


def test_over_a_real_connection_a_file_that_breaks_off_is_never_taken_for_whole(
    firm: Firm, port: int
) -> None:
    for _ in range(250):
        firm.job("CONFIRMED")
    headers = {"Authorization": f"Bearer {firm.tokens['office']}"}
    url = f"http://127.0.0.1:{port}{API}/jobs/export"
    with httpx.Client(trust_env=False) as client:
        whole = client.get(url, headers=headers)
        assert len(whole.text.splitlines()) == 251
        page = firm.ports.store.jobs.page
        asked: list[Any] = []

        def breaking(*given: Any) -> Any:
            asked.append(given)
            if len(asked) == 2:
                raise RuntimeError("the store went away")
            return page(*given)

        firm.ports.store.jobs.page = breaking  # type: ignore[method-assign]
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(url, headers=headers)
