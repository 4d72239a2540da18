"""SPEC section 2: who sees which job, against an oracle that is written from the page."""

import itertools

import pytest
from tests.rules.tables import ACTORS, ADMINISTRATOR, ANOTHER, OFFICE_MANAGER, OWNERS, TECHNICIAN, sees

from hosanna_core.model.place import Place
from hosanna_core.model.query import JobFilter
from hosanna_core.model.status import Standing, Status
from hosanna_core.rules.visibility import SEES_ALL, Scope, scope_of

PLACES = [Place(standing, owner) for standing, owner in itertools.product(Standing, OWNERS)]
SCOPES = [
    *(scope_of(actor) for actor in ACTORS),
    Scope(frozenset({Standing.CANCELLED_FIELD}), None),
    Scope(frozenset({Standing.BILLED, Standing.TENTATIVE}), ANOTHER.id),
]
STATUS_OF = {standing: Status(standing.split("_")[0]) if standing.startswith("CANCELLED") else Status(standing)
             for standing in Standing}  # fmt: skip


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("place", PLACES)
def test_every_standing_is_seen_by_those_whom_the_page_names(actor, place):
    assert scope_of(actor).admits(place) == sees(actor, place.standing, place.technician_id)


@pytest.mark.parametrize("scope", SCOPES)
def test_nobody_sees_a_job_that_is_not_there(scope):
    assert not scope.admits(None)


def test_an_administrator_sees_everything():
    assert scope_of(ADMINISTRATOR) == SEES_ALL
    assert all(SEES_ALL.admits(place) for place in PLACES)


def test_a_job_cancelled_straight_from_tentative_stays_hidden_from_the_office():
    assert not scope_of(OFFICE_MANAGER).admits(Place(Standing.CANCELLED_UNSEEN, None))
    assert scope_of(OFFICE_MANAGER).admits(Place(Standing.CANCELLED_OFFICE, None))


def test_a_technician_keeps_seeing_what_was_cancelled_under_their_hands_and_not_what_was_cancelled_before():
    mine = scope_of(TECHNICIAN)
    assert mine.admits(Place(Standing.CANCELLED_FIELD, TECHNICIAN.id))
    assert not mine.admits(Place(Standing.CANCELLED_OFFICE, TECHNICIAN.id))
    assert not mine.admits(Place(Standing.CANCELLED_FIELD, ANOTHER.id))


FILTERS = [
    JobFilter(statuses=statuses, technician_id=technician)
    for statuses, technician in itertools.product(
        (
            None,
            *(frozenset({status}) for status in Status),
            frozenset({Status.TENTATIVE, Status.CANCELLED}),
            frozenset({Status.ASSIGNED, Status.DISPATCHED}),
            frozenset(Status),
        ),
        OWNERS,
    )
]


@pytest.mark.parametrize("scope", SCOPES)
def test_a_filter_narrows_a_scope_to_exactly_what_both_admit(scope):
    for wanted, place in itertools.product(FILTERS, PLACES):
        narrowed = scope.narrow(wanted)
        asked_for = (wanted.statuses is None or STATUS_OF[place.standing] in wanted.statuses) and (
            wanted.technician_id is None or place.technician_id == wanted.technician_id
        )
        found = narrowed is not None and narrowed.admits(place)
        assert found == (scope.admits(place) and asked_for), (wanted, place)


@pytest.mark.parametrize("scope", SCOPES)
def test_what_is_left_to_ask_the_store_is_never_nothing(scope):
    for narrowed, wanted in ((scope.narrow(wanted), wanted) for wanted in FILTERS):
        assert narrowed is None or narrowed.standings
        assert (narrowed and narrowed.narrow(wanted)) == narrowed


def test_asking_for_what_one_may_not_see_asks_the_store_nothing():
    assert scope_of(OFFICE_MANAGER).narrow(JobFilter(statuses=frozenset({Status.TENTATIVE}))) is None
    assert scope_of(TECHNICIAN).narrow(JobFilter(technician_id=ANOTHER.id)) is None
    assert scope_of(TECHNICIAN).narrow(JobFilter(statuses=frozenset({Status.CONFIRMED}))) is None
