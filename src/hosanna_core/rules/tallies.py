"""What a change of a job adds to what is counted, and what its whole history does: the same, by construction.

A job counts for those who see it now. So when it comes into the office's view, or leaves it, all that it has given so
far moves with it.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from hosanna_core.model.people import Actor, Role
from hosanna_core.model.place import Place
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Action, Status
from hosanna_core.model.tally import WIDTHS, Account, Arrival, Given, Measure, Sum, Tally, slot_of
from hosanna_core.rules.history import Sealed, read
from hosanna_core.rules.lifecycle import standing_after
from hosanna_core.rules.visibility import scope_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from hosanna_core.model.change import Change
    from hosanna_core.model.entry import Entry
    from hosanna_core.model.ids import Millis
    from hosanna_core.model.job import Job
    from hosanna_core.model.tally import Sought
    from hosanna_core.rules.visibility import Scope

REASONED: Final = frozenset({Action.CANCEL, Action.REOPEN, Action.HOLD, Action.RETURN_VISIT})
"""The actions whose reasons a report tells."""
SIGNED_IN: Final = "login"
"""What the audit trail calls a sign-in."""
NOTHING: Final = Account({})
_OFFICE: Final = scope_of(Actor("", Role.OFFICE_MANAGER))
_LOOKED_AT: Final = frozenset({"technician_id", "arrival_window", "window"})
_Names: TypeAlias = tuple[Measure, str, int, int]
"""What a sum is of."""
_STEP: Final = math.log(1.02)
"""So far apart are buckets that what is told of one is off by less than a hundredth."""


class Stride(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a history with what the job was then: all that counting looks at.

    *since* is when the status that it left was reached; *promised* is when work that begins with it was to begin.
    """

    facts: Sealed
    before: Place | None
    after: Place
    since: Millis | None
    promised: Window | None


def account_of(change: Change[Job], past: Callable[[], Sequence[Entry]]) -> Account:
    """What a change of a job adds, by quarters of an hour: `at_every_width` is what is kept of it.

    *past* gives its history up to the change; it is called only where `asks_for_the_past`.
    """
    stride = _stride_of(change)
    if stride is None:
        return NOTHING
    office = seen_by_office(stride.after)
    tallies = Counter(dict(_given(stride, office=office)))
    if _comes_or_goes(stride):
        before = account_from(past()) if asks_for_the_past(change) else _only_created(change.root)
        for tally, count in before.tallies.items():
            if tally.measure is not Measure.ACTED:
                tallies[tally] -= count
                tallies[tally._replace(office=office)] += count
    return Account({tally: count for tally, count in tallies.items() if count}, _reasons(stride.facts))


def asks_for_the_past(change: Change[Job]) -> bool:
    """Whether what the job has given so far moves, and is more than that it was created.

    It is not where the job is confirmed, or cancelled, or dropped, for the first time.
    """
    stride = _stride_of(change)
    if stride is None or not _comes_or_goes(stride):
        return False
    return stride.facts.source is not Status.TENTATIVE or stride.since != change.root.created_at


def account_from(entries: Iterable[Entry]) -> Account:
    """What a whole history adds, as the job stands at its end."""
    strides = list(_strides(entries))
    if not strides:
        return NOTHING
    office = seen_by_office(strides[-1].after)
    tallies: Counter[Tally] = Counter()
    for stride in strides:
        for tally, count in _given(stride, office=office):
            tallies[tally] += count
    return Account(tallies, tuple(given for stride in strides for given in _reasons(stride.facts)))


def seen_by_office(place: Place) -> bool:
    """Whether an Office Manager sees a job there."""
    return _OFFICE.admits(place)


def sees_the_hidden(scope: Scope) -> bool:
    """Whether somebody sees jobs that an Office Manager does not: what was counted of these is theirs, too."""
    return not scope.standings <= _OFFICE.standings


