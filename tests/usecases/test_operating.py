"""The operational report, beside an independent recount from the histories: for both roles, on two stores."""

import dataclasses
from collections import Counter, defaultdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from tests.usecases.firm import PASSWORD, Firm, pointers, refused

from hosanna_adapters.memory import MemoryStore
from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.errors import Invalid, PermissionDenied
from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.doubles import StandingClock, ports_on
from hosanna_core.testing.samples import (
    START,
    a_calendar,
    a_firm,
    a_user,
    audit_facts,
    firm_change,
    user_change,
)
from hosanna_core.testing.walking import OFFICE, TECHNICIANS, walks
from hosanna_core.usecases import operating, users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.report_forms import ReportFormat

ADA = Actor(OFFICE[0], Role.ADMINISTRATOR)
OTTO = Actor(OFFICE[1], Role.OFFICE_MANAGER)
CHICAGO = ZoneInfo("America/Chicago")
STAGES = ("TENTATIVE", "CONFIRMED", "ASSIGNED", "DISPATCHED", "IN_PROGRESS", "ON_HOLD", "COMPLETED")
DAYS = {
    "create": "created",
    "confirm": "confirmed",
    "complete": "completed",
    "bill": "billed",
    "cancel": "cancelled",
}


def report(ports, actor, **query):
    asked = {name: [value] for name, value in query.items()}
    return operating.report_operations(ports, actor, asked)[0]


