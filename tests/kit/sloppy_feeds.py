"""Feeds with one fault each that the suite must find, and ledgers and inboxes that tell the feed wrongly."""

from contextlib import suppress
from threading import Lock
from time import monotonic, sleep
from typing import Any

import msgspec
from tests.kit.spoiling import Around, Ledger

from hosanna_core.errors import CommitRefused, CursorLost
from hosanna_core.model.feed import Followed, Stretch
from hosanna_core.ports import Store


class Feed(Around):
    port = "feed"


def number_of(cursor: bytes) -> int:
    return int.from_bytes(cursor, "big")


def cursor_of(number: int) -> bytes:
    return number.to_bytes(8, "big")


class GivesAnEventTwice(Feed):
    """Goes on with the last event that was given, for whoever was inside a commit."""

    def after(self, cursor: bytes, limit: int) -> Stretch:
        found: Stretch = self.inner.after(cursor, limit)
        log = self.inner._log
        n = number_of(cursor)
        last = log.events[n - 1] if n else None
        if last is None or not found.told or found.told[0].event.subject != last.subject:
            return found
        told = (Followed(cursor + b"\0", last), *found.told)[:limit]
        return Stretch(told, told[-1].cursor[:8])


class LosesOneAtTheEdge(Feed):
    """Where a page is full, the next one begins one event too late."""

    def after(self, cursor: bytes, limit: int) -> Stretch:
        found: Stretch = self.inner.after(cursor, limit)
        if len(found.told) < limit or number_of(found.cursor) == self.inner._log.end:
            return found
        return Stretch(found.told, cursor_of(number_of(found.cursor) + 1))


class GivesLessThanThereIs(Feed):
    def after(self, cursor: bytes, limit: int) -> Stretch:
        return self.inner.after(cursor, max(limit // 2, 1))


class ForgetsTheLimit(Feed):
    def after(self, cursor: bytes, limit: int) -> Stretch:
        found: Stretch = self.inner.after(cursor, limit + 1)
        return found


class BeginsAnewWhereItIsLost(Feed):
    def after(self, cursor: bytes, limit: int) -> Any:
        with suppress(CursorLost):
            return self.inner.after(cursor, limit)
        return self.inner.after(cursor_of(0), limit)


class TakesTheFutureForTheEnd(Feed):
    """Answers nothing for what lies beyond the end, and forgets to say so."""

    def after(self, cursor: bytes, limit: int) -> Any:
        if len(cursor) == 8 and number_of(cursor) > self.inner._log.end:
            return Stretch((), cursor)
        return self.inner.after(cursor, limit)


class WaitsForWhatIsLost(Feed):
    def wait(self, cursor: bytes, timeout: float) -> bool:
        try:
            answer: bool = self.inner.wait(cursor, timeout)
        except CursorLost:
            sleep(timeout)
            return False
        return answer


class CountsInText(Feed):
    """Its later places are not greater ones."""

    def head(self) -> bytes:
        return str(number_of(self.inner.head())).encode()

    def after(self, cursor: bytes, limit: int) -> Stretch:
        if not cursor.isdigit() or cursor.startswith(b"0") is not (cursor == b"0"):
            raise CursorLost
        found = self.inner.after(cursor_of(min(int(cursor), 2**60)), limit)
        told = tuple(Followed(str(number_of(each.cursor)).encode(), each.event) for each in found.told)
        return Stretch(told, str(number_of(found.cursor)).encode())


class HeadOfAMomentAgo(Feed):
    def head(self) -> bytes:
        return cursor_of(max(number_of(self.inner.head()) - 1, 0))


class NamedAnewEachTime(Feed):
    named = 0

    @property
    def epoch(self) -> bytes:
        self.named += 1
        return self.named.to_bytes(16, "big")


class SleepsThrough(Feed):
    """Whatever happens meanwhile, it waits to the end."""

    def wait(self, cursor: bytes, timeout: float) -> bool:
        sleep(timeout)
        return bool(self.inner.after(cursor, 1).told)


class NeverWaits(Feed):
    def wait(self, cursor: bytes, timeout: float) -> bool:
        return bool(self.inner.after(cursor, 1).told)


class WakesTheFirstWhoWaits(Feed):
    """Of several who wait it remembers one."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.waiting = Lock()

    def wait(self, cursor: bytes, timeout: float) -> bool:
        if not self.waiting.acquire(blocking=False):
            sleep(timeout)
            return bool(self.inner.after(cursor, 1).told)
        try:
            answer: bool = self.inner.wait(cursor, timeout)
            return answer
        finally:
            self.waiting.release()


class FillsGapsLater(Feed):
    """A number may be there before the one in front of it: who reads at the wrong moment passes over that."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.seen: dict[bytes, float] = {}

    def after(self, cursor: bytes, limit: int) -> Stretch:
        found: Stretch = self.inner.after(cursor, limit)
        now = monotonic()
        late = [number_of(each.cursor) % 3 == 0 for each in found.told]
        told = tuple(
            each
            for each, waits in zip(found.told, late, strict=True)
            if not waits or now - self.seen.setdefault(each.cursor, now) > 0.01
        )
        return found if not told else Stretch(told, found.cursor)


class TellsNoNotices(Feed):
    def after(self, cursor: bytes, limit: int) -> Stretch:
        found: Stretch = self.inner.after(cursor, limit)
        told = tuple(each for each in found.told if each.event.subject.kind != "notification")
        return Stretch(told, found.cursor)


class Teller(Ledger):
    def tell(self, change: Any) -> None:
        """Tell of a change beside its commit."""
        state = self.inner._state
        with state.lock:
            state.log.extend(change.events)


class TellsOfARefusedChange(Teller):
    def commit(self, change: Any) -> None:
        try:
            self.inner.commit(change)
        except CommitRefused:
            self.tell(change)
            raise


class TellsACommitBackwards(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, events=change.events[::-1])


class TellsOnlyTheFirstEvent(Ledger):
    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, events=change.events[:1])


class TellsOfNoticesFirst(Teller):
    def commit(self, change: Any) -> None:
        self.inner.commit(msgspec.structs.replace(change, events=()))
        self.tell(change)


class TellsInAnOrderOfItsOwn(Teller):
    """Commits first and tells a moment later: another commit may come between."""

    def commit(self, change: Any) -> None:
        self.inner.commit(msgspec.structs.replace(change, events=()))
        sleep(0.002)
        self.tell(change)


class TellsEachReading(Around):
    port = "inboxes"

    def mark_read(self, user_id: str, notice_id: str, at: int) -> Any:
        inbox = self.inner._state.inboxes.get(user_id, {})
        if (notice := inbox.get(notice_id)) is not None:
            inbox[notice_id] = msgspec.structs.replace(notice, read_at=None)
        return self.inner.mark_read(user_id, notice_id, at)
