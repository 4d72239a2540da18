"""A job of a type that the settings name: what the type says need not be said again."""

import msgspec
import pytest
from tests.usecases.firm import FIELDS, pointers, refused

from hosanna_core.errors import Invalid, KeyReused, PermissionDenied
from hosanna_core.usecases import importing, settling
from hosanna_core.usecases.judging import Unparsed

PANEL = {"name": "Panel Upgrade", "duration_minutes": 240, "required_skills": ["master", "panel >= 2"]}
CHECK = {"name": "Check", "duration_minutes": 30}


@pytest.fixture
def settled(firm):
    settle(firm, PANEL, CHECK)
    return firm


def settle(firm, *job_types):
    settling.put_settings(firm.ports, firm.administrator, Unparsed.of({"job_types": job_types}))


def of_a_type(firm, name, **fields):
    """A new job that says its duration and skills only where *fields* do."""
    return firm.create(job_type=name, **{"duration_minutes": ..., "required_skills": ..., **fields})


@pytest.mark.parametrize("name", ["Panel Upgrade", " panel upgrade\t", "PANEL UPGRADE"])
def test_a_type_says_how_long_the_work_takes_and_who_can_do_it(settled, name):
    job = of_a_type(settled, name)
    assert (job.duration_minutes, job.required_skills) == (240, ("master", "panel >= 2"))
    assert of_a_type(settled, "check").required_skills == ()


def test_what_the_body_says_itself_is_what_holds(settled):
    job = of_a_type(settled, "Panel Upgrade", duration_minutes=60)
    assert (job.duration_minutes, job.required_skills) == (60, ("master", "panel >= 2"))
    assert of_a_type(settled, "Panel Upgrade", required_skills=[]).required_skills == ()
    assert pointers(refused(Invalid, of_a_type, settled, "Check", duration_minutes=None)) == [
        "/duration_minutes"
    ]


def test_the_duration_of_the_type_is_what_the_window_must_hold(settled):
    short = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T10:00:00Z"}
    assert pointers(refused(Invalid, of_a_type, settled, "Panel Upgrade", window=short)) == ["/window"]
    assert of_a_type(settled, "Check", window=short).window is not None


def test_a_type_that_nobody_settled_is_refused_with_those_that_are(settled):
    flaws = {flaw.pointer: flaw.message for flaw in refused(Invalid, of_a_type, settled, "Rewiring").flaws}
    assert flaws == {
        "/job_type": "must be one of 'Panel Upgrade', 'Check'",
        "/duration_minutes": "is required",
        "/required_skills": "is required",
    }


def test_where_there_are_no_types_that_is_said(firm):
    flaws = refused(Invalid, firm.create, job_type="Panel").flaws
    assert [(flaw.pointer, flaw.message) for flaw in flaws] == [
        ("/job_type", "must be left out: there are no job types")
    ]


@pytest.mark.parametrize("wrong", [7, "", "x" * 101, ["Check"], {"name": "Check"}, "a\nb"])
def test_what_is_no_name_is_refused(settled, wrong):
    assert pointers(refused(Invalid, settled.create, job_type=wrong)) == ["/job_type"]


def test_without_a_type_everything_must_be_said(settled):
    for absent in ({"job_type": None}, {}):
        flaws = refused(Invalid, settled.create, duration_minutes=..., required_skills=..., **absent).flaws
        assert sorted(flaw.pointer for flaw in flaws) == ["/duration_minutes", "/required_skills"]


def test_the_settings_are_read_once_and_only_where_a_type_is_named(settled):
    firms = Counting(settled.ports.store.firms)
    settled.ports = settled.ports_with(firms=firms)
    settled.create()
    assert firms.reads == 0
    of_a_type(settled, "Check")
    refused(Invalid, of_a_type, settled, "Rewiring")
    assert firms.reads == 2


class Counting:
    """The settings, and how often they were read."""

    def __init__(self, firms):
        self._firms = firms
        self.reads = 0

    def get(self):
        self.reads += 1
        return self._firms.get()


def test_a_job_keeps_nothing_of_its_type(settled):
    job = of_a_type(settled, "Check")
    settle(settled)
    assert "Check" not in repr(msgspec.to_builtins(settled.get(settled.administrator, job)))
    assert settled.get(settled.administrator, job).duration_minutes == 30


def test_who_may_not_create_jobs_is_told_before_any_type_is_looked_up(settled):
    for actor in (settled.office, settled.technician):
        refused(PermissionDenied, of_a_type, settled, "Rewiring", by=actor)


def test_a_request_that_is_repeated_is_answered_though_its_type_is_gone(settled):
    body = {"job_type": "Check"}
    once = settled.once(settled.administrator, "POST /jobs", "k", body)
    first = of_a_type(settled, "Check", once=once)
    settle(settled)
    assert of_a_type(settled, "Check", once=once) == first
    other = settled.once(settled.administrator, "POST /jobs", "k", {"job_type": "Panel"})
    refused(KeyReused, of_a_type, settled, "Panel", once=other)


def test_rows_that_are_imported_have_types_too(settled):
    bare = {**FIELDS, "job_type": "panel upgrade"}
    del bare["duration_minutes"], bare["required_skills"]
    rows = [{**bare, "external_ref": "R-1"}, {**bare, "external_ref": "R-2", "job_type": "Roof"}]
    firms = Counting(settled.ports.store.firms)
    added, rejected = importing.import_rows(settled.ports_with(firms=firms), settled.administrator, rows)
    job = settled.get(settled.administrator, added.job_id)
    assert (job.duration_minutes, job.required_skills) == (240, ("master", "panel >= 2"))
    assert "/job_type" in {flaw.pointer for flaw in rejected.flaws}
    assert firms.reads == 1
