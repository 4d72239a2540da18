"""The kit's stand-ins keep the contracts, too."""

from collections.abc import Callable, Sequence

import pytest

from hosanna_core.model.mail import Mail
from hosanna_core.ports import (
    Cache,
    Encryption,
    Mailer,
    Outside,
    Passwords,
    Planner,
    Signatures,
    Throttles,
    Tokens,
    Travel,
)
from hosanna_core.testing.contracts import (
    CacheContract,
    EncryptionContract,
    MailerContract,
    OutsideContract,
    PasswordsContract,
    PlannerContract,
    SignaturesContract,
    ThrottlesContract,
    TokensContract,
    TravelContract,
)
from hosanna_core.testing.doubles import (
    Letterbox,
    PlainCache,
    PlainCounter,
    PlainEncryption,
    PlainPasswords,
    PlainPlanner,
    PlainSignatures,
    PlainThrottles,
    PlainTokens,
    PlainTravel,
    StandingClock,
)


class TestStandingClock(OutsideContract):
    @pytest.fixture
    def outside(self) -> Outside:
        return StandingClock()


class TestPlainPasswords(PasswordsContract):
    @pytest.fixture
    def passwords(self) -> Passwords:
        return PlainPasswords()

    @pytest.fixture
    def formerly(self) -> Passwords:
        return PlainPasswords(rounds=2)


class TestPlainTokens(TokensContract):
    @pytest.fixture
    def tokens(self) -> Tokens:
        return PlainTokens()

    @pytest.fixture
    def strangers(self) -> Tokens:
        return PlainTokens("another key")


class TestPlainCache(CacheContract):
    shared = True

    @pytest.fixture
    def clock(self) -> StandingClock:
        return StandingClock()

    @pytest.fixture
    def kept(self) -> dict[str, tuple[int, bytes]]:
        return {}

    @pytest.fixture
    def cache(self, clock: StandingClock, kept: dict[str, tuple[int, bytes]]) -> Cache:
        return PlainCache(clock, kept)

    @pytest.fixture
    def beside(self, clock: StandingClock, kept: dict[str, tuple[int, bytes]]) -> Cache:
        return PlainCache(clock, kept)

    @pytest.fixture
    def wait(self, clock: StandingClock) -> Callable[[float], None]:
        return lambda seconds: clock.step(int(seconds * 1000))


class TestPlainThrottles(ThrottlesContract):
    shared = True

    @pytest.fixture
    def clock(self) -> StandingClock:
        return StandingClock()

    @pytest.fixture
    def counter(self) -> PlainCounter:
        return PlainCounter()

    @pytest.fixture
    def throttles(self, clock: StandingClock, counter: PlainCounter) -> Throttles:
        return PlainThrottles(clock, counter)

    @pytest.fixture
    def beside(self, clock: StandingClock, counter: PlainCounter) -> Throttles:
        return PlainThrottles(clock, counter)

    @pytest.fixture
    def wait(self, clock: StandingClock) -> Callable[[float], None]:
        return lambda seconds: clock.step(round(seconds * 1000))

    @pytest.fixture
    def now(self, clock: StandingClock) -> Callable[[], float]:
        return lambda: clock.now() / 1000


class TestLetterbox(MailerContract):
    @pytest.fixture
    def mailer(self) -> Mailer:
        return Letterbox()

    @pytest.fixture
    def delivered(self, mailer: Letterbox) -> Callable[[], Sequence[Mail]]:
        return lambda: mailer.letters

    @pytest.fixture
    def stranded(self, mailer: Mailer) -> Mailer:
        return mailer


class TestPlainSignatures(SignaturesContract):
    @pytest.fixture
    def signatures(self) -> Signatures:
        return PlainSignatures()

    @pytest.fixture
    def strangers(self) -> Signatures:
        return PlainSignatures(b"another key")


class TestPlainEncryption(EncryptionContract):
    @pytest.fixture
    def encryption(self) -> Encryption:
        return PlainEncryption(b"first")

    @pytest.fixture
    def strangers(self) -> Encryption:
        return PlainEncryption(b"another", tokens=b"another")

    @pytest.fixture
    def rotated(self) -> Encryption:
        return PlainEncryption(b"second", b"first")


class TestPlainTravel(TravelContract):
    @pytest.fixture
    def travel(self) -> Travel:
        return PlainTravel()


class TestPlainPlanner(PlannerContract):
    @pytest.fixture
    def planner(self) -> Planner:
        return PlainPlanner()
