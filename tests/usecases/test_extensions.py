"""What is added from outside to the policy, to the scores and to the planners, as use cases take it."""

import dataclasses

import pytest
from tests.usecases.firm import HERE, REASON, pointers, refused
from tests.usecases.planners import DATE, PlanningFirm
from tests.usecases.test_candidates import asked, confirmed, score

from hosanna_core.errors import Invalid, PlanOutdated, PluginFailed, PluginRefused
from hosanna_core.model.status import Action
from hosanna_core.rules.assignment.score import Rated
from hosanna_core.rules.verdicts import Narrowed
from hosanna_core.testing.doubles.planner import PlainPlanner
from hosanna_core.usecases import applying, importing, jobs, planning, settling
from hosanna_core.usecases.judging import Unparsed


def narrowed(firm, *actions, failed=False):
    """The firm with a policy that is against these actions."""

    def against(actor, action, job):
        return (
            Narrowed("plugin.permits", "There is no permit.", "permits", failed)
            if action in actions
            else None
        )

    firm.ports = dataclasses.replace(firm.ports, additions=(against,))
    return firm


class Favours:
    """A score for one of the crew."""

    name, weight = "permits.favourite", 90

    def __init__(self, technician=None):
        self.technician = technician

    def rate(self, job, window, crew):
        if self.technician is None:
            return None
        return {self.technician.id: Rated(1.0, "the favourite")}


def offers(firm, actor, job):
    return {each.action: each for each in jobs.job_actions(firm.ports, actor, job.id, {})}


def test_what_is_refused_and_what_is_offered_agree(firm):
    job = firm.confirmed()
    narrowed(firm, Action.CANCEL)
    offer = offers(firm, firm.administrator, job)[Action.CANCEL]
    assert (offer.allowed, offer.rule, offer.reason) == (False, "plugin.permits", "There is no permit.")
    error = refused(PluginRefused, firm.do, firm.administrator, job, "cancel", **REASON)
    assert (error.rule, error.plugin) == ("plugin.permits", "permits")
    assert offers(firm, firm.administrator, job)[Action.RESCHEDULE].allowed


def test_nothing_is_let_through_while_the_policy_cannot_be_asked(firm):
    job = firm.confirmed()
    narrowed(firm, Action.CANCEL, failed=True)
    assert not offers(firm, firm.administrator, job)[Action.CANCEL].allowed
    assert refused(PluginFailed, firm.do, firm.administrator, job, "cancel", **REASON).retry_after > 0


def test_jobs_are_made_and_imported_only_as_far_as_the_policy_goes(firm):
    narrowed(firm, Action.CREATE)
    refused(PluginRefused, firm.create)
    refused(PluginRefused, importing.import_rows, firm.ports, firm.administrator, [])


def test_a_plan_is_applied_whole_or_not_at_all_before_a_policy_too():
    firm = PlanningFirm()
    firm.confirmed()
    plan = firm.plan()
    narrowed(firm, Action.ASSIGN)
    body = Unparsed.of({"accept_partly": False})
    error = refused(PlanOutdated, applying.apply_plan, firm.ports, firm.administrator, plan.id, body)
    assert [each.code for each in error.outcomes] == ["plugin_refused"]


def test_a_score_from_outside_counts_and_is_told_among_the_others(firm):
    job = confirmed(firm)
    last = asked(firm, job).items[-1].technician
    crew = sorted((firm.technician, firm.another), key=lambda each: each.id == last.id)
    other, technician = crew
    firm.ports = dataclasses.replace(firm.ports, scorers=(Favours(technician),))
    found = asked(firm, job)
    assert found.items[0].technician == last
    told = score(found, technician, "permits.favourite")
    assert (told.value, told.weight, told.contribution, told.why) == (1.0, 90, 90.0, "the favourite")
    assert score(found, other, told.name).value == 0.5
    best = found.items[0]
    assert best.total == pytest.approx(sum(each.contribution for each in best.scores), abs=0.001)
    assert found.scores_left_out == []
    firm.do(firm.administrator, job, "assign", technician_id="auto")
    assert "permits.favourite 90.0 of 90" in str(firm.ports.store.jobs.history(job.id)[-1])


def test_its_weight_is_what_the_settings_say(firm):
    technician = firm.another
    firm.ports = dataclasses.replace(firm.ports, scorers=(Favours(technician),))
    body = Unparsed.of({"scores": {"plugins": {"permits.favourite": 7}}})
    settling.put_settings(firm.ports, firm.administrator, body, origin=HERE)
    found = asked(firm, confirmed(firm))
    assert score(found, technician, "permits.favourite").contribution == 7.0
    assert found.weights.plugins == {"permits.favourite": 7}


def test_a_score_that_does_not_work_is_left_out_and_that_is_said(firm):
    firm.ports = dataclasses.replace(firm.ports, scorers=(Favours(),))
    found = asked(firm, confirmed(firm))
    assert found.scores_left_out == ["permits.favourite"]
    assert len(found.items) == 2
    assert all(each.name != "permits.favourite" for each in found.items[0].scores)


def test_a_planner_from_outside_is_asked_for_by_its_name():
    firm = PlanningFirm()
    firm.confirmed()
    ask = {"date": DATE, "planner": "permits.inspections"}
    error = refused(Invalid, planning.make_plan, firm.ports, firm.administrator, Unparsed.of(ask))
    assert pointers(error) == ["/planner"]
    planners = {**firm.ports.planners, "permits.inspections": PlainPlanner()}
    firm.ports = dataclasses.replace(firm.ports, planners=planners)
    plan = planning.make_plan(firm.ports, firm.administrator, Unparsed.of(ask))
    assert plan.planner == "permits.inspections"
    assert plan.routes
