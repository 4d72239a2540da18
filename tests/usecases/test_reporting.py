"""Who has how much work: of what the caller sees, in pages by the index, bounded."""

import dataclasses
from datetime import date, timedelta

import pytest
from tests.usecases.firm import pointers, refused

from hosanna_core.errors import Invalid, PermissionDenied
from hosanna_core.model.ids import DAY
from hosanna_core.model.query import Sort
from hosanna_core.usecases import page_by_page, reporting, settling, users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.report_forms import ReportFormat

MARCH = {"from": "2026-03-01", "to": "2026-04-01"}
HOME = {"latitude": 30.0, "longitude": -97.0}
NEAR = {"street": "1 Near St", "latitude": 30.01, "longitude": -97.0}


def report(firm, actor=None, **query):
    asked = {name: [value] for name, value in (query or MARCH).items()}
    return reporting.report_workload(firm.ports, actor or firm.administrator, asked)[0]


def of(found, actor):
    (load,) = [each for each in found.technicians if each.technician_id == actor.id]
    return load


def window(day, start, end):
    return {"start": f"2026-03-{day:02}T{start:02}:00:00Z", "end": f"2026-03-{day:02}T{end:02}:00:00Z"}


def booked(firm, day, start, end, technician=None, **fields):
    return firm.assigned(technician, window=window(day, start, end), **fields)


def lives(firm, technician, **availability):
    body = Unparsed.of({"timezone": "UTC", "home": HOME, **availability})
    users.set_availability(firm.ports, firm.administrator, technician.id, body)


def test_each_technician_has_their_days_and_their_sum(firm):
    lives(firm, firm.technician)
    booked(firm, 2, 8, 10, site=NEAR)
    booked(firm, 2, 12, 13, site=NEAR)
    booked(firm, 3, 8, 12)
    booked(firm, 3, 8, 9, firm.another)
    tess = of(report(firm), firm.technician)
    assert [(day.date, day.hours, day.jobs, day.travel_km) for day in tess.days] == [
        ("2026-03-02", 3.0, 2, 2.0), ("2026-03-03", 4.0, 1, 0.0),
    ]  # fmt: skip
    assert (tess.hours, tess.jobs, tess.travel_km, tess.unknown_ways) == (7.0, 3, 2.0, 2)
    assert (tess.full_name, tess.timezone) == ("tess", "UTC")
    found = report(firm).spread
    assert (found.technicians, found.hours.mean, found.hours.most_to_mean) == (2, 4.0, 1.75)
    assert (found.jobs.least, found.jobs.most) == (1, 3)


def test_only_what_is_assigned_and_not_cancelled_counts(firm):
    everywhere = [booked(firm, 2 + n, 8, 9) for n in range(7)]
    for job in everywhere[1:]:
        firm.do(firm.office, job, "dispatch")
    for job in everywhere[2:]:
        firm.do(firm.technician, job, "start")
    firm.do(firm.technician, everywhere[3], "hold", reason="No parts")
    for job in everywhere[4:]:
        firm.do(firm.technician, job, "complete")
    firm.do(firm.office, everywhere[5], "bill")
    firm.do(firm.administrator, everywhere[6], "reopen", reason="It still hums")
    cancelled = booked(firm, 9, 8, 9)
    firm.do(firm.administrator, cancelled, "cancel", reason="Called off")
    firm.confirmed(window=window(10, 8, 9))
    firm.create(window=window(11, 8, 9))
    firm.assigned()
    found = of(report(firm), firm.technician)
    assert [day.date for day in found.days] == [f"2026-03-{day:02}" for day in range(2, 8)]


def test_an_office_manager_sees_the_same_and_a_technician_nothing(firm):
    booked(firm, 2, 8, 9)
    assert report(firm, firm.office) == report(firm)
    for query in (MARCH, {"nonsense": "1"}):
        denied = refused(PermissionDenied, report, firm, firm.technician, **query)
        assert denied.rule == "duty.see_reports"


def test_what_was_booked_against_the_rules_is_marked_also_when_calendars_have_forgotten_it(firm):
    first = booked(firm, 2, 8, 10)
    second = firm.confirmed(window=window(2, 9, 11))
    order = {"technician_id": firm.technician.id, "override": True}
    firm.do(firm.administrator, second, "assign", **order)
    third = firm.confirmed(window=window(3, 9, 11))
    firm.do(firm.administrator, third, "assign", **order)
    firm.do(firm.administrator, third, "reschedule", window=window(4, 9, 11), reason="Asked for")
    assert of(report(firm), firm.technician).overridden == (second.id,)
    firm.clock.step(120 * DAY)
    booked(firm, 30, 8, 9)
    assert len(firm.ports.store.calendars.of([firm.technician.id])[firm.technician.id].visits) < 4
    later = of(report(firm), firm.technician)
    assert (later.overridden, later.overrides_unknown) == ((second.id,), 0)
    assert first.id not in later.overridden


