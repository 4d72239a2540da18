"""A hypothesis state machine in which people log in, refresh, replay, lose their rights and forget their passwords.

Subclass, override `make_store` (or `make_ports`), and give pytest the machine's `TestCase`:

```python
class MyAccess(AccessMachine):
    def make_store(self) -> Store:
        return MyStore().ports()

TestMyAccess = MyAccess.TestCase
```
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hosanna_core.errors import (
    BadCredentials,
    BadRefreshToken,
    BadResetToken,
    HosannaError,
    Invalid,
    LastAdministrator,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)
from hosanna_core.model.ids import HOUR, MINUTE, Millis
from hosanna_core.model.people import Actor, Role
from hosanna_core.rules.access import RESET_ACCOUNT, AccessPolicy
from hosanna_core.testing.doubles import Letterbox, StandingClock, ports_on
from hosanna_core.testing.tokens_known import GRACE, Access, Family, Known, Letter, Person, Refresh
from hosanna_core.testing.trails import check_trail
from hosanna_core.testing.watching import outcome
from hosanna_core.usecases import access, passwords, sessions
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.user_forms import UserForm
from hosanna_core.usecases.users import create_user, install_administrator, set_active, set_role

if TYPE_CHECKING:
    from hosanna_core.ports import Ports, Store
    from hosanna_core.usecases.sessions import Login

POLICY: Final = AccessPolicy(access_lifetime=15 * MINUTE, idle=2 * HOUR, absolute=5 * HOUR)
PASSWORDS: Final = ("a long password", "another password", "the third password")
STAFF: Final = (Role.ADMINISTRATOR, Role.OFFICE_MANAGER, Role.TECHNICIAN)
BEFORE_WAITING: Final = 10
"""So many tries within a minute nobody has to wait for."""
EMPTY: Final = Unparsed(b"")
somebody = st.integers(0, len(STAFF))
something = st.integers(0, 60)
chosen = st.sampled_from(PASSWORDS)
seldom = st.sampled_from((False, False, False, True))
moments: st.SearchStrategy[Millis] = st.sampled_from(
    (1_000, GRACE // 2, GRACE, GRACE + 1, 5 * MINUTE, 15 * MINUTE, 16 * MINUTE, POLICY.idle, POLICY.absolute)
)


class AccessMachine(RuleBasedStateMachine):
    """Nobody may act by a token that should be dead, nor be refused by one that should be alive."""

    def make_store(self) -> Store:
        """An empty store, for each run of the machine. Yours."""
        raise NotImplementedError(f"{type(self).__name__} must override make_store or make_ports")

    def make_ports(self) -> Ports:
        """All ports: your store among the kit's stand-ins. Yours must run on `self.clock` and by `POLICY`."""
        return ports_on(self.make_store(), clock=self.clock, policy=POLICY)

    def __init__(self) -> None:
        super().__init__()
        self.clock = StandingClock()
        self.letterbox = Letterbox()
        self.known = Known(POLICY.idle, POLICY.absolute, POLICY.access_lifetime)

    @initialize(logins=st.lists(somebody, min_size=1, max_size=4))
    def begin(self, logins: list[int]) -> None:
        """Four people have accounts, and some are logged in, on one device or several."""
        self.ports = replace(self.make_ports(), mailer=self.letterbox)
        form = UserForm(
            email="first@example.com", full_name="First", role=Role.ADMINISTRATOR, password=PASSWORDS[0]
        )
        first = install_administrator(self.ports, form)
        self.known.people.append(Person(first.id, first.email, PASSWORDS[0], first.role))
        for number, role in enumerate(STAFF):
            email = f"user{number}@example.com"
            body = {"email": email, "full_name": "User", "role": role.value, "password": PASSWORDS[0]}
            user = create_user(self.ports, Actor(first.id, first.role), Unparsed.of(body))
            self.known.people.append(Person(user.id, email, PASSWORDS[0], role))
        for who in logins:
            self.log_in(who, wrong=False)

    # What people do.

    @rule(who=somebody, wrong=seldom)
    def log_in(self, who: int, wrong: bool) -> None:
        """Somebody logs in, perhaps with a wrong password."""
        person = self.known.people[who]
        password = "not the password" if wrong else person.password
        body = {"email": person.email, "password": password}
        answer = outcome(lambda: access.log_in(self.ports, Unparsed.of(body)))
        if self._has_to_wait(answer, f"login {person.email}"):
            return
        if wrong or not person.active:
            assert isinstance(answer, BadCredentials), f"{answer!r} for somebody who cannot log in"
            self.known.failures[f"login {person.email}"] += 1
            return
        self._came_in(person, answer)

    @precondition(lambda self: self.known.families)
    @rule(which=something, later=moments | st.just(0))
    def refresh_in_time(self, which: int, later: Millis) -> None:
        """A device goes on, with the newest token that it has."""
        self.clock.step(later)
        self._show(self._pick(self.known.families, which).tokens[-1])

    @precondition(lambda self: self.known.families)
    @rule(which=something)
    def refresh_with_any(self, which: int) -> None:
        """Somebody shows a refresh token that was given out at any time: a lost answer, or a stolen token."""
        self._show(self._pick(self.known.tokens(), which))

    @precondition(lambda self: any(token.child for token in self.known.tokens()))
    @rule(which=something, later=st.sampled_from((0, GRACE // 2, GRACE, GRACE + 1)))
    def refresh_again(self, which: int, later: Millis) -> None:
        """A device did not get the answer, and asks again with the token that it had."""
        self.clock.step(later)
        self._show(self._pick([token for token in self.known.tokens() if token.child], which))

    @precondition(lambda self: self.known.accesses)
    @rule(which=something, other=st.none() | something)
    def log_out(self, which: int, other: int | None) -> None:
        """Somebody logs out, perhaps naming the refresh token of another session."""
        mine = self._pick(self.known.accesses, which)
        actor = self._actor(mine)
        if actor is None:
            return
        shown = None if other is None else self._pick(self.known.tokens(), other)
        body = {} if shown is None else {"refresh_token": shown.text}
        sessions.log_out(self.ports, actor, mine.family.session_id, Unparsed.of(body))
        mine.family.ended = True
        if shown is not None and shown.family.person is mine.family.person:
            shown.family.ended = True

    @precondition(lambda self: self.known.accesses)
    @rule(which=something, other=something)
    def revoke(self, which: int, other: int) -> None:
        """Somebody ends one session: of their own, or so they think."""
        mine, family = self._pick(self.known.accesses, which), self._pick(self.known.families, other)
        actor = self._actor(mine)
        if actor is None:
            return
        answer = outcome(lambda: sessions.end_own_session(self.ports, actor, family.session_id, EMPTY))
        if family.person is mine.family.person and self.known.goes_on(family, self.clock.now()):
            assert answer is None, f"{answer!r}: nobody ended it"
            family.ended = True
        else:
            assert isinstance(answer, NotFound), "it was somebody else's, or over"

    @precondition(lambda self: self.known.accesses)
    @rule(which=something)
    def log_out_everywhere(self, which: int) -> None:
        """Somebody ends all of their sessions."""
        mine = self._pick(self.known.accesses, which)
        actor = self._actor(mine)
        if actor is not None:
            sessions.log_out_everywhere(self.ports, actor, EMPTY)
            self.known.end_all(mine.family.person)

    @precondition(lambda self: self.known.accesses)
    @rule(which=something, new=chosen, wrong=seldom)
    def change_password(self, which: int, new: str, wrong: bool) -> None:
        """Somebody chooses another password."""
        mine = self._pick(self.known.accesses, which)
        actor, person = self._actor(mine), mine.family.person
        if actor is None:
            return
        body = {"current_password": "not it" if wrong else person.password, "new_password": new}
        answer = outcome(lambda: passwords.change_password(self.ports, actor, Unparsed.of(body)))
        if self._has_to_wait(answer, f"login {person.email}"):
            return
        if wrong:
            assert isinstance(answer, Invalid)
            self.known.failures[f"login {person.email}"] += 1
            return
        self.known.end_all(person)
        person.password = new
        self._came_in(person, answer)

    @rule(who=somebody)
    def forget_password(self, who: int) -> None:
        """Somebody asks for a new password."""
        person, before = self.known.people[who], len(self.letterbox.letters)
        body = Unparsed.of({"email": person.email})
        if self._has_to_wait(outcome(lambda: passwords.forgot_password(self.ports, body)), "reset"):
            return
        self.known.failures["reset"] += 1
        letters = self.letterbox.letters[before:]
        expected = [person.email] if person.active else []
        # After so many in an hour none is sent, and nothing is said.
        too_many = len([each for each in self.known.letters if each.person is person]) >= RESET_ACCOUNT.most
        assert [letter.to for letter in letters] == expected or (too_many and not letters)
        for letter in letters:
            token = letter.text.partition("#token=")[2].split()[0]
            now = self.clock.now()
            self.known.letters.append(Letter(token, person, now, person.turns, person.password))

    @precondition(lambda self: self.known.letters)
    @rule(which=something, new=chosen)
    def reset_password(self, which: int, new: str) -> None:
        """Somebody uses a token of a letter, a fresh one or an old one."""
        letter = self._pick(self.known.letters, which)
        body = Unparsed.of({"token": letter.token, "password": new})
        opens = self.known.opens(letter, self.clock.now())
        answer = outcome(lambda: passwords.reset_password(self.ports, body))
        if self._has_to_wait(answer, "reset"):
            return
        self.known.failures["reset"] += 1
        if not opens:
            assert isinstance(answer, BadResetToken), "the letter is too old, or something happened since"
            return
        assert answer is None, f"{answer!r}: the letter is good"
        self.known.end_all(letter.person)
        letter.person.password = new

    @rule(who=somebody, role=st.sampled_from(Role))
    def change_role(self, who: int, role: Role) -> None:
        """An Administrator gives somebody another role."""
        person = self.known.people[who]
        body = Unparsed.of({"role": role.value})
        answer = outcome(lambda: set_role(self.ports, self._administrator(), person.id, body))
        if role is not Role.ADMINISTRATOR and self.known.last_administrator(person):
            assert isinstance(answer, LastAdministrator)
        elif role is not person.role:
            assert not isinstance(answer, HosannaError), answer
            person.role = role
            self.known.end_all(person)

    @rule(who=somebody, active=st.booleans())
    def let_in_or_shut_out(self, who: int, active: bool) -> None:
        """An Administrator shuts somebody out, or lets them in again: that gives no old token its life back."""
        person = self.known.people[who]
        by = self._administrator()
        answer = outcome(lambda: set_active(self.ports, by, person.id, active=active, body=EMPTY))
        if not active and self.known.last_administrator(person):
            assert isinstance(answer, LastAdministrator)
            return
        assert not isinstance(answer, HosannaError), answer
        if not active and person.active:
            self.known.end_all(person)
        person.active = active

    @rule(by=moments)
    def wait(self, by: Millis) -> None:
        """Time passes."""
        self.clock.step(by)

    # What must hold.

    @invariant()
    def access_tokens_live_and_die_as_they_should(self) -> None:
        """Every access token that was ever given out."""
        for token in self.known.accesses:
            self._actor(token)

    @invariant()
    def refresh_tokens_are_as_alive_as_they_should_be(self) -> None:
        """Every refresh token that can be shown without changing anything: dead ones, and those within the grace."""
        now = self.clock.now()
        for token in self.known.tokens():
            becomes = self.known.becomes(token, now)
            if becomes in ("nothing", "repeat"):
                self._check(token, becomes, self._refreshed(token))

    @invariant()
    def people_see_the_sessions_that_go_on(self) -> None:
        """Everybody's list of their own sessions."""
        now = self.clock.now()
        for person in self.known.people:
            listed = sessions.list_sessions(self.ports, Actor(person.id, person.role), "", {})
            mine = [each for each in self.known.families if each.person is person]
            alive = {each.session_id for each in mine if self.known.goes_on(each, now)}
            assert {each.id for each in listed} == (alive if person.active else set())

    def teardown(self) -> None:
        """Now every other refresh token is shown, the living ones first; and the audit trail must be whole."""
        if not hasattr(self, "ports"):
            return
        for family in self.known.families:
            self._mistake_one_for_the_other(family)
            for token in reversed(list(family.tokens)):
                self._show(token)
        self.access_tokens_live_and_die_as_they_should()
        check_trail(self.ports.store)

    def _mistake_one_for_the_other(self, family: Family) -> None:
        refresh = family.tokens[-1].text
        assert isinstance(outcome(lambda: access.identify(self.ports, refresh)), Unauthenticated)
        for token in self.known.accesses[:3]:
            body = Unparsed.of({"refresh_token": token.text})
            answer = outcome(partial(sessions.refresh, self.ports, body))
            assert isinstance(answer, BadRefreshToken | Invalid), "an access token is no refresh token"

    def _show(self, token: Refresh) -> None:
        becomes = self.known.becomes(token, self.clock.now())
        answer = self._refreshed(token)
        self._check(token, becomes, answer)
        now = self.clock.now()
        if becomes == "exchange":
            self.known.exchanged(token, answer.refresh_token, now)
        if becomes in ("exchange", "repeat"):
            self.known.given(token.family, answer.access_token, now)
        if becomes == "replay":
            token.family.ended = True

    def _refreshed(self, token: Refresh) -> Any:
        body = Unparsed.of({"refresh_token": token.text})
        return outcome(lambda: sessions.refresh(self.ports, body))

    def _check(self, token: Refresh, becomes: str, answer: Any) -> None:
        if becomes in ("nothing", "replay"):
            assert isinstance(answer, BadRefreshToken), f"a dead refresh token was taken: {becomes}"
            return
        assert not isinstance(answer, HosannaError), f"a living refresh token was refused: {answer!r}"
        if becomes == "repeat":
            assert token.child is not None
            assert answer.refresh_token == token.child.text, "who asks again gets the same child"
        else:
            given = {each.text for each in self.known.tokens()}
            assert answer.refresh_token not in given, "each exchange gives a new token"

    def _actor(self, token: Access) -> Actor | None:
        """Who an access token belongs to, None where it must be dead; asserts that the ports say the same."""
        answer = outcome(lambda: access.identify(self.ports, token.text))
        person = token.family.person
        if not self.known.may_act(token, self.clock.now()):
            assert isinstance(answer, Unauthenticated), f"a dead token of {person.email} may act"
            return None
        assert not isinstance(answer, HosannaError), f"a living token was refused: {answer!r}"
        assert answer.actor == Actor(person.id, person.role), "it says who they are now"
        assert answer.session_id == token.family.session_id
        actor: Actor = answer.actor
        return actor

    def _came_in(self, person: Person, login: Login) -> None:
        assert not isinstance(login, HosannaError), f"{login!r} for somebody who can log in"
        identity = access.identify(self.ports, login.access_token)
        now = self.clock.now()
        self.known.opened(person, identity.session_id, login.access_token, login.refresh_token, now)

    def _has_to_wait(self, answer: Any, what: str) -> bool:
        if not isinstance(answer, TooManyRequests):
            return False
        assert self.known.failures[what] >= BEFORE_WAITING, "nobody waits who tried so seldom"
        return True

    def _administrator(self) -> Actor:
        able = [each for each in self.known.people if each.active and each.role is Role.ADMINISTRATOR]
        return Actor(able[0].id, able[0].role)

    @staticmethod
    def _pick(these: list[Any], which: int) -> Any:
        return these[which % len(these)]
