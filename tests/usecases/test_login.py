"""Logging in: whoever fails learns nothing, whoever tries too often waits, and the rightful user gets in."""

import dataclasses
import json

import pytest
from tests.usecases.firm import HERE, MINUTE, PASSWORD, THERE, raising, refused

from hosanna_core import errors
from hosanna_core.model.audit import Outcome
from hosanna_core.model.ids import HOUR
from hosanna_core.model.limits import Use
from hosanna_core.model.session import Origin
from hosanna_core.rules.access import USER
from hosanna_core.testing.doubles import PlainPasswords
from hosanna_core.testing.racing import race
from hosanna_core.usecases import access, users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.throttling import address_key

NOTHING = Unparsed(b"")
TESS = "tess@example.com"
WRONG = "a wrong password"


def place(number):
    return Origin(f"192.0.2.{number}", None)


def fail(firm, email=TESS, password=WRONG, *, origin=HERE, times=1, **more):
    for _ in range(times):
        refused(errors.BadCredentials, firm.log_in, email, password, origin=origin, **more)


def waits(firm, email=TESS, password=PASSWORD, *, origin=HERE, **more):
    """Even the right password is not looked at; both doors say so."""
    form = Unparsed.of({"email": email, "password": password, **more})
    first = refused(errors.TooManyRequests, access.demand_admission, firm.ports, form, origin)
    second = refused(errors.TooManyRequests, firm.log_in, email, password, origin=origin, **more)
    assert first.retry_after == second.retry_after > 0
    return second.retry_after


@pytest.fixture
def costs(firm, monkeypatch):
    """How often a password was verified and hashed, and something written."""
    counted = {"verify": 0, "hash": 0}

    def counting(name):
        real = getattr(PlainPasswords, name)

        def call(self, *args):
            counted[name] += 1
            return real(self, *args)

        monkeypatch.setattr(PlainPasswords, name, call)

    counting("verify")
    counting("hash")

    def since(work):
        before = dict(counted), firm.ledger.commits, firm.ledger.records
        work()
        return (
            counted["verify"] - before[0]["verify"],
            counted["hash"] - before[0]["hash"],
            firm.ledger.commits - before[1],
            firm.ledger.records - before[2],
        )

    return since


def failures(firm):
    """Everything that makes a login fail; each a pair of address and password."""
    users.set_active(firm.ports, firm.administrator, firm.another.id, active=False, body=NOTHING)
    return {
        "unknown": ("nobody@example.com", PASSWORD),
        "wrong": (TESS, WRONG),
        "inactive": ("theo@example.com", PASSWORD),
        "inactive and wrong": ("theo@example.com", WRONG),
        "the word of the decoy": ("nobody@example.com", "none"),
        "no address": ("no address", ""),
    }


def test_every_failure_costs_one_verification_and_one_entry_and_is_told_alike(firm, costs):
    answers = set()
    for email, password in failures(firm).values():

        def attempt(email=email, password=password):
            refusal = refused(errors.BadCredentials, firm.log_in, email, password)
            answers.add((refusal.code, str(refusal)))

        assert costs(attempt) == (1, 0, 0, 1)
    assert len(answers) == 1


def test_a_failed_login_is_put_down_with_the_place_and_never_with_what_was_typed(firm):
    for email, password in failures(firm).values():
        fail(firm, email, password)
    entries = firm.told("login")
    assert {entry.outcome for entry in entries} == {Outcome.FAILURE}
    assert {entry.actor_id for entry in entries} == {None}
    known = [None if entry.subject is None else entry.subject.id for entry in entries]
    assert known == [
        None, firm.technician.id, firm.another.id, firm.another.id, None, None,
    ]  # fmt: skip
    for entry in entries:
        assert entry.open == {"address": HERE.address, "device": HERE.agent}
        assert json.loads(entry.sealed)["details"].keys() == {"address", "device"}
        for typed in (PASSWORD, WRONG, "nobody@example.com", TESS, "no address"):
            assert typed.encode() not in entry.sealed


