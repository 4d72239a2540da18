"""Adding up what is counted, by the table's own key."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_adapters.sqlite.audits import between_ids
from hosanna_adapters.sqlite.counting import CODES, MEASURES
from hosanna_adapters.sqlite.rows import entry_from
from hosanna_adapters.sqlite.schema import STANDING_CODES
from hosanna_core.model.ids import EARLIEST, FAR_FUTURE
from hosanna_core.model.tally import QUARTER, Measure, Reason, Sum
from hosanna_core.rules.history import read
from hosanna_core.rules.tallies import SIGNED_IN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.model.ids import Millis
    from hosanna_core.model.schedule import Window
    from hosanna_core.model.status import Standing
    from hosanna_core.model.tally import Sought
    from hosanna_core.rules.visibility import Scope

_BETWEEN: Final = """
    (SELECT count(*) FROM jobs INDEXED BY jobs_standing_created
     WHERE standing = ? AND created_at >= ? AND created_at < ?)
"""
_MOST_ASIDE: Final = 20_000
"""Reasons of others that are passed over at most."""
_REASONS: Final = """
    SELECT j.id, r.at, e.version, e.sealed, e.open, e.hash
    FROM reasons AS r CROSS JOIN jobs AS j ON j.n = r.job
    CROSS JOIN entries AS e ON e.job = r.job AND e.version = r.version
    WHERE r.at >= coalesce(
        (SELECT at FROM reasons WHERE at >= ? AND at < ? ORDER BY at DESC LIMIT 1 OFFSET ?), ?
    ) AND r.at < ? AND j.standing IN ({seen}) ORDER BY r.at DESC LIMIT ?
"""
"""The oldest that is looked at is found first: a part that is cut off in its order is joined in no order."""


_GROUPS: Final = """
    WITH RECURSIVE groups (g) AS (SELECT 0 UNION ALL SELECT g + 1 FROM groups WHERE g < :last)
"""
_ARM: Final = """
    SELECT :measure{n}, g, (
        SELECT json_group_array(json_array(key, bucket, n)) FROM (
            SELECT key, bucket, sum(n) AS n FROM tallies
            WHERE measure = :measure{n} AND width = :width AND slot >= :since + :every * g
                AND slot < min(:since + :every * (g + 1), :until) {office}
            GROUP BY key, bucket
        )
    ) FROM groups
"""
"""Each group is a stretch of the key, added up by itself: sorting a year at once takes three times as long."""
_sums_from = msgspec.json.Decoder(list[tuple[str, int, int]]).decode


@cache
def _statement(measures: int, *, hidden: bool) -> str:
    office = "" if hidden else "AND office = 1"
    return _GROUPS + " UNION ALL ".join(_ARM.format(n=n, office=office) for n in range(measures))


class SqliteTallies:
    """`Tallies` on SQLite."""

    def __init__(self, readers: Readers, veil: Veil) -> None:
        self._readers = readers
        self._veil = veil

    def sums(self, wanted: Sequence[Sought]) -> Sequence[Sequence[Sum]]:
        return [self._sums(sought) for sought in wanted]

    def _sums(self, sought: Sought) -> Sequence[Sum]:
        every = sought.every or sought.until - sought.since
        if every <= 0:
            return []
        values = {
            "width": sought.width,
            "since": sought.since,
            "until": sought.until,
            "every": every,
            "last": (sought.until - sought.since - 1) // every,
        }
        rows = self._readers.rows(
            _statement(len(sought.measures), hidden=sought.hidden),
            {
                **values,
                **{f"measure{n}": CODES[measure] for n, measure in enumerate(sought.measures)},
            },
        )
        return [
            Sum(MEASURES[code], key, bucket, group, n)
            for code, group, held in rows
            for key, bucket, n in _sums_from(held)
            if n
        ]

    def standing(self, scope: Scope, since: Sequence[Millis]) -> Mapping[Standing, Sequence[int]]:
        standings = sorted(scope.standings)
        counts, values = [], list[int]()
        for standing in standings:
            for until, cut in pairwise((FAR_FUTURE, *since, EARLIEST)):
                counts.append(_BETWEEN)
                values += [STANDING_CODES[standing], cut, until]
        (row,) = self._readers.rows(f"SELECT {', '.join(counts)}", values)
        ages = len(since) + 1
        return {each: row[number * ages : (number + 1) * ages] for number, each in enumerate(standings)}

    def reasons(self, scope: Scope, period: Window, limit: int) -> Sequence[Reason]:
        seen = sorted(STANDING_CODES[standing] for standing in scope.standings)
        rows = self._readers.rows(
            _REASONS.format(seen=", ".join("?" * len(seen))),
            (period.start, period.end, limit + _MOST_ASIDE, period.start, period.end, *seen, limit),
        )
        return [self._reason(job_id, at, entry) for job_id, at, *entry in rows]

    def _reason(self, job_id: str, at: Millis, stored: Sequence[Any]) -> Reason:
        version, sealed, opened, digest = stored
        entry = entry_from(self._veil, job_id, (version, sealed, opened, digest))
        return Reason(job_id, at, read(entry).action, entry.open.get("reason"))

    def sign_ins(self, period: Window) -> Sequence[Sum]:
        rows = self._readers.rows(
            f"""
            SELECT actor_id, at / {QUARTER}, count(*) FROM audit INDEXED BY audit_actions
            WHERE action = ? AND outcome = 'success' AND id >= ? AND id < ? AND at >= ? AND at < ?
                AND actor_id IS NOT NULL
            GROUP BY 1, 2
            """,
            (SIGNED_IN, *between_ids(period), period.start, period.end),
        )
        return [Sum(Measure.ACTED, user_id, 0, slot, count) for user_id, slot, count in rows]
