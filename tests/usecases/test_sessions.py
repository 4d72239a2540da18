"""Sessions: one sees one's own, ends any of them at once, and whatever takes rights away ends them all."""

import pytest
from tests.usecases.firm import HERE, MINUTE, NOBODY, PASSWORD, THERE, refused

from hosanna_core import errors
from hosanna_core.model.ids import DAY
from hosanna_core.model.instants import to_text
from hosanna_core.rules.membership import MOST_REVOKED
from hosanna_core.usecases import passwords, second_factor, sessions, users
from hosanna_core.usecases.judging import Unparsed

NOTHING = Unparsed(b"")


def shown(firm, login=None):
    session_id = firm.identify(login).session_id if login else NOBODY
    return sessions.list_sessions(firm.ports, firm.technician, session_id, {})


def end(firm, session_id, body=NOTHING):
    sessions.end_own_session(firm.ports, firm.technician, session_id, body, HERE)


def log_out(firm, login, **body):
    who = firm.identify(login)
    sessions.log_out(firm.ports, who.actor, who.session_id, Unparsed.of(body), HERE)


def dead(firm, login):
    refused(errors.Unauthenticated, firm.identify, login)
    refused(errors.BadRefreshToken, firm.refresh, login)
    return True


def lives(firm, login):
    return firm.identify(login).actor == firm.technician


def test_one_sees_ones_own_living_sessions_newest_first_and_which_one_asks(firm):
    firm.log_in("theo@example.com")
    first = firm.log_in(device="Tablet in the van")
    began = firm.clock.now()
    firm.clock.step(MINUTE)
    second = firm.log_in(origin=THERE)
    firm.clock.step(MINUTE)
    first = firm.refresh(first)
    newer, older = shown(firm, first)
    assert [each.id for each in (newer, older)] == [
        firm.identify(each).session_id for each in (second, first)
    ]
    assert (older.device, newer.device) == ("Tablet in the van", THERE.agent)
    assert (older.current, newer.current) == (True, False)
    assert (older.created_at, older.used_at) == (to_text(began), to_text(firm.clock.now()))
    assert older.expires_at == to_text(firm.clock.now() + 14 * DAY)


def test_a_list_of_sessions_takes_no_parameter(firm):
    refused(errors.Invalid, sessions.list_sessions, firm.ports, firm.technician, NOBODY, {"all": ["1"]})


def test_a_session_that_expired_or_was_ended_is_not_shown(firm):
    log_out(firm, firm.log_in())
    old = firm.log_in()
    firm.clock.step(14 * DAY - 1)
    assert len(shown(firm)) == 1
    firm.clock.step(1)
    assert shown(firm) == []
    refused(errors.NotFound, end, firm, firm.ports.store.sessions.of(firm.technician.id, 1)[0].id)
    refused(errors.BadRefreshToken, firm.refresh, old)


def test_ending_one_kills_both_its_tokens_at_once_and_no_other_session(firm):
    one, other, current = firm.log_in(), firm.log_in(), firm.log_in()
    session_id = firm.identify(one).session_id
    end(firm, session_id)
    assert dead(firm, one)
    assert lives(firm, other)
    assert lives(firm, firm.refresh(current))
    assert session_id not in {each.id for each in shown(firm)}
    (entry,) = firm.told("session.ended")
    assert (entry.actor_id, entry.subject.id) == (firm.technician.id, firm.technician.id)
    assert session_id.encode() in entry.sealed


def test_another_users_session_an_unknown_one_and_one_that_is_over_are_not_found_alike(firm):
    theirs = firm.log_in("theo@example.com")
    over = firm.log_in()
    over_id = firm.identify(over).session_id
    end(firm, over_id)
    before = firm.state()
    ids = (firm.identify(theirs).session_id, NOBODY, over_id, "x")
    assert len({str(refused(errors.NotFound, end, firm, each)) for each in ids}) == 1
    assert firm.state() == before
    assert firm.identify(theirs).actor == firm.another
    firm.refresh(theirs)