def test_a_login_is_put_down_with_its_session_in_the_same_commit(firm, costs):
    assert costs(firm.log_in) == (1, 0, 1, 0)
    (entry,) = firm.told("login")
    (session,) = firm.ports.store.sessions.of(firm.technician.id, 9)
    assert (entry.outcome, entry.actor_id, entry.stream) == (
        Outcome.SUCCESS, firm.technician.id, f"user|{firm.technician.id}",
    )  # fmt: skip
    assert json.loads(entry.sealed)["details"]["session"] == session.id
    assert session.device == HERE.agent
    assert HERE.address not in repr(session)


def test_where_it_cannot_be_put_down_nobody_is_let_in(firm):
    firm.ledger.always = raising(errors.Busy())
    refused(errors.Busy, firm.log_in)
    assert firm.ports.store.sessions.of(firm.technician.id, 9) == []


def test_a_hash_of_other_parameters_is_made_anew_at_the_next_login_and_no_session_ends(firm, costs):
    login = firm.log_in()
    firm.ports = dataclasses.replace(firm.ports, passwords=PlainPasswords(rounds=3))
    assert firm.ports.passwords.outdated(firm.user(firm.technician).password_hash)
    fail(firm)
    assert firm.ports.passwords.outdated(firm.user(firm.technician).password_hash)
    assert costs(firm.log_in) == (1, 1, 1, 0)
    assert not firm.ports.passwords.outdated(firm.user(firm.technician).password_hash)
    assert firm.identify(login).actor == firm.technician
    firm.refresh(login)
    assert costs(firm.log_in) == (1, 0, 1, 0)


def test_two_logins_at_once_that_both_make_the_hash_anew_both_get_in(firm):
    firm.ports = dataclasses.replace(firm.ports, passwords=PlainPasswords(rounds=3))
    found = []
    firm.ledger.before = [lambda: found.append(firm.log_in())]
    found.append(firm.log_in())
    assert [firm.identify(each).actor for each in found] == [firm.technician] * 2
    assert all(entry.outcome is Outcome.SUCCESS for entry in firm.told("login"))


def test_a_login_that_meets_another_password_is_a_failure_and_is_put_down(firm):
    firm.ports = dataclasses.replace(firm.ports, passwords=PlainPasswords(rounds=3))

    def reset():
        hashed = firm.ports.passwords.hash("another good password")
        state = firm.memory._state
        user = state.users[firm.technician.id]
        state.users[user.id] = type(user)(
            **{name: getattr(user, name) for name in user.__struct_fields__}
            | {"password_hash": hashed, "version": user.version + 1}
        )

    firm.ledger.before = [reset]
    fail(firm, password=PASSWORD)
    assert [entry.outcome for entry in firm.told("login")] == [Outcome.FAILURE]
    firm.log_in(password="another good password")


def test_ten_failures_here_and_this_account_waits_a_minute_here_and_nobody_else_does(firm):
    fail(firm, times=10)
    assert waits(firm) == 60
    fail(firm, "theo@example.com")
    firm.log_in("theo@example.com")
    firm.log_in(origin=THERE)
    firm.clock.step(MINUTE - 1)
    assert waits(firm) == 1
    firm.clock.step(1)
    firm.log_in()


def test_who_waits_costs_no_verification_and_leaves_no_entry(firm, costs):
    fail(firm, times=10)
    assert costs(lambda: waits(firm)) == (0, 0, 0, 0)


def test_an_unknown_account_waits_as_a_known_one_does_however_it_is_spelt(firm):
    for email in ("nobody@example.com", TESS):
        fail(firm, email, times=5)
        fail(firm, f" {email.upper()}", times=5)
        waits(firm, email)


