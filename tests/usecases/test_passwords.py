"""Passwords: changed by who knows the present one, reset by who reads the letter, and never guessed at leisure."""

import pytest
from tests.usecases.firm import HERE, MINUTE, NOBODY, PASSWORD, THERE, Firm, pointers, refused

from hosanna_core import errors
from hosanna_core.model.audit import Outcome
from hosanna_core.model.session import Origin
from hosanna_core.rules.access import AccessPolicy
from hosanna_core.testing.doubles import PlainPasswords
from hosanna_core.testing.racing import race
from hosanna_core.usecases import passwords, second_factor, sessions, users
from hosanna_core.usecases.judging import Unparsed

NEW = "another good password"
TESS = "tess@example.com"
NOTHING = Unparsed(b"")


def change(firm, current=PASSWORD, new=NEW, *, origin=HERE):
    body = Unparsed.of({"current_password": current, "new_password": new})
    return passwords.change_password(firm.ports, firm.technician, body, origin)


def forgot(firm, email=TESS, *, origin=HERE):
    passwords.forgot_password(firm.ports, Unparsed.of({"email": email}), origin)


def letters(firm):
    return firm.ports.mailer.letters


def token_of(letter):
    return letter.text.partition("#token=")[2].split()[0]


def asked(firm):
    """The token of a letter that Tess asks for."""
    forgot(firm)
    return token_of(letters(firm)[-1])


def reset(firm, token, password=NEW, *, origin=HERE):
    body = Unparsed.of({"token": token, "password": password})
    return passwords.reset_password(firm.ports, body, origin)


def switch(firm, *, active):
    users.set_active(firm.ports, firm.administrator, firm.technician.id, active=active, body=NOTHING)


def test_a_change_opens_a_session_for_the_device_that_asks_and_ends_all_others(firm):
    old = [firm.log_in(), firm.log_in(origin=THERE)]
    login = change(firm)
    for each in old:
        refused(errors.Unauthenticated, firm.identify, each)
        refused(errors.BadRefreshToken, firm.refresh, each)
    assert firm.identify(firm.refresh(login)).actor == firm.technician
    refused(errors.BadCredentials, firm.log_in)
    firm.log_in(password=NEW)
    (entry,) = firm.told("password.changed")
    assert (entry.actor_id, entry.subject.id) == (firm.technician.id, firm.technician.id)


def test_a_wrong_present_password_is_named_counted_and_put_down_and_changes_nothing(firm):
    login, before = firm.log_in(), firm.user(firm.technician)
    for _ in range(10):
        assert pointers(refused(errors.Invalid, change, firm, "a wrong one")) == ["/current_password"]
    refused(errors.TooManyRequests, change, firm)
    refused(errors.TooManyRequests, firm.log_in)
    assert firm.user(firm.technician) == before
    firm.identify(login)
    entries = firm.told("password")
    assert {(entry.outcome, entry.subject.id) for entry in entries} == {(Outcome.FAILURE, firm.technician.id)}
    assert len(entries) == 10
    assert all(b"a wrong one" not in entry.sealed for entry in entries)


def test_failed_logins_here_and_wrong_present_passwords_here_count_together(firm):
    for _ in range(5):
        refused(errors.BadCredentials, firm.log_in, password="a wrong one")
        refused(errors.Invalid, change, firm, "a wrong one")
    refused(errors.TooManyRequests, change, firm)
    change(firm, origin=THERE)


def test_a_present_password_is_not_guessed_at_leisure_from_ever_other_places(firm):
    """Whoever stole an access token has an hour, and as many addresses as they care to rent."""
    for number in range(20):
        refused(errors.Invalid, change, firm, "a wrong one", origin=Origin(f"198.51.100.{number}"))
    elsewhere = Origin("198.51.100.99")
    refused(errors.TooManyRequests, change, firm, origin=elsewhere)
    proof = Unparsed.of({"password": PASSWORD})
    refused(errors.TooManyRequests, second_factor.set_up, firm.ports, firm.technician, proof, elsewhere)
    assert firm.log_in(), "who does not hold the token cannot keep its user out"