def test_ending_one_takes_no_body_and_says_so_only_of_ones_own(firm):
    login, theirs = firm.log_in(), firm.log_in("theo@example.com")
    body = Unparsed.of({"all": True})
    refused(errors.Invalid, end, firm, firm.identify(login).session_id, body)
    refused(errors.NotFound, end, firm, firm.identify(theirs).session_id, body)
    assert lives(firm, login)


def test_a_logout_ends_the_session_that_asks_and_no_other(firm):
    login, other = firm.log_in(), firm.log_in()
    log_out(firm, login)
    assert dead(firm, login)
    assert lives(firm, other)
    assert len(firm.told("logout")) == 1


def test_a_logout_with_another_refresh_token_of_ones_own_ends_that_session_too(firm):
    login, other, third = firm.log_in(), firm.log_in(), firm.log_in()
    log_out(firm, login, refresh_token=other.refresh_token)
    assert dead(firm, login)
    assert dead(firm, other)
    assert lives(firm, third)
    assert len(firm.told("logout")) == 2


def test_a_logout_with_its_own_refresh_token_is_one_logout(firm):
    login = firm.log_in()
    log_out(firm, login, refresh_token=login.refresh_token)
    assert dead(firm, login)
    assert len(firm.told("logout")) == 1


@pytest.mark.parametrize("kind", ["theirs", "made up", "over"])
def test_a_logout_with_a_token_that_is_not_ones_own_or_none_any_more_ends_the_asking_session_only(firm, kind):
    theirs, over, login = firm.log_in("theo@example.com"), firm.log_in(), firm.log_in()
    end(firm, firm.identify(over).session_id)
    token = {"theirs": theirs.refresh_token, "made up": "x" * 91, "over": over.refresh_token}[kind]
    log_out(firm, login, refresh_token=token)
    assert dead(firm, login)
    assert firm.identify(firm.refresh(theirs)).actor == firm.another
    assert len(firm.told("logout")) == 1


def test_a_logout_of_the_wrong_form_ends_nothing(firm):
    login = firm.log_in()
    for body in ({"refresh_token": 7}, {"all": True}):
        refused(errors.Invalid, log_out, firm, login, **body)
    assert lives(firm, login)


def test_a_logout_everywhere_ends_every_session_of_the_caller_and_nobody_elses(firm):
    mine, theirs = [firm.log_in() for _ in range(3)], firm.log_in("theo@example.com")
    sessions.log_out_everywhere(firm.ports, firm.technician, NOTHING)
    assert all(dead(firm, each) for each in mine)
    assert shown(firm) == []
    assert firm.identify(theirs).actor == firm.another
    assert len(firm.told("logout.everywhere")) == 1
    assert lives(firm, firm.log_in())


def test_a_logout_everywhere_takes_no_body(firm):
    login = firm.log_in()
    refused(
        errors.Invalid, sessions.log_out_everywhere, firm.ports, firm.technician, Unparsed.of({"except": "x"})
    )
    assert lives(firm, login)


def reset_password(firm):
    passwords.forgot_password(firm.ports, Unparsed.of({"email": "tess@example.com"}), HERE)
    token = firm.ports.mailer.letters[-1].text.partition("#token=")[2].split()[0]
    body = Unparsed.of({"token": token, "password": "another good password"})
    passwords.reset_password(firm.ports, body, HERE)


def change_password(firm):
    body = {"current_password": PASSWORD, "new_password": "another good password"}
    passwords.change_password(firm.ports, firm.technician, Unparsed.of(body), HERE)


def set_role(firm, role="OFFICE_MANAGER"):
    users.set_role(firm.ports, firm.administrator, firm.technician.id, Unparsed.of({"role": role}))


def set_active(firm, *, active):
    users.set_active(firm.ports, firm.administrator, firm.technician.id, active=active, body=NOTHING)