def at_every_width(tallies: Mapping[Tally, int]) -> Mapping[Tally, int]:
    """What stores keep of an account: each tally at every width of its measure, without what comes to nothing."""
    found: Counter[Tally] = Counter()
    for tally, count in tallies.items():
        for width in WIDTHS[tally.measure]:
            found[tally._replace(width=width, slot=tally.slot // width)] += count
    return {tally: count for tally, count in found.items() if count}


def added_up(held: Iterable[tuple[Tally, int]], wanted: Sequence[Sought]) -> list[list[Sum]]:
    """Of each that is sought what of *held* it is, by measure, key, bucket and group; without what comes to nothing."""
    by_place: dict[tuple[Measure, int], list[tuple[Sought, Counter[_Names]]]] = {}
    found: list[Counter[_Names]] = []
    for sought in wanted:
        counts: Counter[_Names] = Counter()
        found.append(counts)
        for measure in sought.measures:
            by_place.setdefault((measure, sought.width), []).append((sought, counts))
    for tally, count in held:
        for sought, counts in by_place.get((tally.measure, tally.width), ()):
            if sought.since <= tally.slot < sought.until and (tally.office or sought.hidden):
                group = (tally.slot - sought.since) // sought.every if sought.every else 0
                counts[tally.measure, tally.key, tally.bucket, group] += count
    return [[Sum(*names, count) for names, count in counts.items() if count] for counts in found]


def bucket_of(length: Millis) -> int:
    """The bucket of a length of time; a longer one has no lower bucket.

    >>> bucket_of(0), bucket_of(60_000) < bucket_of(61_500)
    (0, True)
    """
    return 1 + int(math.log(length) / _STEP) if length > 0 else 0


def length_in(bucket: int) -> Millis:
    """The length that stands for all of a bucket: none of them is off by a hundredth.

    >>> abs(length_in(bucket_of(3_600_000)) - 3_600_000) < 36_000
    True
    """
    return round(math.exp((bucket - 0.5) * _STEP)) if bucket else 0


def _stride_of(change: Change[Job]) -> Stride | None:
    job, entry = change.root, change.entry
    event = next((event for event in change.events if event.subject.id == job.id), None)
    if entry is None or event is None:
        return None
    facts = read(entry)
    return Stride(
        facts=facts,
        before=event.before,
        after=job.place,
        since=None if facts.source is None else job.stages.get(facts.source),
        promised=job.arrival_window or job.window,
    )


def _strides(entries: Iterable[Entry]) -> Iterator[Stride]:
    place: Place | None = None
    stages: dict[Status, Millis] = {}
    fields: dict[str, object] = {}
    for entry in entries:
        facts = read(entry)
        fields.update((name, facts.changes[name]) for name in _LOOKED_AT & facts.changes.keys())
        moves = facts.source is not facts.target
        standing = None if place is None else place.standing
        if moves or standing is None:
            standing = standing_after(standing, facts.target)
        technician_id = fields.get("technician_id")
        after = Place(standing, technician_id if isinstance(technician_id, str) else None)
        yield Stride(
            facts=facts,
            before=place,
            after=after,
            since=None if facts.source is None else stages.get(facts.source),
            promised=_promised(fields) if facts.action == Action.START else None,
        )
        if moves:
            stages[facts.target] = facts.at
        place = after


def _promised(fields: Mapping[str, object]) -> Window | None:
    held = fields.get("arrival_window") or fields.get("window")
    return None if held is None else msgspec.convert(held, Window)


def _comes_or_goes(stride: Stride) -> bool:
    return stride.before is not None and seen_by_office(stride.before) is not seen_by_office(stride.after)


def _only_created(job: Job) -> Account:
    """What a job has given that was never anything but TENTATIVE."""
    return Account(dict([_counted(Measure.MOVED, job.created_at, Action.CREATE, office=False)]))


def _given(stride: Stride, *, office: bool) -> Iterator[tuple[Tally, int]]:
    facts = stride.facts
    at = facts.at
    if facts.actor_id is not None:
        yield _counted(Measure.ACTED, at, facts.actor_id, office=False)
    if facts.source is facts.target:
        return
    yield _counted(Measure.MOVED, at, facts.action, office=office)
    if facts.source is not None and stride.since is not None:
        length = max(at - stride.since, 0)
        yield _counted(Measure.STAYED, at, facts.source, office=office, bucket=bucket_of(length))
        technician_id = None if stride.before is None else stride.before.technician_id
        if facts.source is Status.IN_PROGRESS and technician_id is not None and length:
            yield _counted(Measure.WORKED, at, technician_id, office=office, times=length)
    if facts.action == Action.START:
        yield from _arrival(at, stride.promised, office=office)


def _arrival(at: Millis, promised: Window | None, *, office: bool) -> Iterator[tuple[Tally, int]]:
    if promised is None:
        arrival = Arrival.UNPROMISED
    elif at < promised.start:
        arrival = Arrival.EARLY
    else:
        arrival = Arrival.WITHIN if at <= promised.end else Arrival.LATE
    yield _counted(Measure.ARRIVED, at, arrival, office=office)
    if promised is not None and arrival is Arrival.LATE:
        yield _counted(Measure.LATE, at, "", office=office, bucket=bucket_of(at - promised.end))


def _counted(
    measure: Measure, at: Millis, key: str, *, office: bool, bucket: int = 0, times: int = 1
) -> tuple[Tally, int]:
    return Tally(measure, 1, slot_of(at), office, str(key), bucket), times


def _reasons(facts: Sealed) -> tuple[Given, ...]:
    return (Given(facts.version, facts.at, facts.action),) if facts.action in REASONED else ()
