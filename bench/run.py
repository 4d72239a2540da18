"""`make bench`: everything that the project promises about speed and memory, as one table of ratios."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import (
    access,
    backup,
    candidates,
    core,
    day,
    growth,
    listing,
    mixed,
    permits,
    planning,
    realtime,
    reports,
)
from bench.figures import Figure, show
from bench.generate import fill
from bench.opened import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", choices=[*_PARTS], action="append", help="this part (may be repeated); all if left out"
    )
    parser.add_argument(
        "--jobs", type=int, default=1_000_000, help="size of the large store (default: a million)"
    )
    parser.add_argument(
        "--reported", type=int, default=20_000, help="jobs of the store that is reported on (default: 20,000)"
    )
    parser.add_argument(
        "--instances", type=Path, help="a folder of routing instances (default: ../shared/data/routing)"
    )
    parser.add_argument(
        "--pictures", type=Path, help="a folder in which the real day is drawn (default: it is not)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    asked = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="hosanna-bench-") as folder:
        for part in asked.only or _PARTS:
            print(f"measuring: {part}", file=sys.stderr, flush=True)
            figures += _PARTS[part](Path(folder) / part, asked)
    show(figures, as_json=asked.json)


def _filled(folder: Path) -> Path:
    with opened(folder) as house:
        fill(house, growth.SMALL)
    return folder


_PARTS: Final[dict[str, Callable[[Path, argparse.Namespace], Iterable[Figure]]]] = {
    "core": lambda _, __: core.measure(),
    "listing": lambda folder, _: listing.measure(_filled(folder)),
    "access": lambda folder, _: access.measure(_filled(folder)),
    "importing": lambda folder, _: permits.importing(folder.parent),
    "year": lambda folder, _: permits.year(folder.parent),
    "realtime": lambda folder, _: realtime.measure(folder),
    "planning": lambda _, asked: planning.measure(asked.instances),
    "day": lambda _, asked: day.measure(asked.pictures),
    "candidates": lambda _, __: candidates.measure(),
    "backup": lambda folder, asked: backup.measure(folder, asked.jobs),
    "reports": lambda folder, asked: reports.measure(folder, asked.reported),
    "mixed": lambda folder, asked: mixed.measure(folder, asked.jobs),
    "growth": lambda folder, asked: growth.measure(folder / "small", folder / "large", asked.jobs),
}
"""Each has a folder of its own that is not there yet, and what was asked for on the command line."""


if __name__ == "__main__":
    main()
