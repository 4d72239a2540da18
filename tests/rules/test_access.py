"""What a firm decides about access: who may act, whether a session goes on, who must prove more."""

import msgspec
import pytest

from hosanna_core.model.ids import DAY, MINUTE
from hosanna_core.model.people import Caller, Role
from hosanna_core.rules.access import AccessPolicy, alive, goes_on
from hosanna_core.testing.samples import START, a_session, id_of

CALLER = Caller(id=id_of(1), role=Role.TECHNICIAN, active=True, session_epoch=3, revoked=(id_of(8),))
SESSION = a_session(7, CALLER.id, epoch=3, expires_at=START + DAY)


@pytest.mark.parametrize(
    ("parts", "session_id", "epoch", "may_act"),
    [
        ({}, id_of(7), 3, True),
        ({}, id_of(7), 2, False),
        ({}, id_of(7), 4, False),
        ({}, id_of(8), 3, False),
        ({"active": False}, id_of(7), 3, False),
    ],
)
def test_a_token_acts_for_an_active_user_in_the_present_epoch_of_a_session_that_was_not_ended(
    parts, session_id, epoch, may_act
):
    assert alive(msgspec.structs.replace(CALLER, **parts), session_id, epoch) is may_act


@pytest.mark.parametrize(
    ("parts", "now", "on"),
    [
        ({}, START + DAY - 1, True),
        ({}, START + DAY, False),
        ({"epoch": 2}, START, False),
        ({"epoch": 4}, START, False),
        ({"ended_at": START}, START, False),
    ],
)
def test_a_session_goes_on_until_it_is_ended_or_expires_or_its_user_ends_all(parts, now, on):
    assert goes_on(msgspec.structs.replace(SESSION, **parts), 3, now) is on


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("has_one", [True, False])
def test_who_is_of_a_role_that_must_have_a_second_factor_needs_one_until_they_have_it(role, has_one):
    caller = msgspec.structs.replace(CALLER, role=role, second_factor=has_one)
    assert not AccessPolicy().needs_second_factor(caller)
    strict = AccessPolicy(second_factor_roles=frozenset({Role.ADMINISTRATOR}))
    assert strict.needs_second_factor(caller) is (role is Role.ADMINISTRATOR and not has_one)


def test_access_lasts_a_quarter_of_an_hour_a_session_a_fortnight_unused_and_ninety_days_at_most():
    policy = AccessPolicy()
    assert (policy.access_lifetime, policy.idle, policy.absolute) == (15 * MINUTE, 14 * DAY, 90 * DAY)
    assert policy.second_factor_roles == frozenset()
