"""What an Administrator settles while the system runs: whole, by one at a time, and never unnoticed."""

import msgspec
import pytest
from tests.usecases.firm import MINUTE, pointers, refused

from hosanna_core.errors import Invalid, PermissionDenied, PreconditionFailed, Unreadable, VersionConflict
from hosanna_core.model.event import Ref
from hosanna_core.model.firm import Company, Costs, Firm, JobType, Scores
from hosanna_core.model.settings import settings_document
from hosanna_core.model.status import Priority
from hosanna_core.rules.trail import document_of
from hosanna_core.usecases import settling
from hosanna_core.usecases.jobs import IfMatch
from hosanna_core.usecases.judging import Unparsed

SETTINGS = {
    "company": {"name": "Lee Electric", "phone": "+1 512 555 0100", "timezone": "America/Chicago"},
    "hours": {"mon": [["08:00", "12:00"], ["13:00", "17:00"]], "sat": [["22:00", "24:00"]]},
    "job_types": [
        {"name": "Panel", "duration_minutes": 240, "required_skills": ["master", "Master", "panel >= 2"]},
        {"name": "Check", "duration_minutes": 30},
    ],
    "scores": {"travel": 100, "rarity": 0},
    "costs": {"promise": 0, "left_out": {"LOW": 0}},
}


def put(firm, settings=None, by=None, **more):
    body = Unparsed.of(SETTINGS if settings is None else settings)
    return settling.put_settings(firm.ports, by or firm.administrator, body, **more)


def read(firm, by=None):
    return settling.get_settings(firm.ports, by or firm.administrator, {})


def only(*versions):
    return IfMatch(frozenset(versions))


def told(firm):
    """What the audit trail says of each change."""
    return [document_of(entry) for entry in firm.told("settings.changed")]


def test_until_somebody_settles_anything_what_holds_is_the_default(firm):
    assert read(firm) == Firm()
    assert read(firm).version == 0


def test_settings_are_put_whole_and_read_as_they_were_put(firm):
    firm.clock.step(MINUTE)
    made = put(firm)
    assert made == read(firm) == firm.ports.store.firms.get()
    assert made == Firm(
        version=1,
        company=Company(name="Lee Electric", phone="+1 512 555 0100", timezone="America/Chicago"),
        hours={"mon": ((480, 720), (780, 1020)), "sat": ((1320, 1440),)},
        job_types=(
            JobType(name="Panel", duration_minutes=240, required_skills=("Master", "panel >= 2")),
            JobType(name="Check", duration_minutes=30),
        ),
        scores=Scores(travel=100, rarity=0),
        costs=Costs(promise=0, left_out={**Costs().left_out, Priority.LOW: 0}),
        updated_at=firm.clock.now(),
    )


def test_what_is_left_out_goes_back_to_its_default(firm):
    put(firm)
    after = put(firm, {"scores": {"day": 11}})
    assert (after.company, after.hours, after.job_types, after.costs) == (Company(), {}, (), Costs())
    assert after.scores == Scores(day=11)
    assert after.version == 2


def test_what_was_read_can_be_put_back(firm):
    made = put(firm)
    assert put(firm, msgspec.to_builtins(settings_document(made))) == made
    assert put(firm, msgspec.to_builtins(settings_document(Firm()))).company == Company()


def test_the_same_again_changes_nothing(firm):
    made, commits = put(firm), firm.ledger.commits
    firm.clock.step(MINUTE)
    assert put(firm) == made
    assert firm.ledger.commits == commits
    assert len(told(firm)) == 1


def test_every_change_is_put_down_by_the_names_of_what_changed_and_no_value(firm):
    put(firm)
    put(firm, {**SETTINGS, "company": {"name": "Bo's"}, "hours": {}})
    first, second = told(firm)
    assert first.details == {
        "version": 1,
        "fields": [
            "company.name", "company.phone", "company.timezone", "scores.travel", "scores.rarity",
            "costs.promise", "costs.left_out", "hours", "job_types",
        ],
    }  # fmt: skip
    assert second.details["fields"] == ["company.name", "company.phone", "company.timezone", "hours"]
    assert (second.actor_id, second.subject) == (firm.administrator.id, Ref("settings", "firm"))
    assert "Lee" not in repr(told(firm))
    assert "555" not in repr(told(firm))


def test_only_an_administrator_reads_and_changes_them(firm):
    for actor in (firm.office, firm.technician):
        denied = refused(PermissionDenied, read, firm, actor)
        assert denied.rule == "duty.change_settings"
        refused(PermissionDenied, put, firm, by=actor)
        refused(PermissionDenied, put, firm, {"nonsense": 1}, by=actor)
    assert read(firm) == Firm()


def test_a_version_that_is_not_the_present_one_is_refused(firm):
    assert put(firm, if_match=only(0)).version == 1
    assert refused(PreconditionFailed, put, firm, {}, if_match=only(0)).current == 1
    assert put(firm, {}, if_match=only(1)).version == 2


def test_of_two_who_put_at_once_the_second_is_told(firm):
    firm.ledger.before.append(lambda: put(firm, {"scores": {"day": 50}}))
    refused(VersionConflict, put, firm)
    assert read(firm).scores.day == 50
    firm.ledger.before.append(lambda: put(firm, {"scores": {"day": 60}}))
    refused(PreconditionFailed, put, firm, if_match=only(1))
    assert read(firm).scores.day == 60


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"company": {"name": " ", "email": "nobody", "timezone": "Austin"}},
         ["/company/email", "/company/name", "/company/timezone"]),
        ({"company": None, "version": 3}, ["/company", "/version"]),
        ({"scores": {"travel": 101, "day": -1, "rarity": "5", "luck": 1}},
         ["/scores/day", "/scores/luck", "/scores/rarity", "/scores/travel"]),
        ({"costs": {"promise": 100_001, "left_out": {"LOW": -1, "URGENT": 5}}},
         ["/costs/left_out/LOW", "/costs/left_out/URGENT", "/costs/promise"]),
        ({"hours": {"mon": [["17:00", "08:00"]], "today": [], "tue": [["08:00"]]}},
         ["/hours/mon/0", "/hours/today", "/hours/tue/0"]),
        ({"job_types": [{"name": "Panel", "duration_minutes": 0}, {"required_skills": ["x" * 61]}]},
         ["/job_types/0/duration_minutes", "/job_types/1/duration_minutes", "/job_types/1/name",
          "/job_types/1/required_skills/0"]),
        ({"job_types": [{"name": "Panel", "duration_minutes": 1}, {"name": "PANEL ", "duration_minutes": 2}]},
         ["/job_types"]),
        ({"job_types": [{"name": f"Type {n}", "duration_minutes": 1} for n in range(101)]}, ["/job_types"]),
    ],
)  # fmt: skip
def test_everything_is_bounded_and_every_flaw_is_named(firm, wrong, where):
    assert pointers(refused(Invalid, put, firm, wrong)) == where
    assert read(firm) == Firm()


def test_what_is_no_json_is_refused(firm):
    with pytest.raises(Unreadable):
        settling.put_settings(firm.ports, firm.administrator, Unparsed(b"{"))
