"""`python -m hosanna_web.probe [live|ready]`: asks the server of this machine how it is, and exits with 0 or 1.

For containers: it needs nothing but the standard library, and knows the port and the scheme from the environment.
"""

from __future__ import annotations

import os
import ssl
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE: Final = 4.0
"""Seconds."""
QUESTIONS: Final = ("live", "ready")
_OK: Final = 200
_BROKEN: Final = 500


def healthy(question: str) -> bool:
    """Whether the server lives, or is ready for requests.

    One that refuses to say, as where 127.0.0.1 is no trusted proxy, lives; whether it is ready nobody knows then.
    """
    connection = _connection(int(os.environ.get("PORT") or 5000))
    try:
        connection.request("GET", f"/health/{question}")
        status = connection.getresponse().status
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return status < _BROKEN if question == "live" else status == _OK


def _connection(port: int) -> HTTPConnection:
    if not os.environ.get("TLS_CERT_FILE"):
        return HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    # Its certificate is for the name that people know, and this is the same machine.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=context)


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 for yes, 1 for no, 2 for a question that is none."""
    question = arguments[0] if arguments else QUESTIONS[0]
    if question in QUESTIONS:
        return int(not healthy(question))
    sys.stderr.write("Usage: python -m hosanna_web.probe [live|ready]\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