def reset_factor(firm):
    body = Unparsed.of({"password": PASSWORD})
    second_factor.set_up(firm.ports, firm.technician, body)
    second_factor.reset(firm.ports, firm.administrator, firm.technician.id, NOTHING)


TAKES_AWAY = {
    "deactivation": lambda firm: set_active(firm, active=False),
    "another role": set_role,
    "a password change": change_password,
    "a password reset": reset_password,
    "a second factor that an Administrator resets": reset_factor,
    "a logout everywhere": lambda firm: sessions.log_out_everywhere(firm.ports, firm.technician, NOTHING),
}


@pytest.mark.parametrize("name", TAKES_AWAY)
def test_whatever_takes_rights_away_kills_every_older_token_on_the_next_request(firm, name):
    tokens = [firm.log_in(), firm.log_in(origin=THERE)]
    tokens.append(firm.refresh(tokens[0]))
    other = firm.log_in("theo@example.com")
    TAKES_AWAY[name](firm)
    assert all(dead(firm, each) for each in tokens)
    assert firm.identify(other).actor == firm.another


def test_no_way_back_revives_a_token(firm):
    login = firm.log_in()
    set_active(firm, active=False)
    set_active(firm, active=True)
    assert dead(firm, login)
    login = firm.log_in()
    set_role(firm)
    set_role(firm, "TECHNICIAN")
    assert dead(firm, login)


def test_who_is_let_in_who_was_in_and_who_keeps_the_role_keeps_the_sessions(firm):
    login = firm.log_in()
    set_active(firm, active=True)
    set_role(firm, "TECHNICIAN")
    assert lives(firm, firm.refresh(login))


def test_a_login_that_meets_the_loss_of_rights_gives_tokens_that_are_dead(firm):
    firm.ledger.before = [lambda: sessions.log_out_everywhere(firm.ports, firm.technician, NOTHING)]
    assert dead(firm, firm.log_in())


def test_a_session_that_was_ended_is_remembered_only_as_long_as_its_tokens_could_live(firm):
    for _ in range(3):
        log_out(firm, firm.log_in())
    assert len(firm.user(firm.technician).revoked) == 3
    login = firm.log_in()
    firm.clock.step(17 * MINUTE - 1)
    log_out(firm, firm.log_in())
    assert len(firm.user(firm.technician).revoked) == 4
    firm.clock.step(1)
    log_out(firm, firm.log_in())
    assert len(firm.user(firm.technician).revoked) == 2
    firm.refresh(login)


def test_who_ends_more_sessions_than_are_remembered_ends_all_and_none_comes_back(firm):
    kept = firm.log_in()
    ended = [firm.log_in() for _ in range(MOST_REVOKED + 1)]
    for login in ended[:-1]:
        log_out(firm, login)
    assert lives(firm, kept)
    before = len(firm.memory.events)
    log_out(firm, ended[-1])
    assert firm.user(firm.technician).revoked == ()
    assert all(dead(firm, each) for each in (*ended, kept))
    assert [event.kind for event in firm.memory.events[before:]] == ["user.sessions_ended"]
    assert lives(firm, firm.log_in())


def test_ending_sessions_is_told_to_those_who_follow_the_account_and_names_no_session(firm):
    login = firm.log_in()
    before = len(firm.memory.events)
    log_out(firm, login)
    (event,) = firm.memory.events[before:]
    assert (event.kind, event.fields) == ("user.session_ended", ())
    assert [to.user_id for to in event.to] == [firm.technician.id, None]


def test_two_who_end_one_session_at_once_end_it_once(firm):
    login = firm.log_in()
    session_id = firm.identify(login).session_id
    firm.ledger.before = [lambda: end(firm, session_id)]
    log_out(firm, login)
    assert len(firm.told("session.ended")) + len(firm.told("logout")) == 1
    assert dead(firm, login)
