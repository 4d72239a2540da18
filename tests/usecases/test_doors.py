"""Every kind of token at every door: each opens its own, and no other."""

import pytest
from tests.usecases.firm import HERE, PASSWORD, Firm, refused

from hosanna_core import errors
from hosanna_core.rules.keys import derive
from hosanna_core.testing.doubles import PlainTokens
from hosanna_core.usecases import passwords, second_factor, sessions, trail, users
from hosanna_core.usecases.judging import Unparsed

NEW = "another good password"


def access_token(firm):
    return firm.log_in().access_token


def refresh_token(firm):
    return firm.log_in().refresh_token


def reset_token(firm):
    passwords.forgot_password(firm.ports, Unparsed.of({"email": "tess@example.com"}), HERE)
    return firm.ports.mailer.letters[-1].text.partition("#token=")[2].split()[0]


def cursor(firm):
    firm.log_in()
    return trail.list_entries(firm.ports, firm.administrator, {"limit": ["1"]})[1]


def another_lists_cursor(firm):
    return users.list_users(firm.ports, firm.administrator, {"limit": ["1"]})[1]


def secret(firm):
    body = Unparsed.of({"password": PASSWORD})
    return second_factor.set_up(firm.ports, firm.technician, body, HERE).secret


TOKENS = (access_token, refresh_token, reset_token, cursor, another_lists_cursor, secret)


def identify(firm, token):
    return firm.identify(token)


def refresh(firm, token):
    return firm.refresh(token)


def reset(firm, token):
    passwords.reset_password(firm.ports, Unparsed.of({"token": token, "password": NEW}), HERE)


def page_on(firm, token):
    return trail.list_entries(firm.ports, firm.administrator, {"cursor": [token]})


DOORS = {
    identify: (access_token, errors.Unauthenticated),
    refresh: (refresh_token, errors.BadRefreshToken),
    reset: (reset_token, errors.BadResetToken),
    page_on: (cursor, errors.Invalid),
}


@pytest.mark.parametrize("make", TOKENS)
@pytest.mark.parametrize("door", DOORS)
def test_a_door_opens_to_its_own_kind_of_token_and_to_no_other(firm, door, make):
    token, (own, error) = make(firm), DOORS[door]
    before = firm.state()
    if make is own:
        door(firm, token)
        return
    # A form may say of what is too long that it is no token at all.
    refusal = refused((error, errors.Invalid) if len(token) > 512 else error, door, firm, token)
    assert token not in str(refusal)
    assert firm.state() == before


@pytest.mark.parametrize("make", [make for make in TOKENS if make is not refresh_token])
def test_no_other_token_makes_a_device_known_or_ends_a_session(firm, make):
    token = make(firm)[:512]
    kept, login = firm.log_in(), firm.log_in()
    for _ in range(10):
        refused(errors.BadCredentials, firm.log_in, password="a wrong password")
    refused(errors.TooManyRequests, firm.log_in, refresh_token=token)
    who = firm.identify(login)
    sessions.log_out(firm.ports, who.actor, who.session_id, Unparsed.of({"refresh_token": token}), HERE)
    assert firm.identify(firm.refresh(kept)).actor == firm.technician


@pytest.mark.parametrize("make", TOKENS)
def test_no_token_is_a_one_time_code(firm, make):
    body = Unparsed.of({"password": PASSWORD})
    token = make(firm)[:64]
    second_factor.set_up(firm.ports, firm.technician, body, HERE)
    refused(
        errors.Invalid, second_factor.confirm, firm.ports, firm.technician, Unparsed.of({"code": token}), HERE
    )


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("made_up", ["x", "a.b.c", "-", "\x00", "é" * 91, "A" * 91, "." * 40])
def test_a_made_up_token_opens_no_door_and_is_no_error_of_ours(firm, door, made_up):
    before = firm.state()
    refused(DOORS[door][1], door, firm, made_up)
    assert firm.state() == before


def test_a_token_of_another_store_opens_no_door_here_also_where_the_same_people_work(firm):
    other = Firm(keys=derive(b"another secret"), tokens=PlainTokens("another"))
    assert other.technician == firm.technician
    for door, (make, error) in DOORS.items():
        make(firm)
        refused(error, door, firm, make(other))
