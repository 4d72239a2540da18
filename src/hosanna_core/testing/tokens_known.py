"""What is known of every token that was ever given out, and whether it must be alive: plain, slow, and asking nobody.

The words of the specification are said a second time here: nothing asks `hosanna_core.rules`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hosanna_core.model.ids import MINUTE, Millis
from hosanna_core.model.people import Role

if TYPE_CHECKING:
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.session import SessionId

GRACE: Final[Millis] = 30_000
REMEMBERED: Final = 16
"""So many exchanges of one session are remembered within the grace."""
LETTER_LASTS: Final[Millis] = 10 * MINUTE
CLOCKS_DIFFER: Final[Millis] = MINUTE


@dataclass(eq=False)
class Person:
    """Somebody with an account. *turns* counts whatever ended all of their sessions."""

    id: UserId
    email: str
    password: str
    role: Role
    active: bool = True
    turns: int = 0


@dataclass(eq=False)
class Refresh:
    """A refresh token; *spent_at* and *child* once it was exchanged."""

    text: str
    family: Family
    spent_at: Millis | None = None
    child: Refresh | None = None


@dataclass(eq=False)
class Family:
    """A session, and its refresh tokens in their order."""

    person: Person
    session_id: SessionId
    opened_at: Millis
    used_at: Millis
    ended: bool = False
    tokens: list[Refresh] = field(default_factory=list)


@dataclass(eq=False)
class Access:
    """An access token."""

    text: str
    family: Family
    issued_at: Millis
    expires_at: Millis


@dataclass(eq=False)
class Letter:
    """A reset token that somebody got by mail, and how often their sessions had all been ended by then."""

    token: str
    person: Person
    sent_at: Millis
    turns: int
    password: str


class Known:
    """Everybody, and every token; *idle*, *absolute* and *lifetime* as the policy has them."""

    def __init__(self, idle: Millis, absolute: Millis, lifetime: Millis) -> None:
        self.idle, self.absolute, self.lifetime = idle, absolute, lifetime
        self.people: list[Person] = []
        self.families: list[Family] = []
        self.accesses: list[Access] = []
        self.letters: list[Letter] = []
        self.failures: Counter[str] = Counter()
        """How often somebody failed, or asked, ever: before ten nobody has to wait."""

    def goes_on(self, family: Family, now: Millis) -> bool:
        """Whether a session is alive."""
        end = min(family.used_at + self.idle, family.opened_at + self.absolute)
        return not family.ended and family.person.active and now < end

    def may_act(self, access: Access, now: Millis) -> bool:
        """Whether an access token is alive; it lasts whole seconds, and clocks may differ by a minute."""
        first, last = access.issued_at // 1000 * 1000, access.expires_at // 1000 * 1000
        in_time = first - CLOCKS_DIFFER <= now < last + CLOCKS_DIFFER
        return in_time and access.family.person.active and not access.family.ended

    def becomes(self, token: Refresh, now: Millis) -> str:
        """What showing a refresh token leads to: "exchange", "repeat", "replay" or "nothing"."""
        family = token.family
        if not self.goes_on(family, now):
            return "nothing"
        if token.spent_at is None:
            return "exchange"
        followed = len(family.tokens) - 1 - family.tokens.index(token)
        recent = now - token.spent_at <= GRACE and followed <= REMEMBERED
        return "repeat" if recent else "replay"

    def opens(self, letter: Letter, now: Millis) -> bool:
        """Whether a reset token sets a password."""
        person = letter.person
        fresh = now < letter.sent_at + LETTER_LASTS
        same = letter.turns == person.turns and letter.password == person.password
        return fresh and same and person.active

    def end_all(self, person: Person) -> None:
        """All sessions of somebody end."""
        person.turns += 1
        for family in self.families:
            family.ended = family.ended or family.person is person

    def given(self, family: Family, access: str, now: Millis) -> Access:
        """Note an access token."""
        expires_at = min(now + self.lifetime, family.opened_at + self.absolute)
        known = Access(access, family, now, expires_at)
        self.accesses.append(known)
        return known

    def opened(self, person: Person, session_id: SessionId, access: str, refresh: str, now: Millis) -> Family:
        """Note a new session with its first two tokens."""
        family = Family(person, session_id, now, now)
        family.tokens.append(Refresh(refresh, family))
        self.families.append(family)
        self.given(family, access, now)
        return family

    def exchanged(self, token: Refresh, child: str, now: Millis) -> None:
        """Note that a living refresh token was exchanged."""
        family = token.family
        token.spent_at, family.used_at = now, now
        token.child = Refresh(child, family)
        family.tokens.append(token.child)

    def tokens(self) -> list[Refresh]:
        """Every refresh token that was ever given out."""
        return [token for family in self.families for token in family.tokens]

    def last_administrator(self, person: Person) -> bool:
        """Whether nobody else could manage users."""
        able = [each for each in self.people if each.active and each.role is Role.ADMINISTRATOR]
        return able == [person]