def test_only_so_many_histories_are_read(firm, monkeypatch):
    for day in (2, 3, 4):
        booked(firm, day, 8, 9)
    firm.clock.step(120 * DAY)
    booked(firm, 30, 8, 9)
    monkeypatch.setattr(reporting, "MOST_HISTORIES", 1)
    calendars = firm.ports.store.calendars.of([firm.technician.id])[firm.technician.id].visits
    assert of(report(firm), firm.technician).overrides_unknown == 4 - len(calendars) - 1


def test_who_left_with_work_behind_them_is_there_and_who_left_without_is_not(firm):
    booked(firm, 2, 8, 9, firm.another)
    users.set_active(firm.ports, firm.administrator, firm.another.id, active=False, body=Unparsed.of({}))
    idle = firm.hire("bo@example.com", "TECHNICIAN")
    users.set_active(firm.ports, firm.administrator, idle.id, active=False, body=Unparsed.of({}))
    assert {each.technician_id for each in report(firm).technicians} == {firm.technician.id, firm.another.id}


def test_dates_are_those_of_the_firm(firm):
    settling.put_settings(
        firm.ports, firm.administrator, Unparsed.of({"company": {"timezone": "America/Chicago"}})
    )
    found = report(firm, **{"from": "2026-03-08", "to": "2026-03-09"})
    assert (found.since, found.until) == ("2026-03-08T06:00:00Z", "2026-03-09T05:00:00Z")
    mixed = report(firm, **{"from": "2026-03-08T00:00:00+01:00", "to": "2026-03-09"})
    assert mixed.since == "2026-03-07T23:00:00Z"


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ({"from": "2026-03-01"}, "2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z"),
        ({"to": "2026-03-01"}, "2026-02-15T00:00:00Z", "2026-03-01T00:00:00Z"),
        ({"to": "1970-01-02"}, "1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"),
        ({"from": "9999-12-30T00:00:00Z"}, "9999-12-30T00:00:00Z", "9999-12-31T23:59:59.999Z"),
        ({"from": "2026-01-01", "to": "2026-03-04"}, "2026-01-01T00:00:00Z", "2026-03-04T00:00:00Z"),
    ],
)  # fmt: skip
def test_an_end_that_is_left_out_is_two_weeks_from_the_other(firm, query, since, until):
    found = report(firm, **query)
    assert (found.since, found.until) == (since, until)


def test_where_both_are_left_out_it_is_the_two_weeks_up_to_today(firm):
    found = reporting.report_workload(firm.ports, firm.administrator, {})[0]
    today = date(1970, 1, 1) + timedelta(days=firm.clock.now() // DAY)
    assert found.until.startswith((today + timedelta(1)).isoformat())
    assert found.since.startswith((today - timedelta(13)).isoformat())


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"from": "2026-01-01", "to": "2026-03-05"}, ["/to"]),
        ({"from": "2026-03-02", "to": "2026-03-02"}, ["/to"]),
        ({"from": "2026-03-02", "to": "2026-03-01"}, ["/to"]),
        ({"from": "yesterday", "to": "2026-02-30"}, ["/from", "/to"]),
        ({"from": "2026-03-01T09:00:00", "format": "pdf", "limit": "5"}, ["/format", "/from", "/limit"]),
        ({"from": "0001-01-01", "to": "9999-12-31"}, ["/from", "/to"]),
        ({"from": "", "to": "1772409600000"}, ["/from", "/to"]),
    ],
)  # fmt: skip
def test_a_time_that_is_none_or_too_long_is_refused(firm, query, where):
    assert pointers(refused(Invalid, report, firm, **query)) == where


def test_a_time_with_too_many_visits_is_refused_and_not_cut_short(firm, monkeypatch):
    monkeypatch.setattr(reporting, "MOST_VISITS", 2)
    for day in (2, 3):
        booked(firm, day, 8, 9)
    assert of(report(firm), firm.technician).jobs == 2
    booked(firm, 4, 8, 9)
    assert pointers(refused(Invalid, report, firm)) == ["/to"]


def test_it_is_read_in_pages_by_the_index_of_windows(firm, monkeypatch):
    monkeypatch.setattr(page_by_page, "MOST_ROWS", 2)
    asked = []
    inner = firm.ports.store.jobs

    class Watched:
        def __getattr__(self, name):
            return getattr(inner, name)

        def page(self, scope, wanted, sort, after, limit):
            asked.append((sort, wanted.window_from is not None, wanted.window_to is not None, limit))
            return inner.page(scope, wanted, sort, after, limit)

    for day in range(2, 7):
        booked(firm, day, 8, 9)
    firm.ports = dataclasses.replace(firm.ports, store=dataclasses.replace(firm.ports.store, jobs=Watched()))
    assert of(report(firm), firm.technician).jobs == 5
    assert set(asked) == {(Sort.WINDOW, True, True, 2)}
    assert len(asked) == 3


def test_the_format_is_told_to_whoever_renders_it(firm):
    for given, wanted in (({}, ReportFormat.JSON), ({"format": ["csv"]}, ReportFormat.CSV)):
        assert reporting.report_workload(firm.ports, firm.administrator, given)[1] is wanted
