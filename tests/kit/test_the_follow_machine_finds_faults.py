"""What could go wrong between a feed and its followers: the machine must find each of it, on a store that is sound."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.adapters.memory.test_memory_following import MemoryFollowing

from hosanna_core.model.announcement import Announcement
from hosanna_core.model.feed import Followed, Stretch
from hosanna_core.ports import Ports, Store
from hosanna_core.rules.sealing import MARK, InFeed, Sealer
from hosanna_core.rules.views import View
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.doubles import ports_on
from hosanna_core.usecases import inbox, syncing, telling

pytestmark = pytest.mark.deep
Patch = Callable[[pytest.MonkeyPatch], None]
_told, _walked = telling.told, syncing._walked


# Who is told what.


def judges_by_the_present_alone(patch: pytest.MonkeyPatch) -> None:
    def told(seen: View, *, visible: bool, lacking: bool) -> tuple[View, bool]:
        was = seen in {View.LEFT, View.CHANGED}
        if visible:
            return (View.CHANGED if was else View.ENTERED), False
        return (View.LEFT if was else View.UNSEEN), False

    patch.setattr(telling, "told", told)


def tells_of_the_leaving_of_what_was_withheld(patch: pytest.MonkeyPatch) -> None:
    def told(seen: View, *, visible: bool, lacking: bool) -> tuple[View, bool]:
        return _told(seen, visible=visible, lacking=lacking and seen is not View.LEFT)

    patch.setattr(telling, "told", told)


def withholds_without_remembering(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(telling, "told", lambda seen, **parts: (_told(seen, **parts)[0], False))


def withholds_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(telling.Telling, "visible", lambda self, _: self.sight is not None)


def trusts_what_it_withheld_from_those_who_fetched(patch: pytest.MonkeyPatch) -> None:
    class Sure(telling.Line):
        sure = property(lambda _: True, lambda _, value: None)

    patch.setattr("hosanna_core.usecases.streams.Line", Sure)


def names_hidden_jobs_in_notifications(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inbox, "scope_of", lambda _: SEES_ALL)


def tells_of_what_has_expired(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Announcement, "shown", lambda *_: True)


# Where they go on.


def seals_for_nobody_in_particular(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Sealer, "mark", lambda *_: "m" * MARK)


def takes_the_cursors_of_another_role(patch: pytest.MonkeyPatch) -> None:
    mark = Sealer.mark
    patch.setattr(Sealer, "mark", lambda self, user_id, _: mark(self, user_id, 0))


# Catching up.


def ends_a_walk_where_it_ended(patch: pytest.MonkeyPatch) -> None:
    def walked(ports: Ports, *rest: Any) -> Any:
        step = _walked(ports, *rest)
        if isinstance(step.next, InFeed):
            ahead = msgspec.structs.replace(step.next, cursor=ports.store.feed.head())
            return msgspec.structs.replace(step, next=ahead)
        return step

    patch.setattr(syncing, "_walked", walked)


def walks_past_what_came_into_view_meanwhile(patch: pytest.MonkeyPatch) -> None:
    def walked(*given: Any) -> Any:
        with pytest.MonkeyPatch.context() as within:
            within.setattr(syncing, "_rest", lambda _, start: ([], start))
            return _walked(*given)

    patch.setattr(syncing, "_walked", walked)


def sends_what_came_into_view_behind_the_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(syncing, "_folded", with_stays(syncing._folded, after=True))


def removes_what_never_was_in_view(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(syncing, "_folded", with_stays(syncing._folded, before=True))


def with_stays(step: Callable[..., Any], **wrong: bool) -> Callable[..., Any]:
    """A step of `/sync` that takes jobs for being in view where they are not."""
    stays = syncing._stays

    def mistaken(*given: Any) -> Any:
        return {job_id: stay._replace(**wrong) for job_id, stay in stays(*given).items()}

    def stepped(*given: Any) -> Any:
        with pytest.MonkeyPatch.context() as within:
            within.setattr(syncing, "_stays", mistaken)
            return step(*given)

    return stepped


USE_CASES = [
    judges_by_the_present_alone,
    tells_of_the_leaving_of_what_was_withheld,
    withholds_without_remembering,
    withholds_nothing,
    trusts_what_it_withheld_from_those_who_fetched,
    names_hidden_jobs_in_notifications,
    tells_of_what_has_expired,
    seals_for_nobody_in_particular,
    takes_the_cursors_of_another_role,
    ends_a_walk_where_it_ended,
    walks_past_what_came_into_view_meanwhile,
    sends_what_came_into_view_behind_the_end,
    removes_what_never_was_in_view,
]


class Feed:
    """The feed beneath; *gone_on* is where the last stretch ended."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.gone_on: set[bytes] = {inner.head()}

    @property
    def epoch(self) -> Any:
        return self.inner.epoch

    def head(self) -> Any:
        return self.inner.head()

    def wait(self, cursor: bytes, timeout: float) -> Any:
        return self.inner.wait(cursor, timeout)

    def after(self, cursor: bytes, limit: int) -> Stretch:
        found: Stretch = self.inner.after(cursor, limit)
        told = found.told if limit == 1 or cursor in self.gone_on else self.resumed(cursor, found.told)
        self.gone_on.add(found.cursor)
        return msgspec.structs.replace(found, told=tuple(told))

    def resumed(self, cursor: bytes, told: Sequence[Followed]) -> Sequence[Followed]:
        raise NotImplementedError


