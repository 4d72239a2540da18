"""The workload over HTTP: as JSON and as a sheet, for those who see reports."""

import csv
import io
from dataclasses import replace

import pytest
from tests.web.firm import Firm

from hosanna_core.model.instants import to_text
from hosanna_core.testing.doubles import PlainCache
from hosanna_web.app import create_app

MARCH = "/reports/workload?from=2026-03-01&to=2026-04-01"
WINDOW = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T10:30:00Z"}
AT = {"street": "1 Main St", "latitude": 30.1, "longitude": -97.0}


@pytest.fixture
def busy(firm: Firm) -> Firm:
    """Tess has a visit some 11 km from home, and an evil name."""
    firm.ask("PATCH", f"/users/{firm.ids['tess']}", "admin", {"full_name": "=HYPERLINK(A1)"})
    home = {"timezone": "America/Chicago", "home": {"latitude": 30.0, "longitude": -97.0}}
    firm.ask("PUT", f"/technicians/{firm.ids['tess']}/availability", "admin", home)
    firm.job("ASSIGNED", window=WINDOW, site=AT)
    return firm


def test_the_office_reads_who_works_how_much(busy: Firm) -> None:
    for who in ("admin", "office"):
        answer = busy.ask("GET", MARCH, who)
        assert answer.status == 200
        tess, theo = answer.json["technicians"]
        assert (tess["hours"], tess["jobs"], tess["travel_km"]) == (2.5, 1, 20.0)
        assert [(day["date"], day["travel_minutes"]) for day in tess["days"]] == [("2026-03-02", 33)]
        assert (theo["full_name"], theo["jobs"], theo["days"]) == ("Theo", 0, [])
        assert answer.json["spread"]["hours"] == {
            "mean": 1.25, "least": 0.0, "most": 2.5, "standard_deviation": 1.25, "most_to_mean": 2.0,
        }  # fmt: skip
        assert (answer.json["from"], answer.json["to"]) == ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")


@pytest.mark.parametrize("name", ["workload", "operations"])
def test_a_report_that_was_kept_says_how_old_it_is(busy: Firm, name: str) -> None:
    busy.app = create_app(replace(busy.ports, cache=PlainCache(busy.clock)))
    first = busy.ask("GET", f"/reports/{name}", "admin")
    assert (first.json["at"], first.header("age")) == (to_text(busy.clock.now()), "0")
    busy.clock.step(20_999)
    again = busy.ask("GET", f"/reports/{name}", "admin")
    assert (again.body, again.header("age"), again.header("cache-control")) == (first.body, "20", "no-store")
    assert busy.ask("GET", f"/reports/{name}?format=csv", "admin").header("age") == "20"
    assert busy.ask("GET", f"/reports/{name}", "office").header("age") == "0", "whoever sees less has another"


def test_a_technician_reads_no_report(busy: Firm) -> None:
    for target in (MARCH, "/reports/workload?nonsense=1"):
        refused = busy.ask("GET", target, "tess")
        assert (refused.status, refused.json["rule"]) == (403, "duty.see_reports")


def test_a_sheet_has_a_row_a_day_and_no_formula(busy: Firm) -> None:
    answer = busy.ask("GET", f"{MARCH}&format=csv", "office")
    assert answer.header("content-type") == "text/csv; charset=utf-8"
    assert answer.header("content-disposition") == 'attachment; filename="workload.csv"'
    assert answer.header("cache-control") == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    told = [(row["full_name"], row["date"], row["hours"], row["jobs"], row["travel_km"]) for row in rows]
    assert told == [
        ("'=HYPERLINK(A1)", "2026-03-02", "2.5", "1", "20.0"),
        ("'=HYPERLINK(A1)", "total", "2.5", "1", "20.0"),
        ("Theo", "total", "0.0", "0", "0.0"),
    ]


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("from=2026-01-01&to=2026-04-01", {"/to"}),
        ("from=soon&to=2026-13-01&format=xls", {"/from", "/to", "/format"}),
        ("from=2026-03-01&from=2026-03-02", {"/from"}),
        ("from=2026-03-01T00:00:00", {"/from"}),
        ("limit=5", {"/limit"}),
    ],
)
def test_a_wrong_question_names_every_flaw(firm: Firm, query: str, pointers: set[str]) -> None:
    answer = firm.ask("GET", f"/reports/workload?{query}", "admin")
    assert (answer.status, answer.pointers) == (422, pointers)


@pytest.fixture
def moving(firm: Firm) -> Firm:
    """A job that went all the way, one that only an Administrator sees, and a reason that looks like a formula."""
    firm.job("BILLED")
    firm.job("TENTATIVE")
    held = firm.job("IN_PROGRESS")
    firm.ask("POST", f"/jobs/{held}/transitions/hold", "tess", {"reason": "=2+2"})
    return firm


def test_each_role_reads_how_the_jobs_go_that_it_sees(moving: Firm) -> None:
    for who, total in (("admin", 3), ("office", 2)):
        answer = moving.ask("GET", "/reports/operations", who)
        assert answer.status == 200
        found = answer.json
        assert found["jobs"]["total"] == found["throughput"]["total"]["created"] == total
        assert found["throughput"]["total"]["billed"] == 1
        assert {each["status"]: each["count"] for each in found["stages"]}["IN_PROGRESS"] == 2
        assert ("users" in found) is (who == "admin")
        (hold,) = [each for each in found["reasons"] if each["action"] == "hold"]
        assert hold == {
            "action": "hold",
            "count": 1,
            "reasons": [{"reason": "=2+2", "count": 1}],
            "others": 0,
        }


def test_the_office_reads_of_no_status_that_it_cannot_see(moving: Firm) -> None:
    statuses = [
        each["status"] for each in moving.ask("GET", "/reports/operations", "office").json["jobs"]["statuses"]
    ]
    assert "TENTATIVE" not in statuses
    assert "CANCELLED" in statuses


def test_the_operations_as_a_sheet_have_a_row_for_each_figure_and_no_formula(moving: Firm) -> None:
    answer = moving.ask("GET", "/reports/operations?format=csv", "admin")
    assert answer.header("content-type") == "text/csv; charset=utf-8"
    assert answer.header("content-disposition") == 'attachment; filename="operations.csv"'
    rows = list(csv.reader(io.StringIO(answer.body.decode(), newline="")))
    assert rows[0] == ["section", "name", "detail", "figure", "value"]
    assert ["throughput", "total", "", "billed", "1"] in rows
    assert ["reasons", "hold", "'=2+2", "reason", "1"] in rows
    assert {row[0] for row in rows[1:]} == {
        "period", "jobs", "throughput", "stages", "arrivals", "technicians", "reasons", "users",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("from=2026-01-01&to=2027-02-01", {"/to"}),
        ("from=soon&to=2026-13-01&format=svg", {"/from", "/to", "/format"}),
        ("days=5", {"/days"}),
    ],
)
def test_a_wrong_question_about_operations_names_every_flaw(
    firm: Firm, query: str, pointers: set[str]
) -> None:
    answer = firm.ask("GET", f"/reports/operations?{query}", "admin")
    assert (answer.status, answer.pointers) == (422, pointers)


def test_a_technician_reads_no_operations(firm: Firm) -> None:
    refused = firm.ask("GET", "/reports/operations?days=5", "tess")
    assert (refused.status, refused.json["rule"]) == (403, "duty.see_reports")
