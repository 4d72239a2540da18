"""Coming in: registering, logging in, and what ends a token."""

import pytest
from tests.usecases.firm import MINUTE, NOBODY, PASSWORD

from hosanna_core import errors
from hosanna_core.model.people import Actor
from hosanna_core.ports.tokens import Claims
from hosanna_core.testing.samples import id_of
from hosanna_core.usecases import access, users
from hosanna_core.usecases.access import Registration
from hosanna_core.usecases.judging import Unparsed

NEW = {"email": "new@example.com", "password": PASSWORD, "full_name": "New"}


def log_in(firm, email="tess@example.com", password=PASSWORD):
    return access.log_in(firm.ports, Unparsed.of({"email": email, "password": password}))


def identify(firm, token):
    return access.identify(firm.ports, token).actor


def register(firm, mode=Registration.APPROVAL, **fields):
    return access.register(firm.ports, Unparsed.of({**NEW, **fields}), mode)


def switch(firm, user_id, active):
    users.set_active(firm.ports, firm.administrator, user_id, active=active, body=Unparsed(b""))


def refused(error, function, *args, **kwargs):
    with pytest.raises(error) as caught:
        function(*args, **kwargs)
    return caught.value


def test_a_login_gives_a_token_that_says_who_is_calling(firm):
    login = log_in(firm)
    assert (login.token_type, login.expires_in) == ("bearer", 15 * 60)
    assert identify(firm, login.access_token) == firm.technician


@pytest.mark.parametrize("email", [" Tess@Example.COM ", "TESS@EXAMPLE.COM"])
def test_an_address_may_be_spelt_as_people_spell_it(firm, email):
    assert identify(firm, log_in(firm, email).access_token) == firm.technician


def test_every_failed_login_is_told_in_the_same_words_and_checks_one_password(firm, monkeypatch):
    checked = []
    real = type(firm.ports.passwords).verify

    def counted(self, password_hash, password):
        checked.append(password_hash)
        return real(self, password_hash, password)

    monkeypatch.setattr(type(firm.ports.passwords), "verify", counted)
    register(firm)
    switch(firm, firm.another.id, active=False)
    attempts = [
        ("nobody@example.com", PASSWORD),
        ("tess@example.com", "wrong"),
        ("theo@example.com", PASSWORD),
        ("new@example.com", PASSWORD),
        ("not an address", ""),
    ]
    words = {str(refused(errors.BadCredentials, log_in, firm, *attempt)) for attempt in attempts}
    assert len(words) == 1
    assert len(checked) == len(attempts)


@pytest.mark.parametrize(
    "body", [{}, {"email": 7, "password": "x"}, {"email": "a@b.c", "password": "x", "role": "ADMINISTRATOR"}]
)
def test_a_login_of_the_wrong_form_is_invalid(firm, body):
    refused(errors.Invalid, access.log_in, firm.ports, Unparsed.of(body))


def test_a_token_ends_when_its_time_is_over(firm):
    token = log_in(firm).access_token
    # Fifteen minutes, and one more for clocks that differ.
    firm.clock.step(16 * MINUTE - 1)
    access.identify(firm.ports, token)
    firm.clock.step(1)
    refused(errors.Unauthenticated, access.identify, firm.ports, token)


def test_deactivation_ends_every_token_at_once_and_letting_in_again_does_not_revive_them(firm):
    token = log_in(firm).access_token
    switch(firm, firm.technician.id, active=False)
    refused(errors.Unauthenticated, access.identify, firm.ports, token)
    switch(firm, firm.technician.id, active=True)
    refused(errors.Unauthenticated, access.identify, firm.ports, token)
    access.identify(firm.ports, log_in(firm).access_token)