def test_strangers_who_fail_to_log_in_keep_nobody_from_changing_their_password(firm):
    for number in range(100):
        refused(
            errors.BadCredentials, firm.log_in, password="a wrong one", origin=Origin(f"198.51.100.{number}")
        )
    assert change(firm)


@pytest.mark.parametrize(
    ("new", "word"),
    [
        ("short", "at least 8"),
        ("x" * 257, "at most 256"),
        ("PassWord1234", "everybody tries first"),
        ("ababababab", "different characters"),
        (TESS, "e-mail address"),
        ("Tess@Example.com", "e-mail address"),
    ],
)
def test_a_new_password_is_judged_alike_when_it_is_changed_and_when_it_is_reset(firm, new, word):
    (flaw,) = refused(errors.Invalid, change, firm, new=new).flaws
    assert flaw.pointer == "/new_password"
    assert word in flaw.message
    token = asked(firm)
    (flaw,) = refused(errors.Invalid, reset, firm, token, new).flaws
    assert flaw.pointer == "/password"
    assert word in flaw.message
    reset(firm, token)


def test_every_flaw_of_a_change_is_named_at_once(firm):
    body = Unparsed.of({"current_password": 7, "new_password": "password1234", "email": "x"})
    flawed = refused(errors.Invalid, passwords.change_password, firm.ports, firm.technician, body, HERE)
    assert pointers(flawed) == ["/current_password", "/email", "/new_password"]


@pytest.mark.parametrize("email", [TESS, "nobody@example.com"])
def test_nobody_is_sent_more_than_twenty_letters_in_an_hour_and_nobody_is_told(firm, email):
    origins = [Origin(f"198.51.100.{number}") for number in range(30)]
    for origin in origins:
        forgot(firm, email, origin=origin)
    assert len(letters(firm)) == (20 if email == TESS else 0)
    assert len(firm.told("password.forgotten")) == 30
    forgot(firm, "theo@example.com")
    assert letters(firm)[-1].to == "theo@example.com"


def test_what_is_refused_here_is_not_counted_against_the_letters_of_the_account(firm):
    for _ in range(10):
        forgot(firm)
    for _ in range(20):
        refused(errors.TooManyRequests, forgot, firm)
    forgot(firm, origin=THERE)
    assert len(letters(firm)) == 11


def test_a_token_that_does_not_fit_is_not_told_whose_address_the_password_is(firm):
    made_up = f"{firm.technician.id}.9999999999999.AAAA.AAAA"
    words = {str(refused(errors.BadResetToken, reset, firm, made_up, each)) for each in (NEW, TESS)}
    assert len(words) == 1


def test_a_change_that_meets_another_login_upgrading_the_hash_goes_through(firm):
    upgraded = PlainPasswords(rounds=3).hash(PASSWORD)

    def upgrade():
        users_of = firm.memory._state.users
        user = users_of[firm.technician.id]
        parts = {name: getattr(user, name) for name in user.__struct_fields__}
        users_of[user.id] = type(user)(**{**parts, "password_hash": upgraded, "version": user.version + 1})

    firm.ledger.before = [upgrade]
    change(firm)
    firm.log_in(password=NEW)


def test_of_two_changes_at_once_the_second_finds_another_present_password(firm):
    firm.ledger.before = [lambda: change(firm, new="the first of two")]
    assert pointers(refused(errors.Invalid, change, firm)) == ["/current_password"]
    firm.log_in(password="the first of two")


def test_a_forgotten_password_is_one_letter_for_an_active_user_and_none_for_anybody_else(firm):
    forgot(firm, " TESS@Example.com")
    (letter,) = letters(firm)
    assert letter.to == TESS
    forgot(firm, "nobody@example.com")
    forgot(firm, "no address at all")
    switch(firm, active=False)
    forgot(firm)
    assert letters(firm) == [letter]


