"""What the installed command `hosanna` starts. The core can be installed alone: then this says what the rest needs."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Final

_OF_THE_SERVER: Final = ("click", "litestar", "pydantic_settings", "rich")
"""Of the extra `server`: what the command line cannot do without."""


def main() -> None:
    """Run the command line, or end with 1 and one message where its packages are not installed."""
    if not all(map(find_spec, _OF_THE_SERVER)):
        sys.exit(
            "Error: Only the core is installed. The command line comes with pip install 'hosanna[server]'."
        )
    from hosanna_web.cli import main as commands

    commands()
