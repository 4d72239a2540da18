"""Throttles, mailers, keys and passwords that work most of the time: each has one fault that its suite must find."""

from contextlib import suppress
from time import sleep
from typing import Any

import msgspec

from hosanna_core.errors import Undecipherable
from hosanna_core.model.ids import MINUTE
from hosanna_core.model.limits import Allowance
from hosanna_core.model.travel import Leg
from hosanna_core.testing.doubles import (
    Letterbox,
    PlainCache,
    PlainEncryption,
    PlainPasswords,
    PlainSignatures,
    PlainThrottles,
    PlainTokens,
    PlainTravel,
)


class CountsForItself(PlainThrottles):
    """What another process counts is not its concern."""

    def __init__(self, clock: Any = None, counter: Any = None) -> None:
        super().__init__(clock)


class CountsSecondsOfTheClock(PlainThrottles):
    """Begins anew with each stretch of the clock, whenever the last use was."""

    def _allowance(self, use: Any) -> Allowance:
        length = use.limit.seconds * 1000
        begun = self._clock.now() // length * length
        self._counter.used[use] = [at for at in self._counter.used[use] if at >= begun]
        return super()._allowance(use)


class NeverForgets(PlainThrottles):
    def _allowance(self, use: Any) -> Allowance:
        left = super()._allowance(use)
        self._counter.used[use] = [self._clock.now() for _ in self._counter.used[use]]
        return left


class CountsWhatItRefuses(PlainThrottles):
    def count(self, uses: Any) -> Allowance | None:
        answer = super().count(uses)
        if answer is None:
            self._note(uses)
        return answer


class LooksFirstAndCountsLater(PlainThrottles):
    def count(self, uses: Any) -> Allowance | None:
        if self.left(uses).exhausted:
            return None
        sleep(0.001)
        self._note(uses)
        return self.left(uses)


class LetsEverybodyTryAtOnce(PlainThrottles):
    """Counts failures, and not those that may fail yet."""

    def begin(self, uses: Any) -> bool:
        return not self.left(uses).exhausted

    def end(self, uses: Any, *, failed: bool) -> None:
        if failed:
            self._note(uses)


class CountsEveryTry(PlainThrottles):
    def end(self, uses: Any, *, failed: bool) -> None:
        super().end(uses, failed=True)


class ForgetsWhoIsUnderWay(PlainThrottles):
    """Never takes a try that is over off those that are under way."""

    def end(self, uses: Any, *, failed: bool) -> None:
        self._note(uses if failed else ())


class MixesKeys(PlainThrottles):
    def _allowance(self, use: Any) -> Allowance:
        return super()._allowance(msgspec.structs.replace(use, key=use.key[:2]))

    def _note(self, uses: Any) -> None:
        super()._note([msgspec.structs.replace(use, key=use.key[:2]) for use in uses])


class TellsOfTheWidest(PlainThrottles):
    def left(self, uses: Any) -> Allowance:
        return max((self._allowance(use) for use in uses), key=lambda each: each.remaining)


class SendsTwice(Letterbox):
    def send(self, mail: Any) -> None:
        super().send(mail)
        super().send(mail)


class TrimsLetters(Letterbox):
    def send(self, mail: Any) -> None:
        super().send(msgspec.structs.replace(mail, subject=mail.subject[:78]))


class SaysWhatItCannotDeliver(Letterbox):
    def send(self, mail: Any) -> None:
        if "@" not in mail.to:
            raise ValueError(mail.to)
        super().send(mail)


class ObeysWhatIsWrittenInALetter(Letterbox):
    def send(self, mail: Any) -> None:
        super().send(mail)
        for line in f"{mail.to}\n{mail.subject}".splitlines():
            if line.startswith("Bcc: "):
                super().send(msgspec.structs.replace(mail, to=line.removeprefix("Bcc: ")))


class FitsWhateverBeginsRight(PlainSignatures):
    def fits(self, message: bytes, signature: bytes) -> bool:
        return signature[:32] == self.sign(message)[:32]


class SignsTheBeginning(PlainSignatures):
    def sign(self, message: bytes) -> bytes:
        return super().sign(message[:4])


class RaisesForWhatIsNoSignature(PlainSignatures):
    def fits(self, message: bytes, signature: bytes) -> bool:
        if len(signature) != 64:
            raise ValueError("not a signature")
        return super().fits(message, signature)


