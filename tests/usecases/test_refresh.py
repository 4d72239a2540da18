"""Refresh tokens: of many who exchange one token one wins and all get the child; a replay ends the session for good."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.usecases.firm import HERE, MINUTE, THERE, Firm, refused

from hosanna_core import errors
from hosanna_core.model.ids import DAY, HOUR
from hosanna_core.model.limits import Use
from hosanna_core.rules.access import USER, AccessPolicy
from hosanna_core.rules.refreshing import RefreshToken, read, written
from hosanna_core.testing.racing import race
from hosanna_core.usecases import passwords, sessions, users
from hosanna_core.usecases.judging import Unparsed

GRACE = 30_000


def dead(firm, login):
    """Both tokens of a login are."""
    refused(errors.Unauthenticated, firm.identify, login)
    refused(errors.BadRefreshToken, firm.refresh, login)


def test_a_refresh_gives_the_next_token_and_a_new_access_token_of_the_same_session(firm):
    login = firm.log_in()
    firm.clock.step(HOUR)
    refused(errors.Unauthenticated, firm.identify, login)
    after = firm.refresh(login)
    assert firm.identify(after).actor == firm.technician
    assert after.refresh_token != login.refresh_token
    assert (after.token_type, after.expires_in) == ("bearer", 15 * 60)
    (session,) = firm.ports.store.sessions.of(firm.technician.id, 9)
    assert (session.id, session.version) == (firm.identify(after).session_id, 2)


def test_the_older_access_token_lives_on_until_its_time_is_over(firm):
    login = firm.log_in()
    firm.refresh(login)
    assert firm.identify(login).actor == firm.technician


def test_of_fifty_who_exchange_one_token_at_once_all_get_the_one_child_that_lives(firm):
    login = firm.log_in()
    answers = race([lambda: firm.refresh(login)] * 50)
    (child,) = {answer.refresh_token for answer in answers}
    assert all(firm.identify(answer).actor == firm.technician for answer in answers)
    (session,) = firm.ports.store.sessions.of(firm.technician.id, 9)
    assert session.version == 2
    assert firm.refresh(child).refresh_token not in (child, login.refresh_token)
    assert firm.told("session.replayed") == []


@pytest.mark.parametrize("later", [0, 1, GRACE])
def test_who_asks_again_within_half_a_minute_because_the_answer_was_lost_gets_the_same_child(firm, later):
    login = firm.log_in()
    child = firm.refresh(login).refresh_token
    firm.clock.step(later)
    assert firm.refresh(login).refresh_token == child
    assert firm.refresh(login, origin=THERE).refresh_token == child
    firm.refresh(child)


def test_the_same_child_comes_also_where_the_family_went_on_within_the_grace(firm):
    login = firm.log_in()
    child = firm.refresh(login)
    grandchild = firm.refresh(child)
    assert firm.refresh(login).refresh_token == child.refresh_token
    assert firm.refresh(child).refresh_token == grandchild.refresh_token
    firm.clock.step(GRACE + 1)
    firm.refresh(grandchild)


@pytest.mark.parametrize("goes_on", [False, True])
def test_after_the_grace_a_spent_token_is_a_replay_and_ends_the_session_though_the_answer_is_a_refusal(
    firm, goes_on
):
    other = firm.log_in()
    login = firm.log_in()
    child = firm.refresh(login)
    if goes_on:
        child = firm.refresh(child)
    firm.clock.step(GRACE + 1)
    firm.identify(child)
    session_id = firm.identify(child).session_id
    refused(errors.BadRefreshToken, firm.refresh, login, origin=THERE)
    dead(firm, child)
    dead(firm, login)
    assert firm.ports.store.sessions.get(session_id).ended_at == firm.clock.now()
    (entry,) = firm.told("session.replayed")
    assert (entry.actor_id, entry.subject.id) == (None, firm.technician.id)
    assert entry.open == {"address": THERE.address, "device": THERE.agent}
    assert session_id.encode() in entry.sealed
    firm.identify(other)
    firm.refresh(other)


def test_a_replay_is_put_down_once_however_many_come(firm):
    login = firm.log_in()
    firm.refresh(login)
    firm.clock.step(GRACE + 1)
    race([lambda: refused(errors.BadRefreshToken, firm.refresh, login)] * 20)
    refused(errors.BadRefreshToken, firm.refresh, login)
    assert len(firm.told("session.replayed")) == 1
    assert len(firm.user(firm.technician).revoked) == 1


def test_a_replay_that_meets_a_change_of_the_account_ends_the_session_all_the_same(firm):
    login = firm.log_in()
    child = firm.refresh(login)
    firm.clock.step(GRACE + 1)

    def rename():
        users.edit_own_profile(firm.ports, firm.technician, Unparsed.of({"full_name": "Theresa"}))

    firm.ledger.before = [rename]
    refused(errors.BadRefreshToken, firm.refresh, login)
    dead(firm, child)


def test_an_exchange_that_meets_the_end_of_the_session_is_refused(firm):
    login = firm.log_in()
    who = firm.identify(login)
    firm.ledger.before = [lambda: sessions.log_out(firm.ports, who.actor, who.session_id, Unparsed(b""))]
    refused(errors.BadRefreshToken, firm.refresh, login)
    dead(firm, login)


def test_made_up_tokens_that_name_a_living_session_never_end_it(firm):
    login = firm.log_in()
    session_id = firm.identify(login).session_id
    text = login.refresh_token
    made_up = [
        written(RefreshToken(session_id, version, bytes(32)), b"a key of somebody else")
        for version in (0, 1, 2, 9)
    ]
    made_up += [text[:-1] + ("A" if text[-1] != "A" else "B"), text[:-1], text + "A", text.swapcase(), "x"]
    for each in made_up:
        before = firm.state(), len(firm.told())
        refused(errors.BadRefreshToken, firm.refresh, each)
        assert (firm.state(), len(firm.told())) == before
    firm.identify(login)
    firm.refresh(login)


@pytest.mark.parametrize("raw", [b'{"refresh_token": ""}', b'{"refresh_token": 7}', b"{}", b"[]"])
def test_a_refresh_of_the_wrong_form_is_invalid(firm, raw):
    refused(errors.Invalid, sessions.refresh, firm.ports, Unparsed(raw))


def test_a_token_of_a_time_that_a_restored_store_forgot_lets_nobody_in_and_ends_the_session(firm):
    login = firm.log_in()
    doors = firm.memory._state.doors
    kept = doors.get(firm.identify(login).session_id)
    lost = firm.refresh(login)
    doors.put(kept)
    refused(errors.BadRefreshToken, firm.refresh, lost)
    dead(firm, login)


def test_a_restored_store_whose_session_went_on_otherwise_gives_the_lost_token_no_child(firm):
    first = firm.log_in()
    second = firm.refresh(first)
    doors = firm.memory._state.doors
    kept = doors.get(firm.identify(first).session_id)
    lost = firm.refresh(second)
    doors.put(kept)
    other = firm.refresh(second)
    assert other.refresh_token != lost.refresh_token
    firm.refresh(other)
    # Number 3 was given twice; the store remembers the other exchange of it.
    refused(errors.BadRefreshToken, firm.refresh, lost)
    dead(firm, other)


def test_a_token_of_a_session_that_the_store_never_had_is_refused_and_nothing_is_written(firm):
    ghost = written(RefreshToken(firm.technician.id, 1, bytes(32)), firm.ports.keys.refreshes)
    before = firm.ledger.commits
    refused(errors.BadRefreshToken, firm.refresh, ghost)
    assert firm.ledger.commits == before


def test_a_session_that_was_not_refreshed_for_a_fortnight_is_over(firm):
    login = firm.log_in()
    firm.clock.step(14 * DAY - 1)
    login = firm.refresh(login)
    firm.clock.step(14 * DAY)
    refused(errors.BadRefreshToken, firm.refresh, login)
    assert firm.told("session.replayed") == []


def test_a_session_is_over_after_ninety_days_however_busy_and_no_access_token_outlives_it(firm):
    login = firm.log_in()
    for _ in range(89):
        firm.clock.step(DAY)
        login = firm.refresh(login)
    firm.clock.step(DAY - 5 * MINUTE)
    login = firm.refresh(login)
    assert login.expires_in == 5 * 60
    firm.clock.step(5 * MINUTE)
    refused(errors.BadRefreshToken, firm.refresh, login)
    # A minute more for clocks that differ.
    firm.clock.step(MINUTE)
    refused(errors.Unauthenticated, firm.identify, login)


def test_a_refresh_counts_against_the_user_whose_session_it_is(firm):
    login = firm.log_in()
    others = (Use(USER, firm.technician.id),) * 5_989
    assert firm.ports.throttles.begin(others)
    firm.ports.throttles.end(others, failed=True)
    # One was the login.
    for _ in range(10):
        firm.refresh(login)
    waiting = refused(errors.TooManyRequests, firm.refresh, login)
    assert (waiting.retry_after > 0, str(waiting)[:13]) == (True, "At most 6000 ")
    firm.refresh(firm.log_in("theo@example.com"))
    firm.clock.step(MINUTE)
    refused(errors.BadRefreshToken, firm.refresh, login)


def test_the_store_holds_no_refresh_token_and_no_secret_of_one(firm):
    login = firm.log_in()
    after = firm.refresh(login)
    stored = repr(vars(firm.memory._state.doors)) + repr(firm.told())
    for each in (login, after):
        token = read(each.refresh_token, firm.ports.keys.refreshes)
        assert repr(token.secret)[2:-1] not in stored
        assert token.secret.hex() not in stored
        assert each.refresh_token not in stored


def test_tokens_last_as_long_as_the_policy_says_and_no_longer_when_it_is_made_shorter(firm):
    long = Firm(policy=AccessPolicy(access_lifetime=HOUR))
    login = long.log_in()
    assert login.expires_in == 3600
    long.ports = type(long.ports)(
        **{name: getattr(long.ports, name) for name in long.ports.__slots__ if name != "policy"},
        policy=AccessPolicy(access_lifetime=5 * MINUTE),
    )
    long.clock.step(7 * MINUTE - 1)
    long.identify(login)
    long.clock.step(1)
    refused(errors.Unauthenticated, long.identify, login)


class Tokens(RuleBasedStateMachine):
    """No sequence of logins, refreshes, replays, role changes and logouts leaves a token alive that should be dead.

    The model knows of each session only: ended or not, its newest token, and what was spent when.
    """

    def __init__(self):
        super().__init__()
        self.firm = Firm()
        self.on = {}
        """The living sessions: id to newest refresh token."""
        self.spent = {}
        """Refresh tokens that were exchanged: (session id, child, when)."""
        self.access = []
        """Access tokens: (token, session id, when)."""
        self.dead = set()
        """Refresh tokens of sessions that are over."""

    def note(self, login):
        session_id = self.firm.identify(login).session_id
        self.access.append((login.access_token, session_id, self.firm.clock.now()))
        return session_id

    def end(self, session_ids):
        for session_id in session_ids:
            self.dead.add(self.on.pop(session_id))
            gone = [token for token, (family, _, _) in self.spent.items() if family == session_id]
            for token in gone:
                del self.spent[token]
                self.dead.add(token)

    @rule(origin=st.sampled_from([HERE, THERE]))
    def log_in(self, origin):
        login = self.firm.log_in(origin=origin)
        self.on[self.note(login)] = login.refresh_token

    @precondition(lambda self: self.on)
    @rule(data=st.data())
    def go_on(self, data):
        session_id = data.draw(st.sampled_from(sorted(self.on)))
        old = self.on[session_id]
        login = self.firm.refresh(old)
        assert self.note(login) == session_id
        self.spent[old] = (session_id, login.refresh_token, self.firm.clock.now())
        self.on[session_id] = login.refresh_token

    @precondition(lambda self: self.spent)
    @rule(data=st.data())
    def show_a_spent_one(self, data):
        token = data.draw(st.sampled_from(sorted(self.spent)))
        session_id, child, at = self.spent[token]
        if self.firm.clock.now() - at <= GRACE:
            login = self.firm.refresh(token)
            assert login.refresh_token == child
            self.note(login)
        else:
            refused(errors.BadRefreshToken, self.firm.refresh, token)
            self.end([session_id])

    @precondition(lambda self: self.dead)
    @rule(data=st.data())
    def show_a_dead_one(self, data):
        refused(errors.BadRefreshToken, self.firm.refresh, data.draw(st.sampled_from(sorted(self.dead))))

    @precondition(lambda self: self.on)
    @rule(data=st.data())
    def log_out(self, data):
        session_id = data.draw(st.sampled_from(sorted(self.on)))
        sessions.log_out(self.firm.ports, self.firm.technician, session_id, Unparsed(b""))
        self.end([session_id])

    @rule()
    def log_out_everywhere(self):
        sessions.log_out_everywhere(self.firm.ports, self.firm.technician, Unparsed(b""))
        self.end(list(self.on))

    @rule(switch=st.sampled_from(["role", "active", "password"]))
    def take_rights_away(self, switch):
        firm, user_id = self.firm, self.firm.technician.id
        if switch == "role":
            for role in ("OFFICE_MANAGER", "TECHNICIAN"):
                users.set_role(firm.ports, firm.administrator, user_id, Unparsed.of({"role": role}))
        elif switch == "active":
            for active in (False, True):
                users.set_active(firm.ports, firm.administrator, user_id, active=active, body=Unparsed(b""))
        else:
            form = {"current_password": "a long enough password", "new_password": "a long enough password"}
            login = passwords.change_password(firm.ports, firm.technician, Unparsed.of(form), HERE)
            self.end(list(self.on))
            self.on[self.note(login)] = login.refresh_token
            return
        self.end(list(self.on))

    @rule(by=st.sampled_from([1_000, GRACE, MINUTE, 14 * MINUTE, DAY]))
    def wait(self, by):
        of = self.firm.ports.store.sessions
        self.firm.clock.step(by)
        self.end([each for each in self.on if of.get(each).expires_at <= self.firm.clock.now()])

    @invariant()
    def exactly_what_should_be_is_alive(self):
        now = self.firm.clock.now()
        for token, session_id, at in self.access:
            if session_id in self.on and now < at // 1000 * 1000 + 16 * MINUTE:
                assert self.firm.identify(token).session_id == session_id
            else:
                refused(errors.Unauthenticated, self.firm.identify, token)
        shown = sessions.list_sessions(self.firm.ports, self.firm.technician, "", {})
        assert {each.id for each in shown} == set(self.on)

    def teardown(self):
        self.firm.told()


TestTokens = Tokens.TestCase
