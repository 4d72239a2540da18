"""The second factor: set up by oneself, asked for at every login, each code once, and a way in for who lost it."""

import base64
import json

import msgspec
import pytest
from tests.usecases.firm import HERE, MINUTE, NOBODY, PASSWORD, THERE, Firm, pointers, refused

from hosanna_core import errors
from hosanna_core.model.audit import Outcome
from hosanna_core.model.people import Role
from hosanna_core.model.session import Origin
from hosanna_core.rules.access import AccessPolicy
from hosanna_core.rules.second_factors import STEP, code_at
from hosanna_core.testing.racing import race
from hosanna_core.usecases import access, passwords, second_factor
from hosanna_core.usecases.judging import Unparsed

NOTHING = Unparsed(b"")
PROOF = Unparsed.of({"password": PASSWORD})


class Authenticator:
    """The telephone that shows the codes."""

    def __init__(self, firm, enrolment):
        self._clock = firm.clock
        self._secret = base64.b32decode(enrolment.secret)

    def code(self, aside=0):
        return code_at(self._secret, self._clock.now() // STEP + aside)


def begin(firm, actor=None):
    return Authenticator(firm, second_factor.set_up(firm.ports, actor or firm.technician, PROOF, HERE))


def confirm(firm, code, actor=None):
    body = Unparsed.of({"code": code})
    return second_factor.confirm(firm.ports, actor or firm.technician, body, HERE).recovery_codes


@pytest.fixture
def phone(firm):
    """An authenticator that counts, with its recovery codes; its present code was used to confirm it."""
    made = begin(firm)
    made.recovery = confirm(firm, made.code())
    return made


def take_away(firm, code, password=PASSWORD, *, actor=None, origin=HERE):
    body = Unparsed.of({"password": password, "code": code})
    second_factor.take_away(firm.ports, actor or firm.technician, body, origin)


def let_in(firm, code, **more):
    return firm.identify(firm.log_in(code=code, **more)).actor == firm.technician


def test_until_it_is_confirmed_nobody_is_asked_for_a_code(firm):
    begin(firm)
    assert not firm.user(firm.technician).caller.second_factor
    firm.log_in()
    assert let_in(firm, "anything")


def test_from_then_on_a_right_password_alone_does_not_open_the_account(firm, phone):
    assert firm.user(firm.technician).caller.second_factor
    refused(errors.CodeRequired, firm.log_in)
    refused(errors.BadCredentials, firm.log_in, password="a wrong password", code=phone.code(1))
    refused(errors.BadCredentials, firm.log_in, password="a wrong password")
    assert let_in(firm, phone.code(1))


def test_who_has_no_account_is_not_told_of_a_code(firm, phone):
    refused(errors.BadCredentials, firm.log_in, "nobody@example.com", code=phone.code(1))


def test_sessions_that_were_open_live_on(firm):
    login = firm.log_in()
    made = begin(firm)
    confirm(firm, made.code())
    assert firm.identify(firm.refresh(login)).actor == firm.technician


@pytest.mark.parametrize(("aside", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_one_step_before_and_after_its_own(firm, phone, aside, good):
    firm.clock.step(5 * STEP)
    if good:
        assert let_in(firm, phone.code(aside))
    else:
        refused(errors.BadCode, firm.log_in, code=phone.code(aside))


def test_no_code_is_good_twice_nor_one_before_it_nor_that_which_confirmed(firm, phone):
    refused(errors.BadCode, firm.log_in, code=phone.code())
    firm.clock.step(5 * STEP)
    assert let_in(firm, phone.code())
    for aside in (0, -1):
        refused(errors.BadCode, firm.log_in, code=phone.code(aside))
    assert let_in(firm, phone.code(1))


def test_of_two_logins_at_once_with_one_code_one_gets_in(firm, phone):
    code = phone.code(1)
    firm.ledger.before = [lambda: firm.log_in(code=code)]
    refused(errors.BadCode, firm.log_in, code=code)
    assert len(firm.ports.store.sessions.of(firm.technician.id, 9)) == 1


def test_of_many_threads_with_one_code_and_one_recovery_code_one_each_gets_in(firm, phone):
    for code in (phone.code(1), phone.recovery[0]):

        def attempt(code=code):
            try:
                return bool(firm.log_in(code=code))
            except (errors.BadCode, errors.TooManyRequests, errors.Busy):
                return False

        assert sum(race([attempt] * 8)) == 1
        firm.clock.step(MINUTE)


def test_each_recovery_code_lets_in_once_however_it_is_typed(firm, phone):
    assert len(set(phone.recovery)) == 10
    for number, code in enumerate(phone.recovery):
        typed = f"{code[:8].lower()}-{code[8:]} " if number % 2 else code
        assert let_in(firm, typed)
        refused(errors.BadCode, firm.log_in, code=code)
        firm.clock.step(MINUTE)
    assert firm.user(firm.technician).second_factor.recovery == ()
    assert let_in(firm, phone.code(1))


def test_a_wrong_code_counts_as_a_failed_login_and_a_missing_one_does_not(firm, phone):
    for _ in range(20):
        refused(errors.CodeRequired, firm.log_in)
    for _ in range(10):
        refused(errors.BadCode, firm.log_in, code="000000")
    refused(errors.TooManyRequests, firm.log_in, code=phone.code(1))
    assert let_in(firm, phone.code(1), origin=THERE)


def test_a_wrong_code_is_put_down_and_what_was_typed_is_not(firm, phone):
    refused(errors.BadCode, firm.log_in, code="NOTACODE")
    (entry,) = firm.told("second_factor")
    assert (entry.outcome, entry.subject.id) == (Outcome.FAILURE, firm.technician.id)
    assert b"NOTACODE" not in entry.sealed
    assert json.loads(entry.sealed)["details"].keys() == {"address", "device"}


def test_setting_up_needs_the_password_and_a_wrong_one_counts(firm):
    wrong = Unparsed.of({"password": "a wrong password"})
    for _ in range(10):
        flawed = refused(errors.Invalid, second_factor.set_up, firm.ports, firm.technician, wrong, HERE)
        assert pointers(flawed) == ["/password"]
    refused(errors.TooManyRequests, second_factor.set_up, firm.ports, firm.technician, PROOF, HERE)
    refused(errors.TooManyRequests, firm.log_in)
    assert firm.user(firm.technician).second_factor is None
    assert len(firm.told("password")) == 10


def test_who_begins_again_before_confirming_has_another_secret_and_the_first_one_counts_no_more(firm):
    first, second = begin(firm), begin(firm)
    assert first.code() != second.code()
    assert pointers(refused(errors.Invalid, confirm, firm, first.code())) == ["/code"]
    confirm(firm, second.code())


def test_a_wrong_code_does_not_confirm_and_ten_of_them_wait(firm):
    made = begin(firm)
    for _ in range(10):
        refused(errors.Invalid, confirm, firm, "000000")
    refused(errors.TooManyRequests, confirm, firm, made.code())
    assert not firm.user(firm.technician).second_factor.confirmed
    firm.clock.step(MINUTE)
    confirm(firm, made.code())


def test_there_is_one_at_a_time(firm, phone):
    refused(errors.SecondFactorSet, confirm, firm, phone.code(1))
    refused(errors.SecondFactorSet, begin, firm)
    refused(errors.SecondFactorSet, confirm, firm, "000000", firm.another)
    refused(errors.SecondFactorSet, take_away, firm, "000000", actor=firm.another)
    assert let_in(firm, phone.code(1))


def test_taking_it_away_needs_the_password_and_a_code_and_then_the_password_is_enough(firm, phone):
    flawed = refused(errors.Invalid, take_away, firm, phone.code(1), "a wrong password")
    assert pointers(flawed) == ["/password"]
    flawed = refused(errors.Invalid, second_factor.take_away, firm.ports, firm.technician, PROOF, HERE)
    assert pointers(flawed) == ["/code"]
    for worn in ("000000", phone.code()):
        assert pointers(refused(errors.Invalid, take_away, firm, worn)) == ["/code"]
    refused(errors.CodeRequired, firm.log_in)
    take_away(firm, phone.code(1))
    firm.log_in()
    actions = [entry.action for entry in firm.told() if entry.action.startswith("second_factor.")]
    assert actions == ["second_factor.begun", "second_factor.enabled", "second_factor.disabled"]


def test_a_recovery_code_takes_it_away_unless_it_was_used_before(firm, phone):
    first, second = phone.recovery[:2]
    assert let_in(firm, first)
    refused(errors.Invalid, take_away, firm, first)
    take_away(firm, second)
    firm.log_in()


def test_a_wrong_code_for_taking_it_away_counts_as_a_failed_try_and_is_put_down(firm, phone):
    for _ in range(10):
        refused(errors.Invalid, take_away, firm, "000000")
    refused(errors.TooManyRequests, take_away, firm, phone.code(1))
    assert firm.user(firm.technician).second_factor.confirmed
    entries = firm.told("second_factor")
    assert {(entry.outcome, entry.subject.id) for entry in entries} == {(Outcome.FAILURE, firm.technician.id)}
    assert len(entries) == 10


def test_codes_are_not_guessed_at_leisure_from_ever_other_places(firm, phone):
    for number in range(20):
        refused(errors.Invalid, take_away, firm, "000000", origin=Origin(f"198.51.100.{number}"))
    refused(errors.TooManyRequests, take_away, firm, phone.code(1), origin=Origin("198.51.100.99"))


def test_after_it_was_taken_away_and_set_up_anew_no_code_of_the_first_is_good(firm, phone):
    take_away(firm, phone.code(1))
    anew = begin(firm)
    confirm(firm, anew.code())
    firm.clock.step(5 * STEP)
    for code in (phone.code(), *phone.recovery[:2]):
        refused(errors.BadCode, firm.log_in, code=code)
    assert let_in(firm, anew.code())


def test_an_administrator_resets_the_factor_of_somebody_who_lost_it_which_ends_their_sessions(firm, phone):
    login = firm.log_in(code=phone.code(1))
    second_factor.reset(firm.ports, firm.administrator, firm.technician.id, NOTHING, HERE)
    refused(errors.Unauthenticated, firm.identify, login)
    refused(errors.BadRefreshToken, firm.refresh, login)
    firm.log_in()
    (entry,) = firm.told("second_factor.reset")
    assert (entry.actor_id, entry.subject.id) == (firm.administrator.id, firm.technician.id)


def test_only_an_administrator_resets_one_and_only_where_there_is_one(firm, phone):
    def reset(actor, user_id, body=NOTHING):
        return second_factor.reset(firm.ports, actor, user_id, body, HERE)

    for actor in (firm.office, firm.technician):
        for user_id in (firm.technician.id, NOBODY):
            refused(errors.PermissionDenied, reset, actor, user_id, Unparsed.of({"x": 1}))
    refused(errors.NotFound, reset, firm.administrator, NOBODY, Unparsed.of({"x": 1}))
    refused(errors.Invalid, reset, firm.administrator, firm.technician.id, Unparsed.of({"x": 1}))
    refused(errors.SecondFactorSet, reset, firm.administrator, firm.another.id)
    assert firm.user(firm.technician).second_factor is not None


def test_an_operator_takes_away_the_factor_of_whoever_lost_it(firm, phone):
    login = firm.log_in(code=phone.code(1))
    refused(errors.NotFound, second_factor.reset_by_operator, firm.ports, "nobody@example.com")
    refused(errors.SecondFactorSet, second_factor.reset_by_operator, firm.ports, "theo@example.com")
    second_factor.reset_by_operator(firm.ports, " TESS@example.com")
    refused(errors.Unauthenticated, firm.identify, login)
    firm.log_in()
    (entry,) = firm.told("second_factor.reset")
    assert (entry.actor_id, entry.subject.id) == (None, firm.technician.id)


def test_another_password_does_not_do_without_the_factor(firm, phone):
    body = {"current_password": PASSWORD, "new_password": "another good password"}
    passwords.change_password(firm.ports, firm.technician, Unparsed.of(body), HERE)
    refused(errors.CodeRequired, firm.log_in, password="another good password")


def test_the_store_and_the_trail_hold_neither_secret_nor_recovery_codes(firm):
    enrolment = second_factor.set_up(firm.ports, firm.technician, PROOF, HERE)
    codes = confirm(firm, Authenticator(firm, enrolment).code())
    whole = msgspec.to_builtins(firm.user(firm.technician), builtin_types=(bytes,))
    stored = repr(whole) + repr(firm.state()) + repr(firm.told())
    secret = base64.b32decode(enrolment.secret)
    for each in (enrolment.secret, repr(secret)[2:-1], secret.hex(), *codes):
        assert each not in stored


def strict(*roles):
    return Firm(policy=AccessPolicy(second_factor_roles=frozenset(Role(role) for role in roles)))


def test_who_must_have_one_does_nothing_but_set_it_up_until_they_have_it():
    firm = strict("TECHNICIAN")
    token = firm.log_in().access_token
    assert refused(errors.PermissionDenied, firm.identify, token).rule == "second_factor.required"
    assert access.identify(firm.ports, token, setting_up=True).actor == firm.technician
    made = begin(firm)
    refused(errors.PermissionDenied, firm.identify, token)
    confirm(firm, made.code())
    assert firm.identify(token).actor == firm.technician
    take_away(firm, made.code(1))
    refused(errors.PermissionDenied, firm.identify, token)


def test_who_need_not_have_one_is_not_asked():
    firm = strict("ADMINISTRATOR", "OFFICE_MANAGER")
    assert firm.identify(firm.log_in()).actor == firm.technician
    refused(errors.PermissionDenied, firm.identify, firm.log_in("office@example.com"))


def test_setting_up_is_no_way_around_a_token_that_is_dead():
    firm = strict("TECHNICIAN")
    token = firm.log_in().access_token
    firm.clock.step(16 * MINUTE)
    refused(errors.Unauthenticated, access.identify, firm.ports, token, setting_up=True)