def test_known_unknown_and_inactive_are_answered_alike_with_one_entry_each(firm):
    switch(firm, active=False)
    for email in (TESS, "theo@example.com", "nobody@example.com"):
        before = firm.ledger.commits, firm.ledger.records
        assert forgot(firm, email) is None
        assert (firm.ledger.commits, firm.ledger.records) == (before[0], before[1] + 1)
    entries = firm.told("password.forgotten")
    assert [entry.subject and entry.subject.id for entry in entries] == [
        firm.technician.id, firm.another.id, None,
    ]  # fmt: skip
    assert all(entry.outcome is Outcome.SUCCESS for entry in entries)
    assert all(b"@example.com" not in entry.sealed for entry in entries)


def test_the_link_comes_from_the_policy_and_its_token_is_in_the_fragment():
    firm = Firm(policy=AccessPolicy(reset_link="https://hosanna.example.com/new"))
    forgot(firm)
    text = letters(firm)[-1].text
    (link,) = [line for line in text.splitlines() if "://" in line]
    assert link == f"https://hosanna.example.com/new#token={token_of(letters(firm)[-1])}"
    assert PASSWORD not in text
    assert firm.user(firm.technician).password_hash not in text


def test_a_reset_ends_every_session_opens_none_and_is_put_down(firm):
    login = firm.log_in()
    assert reset(firm, asked(firm)) is None
    refused(errors.Unauthenticated, firm.identify, login)
    refused(errors.BadRefreshToken, firm.refresh, login)
    refused(errors.BadCredentials, firm.log_in)
    assert sessions.list_sessions(firm.ports, firm.technician, NOBODY, {}) == []
    firm.log_in(password=NEW)
    (entry,) = firm.told("password.reset")
    assert (entry.outcome, entry.subject.id) == (Outcome.SUCCESS, firm.technician.id)


def test_a_token_is_good_once_and_with_it_go_all_that_were_asked_for_before(firm):
    first, second = asked(firm), asked(firm)
    assert first != second
    reset(firm, second)
    for token in (first, second):
        refused(errors.BadResetToken, reset, firm, token, "a third good password")
    firm.log_in(password=NEW)


def test_a_token_is_good_for_ten_minutes(firm):
    token = asked(firm)
    firm.clock.step(10 * MINUTE - 1)
    other = asked(firm)
    firm.clock.step(1)
    refused(errors.BadResetToken, reset, firm, token)
    reset(firm, other)


@pytest.mark.parametrize(
    "meanwhile",
    [
        change,
        lambda firm: sessions.log_out_everywhere(firm.ports, firm.technician, NOTHING),
        lambda firm: users.edit_user(
            firm.ports, firm.administrator, firm.technician.id, Unparsed.of({"email": "t@example.com"})
        ),
        lambda firm: switch(firm, active=False),
    ],
    ids=["another password", "a logout everywhere", "another address", "a deactivation"],
)
def test_a_token_is_void_once_the_account_is_another(firm, meanwhile):
    token = asked(firm)
    meanwhile(firm)
    before = firm.user(firm.technician)
    refused(errors.BadResetToken, reset, firm, token)
    assert firm.user(firm.technician) == before


def test_letting_somebody_in_again_does_not_revive_a_token(firm):
    token = asked(firm)
    switch(firm, active=False)
    switch(firm, active=True)
    refused(errors.BadResetToken, reset, firm, token)


def test_of_two_resets_at_once_with_one_token_one_wins_and_both_are_put_down(firm):
    token = asked(firm)
    firm.ledger.before = [lambda: reset(firm, token, "the first of two")]
    refused(errors.BadResetToken, reset, firm, token)
    firm.log_in(password="the first of two")
    outcomes = [entry.outcome for entry in firm.told("password.reset")]
    assert sorted(outcomes) == [Outcome.FAILURE, Outcome.SUCCESS]