class IgnoresThePlace(PlainEncryption):
    def encrypt(self, plain: bytes, place: bytes) -> bytes:
        return super().encrypt(plain, b"")

    def decrypt(self, stored: bytes, place: bytes) -> bytes:
        return super().decrypt(stored, b"")


class EncryptsAlike(PlainEncryption):
    def encrypt(self, plain: bytes, place: bytes) -> bytes:
        again = PlainEncryption(*self._ring.values())
        return again.encrypt(plain, place)


class EncryptsUnderTheOldestKey(PlainEncryption):
    def encrypt(self, plain: bytes, place: bytes) -> bytes:
        return PlainEncryption(list(self._ring.values())[-1]).encrypt(plain, place)


class TakesWhatWasNeverEncrypted(PlainEncryption):
    def decrypt(self, stored: bytes, place: bytes) -> bytes:
        with suppress(Undecipherable):
            return super().decrypt(stored, place)
        return stored


class FindsByAHashThatAnybodyCanMake(PlainEncryption):
    def __init__(self, *ring: bytes, tokens: bytes = b"") -> None:
        super().__init__(*ring)


class FindsByTheFirstKey(PlainEncryption):
    def __init__(self, *ring: bytes, tokens: bytes = b"") -> None:
        super().__init__(*ring, tokens=ring[0])


class NeverHashesAnew(PlainPasswords):
    def outdated(self, password_hash: str) -> bool:
        return False


class TakesOnlyItsOwnParameters(PlainPasswords):
    def verify(self, password_hash: str, password: str) -> bool:
        return not self.outdated(password_hash) and super().verify(password_hash, password)


class GivesNoMinute(PlainTokens):
    def read(self, token: str, now: int) -> Any:
        super().read(token, now - MINUTE)
        return super().read(token, now + MINUTE)


class ForgetsTheSession(PlainTokens):
    def read(self, token: str, now: int) -> Any:
        claims = super().read(token, now)
        return msgspec.structs.replace(claims, session_id=claims.token_id)


class GoesBackInTime(PlainTravel):
    def legs(self, origins: Any, destinations: Any) -> Any:
        return [
            [Leg(leg.seconds - 1_000, leg.metres) for leg in row]
            for row in super().legs(origins, destinations)
        ]


class MixesRowsAndColumns(PlainTravel):
    def legs(self, origins: Any, destinations: Any) -> Any:
        return super().legs(destinations, origins)


class RoundsTheBlock(PlainTravel):
    """Nobody parks where they stand."""

    def legs(self, origins: Any, destinations: Any) -> Any:
        return [
            [Leg(leg.seconds + 60, leg.metres) for leg in row] for row in super().legs(origins, destinations)
        ]


class LosesItsWay(PlainTravel):
    """Falls over a place that nobody has told."""

    def legs(self, origins: Any, destinations: Any) -> Any:
        return super().legs(origins, [point for point in destinations if point is not None])


class KeepsForEver(PlainCache):
    def get(self, key: str) -> bytes | None:
        return self.kept.get(key, (0, None))[1]


class KeepsWhatIsAskedFor(PlainCache):
    """Begins a value's time anew with every question."""

    def get(self, key: str) -> bytes | None:
        value = super().get(key)
        if value is not None:
            self.put(key, value, 1)
        return value


class KeepsTheFirst(PlainCache):
    def put(self, key: str, value: bytes, seconds: int) -> None:
        if self.get(key) is None:
            super().put(key, value, seconds)


class KeepsTheFirstTime(PlainCache):
    def put(self, key: str, value: bytes, seconds: int) -> None:
        until = self.kept[key][0] if self.get(key) is not None else self._clock.now() + seconds * 1000
        self.kept[key] = (until, value)


class KeepsTheBeginning(PlainCache):
    def put(self, key: str, value: bytes, seconds: int) -> None:
        super().put(key, value[:100_000], seconds)


class KeepsByHalfAName(PlainCache):
    def get(self, key: str) -> bytes | None:
        return super().get(key[:500])

    def put(self, key: str, value: bytes, seconds: int) -> None:
        super().put(key[:500], value, seconds)


class GivesNothingForNone(PlainCache):
    def get(self, key: str) -> bytes | None:
        return super().get(key) or b""


class TakesNothingForNone(PlainCache):
    def get(self, key: str) -> bytes | None:
        return super().get(key) or None


class KeepsForItself(PlainCache):
    def __init__(self, clock: Any = None, kept: Any = None) -> None:
        super().__init__(clock)
