"""What use cases could get wrong about tokens: the machine must find each of it, on a store that is sound."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from hosanna_adapters.memory import MemoryStore
from hosanna_core.model.ids import MINUTE
from hosanna_core.ports import Store
from hosanna_core.rules import membership, refreshing, resetting
from hosanna_core.testing.access_machine import AccessMachine
from hosanna_core.usecases import access, passwords, sessions, users

Patch = Callable[[pytest.MonkeyPatch], None]


class OnMemory(AccessMachine):
    def make_store(self) -> Store:
        return MemoryStore().ports()


def lets_a_replay_pass(patch: pytest.MonkeyPatch) -> None:
    end_session = sessions.end_session

    def ends_no_replay(ports: Any, user_id: str, session_id: str, action: str, **parts: Any) -> None:
        if action != "session.replayed":
            end_session(ports, user_id, session_id, action, **parts)

    patch.setattr(sessions, "end_session", ends_no_replay)


def repeats_for_too_long(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(refreshing, "GRACE", 40_000)


def repeats_for_too_short_a_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(refreshing, "GRACE", 20_000)


def forgets_sessions_that_were_ended_one_by_one(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(access, "alive", lambda caller, _, epoch: caller.active and caller.session_epoch == epoch)


def remembers_them_for_too_short_a_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sessions, "LEEWAY", -10 * MINUTE)


def forgets_that_all_sessions_were_ended(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(access, "alive", lambda caller, session_id, _: session_id not in caller.revoked)


def refreshes_sessions_that_are_too_old(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        sessions, "goes_on", lambda session, epoch, _: session.ended_at is None and session.epoch == epoch
    )


def refreshes_sessions_of_an_earlier_epoch(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        sessions, "goes_on", lambda session, _, now: session.ended_at is None and now < session.expires_at
    )


def takes_old_letters(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(resetting, "LIFETIME", 20 * MINUTE)


def keeps_sessions_when_a_password_changes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(passwords, "revised", _without_an_end)


def keeps_sessions_when_a_role_changes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(users, "revised", _without_an_end)


def _without_an_end(user: Any, now: int, values: Any = None, *, ends_sessions: bool = False) -> Any:
    return membership.revised(user, now, values)


def seldom(fault: Patch) -> Any:
    """One that takes the machine long to meet; the tests of the use cases find it at once."""
    return pytest.param(fault, marks=pytest.mark.deep)


@pytest.mark.parametrize(
    "fault",
    [
        lets_a_replay_pass,
        seldom(repeats_for_too_long),
        repeats_for_too_short_a_time,
        forgets_sessions_that_were_ended_one_by_one,
        seldom(remembers_them_for_too_short_a_time),
        forgets_that_all_sessions_were_ended,
        refreshes_sessions_that_are_too_old,
        refreshes_sessions_of_an_earlier_epoch,
        seldom(takes_old_letters),
        keeps_sessions_when_a_password_changes,
        keeps_sessions_when_a_role_changes,
    ],
    ids=lambda fault: fault.__name__,
)
def test_the_machine_finds_a_system_that(fault: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            OnMemory, settings=settings(phases=[Phase.generate], stateful_step_count=30, max_examples=1_000)
        )