def test_of_many_threads_with_one_token_one_wins(firm):
    token = asked(firm)

    def attempt():
        try:
            reset(firm, token)
        except errors.BadResetToken:
            return False
        return True

    assert sum(race([attempt] * 8)) == 1


def test_a_wrong_token_of_any_kind_is_told_alike_and_put_down_without_it(firm):
    token = asked(firm)
    kinds = [
        "x",
        f"{firm.technician.id}.1.a.b",
        f"{NOBODY}.9999999999999.a.b",
        token[:-1],
        token.replace(firm.technician.id, firm.another.id),
    ]
    words = {str(refused(errors.BadResetToken, reset, firm, each)) for each in kinds}
    assert len(words) == 1
    entries = firm.told("password.reset")
    assert [(entry.outcome, entry.subject) for entry in entries] == [(Outcome.FAILURE, None)] * len(kinds)
    firm.log_in()


def test_an_operator_resets_a_password_with_nobodys_permission_and_it_is_judged_and_put_down(firm):
    login, token = firm.log_in(), asked(firm)

    def operate(email, password):
        passwords.reset_by_operator(firm.ports, email, Unparsed.of({"password": password}))

    refused(errors.NotFound, operate, "nobody@example.com", NEW)
    for password in ("short", "password1234", TESS):
        assert pointers(refused(errors.Invalid, operate, TESS, password)) == ["/password"]
    firm.identify(login)
    operate(" TESS@example.com", NEW)
    refused(errors.Unauthenticated, firm.identify, login)
    refused(errors.BadResetToken, reset, firm, token)
    firm.log_in(password=NEW)
    (entry,) = [each for each in firm.told("password.reset") if each.outcome is Outcome.SUCCESS]
    assert (entry.actor_id, entry.subject.id) == (None, firm.technician.id)


def test_more_than_ten_letters_or_tries_of_one_account_from_one_place_wait(firm):
    for _ in range(10):
        forgot(firm)
    refused(errors.TooManyRequests, forgot, firm)
    assert len(letters(firm)) == 10
    forgot(firm, "theo@example.com")
    forgot(firm, origin=THERE)
    for _ in range(10):
        refused(errors.BadResetToken, reset, firm, f"{firm.technician.id}.1.a.b")
    refused(errors.TooManyRequests, reset, firm, f"{firm.technician.id}.1.a.b")
    firm.clock.step(MINUTE)
    forgot(firm)


def test_who_may_not_try_a_token_is_told_before_they_wait_to_hash_and_asking_counts_nothing(firm):
    made_up = f"{firm.technician.id}.1.a.b"
    body = Unparsed.of({"token": made_up, "password": NEW})
    for _ in range(30):
        passwords.demand_reset_admission(firm.ports, body, HERE)
    for _ in range(10):
        refused(errors.BadResetToken, reset, firm, made_up)
    refused(errors.TooManyRequests, passwords.demand_reset_admission, firm.ports, body, HERE)
    passwords.demand_reset_admission(firm.ports, body, THERE)


def test_an_unknown_address_waits_after_as_many_letters_as_a_known_one(firm):
    for _ in range(10):
        forgot(firm, "nobody@example.com")
    refused(errors.TooManyRequests, forgot, firm, "nobody@example.com")


def test_more_than_sixty_from_one_place_wait_whatever_the_account(firm):
    for number in range(60):
        forgot(firm, f"guess{number}@example.com")
    refused(errors.TooManyRequests, forgot, firm)
    forgot(firm, origin=THERE)


@pytest.mark.parametrize("raw", [b"{}", b'{"email": 7}', b'{"email": "a", "next": "http://evil"}', b"[]"])
def test_a_forgotten_password_of_the_wrong_form_is_invalid(firm, raw):
    refused(errors.Invalid, passwords.forgot_password, firm.ports, Unparsed(raw), HERE)