class LosesOneAtAResume(Feed):
    def resumed(self, cursor: bytes, told: Sequence[Followed]) -> Sequence[Followed]:
        return told[1:]


class RepeatsOneAtAResume(Feed):
    def resumed(self, cursor: bytes, told: Sequence[Followed]) -> Sequence[Followed]:
        place = int.from_bytes(cursor, "big")
        before = self.inner.after((place - 1).to_bytes(8, "big"), 1).told if place else ()
        return (*before, *told)


class TellsTheYoungestFirst(Feed):
    def resumed(self, cursor: bytes, told: Sequence[Followed]) -> Sequence[Followed]:
        places = [each.cursor for each in told]
        return [Followed(place, each.event) for place, each in zip(places, reversed(told), strict=True)]


class ForgetsWhereItWasDropped(Feed):
    """Goes on from the oldest that it has, whatever was dropped before that."""

    def after(self, cursor: bytes, limit: int) -> Stretch:
        start = self.inner._log.start.to_bytes(8, "big")
        return self.inner.after(max(cursor, start) if len(cursor) == len(start) else cursor, limit)


class ShowsJobsAsTheyWere:
    """Jobs that are read once for all followers, and never again."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.known: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def sights(self, job_ids: Sequence[str]) -> Any:
        for job_id, sight in self.inner.sights(job_ids).items():
            self.known.setdefault(job_id, sight)
        return {job_id: self.known[job_id] for job_id in job_ids if job_id in self.known}


STORES: dict[str, dict[str, Any]] = {
    "loses_one_at_a_resume": {"feed": LosesOneAtAResume},
    "repeats_one_at_a_resume": {"feed": RepeatsOneAtAResume},
    "tells_the_youngest_first": {"feed": TellsTheYoungestFirst},
    "forgets_where_it_was_dropped": {"feed": ForgetsWhereItWasDropped},
    "shows_jobs_as_they_were": {"jobs": ShowsJobsAsTheyWere},
}


def found(machine: type[MemoryFollowing]) -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            machine, settings=settings(phases=[Phase.generate], stateful_step_count=40, max_examples=1_000)
        )


@pytest.mark.parametrize("fault", USE_CASES, ids=lambda fault: fault.__name__)
def test_the_machine_finds_a_system_that(fault: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    found(MemoryFollowing)


@pytest.mark.parametrize("fault", STORES)
def test_the_machine_finds_a_store_that(fault: str) -> None:
    class Sloppy(MemoryFollowing):
        def served(self, store: Store) -> Ports:
            spoiled = {name: kind(getattr(store, name)) for name, kind in STORES[fault].items()}
            return ports_on(replace(store, **spoiled), clock=self.clock)

    found(Sloppy)
