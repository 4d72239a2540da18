"""What the scopes of an API key let in to: they narrow what its role may, and are asked for before that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.rules.verdicts import Allowed, Denied, Verdict

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from hosanna_core.model.api_key import ApiScope


def lets_in(scopes: AbstractSet[ApiScope] | None, wanted: ApiScope | None) -> Verdict:
    """Whether who has *scopes* (None: a person, whom none narrow) is let in to what *wanted* opens (None: no scope).

    >>> from hosanna_core.model.api_key import ApiScope
    >>> lets_in(frozenset({ApiScope.JOBS_READ}), ApiScope.JOBS_WRITE).reason
    "This API key lacks the scope 'jobs:write'."
    """
    if scopes is None:
        return Allowed("scope.person")
    if wanted is None:
        return Denied("scope.none", "This is for people: no scope of an API key opens it.")
    if wanted in scopes:
        return Allowed(f"scope.{wanted}")
    return Denied(f"scope.{wanted}", f"This API key lacks the scope '{wanted}'.")
