"""What an event is to whom: the standings and roles of SPEC's visibility, written by hand."""

from itertools import product

import pytest

from hosanna_core.model.event import Address, Event, Ref
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.place import Place
from hosanna_core.model.status import Standing
from hosanna_core.rules.views import View, is_for, told, view
from hosanna_core.rules.visibility import scope_of

ADMIN, OFFICE = Actor("ada", Role.ADMINISTRATOR), Actor("olga", Role.OFFICE_MANAGER)
TESS, THEO = Actor("tess", Role.TECHNICIAN), Actor("theo", Role.TECHNICIAN)
EVERYBODY = (ADMIN, OFFICE, TESS, THEO)
C, E, L, U, N = View.CHANGED, View.ENTERED, View.LEFT, View.UNSEEN, View.CREATED

# action, from, to (of tess), and what it is to ADMIN, OFFICE, TESS, THEO
STEPS = [
    ("create", None, "TENTATIVE", N, U, U, U),
    ("confirm", "TENTATIVE", "CONFIRMED", C, E, U, U),
    ("cancel a tentative one", "TENTATIVE", "CANCELLED_UNSEEN", C, U, U, U),
    ("assign", "CONFIRMED", "ASSIGNED", C, C, U, U),
    ("dispatch", "ASSIGNED", "DISPATCHED", C, C, E, U),
    ("recall", "DISPATCHED", "ASSIGNED", C, C, L, U),
    ("start", "DISPATCHED", "IN_PROGRESS", C, C, C, U),
    ("hold", "IN_PROGRESS", "ON_HOLD", C, C, C, U),
    ("complete", "IN_PROGRESS", "COMPLETED", C, C, C, U),
    ("bill", "COMPLETED", "BILLED", C, C, C, U),
    ("cancel in the office", "ASSIGNED", "CANCELLED_OFFICE", C, C, U, U),
    ("cancel in the field", "DISPATCHED", "CANCELLED_FIELD", C, C, C, U),
]
# Those that take the technician away.
CLEARING = [
    ("return_visit", "IN_PROGRESS", "CONFIRMED", C, C, L, U),
    ("reopen", "COMPLETED", "CONFIRMED", C, C, L, U),
    ("unassign", "ASSIGNED", "CONFIRMED", C, C, U, U),
]


def event(
    before: str | None, after: str, technician: str | None = "tess", then: str | None = "tess"
) -> Event:
    return Event(
        key="job|j|2|0",
        kind="job.status_changed",
        subject=Ref("job", "j"),
        version=2,
        at=0,
        actor_id="a",
        before=None if before is None else Place(Standing(before), technician),
        after=Place(Standing(after), then),
    )


@pytest.mark.parametrize(("action", "before", "after", "views"), [(a, b, c, v) for a, b, c, *v in STEPS])
def test_each_step_is_to_each_role_what_the_page_says(
    action: str, before: str | None, after: str, views: list[View]
) -> None:
    found = [view(event(before, after), scope_of(actor)) for actor in EVERYBODY]
    assert found == list(views), action


@pytest.mark.parametrize(("action", "before", "after", "views"), [(a, b, c, v) for a, b, c, *v in CLEARING])
def test_who_loses_the_job_sees_it_leave(action: str, before: str, after: str, views: list[View]) -> None:
    found = [view(event(before, after, "tess", None), scope_of(actor)) for actor in EVERYBODY]
    assert found == list(views), action


def test_an_entry_that_cannot_be_shown_any_more_is_withheld_and_so_is_the_leaving_after_it() -> None:
    assert told(E, visible=False, lacking=False) == (U, True)
    assert told(L, visible=False, lacking=True) == (U, False)


def test_a_job_that_was_seen_is_left_even_if_it_is_back_by_now() -> None:
    assert told(L, visible=True, lacking=False) == (L, False)


def test_who_lacks_a_job_that_is_back_in_view_gets_it_as_one_that_entered() -> None:
    assert told(C, visible=True, lacking=True) == (E, False)


def test_a_change_of_what_is_gone_by_now_is_withheld_and_its_leaving_is_told() -> None:
    seen, lacking = told(C, visible=False, lacking=False)
    assert (seen, lacking) == (U, False)
    assert told(L, visible=False, lacking=lacking) == (L, False)


def test_nothing_is_shown_of_a_job_that_is_not_visible() -> None:
    shows = {C, E, N}
    for seen, lacking in product(View, (False, True)):
        assert told(seen, visible=False, lacking=lacking)[0] not in shows


def test_what_is_new_and_in_view_is_told_as_created() -> None:
    assert told(N, visible=True, lacking=False) == (N, False)


def test_an_event_without_a_place_is_for_those_it_is_addressed_to() -> None:
    to_tess = Event(
        key="n", kind="notification.created", subject=Ref("notification", "n"), version=1, at=0, actor_id=None,
        to=(Address(user_id="tess"),),
    )  # fmt: skip
    to_office = Event(
        key="a", kind="announcement.created", subject=Ref("announcement", "a"), version=1, at=0, actor_id=None,
        to=(Address(role=Role.OFFICE_MANAGER),),
    )  # fmt: skip
    assert [is_for(to_tess, actor) for actor in EVERYBODY] == [False, False, True, False]
    assert [is_for(to_office, actor) for actor in EVERYBODY] == [False, True, False, False]
