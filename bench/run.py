"""`make bench`: everything that the project promises about speed and memory, as one table of ratios."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import access, backup, candidates, core, day, growth, listing, permits, planning, realtime
from bench.figures import Figure, show
from bench.generate import fill
from bench.opened import opened

_PARTS = (
    "core",
    "listing",
    "access",
    "importing",
    "year",
    "realtime",
    "planning",
    "day",
    "candidates",
    "backup",
    "growth",
)


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", choices=_PARTS, action="append", help="this part (may be repeated); all if left out"
    )
    parser.add_argument(
        "--jobs", type=int, default=1_000_000, help="size of the large store (default: a million)"
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
            figures += _part(part, Path(folder), asked)
    show(figures, as_json=asked.json)


def _part(part: str, folder: Path, asked: argparse.Namespace) -> list[Figure]:
    if part == "core":
        return list(core.measure())
    if part in ("listing", "access"):
        store = folder / part
        with opened(store) as house:
            fill(house, growth.SMALL)
        return list((listing if part == "listing" else access).measure(store))
    if part in ("importing", "year"):
        return list((permits.importing if part == "importing" else permits.year)(folder))
    if part == "realtime":
        return list(realtime.measure(folder / part))
    if part == "backup":
        return list(backup.measure(folder / part, asked.jobs))
    if part == "candidates":
        return list(candidates.measure())
    if part in ("planning", "day"):
        return list(planning.measure(asked.instances) if part == "planning" else day.measure(asked.pictures))
    return list(growth.measure(folder / "small", folder / "large", asked.jobs))


if __name__ == "__main__":
    main()