def test_sixty_failures_from_one_address_and_it_waits_whatever_the_account(firm):
    for number in range(60):
        fail(firm, f"guess{number}@example.com")
    waits(firm)
    waits(firm, "another@example.com")
    firm.log_in(origin=THERE)
    firm.clock.step(MINUTE)
    firm.log_in()


def test_all_addresses_of_one_ipv6_network_are_one_place(firm):
    for number in range(10):
        fail(firm, origin=Origin(f"2001:db8:1:2::{number:x}"))
    waits(firm, origin=Origin("2001:db8:1:2:ffff::1"))
    firm.log_in(origin=Origin("2001:db8:1:3::1"))


def crowd(firm, email=TESS):
    """A hundred failures from a hundred places within the hour."""
    for number in range(100):
        fail(firm, email, origin=place(number))


def test_above_a_hundred_failures_of_an_account_a_place_that_it_never_was_at_waits(firm):
    crowd(firm)
    assert waits(firm, origin=place(200)) <= 3600
    firm.log_in("theo@example.com", origin=place(200))
    crowd(firm, "nobody@example.com")
    waits(firm, "nobody@example.com", origin=place(200))
    firm.clock.step(HOUR)
    firm.log_in(origin=place(200))


def test_a_place_that_one_logged_in_from_before_does_not_wait_for_what_others_do(firm):
    firm.log_in()
    crowd(firm)
    firm.log_in()
    waits(firm, origin=THERE)
    waits(firm, origin=Origin(None))


def test_a_known_place_that_fails_itself_waits_like_any_other(firm):
    firm.log_in()
    crowd(firm)
    fail(firm, times=10)
    waits(firm)


@pytest.mark.parametrize("state", ["living", "spent", "over"])
def test_a_device_that_shows_a_refresh_token_of_the_account_does_not_wait_wherever_it_is(firm, state):
    login = firm.log_in(origin=THERE)
    if state == "spent":
        firm.refresh(login)
    elif state == "over":
        users.set_active(firm.ports, firm.administrator, firm.technician.id, active=False, body=NOTHING)
        users.set_active(firm.ports, firm.administrator, firm.technician.id, active=True, body=NOTHING)
    crowd(firm)
    waits(firm, origin=place(200))
    firm.log_in(origin=place(200), refresh_token=login.refresh_token)


def test_the_failures_of_others_at_its_place_do_not_make_a_known_device_wait_and_its_own_do(firm):
    login = firm.log_in()
    shown = {"refresh_token": login.refresh_token}
    fail(firm, times=10)
    waits(firm)
    firm.log_in(**shown)
    fail(firm, times=10, **shown)
    waits(firm, **shown)


def test_a_flood_from_the_address_that_they_share_does_not_make_a_known_device_wait(firm):
    shown = {"refresh_token": firm.log_in().refresh_token}
    for number in range(6):
        fail(firm, f"nobody{number}@example.com", times=10)
    waits(firm)
    firm.log_in(**shown)


@pytest.mark.parametrize("whose", ["theirs", "made up"])
def test_a_token_of_somebody_else_or_of_nobody_makes_no_device_known(firm, whose):
    theirs = firm.log_in("theo@example.com", origin=THERE).refresh_token
    crowd(firm)
    waits(firm, origin=place(200), refresh_token=theirs if whose == "theirs" else "x" * 91)


def test_who_gets_in_counts_against_nothing(firm):
    for _ in range(200):
        firm.log_in()
    fail(firm, times=9)
    for _ in range(20):
        firm.log_in()
    fail(firm)
    waits(firm)


def test_a_login_is_one_request_of_its_user_like_any_other(firm):
    own = (Use(USER, firm.technician.id),)
    before = firm.ports.throttles.left(own).remaining
    firm.log_in()
    fail(firm)
    assert firm.ports.throttles.left(own).remaining == before - 1
    others = own * (before - 2)
    assert firm.ports.throttles.begin(others)
    firm.ports.throttles.end(others, failed=True)
    firm.log_in()
    refused(errors.TooManyRequests, firm.log_in)
    firm.clock.step(MINUTE)
    firm.log_in()


