"""The page where a new password is chosen: the letters of "forgot password" lead here, the token behind the `#`.

What stands behind the `#` never reaches a server, and the page takes it out of the address bar at once. All of it
comes from here, none of it is inline.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from hosanna_core.errors import NotFound
from hosanna_web.replies import Header, Reply

_KEPT: Final = b"public, max-age=3600"
_CSP: Final[Header] = (
    b"content-security-policy",
    (
        b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
)
_TYPES: Final = {"reset.js": b"text/javascript; charset=utf-8", "reset.css": b"text/css; charset=utf-8"}


def index() -> Reply:
    """The page itself."""
    return Reply(_read("reset.html"), 200, (), b"text/html; charset=utf-8", _KEPT, _CSP)


def file(name: str) -> Reply:
    """A file of the page; raises NotFound."""
    if name not in _TYPES:
        raise NotFound
    return Reply(_read(name), 200, (), _TYPES[name], _KEPT)


@cache
def _read(name: str) -> bytes:
    return files(__name__).joinpath(name).read_bytes()
