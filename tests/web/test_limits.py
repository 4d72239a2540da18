"""What each limit refuses, and that whoever is refused is told of that limit and of no other."""

import inspect

import pytest
from tests.web.firm import API, Firm
from tests.web.test_walk import BESIDE_JOBS, ENDS_THE_SESSION, PUBLIC, asked

from hosanna_core.model.limits import Allowance, Limit, Use
from hosanna_core.rules import access
from hosanna_core.testing.doubles import PlainThrottles
from hosanna_web.api.operations import Lane
from hosanna_web.api.table import OPERATIONS

LIMITS: dict[str, Limit] = {
    each.name: each for _, each in inspect.getmembers(access) if isinstance(each, Limit)
}
SHOWS_A_PROOF = {"change_password", "set_up_second_factor", "confirm_second_factor", "disable_second_factor"}
WITH_A_TOKEN = {each.name for each in OPERATIONS if not each.public}
REFUSED: dict[str, set[str]] = {
    "login": {"log_in", *SHOWS_A_PROOF},
    "login-address": {"log_in"},
    "login-account": {"log_in"},
    "password": SHOWS_A_PROOF,
    "reset": {"forgot_password", "reset_password"},
    "reset-address": {"forgot_password", "reset_password"},
    "reset-account": set(),
    "register": {"register"},
    "calendar": set(),
    "calendar-address": {"read_calendar"},
    "user": {"log_in", *WITH_A_TOKEN},
}


def fill(firm: Firm, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nothing is left of that limit, for anybody."""
    throttles = firm.ports.throttles
    assert isinstance(throttles, PlainThrottles)
    real = throttles._allowance

    def allowance(use: Use) -> Allowance:
        return Allowance(use.limit, 0, 30) if use.limit.name == name else real(use)

    monkeypatch.setattr(throttles, "_allowance", allowance)


def test_every_limit_is_here() -> None:
    assert set(REFUSED) == set(LIMITS)


@pytest.mark.parametrize("name", REFUSED)
def test_whoever_is_refused_is_told_of_the_limit_that_refused_them(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Firm()
    # A place that is known does not wait for what others do to the account.
    monkeypatch.setattr("hosanna_core.usecases.throttling._known_place", lambda *_: False)
    fill(firm, name, monkeypatch)
    refused = set()
    for operation in OPERATIONS:
        body = (
            PUBLIC[operation.name][1] if operation.public else BESIDE_JOBS.get(operation.name, ({}, 0, {}))[2]
        )
        if operation.name in ENDS_THE_SESSION:
            # Logging in for it would be refused already.
            answer = firm.ask("POST", operation.path.removeprefix(API), "tess")
        else:
            answer = asked(firm, operation, None if operation.public else "theo", body)
        if answer.status == 429:
            refused.add(operation.name)
            assert answer.header("ratelimit") == f'"{name}";r=0;t=30', operation.name
            assert (
                answer.header("ratelimit-policy")
                == f'"{name}";q={LIMITS[name].most};w={LIMITS[name].seconds}'
            )
            assert answer.header("retry-after") == "30"
    assert refused == REFUSED[name]


def test_a_wrong_present_password_says_how_many_more_are_heard(firm: Firm) -> None:
    answer = firm.ask("POST", "/auth/second-factor", "tess", {"password": "a wrong one"})
    assert (answer.status, answer.header("ratelimit")) == (422, '"login";r=9;t=60')


def test_a_letter_too_many_is_answered_like_any_other(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"email": "tess@example.com"}
    before = firm.ask("POST", "/auth/password/forgot", None, body)
    fill(firm, "reset-account", monkeypatch)
    after = firm.ask("POST", "/auth/password/forgot", None, body)
    assert (before.status, before.unlimited) == (202, after.unlimited)
    assert before.header("ratelimit") == '"reset";r=9;t=60'
    assert after.header("ratelimit") == '"reset";r=8;t=60'
    assert len(firm.ports.mailer.letters) == 1  # type: ignore[attr-defined]  # the kit's letterbox


def test_a_stranger_over_a_limit_takes_no_place_among_those_who_wait_to_hash() -> None:
    assert {
        each.name for each in OPERATIONS if each.public and each.where is Lane.HASHING and not each.admit
    } == set()