def test_a_place_is_kept_so_that_nobody_sees_who_else_logs_in_there(firm):
    kept = {address_key(firm.ports, who.id, HERE) for who in (firm.technician, firm.another)}
    assert len(kept) == 2
    assert address_key(firm.ports, firm.technician.id, HERE) in kept
    assert address_key(firm.ports, firm.technician.id, THERE) not in kept


def test_of_fifty_who_guess_at_once_no_more_than_ten_are_heard(firm, costs):
    def guess():
        try:
            firm.log_in(password=WRONG)
        except errors.BadCredentials:
            return "heard"
        except errors.TooManyRequests:
            return "sent away"

    answers = []
    verified, *_ = costs(lambda: answers.extend(race([guess] * 50)))
    assert verified == answers.count("heard") <= 10
    assert len(answers) == 50


def test_a_busy_hash_is_no_failure(firm, monkeypatch):
    monkeypatch.setattr(PlainPasswords, "verify", lambda *_: raising(errors.Busy())())
    for _ in range(20):
        refused(errors.Busy, firm.log_in)
    monkeypatch.undo()
    fail(firm, times=10)
    waits(firm)


def register(firm, email, mode=access.Registration.APPROVAL, origin=HERE):
    form = {"email": email, "password": PASSWORD, "full_name": "New"}
    access.register(firm.ports, Unparsed.of(form), mode, origin)


@pytest.mark.parametrize("mode", [access.Registration.APPROVAL, access.Registration.OPEN])
def test_registering_costs_one_hash_and_one_write_for_a_known_address_and_a_new_one(firm, costs, mode):
    known = [
        costs(lambda email=email: register(firm, email, mode)) for email in (TESS, "new@example.com", TESS)
    ]
    # Of a known address the commit is refused whole: what is stored is the one entry.
    assert known == [(0, 1, 1, 1), (0, 1, 1, 0), (0, 1, 1, 1)]
    entries = firm.told("user.registered")
    assert [entry.outcome for entry in entries] == [Outcome.FAILURE, Outcome.SUCCESS, Outcome.FAILURE]
    assert all(TESS.encode() not in entry.sealed for entry in entries)
    assert [entry.subject is None for entry in entries] == [True, False, True]


def test_more_than_sixty_registrations_from_one_place_wait_whatever_the_address(firm):
    for number in range(60):
        register(firm, f"new{number % 2}@example.com")
    refused(errors.TooManyRequests, register, firm, "another@example.com")
    refused(errors.TooManyRequests, access.demand_register_admission, firm.ports, HERE)
    access.demand_register_admission(firm.ports, THERE)
    register(firm, "another@example.com", origin=THERE)
    firm.clock.step(MINUTE)
    register(firm, "third@example.com")


def test_a_password_that_everybody_tries_first_is_named_together_with_the_other_flaws(firm):
    form = {"email": "new", "password": "Password1234", "full_name": " ", "role": "ADMINISTRATOR"}
    flaws = refused(
        errors.Invalid, access.register, firm.ports, Unparsed.of(form), access.Registration.APPROVAL, HERE
    ).flaws
    assert sorted(flaw.pointer for flaw in flaws) == ["/email", "/full_name", "/password", "/role"]
    assert "everybody tries first" in next(flaw.message for flaw in flaws if flaw.pointer == "/password")


@pytest.mark.parametrize(
    "password", ["new.hand@example.com", "New.Hand@Example.com", "new.hand", "aabbccaabbcc"]
)
def test_ones_own_address_and_too_few_characters_are_no_password(firm, password):
    form = {"email": "New.Hand@example.com", "password": password, "full_name": "New", "role": "TECHNICIAN"}
    flaws = refused(
        errors.Invalid, users.create_user, firm.ports, firm.administrator, Unparsed.of(form)
    ).flaws
    assert [flaw.pointer for flaw in flaws] == ["/password"]
