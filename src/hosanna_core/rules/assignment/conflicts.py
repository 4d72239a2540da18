"""Why nobody fits, and the least that would have to give: sets of rules, over a whole crew.

What each technician breaks is a set of rules. A conflict is a smallest set of rules that nobody satisfies together: one
that meets what every technician breaks. A relaxation is a smallest set that some technician breaks and no other breaks
less of: without these rules, they fit.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Rules: TypeAlias = frozenset[str]


def least(broken: Iterable[Rules]) -> list[Rules]:
    """Those of the sets that hold no other one: small ones first, then by name.

    >>> [sorted(rules) for rules in least([frozenset("ab"), frozenset("a"), frozenset("bc")])]
    [['a'], ['b', 'c']]
    """
    found: list[Rules] = []
    for rules in sorted(set(broken), key=_order):
        if not any(smaller <= rules for smaller in found):
            found.append(rules)
    return found


def conflicts(broken: Iterable[Rules]) -> list[Rules]:
    """Every smallest set of rules that meets each of *broken*: no technician satisfies all of its rules.

    None where somebody breaks nothing; the empty set alone where there is nobody.

    >>> [sorted(rules) for rules in conflicts([frozenset("ab"), frozenset("bc")])]
    [['b'], ['a', 'c']]
    """
    sets = least(broken)
    if frozenset() in sets:
        return []
    rules = sorted(frozenset().union(*sets))
    found: list[Rules] = []
    for size in range(len(rules) + 1):
        for some in combinations(rules, size):
            chosen = frozenset(some)
            if not any(smaller <= chosen for smaller in found) and all(chosen & each for each in sets):
                found.append(chosen)
    return found


def _order(rules: Rules) -> tuple[int, list[str]]:
    return len(rules), sorted(rules)
