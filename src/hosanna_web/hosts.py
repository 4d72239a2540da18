"""The names under which this server may be asked."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from hosanna_web.checks import as_host

if TYPE_CHECKING:
    from collections.abc import Iterable

_REMEMBERED: Final = 256
_NAMED: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(?::\d{0,5})?", re.ASCII)


class Hosts:
    """The hosts that a request may name; None: whatever they name, if it is a host.

    >>> hosts = Hosts(["hosanna.example.com", "*.example.org"])
    >>> hosts.allow(b"HOSANNA.example.com:443"), hosts.allow(b"a.example.org"), hosts.allow(b"example.org")
    (True, True, False)
    """

    def __init__(self, allowed: Iterable[str] | None = None) -> None:
        names = () if allowed is None else tuple(allowed)
        self._any = allowed is None
        self._exact = frozenset(name for name in names if not name.startswith("*"))
        self._endings = tuple(name[1:] for name in names if name.startswith("*"))
        self._knows = lru_cache(_REMEMBERED)(self._matches)

    def allow(self, host: bytes | None) -> bool:
        """Whether a request with this `Host` is for us."""
        return self._any if host is None else self._knows(host)

    def _matches(self, host: bytes) -> bool:
        found = _NAMED.fullmatch(host.decode("latin-1").lower())
        if found is None or self._any:
            return found is not None
        name = as_host(found[1]) if found[1].startswith("[") else found[1]
        return name in self._exact or name.endswith(self._endings)