def test_another_role_ends_every_token_and_the_same_role_none(firm):
    token = log_in(firm).access_token
    same, other = Unparsed.of({"role": "TECHNICIAN"}), Unparsed.of({"role": "OFFICE_MANAGER"})
    users.set_role(firm.ports, firm.administrator, firm.technician.id, same)
    access.identify(firm.ports, token)
    users.set_role(firm.ports, firm.administrator, firm.technician.id, other)
    refused(errors.Unauthenticated, access.identify, firm.ports, token)
    assert identify(firm, log_in(firm).access_token).role == "OFFICE_MANAGER"


def test_another_name_or_availability_ends_no_token(firm):
    token = log_in(firm).access_token
    users.edit_own_profile(firm.ports, firm.technician, Unparsed.of({"full_name": "Theresa"}))
    users.set_availability(firm.ports, firm.technician, firm.technician.id, Unparsed.of({"timezone": "UTC"}))
    assert identify(firm, token) == firm.technician


def test_a_token_of_nobody_and_no_token_are_refused_alike(firm):
    now = firm.clock.now()
    said = {"token_id": id_of(1), "session_id": id_of(2), "user_id": NOBODY, "epoch": 0}
    ghost = firm.ports.tokens.issue(Claims(**said, issued_at=now, expires_at=now + 9_000))
    words = {
        str(refused(errors.Unauthenticated, access.identify, firm.ports, token)) for token in (ghost, "x", "")
    }
    assert len(words) == 1


def test_who_registers_is_a_technician_who_waits_for_an_administrator(firm):
    assert register(firm) is None
    user = firm.ports.store.users.by_email("new@example.com")
    assert (user.role, user.active) == ("TECHNICIAN", False)
    refused(errors.BadCredentials, log_in, firm, "new@example.com")
    switch(firm, user.id, active=True)
    assert identify(firm, log_in(firm, "new@example.com").access_token) == Actor(user.id, user.role)


def test_where_registration_is_open_nobody_waits(firm):
    register(firm, Registration.OPEN)
    assert log_in(firm, "new@example.com")


def test_where_it_is_closed_everybody_is_refused_alike(firm):
    for fields in ({}, {"email": "tess@example.com"}):
        denied = refused(errors.PermissionDenied, register, firm, Registration.CLOSED, **fields)
        assert denied.rule == "registration.closed"
    assert firm.ports.store.users.by_email("new@example.com") is None


def test_a_known_address_is_answered_like_a_new_one_and_changes_nothing(firm):
    before = firm.state()
    assert register(firm, email=" TESS@example.com", password="another password") is None
    assert firm.state() == before
    log_in(firm)


def test_a_known_address_costs_a_hash_like_a_new_one(firm, monkeypatch):
    hashed = []
    real = type(firm.ports.passwords).hash

    def counted(self, password):
        hashed.append(password)
        return real(self, password)

    monkeypatch.setattr(type(firm.ports.passwords), "hash", counted)
    register(firm)
    register(firm, email="tess@example.com")
    assert len(hashed) == 2


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": "nobody"}, ["/email"]),
        ({"email": "a\x00b@example.com"}, ["/email"]),
        ({"email": "a b@example.com"}, ["/email"]),
        ({"email": "a" * 250 + "@example.com"}, ["/email"]),
        ({"password": "short"}, ["/password"]),
        ({"password": "x" * 257}, ["/password"]),
        ({"full_name": "  "}, ["/full_name"]),
        ({"full_name": "x" * 201, "role": "ADMINISTRATOR", "email": 7}, ["/email", "/full_name", "/role"]),
    ],
)
def test_every_bad_field_of_a_registration_is_named_and_no_role_can_be_chosen(firm, fields, wrong):
    invalid = refused(errors.Invalid, register, firm, **fields)
    assert sorted(flaw.pointer for flaw in invalid.flaws) == wrong


def test_one_sees_ones_own_profile(firm):
    assert access.own_profile(firm.ports, firm.technician, {}).email == "tess@example.com"
    refused(errors.Invalid, access.own_profile, firm.ports, firm.technician, {"x": ["1"]})
