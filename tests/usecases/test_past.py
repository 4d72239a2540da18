"""Past states and the history, for those who see the job both now and then."""

import pytest
from tests.usecases.firm import REASON, Firm

from hosanna_core import errors
from hosanna_core.model.instants import to_text
from hosanna_core.rules import history
from hosanna_core.usecases import jobs

MINUTE = 60_000


@pytest.fixture
def story(firm):
    """A job that goes from one technician to another; its states by version."""
    states = [firm.create()]

    def on(actor, action, **body):
        states.append(firm.do(actor, states[0], action, **body))

    on(firm.administrator, "confirm")
    on(firm.administrator, "assign", technician_id=firm.technician.id)
    on(firm.office, "dispatch")
    on(firm.office, "recall", reason="Not today")
    on(firm.administrator, "reassign", technician_id=firm.another.id, reason="Ill")
    on(firm.office, "dispatch")
    on(firm.another, "start")
    return {state.version: state for state in states}


def seen_as_of(firm, actor, story):
    """The versions whose instants *actor* may look at."""
    found = []
    for version, state in story.items():
        try:
            past = firm.get(actor, state, as_of=to_text(state.updated_at))
        except errors.NotFound:
            continue
        assert past == state
        found.append(version)
    return found


def test_an_administrator_sees_every_past_state(firm, story):
    assert seen_as_of(firm, firm.administrator, story) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_an_office_manager_sees_it_from_its_confirmation_on(firm, story):
    assert seen_as_of(firm, firm.office, story) == [2, 3, 4, 5, 6, 7, 8]


def test_a_technician_sees_what_was_theirs_and_dispatched_and_nothing_of_the_former_one(firm, story):
    assert seen_as_of(firm, firm.another, story) == [7, 8]


def test_who_does_not_see_the_job_now_does_not_see_it_as_it_was_when_they_did(firm, story):
    assert seen_as_of(firm, firm.technician, story) == []


def test_between_two_changes_the_earlier_holds_and_before_the_first_there_is_nothing(firm, story):
    assert firm.get(firm.administrator, story[1], as_of=to_text(story[3].updated_at - 1)) == story[2]
    with pytest.raises(errors.NotFound):
        firm.get(firm.administrator, story[1], as_of=to_text(story[1].created_at - 1))


def test_the_present_and_the_future_are_the_job_as_it_is(firm, story):
    for instant in ("9999-12-31T23:59:59Z", to_text(story[8].updated_at)):
        assert firm.get(firm.another, story[1], as_of=instant) == story[8]


@pytest.mark.parametrize(
    "query", [{"as_of": "yesterday"}, {"as_of": "2026-03-01"}, {"at": "x"}, {"as_of": ""}]
)
def test_a_time_that_is_none_is_invalid_for_those_who_see_the_job_and_not_found_for_the_others(
    firm, story, query
):
    with pytest.raises(errors.Invalid) as refused:
        firm.get(firm.another, story[1], **query)
    assert [flaw.pointer for flaw in refused.value.flaws] == [f"/{name}" for name in query]
    with pytest.raises(errors.NotFound):
        firm.get(firm.technician, story[1], **query)


def test_a_parameter_that_comes_twice_is_invalid(firm, story):
    with pytest.raises(errors.Invalid):
        jobs.get_job(firm.ports, firm.another, story[1].id, {"as_of": ["2026-03-01T00:00:00Z"] * 2})


def test_the_history_numbers_every_change_from_one_and_verifies(firm, story):
    entries = jobs.job_history(firm.ports, firm.another, story[1].id, {})
    assert [entry.version for entry in entries] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [entry.action for entry in entries] == [
        "create", "confirm", "assign", "dispatch", "recall", "reassign", "dispatch", "start",
    ]  # fmt: skip
    assert [entry.reason for entry in entries if entry.reason] == ["Not today", "Ill"]
    assert {entry.actor_id for entry in entries} == {
        actor.id for actor in (firm.administrator, firm.office, firm.another)
    }
    history.verify(story[8], firm.ports.store.jobs.history(story[1].id))


def test_a_clock_that_lags_behind_does_not_make_a_history_run_back():
    firm = Firm()
    job = firm.create()
    firm.clock.step(-MINUTE)
    edited = firm.patch(firm.administrator, job, {"title": "Another"})
    assert edited.updated_at == job.updated_at
    confirmed = firm.do(firm.administrator, edited, "confirm")
    assert firm.get(firm.administrator, job, as_of=to_text(job.updated_at)) == confirmed
    firm.do(firm.administrator, job, "cancel", **REASON)
    history.verify(firm.get(firm.administrator, job), firm.ports.store.jobs.history(job.id))