def instant(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def local_date(at):
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(CHICAGO).date().isoformat()


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryStore().ports()
    else:
        with SqliteStore.open(tmp_path / "hosanna.sqlite") as opened:
            yield opened.ports()


@pytest.fixture(params=[11, 12])
def walked(request, store):
    """Jobs that went at random, people who did it, and sign-ins, in a firm in Chicago."""
    store.ledger.commit(firm_change(a_firm(1, hours={})))
    for number, user_id in enumerate((*OFFICE, *TECHNICIANS)):
        role = Role.ADMINISTRATOR if number == 0 else Role.OFFICE_MANAGER if number < 3 else Role.TECHNICIAN
        plain = a_user(900 + number)
        user = msgspec.structs.replace(plain, id=user_id, full_name=f"User {number}", role=role)
        calendars = (a_calendar(user_id),) if role is Role.TECHNICIAN else ()
        store.ledger.commit(user_change(user, calendars=calendars))
    for change in walks(request.param, 60):
        store.ledger.commit(change)
    store.ledger.record([signed_in(number) for number in range(1, 60)])
    return ports_on(store, clock=StandingClock(START + 45 * DAY))


def signed_in(number):
    """A sign-in every 700 minutes, with an id of its time."""
    facts = audit_facts(number * 700, OFFICE[number % 2], action="login")
    time = f"{facts.at:012x}"
    return msgspec.structs.replace(facts, id=f"{time[:8]}-{time[8:]}-7000-8000-{number:012x}")


class Recount:
    """What the report should say, from what `GET /jobs/{id}/history` would show."""

    def __init__(self, store, actor, start, end):
        self.moved, self.days = Counter(), defaultdict(Counter)
        self.stays, self.lateness, self.arrivals = defaultdict(list), [], Counter()
        self.worked, self.reasons, self.acted = Counter(), Counter(), defaultdict(list)
        self.statuses, self.ages = Counter(), defaultdict(Counter)
        page = store.jobs.page(SEES_ALL, JobFilter(), Sort.OLDEST, None, 1_000)
        for row in page.rows:
            job = store.jobs.get(row.id, SEES_ALL)
            entries = store.jobs.history(row.id)
            self._of(
                job, [(msgspec.json.decode(each.sealed), each.open) for each in entries], actor, start, end
            )

    def _of(self, job, entries, actor, start, end):
        ever = {entry["to"] for entry, _ in entries}
        seen = actor is ADA or "CONFIRMED" in ever
        reached, technician, fields = {}, None, {}
        for entry, opened in entries:
            at, source, target = entry["at"], entry["from"], entry["to"]
            inside = start <= at < end
            fields.update(entry["changes"])
            if inside and entry["actor_id"]:
                self.acted[entry["actor_id"]].append(at)
            if source != target:
                if inside and seen:
                    self._moved(entry, at, source, reached, technician, fields)
                reached[target] = at
            if inside and seen and entry["action"] in ("cancel", "reopen", "hold", "return_visit"):
                self.reasons[entry["action"], opened.get("reason")] += 1
            technician = fields.get("technician_id")
        if seen:
            self.statuses[job.status.value] += 1
            age = START + 45 * DAY - job.created_at
            self.ages[job.status.value][sum(age >= limit * DAY for limit in (1, 7, 30, 90))] += 1

    def _moved(self, entry, at, source, reached, technician, fields):
        self.moved[entry["action"]] += 1
        self.days[local_date(at)][entry["action"]] += 1
        if source:
            self.stays[source].append(at - reached[source])
            if source == "IN_PROGRESS":
                self.worked[technician] += at - reached[source]
        if entry["action"] == "start":
            promised = fields.get("arrival_window") or fields.get("window")
            if promised is None:
                self.arrivals["unpromised"] += 1
            elif at < promised["start"]:
                self.arrivals["early"] += 1
            elif at <= promised["end"]:
                self.arrivals["within"] += 1
            else:
                self.arrivals["late"] += 1
                self.lateness.append(at - promised["end"])


def nearest_rank(lengths, share):
    ordered = sorted(lengths)
    return ordered[-(-len(ordered) * share // 100) - 1] / MINUTE if ordered else None


def near(told, exact):
    if exact is None:
        return told is None
    return abs(told - exact) <= 0.01 * exact + 0.05


PERIODS = [
    ("2026-01-01", "2026-03-01"),
    ("2026-01-10", "2026-01-20"),
    ("2026-01-07T13:45:00Z", "2026-01-24T01:15:00+02:00"),
    ("2026-01-12T09:00:00Z", "2026-01-12T15:30:00Z"),
]


@pytest.mark.parametrize("actor", [ADA, OTTO], ids=["administrator", "office"])
@pytest.mark.parametrize(("since", "until"), PERIODS)
def test_every_figure_is_what_the_histories_add_up_to(walked, store, actor, since, until):
    found = report(walked, actor, **{"from": since, "to": until})
    recount = Recount(store, actor, instant(found.since), instant(found.until))
    for status in found.jobs.statuses:
        ages = recount.ages[status.status]
        assert status.count == recount.statuses[status.status]
        told = (
            status.under_1_day,
            status.under_7_days,
            status.under_30_days,
            status.under_90_days,
            status.older,
        )
        assert told == tuple(ages[number] for number in range(5))
    assert found.jobs.total == recount.statuses.total()
    for action, name in DAYS.items():
        assert getattr(found.throughput.total, name) == recount.moved[action]
        for day in found.throughput.days:
            assert getattr(day, name) == recount.days[day.date][action]
    assert {day.date for day in found.throughput.days} >= recount.days.keys()
    assert [stage.status for stage in found.stages] == list(STAGES)
    for stage in found.stages:
        lengths = recount.stays[stage.status]
        assert stage.count == len(lengths)
        assert near(stage.median_minutes, nearest_rank(lengths, 50))
        assert near(stage.p90_minutes, nearest_rank(lengths, 90))
    arrivals = found.arrivals
    for name in ("early", "within", "late", "unpromised"):
        assert getattr(arrivals, name) == recount.arrivals[name]
    assert arrivals.starts == recount.arrivals.total()
    assert near(arrivals.late_median_minutes, nearest_rank(recount.lateness, 50))
    assert near(arrivals.late_p90_minutes, nearest_rank(recount.lateness, 90))
    worked = {each.technician_id: each.worked_hours for each in found.technicians}
    assert worked == {each: round(recount.worked[each] / HOUR, 2) for each in TECHNICIANS}
    told = {(each.action, one.reason): one.count for each in found.reasons for one in each.reasons}
    assert told == recount.reasons
    assert all(each.count == recount.moved[each.action] for each in found.reasons)


@pytest.mark.parametrize(("since", "until"), PERIODS)
def test_what_users_did_is_told_to_administrators_alone(walked, store, since, until):
    found = report(walked, ADA, **{"from": since, "to": until})
    start, end = instant(found.since), instant(found.until)
    acted = Recount(store, ADA, start, end).acted
    signed = defaultdict(list)
    for number in range(1, 60):
        at = START + number * 700 * MINUTE
        if start <= at < end:
            signed[OFFICE[number % 2]].append(at)
    for user in found.users:
        days = {local_date(at) for at in (*acted[user.user_id], *signed[user.user_id])}
        assert (user.actions, user.sign_ins, user.active_days) == (
            len(acted[user.user_id]), len(signed[user.user_id]), len(days),
        )  # fmt: skip
    assert {user.user_id for user in found.users} == {*OFFICE, *TECHNICIANS}
    office = report(walked, OTTO, **{"from": since, "to": until})
    assert "users" not in msgspec.to_builtins(office)


def test_a_job_that_the_office_may_not_see_is_counted_nowhere():
    firm = Firm()
    firm.create()
    firm.do(firm.administrator, firm.create(), "cancel", reason="A secret reason")
    office = msgspec.json.encode(report(firm.ports, firm.office))
    nothing = msgspec.json.encode(report(Firm().ports, Firm().office))
    found, empty = msgspec.json.decode(office), msgspec.json.decode(nothing)
    for part in ("jobs", "throughput", "stages", "arrivals", "reasons"):
        assert found[part] == empty[part]
    mine = report(firm.ports, firm.administrator)
    assert (mine.jobs.total, mine.throughput.total.created, mine.throughput.total.cancelled) == (2, 2, 1)


def test_a_confirmed_job_brings_with_it_that_it_was_created():
    firm = Firm()
    job = firm.create()
    assert report(firm.ports, firm.office).throughput.total.created == 0
    firm.do(firm.administrator, job, "confirm")
    total = report(firm.ports, firm.office).throughput.total
    assert (total.created, total.confirmed) == (1, 1)


def test_utilisation_is_work_over_the_hours_of_the_calendar_without_time_off():
    firm = Firm()
    body = {
        "timezone": "UTC",
        "hours": {
            day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")
        },
        "time_off": [{"start": "2026-01-06T00:00:00Z", "end": "2026-01-07T00:00:00Z"}],
    }
    users.set_availability(firm.ports, firm.administrator, firm.technician.id, Unparsed.of(body))
    firm.clock.step(5 * DAY)  # Tuesday the sixth
    job = firm.dispatched()
    firm.do(firm.technician, job, "start")
    firm.clock.step(4 * HOUR - MINUTE)
    firm.do(firm.technician, job, "complete")
    found = report(firm.ports, firm.administrator, **{"from": "2026-01-05", "to": "2026-01-12"})
    tess, theo = found.technicians
    assert (tess.worked_hours, tess.available_hours, tess.utilisation) == (4.0, 32.0, 0.125)
    assert (theo.full_name, theo.worked_hours, theo.available_hours, theo.utilisation) == (
        "theo",
        0.0,
        None,
        None,
    )


def test_reasons_that_differ_in_capitals_or_spaces_alone_are_one_and_erased_ones_have_no_words():
    firm = Firm()
    for reason in ("No parts", "no  PARTS", "Raining"):
        firm.do(firm.technician, firm.started(), "hold", reason=reason)
    (hold,) = [each for each in report(firm.ports, firm.office).reasons if each.action == "hold"]
    assert (hold.count, hold.others) == (3, 0)
    assert [(each.reason, each.count) for each in hold.reasons] == [("no  PARTS", 2), ("Raining", 1)]


def test_only_some_reasons_are_read_and_the_others_are_counted(monkeypatch):
    monkeypatch.setattr("hosanna_core.usecases.activity.MOST_READ", 2)
    firm = Firm()
    for number in range(5):
        firm.do(firm.administrator, firm.confirmed(), "cancel", reason=f"Reason {number}")
    (cancel,) = [each for each in report(firm.ports, firm.office).reasons if each.action == "cancel"]
    assert (cancel.count, cancel.others) == (5, 3)
    assert {each.reason for each in cancel.reasons} == {"Reason 3", "Reason 4"}


def test_a_sign_in_counts_for_the_day_of_the_firm():
    firm = Firm()
    firm.log_in("tess@example.com", PASSWORD)
    firm.clock.step(DAY)
    firm.log_in("tess@example.com", PASSWORD)
    (tess,) = [each for each in report(firm.ports, firm.administrator).users if each.full_name == "tess"]
    assert (tess.sign_ins, tess.actions, tess.active_days) == (2, 0, 2)


def test_the_ends_are_moved_outward_to_quarters_of_an_hour():
    firm = Firm()
    found = report(firm.ports, firm.office, **{"from": "2026-01-01T00:01:00Z", "to": "2026-01-01T00:16:00Z"})
    assert (found.since, found.until) == ("2026-01-01T00:00:00Z", "2026-01-01T00:30:00Z")


def test_without_a_word_it_is_the_thirty_days_up_to_today():
    firm = Firm()
    found = report(firm.ports, firm.office)
    assert (found.since, found.until) == ("2025-12-03T00:00:00Z", "2026-01-02T00:00:00Z")
    assert len(found.throughput.days) == 30


def test_a_report_of_no_time_or_too_much_is_refused():
    firm = Firm()
    for since, until in (
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02", "2026-01-01"),
        ("2026-01-01", "2027-01-03"),
    ):
        invalid = refused(Invalid, report, firm.ports, firm.office, **{"from": since, "to": until})
        assert pointers(invalid) == ["/to"]
    assert (
        len(report(firm.ports, firm.office, **{"from": "2026-01-01", "to": "2027-01-02"}).throughput.days)
        == 366
    )


def test_technicians_see_no_report():
    firm = Firm()
    refused(PermissionDenied, report, firm.ports, firm.technician)
    assert operating.report_operations(firm.ports, firm.office, {"format": ["csv"]})[1] is ReportFormat.CSV


def test_no_job_is_read():
    firm = Firm()
    firm.billed()

    class Unreadable:
        def __getattr__(self, name):
            raise AssertionError(f"jobs.{name} was asked")

    ports = dataclasses.replace(firm.ports, store=dataclasses.replace(firm.ports.store, jobs=Unreadable()))
    assert report(ports, firm.administrator).jobs.total == 1
