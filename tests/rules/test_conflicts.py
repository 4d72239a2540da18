"""Why nobody fits, and the least that would have to give, against trying every set of rules."""

from itertools import chain, combinations

from hypothesis import given
from hypothesis import strategies as st

from hosanna_core.rules.assignment.conflicts import conflicts, least
from hosanna_core.rules.assignment.fit import RULES

BROKEN = st.lists(st.frozensets(st.sampled_from(RULES)), max_size=12)


def every_set():
    return [
        frozenset(each) for each in chain.from_iterable(combinations(RULES, k) for k in range(len(RULES) + 1))
    ]


def smallest(sets):
    return {each for each in sets if not any(other < each for other in sets)}


@given(broken=BROKEN)
def test_conflicts_are_the_smallest_sets_that_nobody_satisfies_whole(broken):
    unsatisfied = [rules for rules in every_set() if all(rules & each for each in broken)]
    assert set(conflicts(broken)) == smallest(unsatisfied)


@given(broken=BROKEN)
def test_without_a_smallest_set_somebody_fits_and_without_less_of_it_nobody_does(broken):
    enough = [rules for rules in every_set() if any(each <= rules for each in broken)]
    assert set(least(broken)) == smallest(enough)


@given(broken=BROKEN)
def test_there_is_no_conflict_where_somebody_breaks_nothing(broken):
    assert conflicts([*broken, frozenset()]) == []


def test_where_there_is_nobody_no_rule_is_to_blame():
    assert conflicts([]) == [frozenset()]
    assert least([]) == []
