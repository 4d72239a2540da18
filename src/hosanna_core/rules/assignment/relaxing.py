"""What would have to give so that somebody fits, said concretely."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.documents import WindowDocument, window_document
from hosanna_core.model.ids import JobId, Millis
from hosanna_core.model.instants import to_text
from hosanna_core.rules.assignment.candidates import Runner, Who
from hosanna_core.rules.assignment.conflicts import Rules, conflicts, least
from hosanna_core.rules.assignment.fit import RULES, Wanted
from hosanna_core.rules.assignment.hours import clock, local_day
from hosanna_core.rules.assignment.openings import TIMELY, nearest
from hosanna_core.rules.assignment.skills import told as lack_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hosanna_core.model.schedule import Window
    from hosanna_core.rules.assignment.margins import Finding
    from hosanna_core.rules.assignment.neighbours import Roads

EACH: Final = 3
"""For how many technicians a set of rules is relaxed: those who score most."""
LOOKED_AT: Final = 8
"""For how many technicians another window is looked for."""


class ConflictSet(msgspec.Struct, frozen=True):
    """Rules that no technician satisfies together; without any one of them somebody would."""

    rules: tuple[str, ...]
    words: str


class Opening(msgspec.Struct, frozen=True):
    """A window in which a technician could take the job, every hard rule holding."""

    technician: Who
    window: WindowDocument


class Relaxation(msgspec.Struct, frozen=True, kw_only=True):
    """A smallest set of rules without which *technician* fits; *window*: the nearest one in which they fit with all."""

    rules: tuple[str, ...]
    technician: Who
    window: WindowDocument | None
    words: str


def conflict_sets(runners: Sequence[Runner]) -> list[ConflictSet]:
    """All minimal conflicts of a crew in which nobody fits; none of one in which somebody does."""
    counted = Counter(rule for runner in runners for rule in runner.broken)
    return [
        ConflictSet(_in_order(rules), _said(rules, counted, len(runners)))
        for rules in conflicts(runner.broken for runner in runners)
    ]


def _said(rules: Rules, counted: Mapping[str, int], size: int) -> str:
    if not rules:
        return "There is no active technician."
    broken = ", ".join(f"{rule} by {counted[rule]}" for rule in _in_order(rules))
    if len(rules) == 1:
        return f"Every technician breaks {next(iter(rules))}: {size} of {size}."
    return f"Nobody satisfies all of these together. Of {size} technicians they are broken so: {broken}."


def _in_order(rules: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(rules, key=RULES.index))


def relaxable(runners: Sequence[Runner]) -> list[Runner]:
    """Of each smallest set of broken rules those who score most: what is said of them is what would have to give."""
    found: list[Runner] = []
    for rules in least(runner.broken for runner in runners):
        if rules:
            found += [runner for runner in runners if runner.broken == rules][:EACH]
    return found


def movable(runners: Sequence[Runner]) -> list[Runner]:
    """`LOOKED_AT` of those whom another time could make fit: first those of whom a relaxation speaks."""
    by_id = {runner.member.who.id: runner for runner in (*relaxable(runners), *runners)}
    return [runner for runner in by_id.values() if runner.broken <= TIMELY][:LOOKED_AT]


def openings(
    runners: Iterable[Runner], wanted: Wanted, length: Millis, roads: Roads, now: Millis
) -> dict[Who, Window]:
    """The window of each that is nearest to the one asked about; of a job without a window, the earliest."""
    since = now if wanted.window is None else wanted.window.start
    found = (
        (runner.member.who, nearest(runner.member.calendar, wanted, length, roads, now, since))
        for runner in runners
    )
    return {who: window for who, window in found if window is not None}


def opening_documents(found: Mapping[Who, Window]) -> list[Opening]:
    """Windows, the earliest first."""
    ordered = sorted(found.items(), key=lambda each: (each[1], each[0].id))
    return [
        Opening(who, WindowDocument(to_text(window.start), to_text(window.end))) for who, window in ordered
    ]


def relaxations(
    runners: Sequence[Runner], wanted: Wanted, windows: Mapping[Who, Window], numbers: Mapping[JobId, str]
) -> list[Relaxation]:
    """What would have to give, the fewest rules first."""
    return [
        Relaxation(
            rules=_in_order(runner.broken),
            technician=runner.member.who,
            window=window_document(windows.get(runner.member.who)),
            words=_suggested(runner, wanted, windows.get(runner.member.who), numbers),
        )
        for runner in relaxable(runners)
    ]


def _suggested(runner: Runner, wanted: Wanted, window: Window | None, numbers: Mapping[JobId, str]) -> str:
    name, timezone = runner.member.who.full_name, runner.member.calendar.availability.timezone
    dropped = " and ".join(_dropped(each, name, numbers) for each in runner.findings if not each.holds)
    if window is None:
        return dropped
    day = None if wanted.window is None else local_day(wanted.window.start, timezone)
    return f"start at {clock(window.start, timezone, day)} instead ({name}), or {dropped}"


def _dropped(finding: Finding, name: str, numbers: Mapping[JobId, str]) -> str:
    match finding.rule:
        case "active":
            return f"activate {name}"
        case "skills":
            return f"{name} would have to hold {', '.join(lack_told(lack) for lack in finding.lacks)}"
        case "hours":
            return f"let {name} work outside their hours"
        case "time_off":
            return f"take back {name}'s time off"
        case "overlap":
            visits = ", ".join(numbers.get(job_id, job_id) for job_id in finding.jobs)
            return f"override {name}'s overlap with {visits}"
        case "daily_maximum":
            return f"raise {name}'s daily maximum to {finding.count}"
        case "service_area":
            return f"widen {name}'s service area to {-(-finding.count // 1000)} km"
        case _:
            return f"let {name} come late, or leave early: the way takes longer"
