"""The parts of the operational report that tell why, and who: reasons, and what users did."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from hosanna_core.model.operations import ActivityDocument, ReasonDocument, ReasonsDocument
from hosanna_core.model.query import UserFilter
from hosanna_core.model.status import Action
from hosanna_core.model.tally import QUARTER, Measure
from hosanna_core.rules.assignment.hours import day_text
from hosanna_core.rules.tallies import REASONED
from hosanna_core.usecases.report_periods import active_and

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.ids import UserId
    from hosanna_core.model.schedule import Window
    from hosanna_core.model.tally import Reason, Sum
    from hosanna_core.ports import Ports
    from hosanna_core.rules.visibility import Scope
    from hosanna_core.usecases.report_sums import Asker

MOST_READ: Final = 2_000
"""Reasons that are read, the newest: of more it is told how many, not which."""
MOST_TOLD: Final = 20
"""Different reasons that are told of one action."""
_ACTIVE: Final = UserFilter(active=True)


def reasons_of(
    ports: Ports, scope: Scope, period: Window, moved: Mapping[str, int]
) -> tuple[ReasonsDocument, ...]:
    """Why jobs went off the main line: the most frequent reasons first. *moved* counts all, by action."""
    given: dict[str, list[Reason]] = defaultdict(list)
    for reason in ports.store.tallies.reasons(scope, period, MOST_READ):
        given[reason.action].append(reason)
    return tuple(
        _reasons(action, moved.get(action, 0), given[action]) for action in Action if action in REASONED
    )


def _reasons(action: Action, count: int, given: Sequence[Reason]) -> ReasonsDocument:
    """Those that differ in capitals or spaces alone are one, in the words of the newest."""
    counts: Counter[str | None] = Counter()
    words: dict[str | None, str | None] = {}
    for each in given:
        folded = None if each.text is None else " ".join(each.text.casefold().split())
        counts[folded] += 1
        words.setdefault(folded, each.text)
    told = sorted(counts.items(), key=lambda each: (-each[1], each[0] is None, each[0] or ""))[:MOST_TOLD]
    return ReasonsDocument(
        action=action,
        count=count,
        reasons=tuple(ReasonDocument(reason=words[folded], count=times) for folded, times in told),
        others=max(count - sum(times for _, times in told), 0),
    )


def activity_of(
    ports: Ports, asker: Asker, by_day: Mapping[str, Sequence[Sum]]
) -> tuple[ActivityDocument, ...]:
    """What each user did, who is active or did anything: by name."""
    actions: Counter[UserId] = Counter()
    days: dict[UserId, set[str]] = defaultdict(set)
    for date, sums in by_day.items():
        for each in sums:
            if each.measure is Measure.ACTED:
                actions[each.key] += each.n
                days[each.key].add(date)
    sign_ins: Counter[UserId] = Counter()
    for each in ports.store.tallies.sign_ins(asker.period):
        sign_ins[each.key] += each.n
        days[each.key].add(day_text(each.group * QUARTER, asker.timezone))
    found = [
        ActivityDocument(
            user_id=user.id,
            full_name=user.full_name,
            role=user.role,
            sign_ins=sign_ins[user.id],
            actions=actions[user.id],
            active_days=len(days.get(user.id, ())),
        )
        for users in active_and(ports, _ACTIVE, set(days))
        for user in users
    ]
    return tuple(sorted(found, key=lambda each: (each.full_name.casefold(), each.user_id)))
