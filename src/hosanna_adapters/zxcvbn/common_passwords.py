"""Of zxcvbn (MIT) we use its list of passwords, ranked by how often leaks have them; not its score of strength."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Final

SHORTEST: Final = 8
"""Shorter ones are refused for their length."""


@cache
def common_passwords() -> frozenset[str]:
    """All of at least eight characters, in lower case; read when it is first asked for (some 40 ms).

    >>> "password1" in common_passwords()
    True
    """
    lists: dict[str, list[str]] = import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS
    return frozenset(word.lower() for word in lists["passwords"] if len(word) >= SHORTEST)


class CommonPasswords:
    """The same as a container that reads the list when something is first looked for: most commands look for nothing.

    >>> "password1" in CommonPasswords(), "correct horse battery staple" in CommonPasswords()
    (True, False)
    """

    def __contains__(self, password: object) -> bool:
        return password in common_passwords()
