"""Additions to the policy narrow it, whatever they answer."""

import itertools

import pytest
from tests.rules import tables
from tests.rules.tables import ACTIONS, ACTORS, OWNERS, STATUSES

from hosanna_core.errors import PermissionDenied, PluginFailed, PluginRefused
from hosanna_core.rules.lifecycle import STANDARD
from hosanna_core.rules.permissions import explain, judge
from hosanna_core.rules.verdicts import Allowed, Denied, Narrowed
from hosanna_core.usecases.permitting import demand

EVERYTHING = list(itertools.product(ACTORS, ACTIONS, STATUSES, OWNERS))
NO = Narrowed("plugin.permits", "There is no permit.", "permits")


def answering(answer):
    return lambda actor, action, job: answer


@pytest.mark.parametrize("answer", [None, True, Allowed("plugin.permits"), "yes", 1])
def test_nothing_that_an_addition_answers_lets_anybody_do_more(answer):
    for actor, action, status, owner in EVERYTHING:
        job = tables.job_in(status, owner)
        for asking in (judge, explain):
            added = asking(actor, action, job, STANDARD, (answering(answer),))
            assert added == asking(actor, action, job)


def test_what_it_refuses_is_refused_where_everything_else_allows_it_and_else_nothing_changes():
    refused = 0
    for actor, action, status, owner in EVERYTHING:
        job = tables.job_in(status, owner)
        plain, added = explain(actor, action, job), explain(actor, action, job, STANDARD, (answering(NO),))
        assert added == (NO if plain else plain)
        refused += bool(plain)
    assert refused > 0


def test_it_is_asked_about_nothing_that_is_refused_anyway():
    asked = []

    def addition(actor, action, job):
        asked.append((actor, action, job))

    for actor, action, status, owner in EVERYTHING:
        job = tables.job_in(status, owner)
        asked.clear()
        verdict = explain(actor, action, job, STANDARD, (addition,))
        assert asked == ([(actor, action, job)] if verdict else [])


def test_the_first_refusal_counts_and_nobody_is_asked_after_it():
    def never(actor, action, job):
        raise AssertionError

    actor, action, status, owner = next(
        each for each in EVERYTHING if explain(each[0], each[1], tables.job_in(*each[2:]))
    )
    job = tables.job_in(status, owner)
    assert judge(actor, action, job, STANDARD, (answering(None), answering(NO), never)) == NO


def test_a_refusal_names_the_plugin_and_one_that_could_not_be_asked_is_no_refusal():
    with pytest.raises(PluginRefused) as refused:
        demand(NO)
    assert isinstance(refused.value, PermissionDenied)
    assert (refused.value.rule, refused.value.plugin, str(refused.value)) == (
        "plugin.permits", "permits", "There is no permit.",
    )  # fmt: skip
    with pytest.raises(PluginFailed) as failed:
        demand(Narrowed("plugin.permits", "It does not answer.", "permits", failed=True))
    assert failed.value.plugin == "permits"
    assert isinstance(NO, Denied)
    assert not NO
