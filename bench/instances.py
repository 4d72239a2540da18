"""Published routing instances as planning problems: Solomon's (VRPTW), and technicians with skills and tools (TRSP)."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hosanna_core.model.planning import Member, Problem, Restock, Slot, Span, Visit, Weights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TENTHS = 10
THOUSANDTHS = 1000


@dataclass(frozen=True)
class Instance:
    """A problem, how many of its units make one of the file, and what is known of it."""

    kind: str
    name: str
    problem: Problem
    scale: int
    best: float | None
    """In units of the file: total distance (Solomon), total working time (TRSP)."""

    @property
    def service(self) -> float:
        """The time that the visits take, whoever makes them."""
        return sum(visit.duration for visit in self.problem.visits) / self.scale


def read(folder: Path) -> Iterator[Instance]:
    """Every instance below *folder*, known by its shape; their best known values from any `best_known.csv`."""
    known = _best_known(folder)
    for path in sorted(folder.rglob("*")):
        if path.suffix.casefold() != ".txt":
            continue
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        kind = _kind(text.upper())
        if kind is not None:
            problem, scale = (trsp(text), THOUSANDTHS) if kind == "trsp" else (solomon(text), TENTHS)
            yield Instance(kind, path.stem, problem, scale, known.get((kind, path.stem.casefold())))


def _kind(text: str) -> str | None:
    if "TECHNICIANS" in text:
        return "trsp"
    return "solomon" if "CUSTOMER" in text and "CAPACITY" in text else None


def _best_known(folder: Path) -> dict[tuple[str, str], float]:
    """By set and instance, in whatever case they are written; what has no number there is not known."""
    known = {}
    for path in (folder.parent / "best_known.csv", *sorted(folder.rglob("best_known.csv"))):
        if path.is_file():
            with path.open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file, skipinitialspace=True):
                    value = _number((row["best_known"] or "").strip())
                    if value is not None:
                        known[row["set"].strip().casefold(), row["instance"].strip().casefold()] = value
    return known


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def solomon(text: str) -> Problem:
    """Each leg is truncated to one decimal; so a unit is a tenth. The objective is distance, the fleet is given."""
    fleet = re.search(r"CAPACITY\s+(\d+)\s+(\d+)", text, re.IGNORECASE)
    number, capacity = (int(part) for part in fleet.groups())
    rows = _customers(text[fleet.end() :])
    places = [(row[1], row[2]) for row in rows]
    times = [[int(math.dist(a, b) * TENTHS + 1e-9) for b in places] for a in places]
    _, _, _, _, opens, closes, _ = rows[0]
    member = Member(start=0, end=0, shifts=(_span(opens, closes, TENTHS),), capacity=capacity)
    visits = tuple(
        Visit(
            place=place,
            duration=round(row[6] * TENTHS),
            slots=(Slot(round(row[4] * TENTHS), round(row[5] * TENTHS)),),
            demand=round(row[3]),
        )
        for place, row in enumerate(rows)
        if place
    )
    return Problem(times=times, crew=(member,) * number, visits=visits, weights=Weights(distance=1))


def _customers(text: str) -> list[list[float]]:
    """The lines of seven numbers, the depot's first."""
    rows = ([_number(part) for part in line.split()] for line in text.splitlines())
    return [row for row in rows if len(row) == len(_COLUMNS) and None not in row]


_COLUMNS: Final = ("number", "x", "y", "demand", "ready", "due", "service")


_ROW = re.compile(
    r"^\s*\d+\s+(-?[\d.]+)\s+(-?[\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*\[(.*?)\]\s*\[(.*?)\]\s*\[(.*?)\]",
    re.MULTILINE,
)


def trsp(text: str) -> Problem:
    """Speed 1, legs rounded up to a thousandth: what is in time here is in time by the exact distances, too."""
    technicians = int(re.search(r"CREW COUNT.*\n\s*(\d+)", text, re.IGNORECASE).group(1))
    rows = [match.groups() for match in _ROW.finditer(text)]
    places = [(float(row[0]), float(row[1])) for row in rows]
    times = [[math.ceil(math.dist(a, b) * THOUSANDTHS - 1e-6) for b in places] for a in places]
    crew = tuple(
        Member(
            start=place,
            end=place,
            shifts=(_span(float(row[2]), float(row[3]), THOUSANDTHS),),
            skills=_names(row[5]),
            tools=_names(row[6]),
            parts=_counts(row[7]),
        )
        for place, row in enumerate(rows[1 : technicians + 1], start=1)
    )
    visits = tuple(
        Visit(
            place=place,
            duration=round(float(row[4]) * THOUSANDTHS),
            slots=(_slot(row),),
            skills=_names(row[5]),
            tools=_names(row[6]),
            parts=_counts(row[7]),
        )
        for place, row in enumerate(rows[technicians + 1 :], start=technicians + 1)
    )
    depot = Restock(place=0, duration=round(float(rows[0][4]) * THOUSANDTHS), slots=(_slot(rows[0]),))
    return Problem(times=times, crew=crew, visits=visits, weights=Weights(work=1), restock=depot)


def _span(start: float, end: float, scale: int) -> Span:
    return Span(round(start * scale), round(end * scale))


def _slot(row: tuple[str, ...]) -> Slot:
    return Slot(round(float(row[2]) * THOUSANDTHS), round(float(row[3]) * THOUSANDTHS))


def _names(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def _counts(text: str) -> dict[str, int]:
    counts = [int(part) for part in text.split(",") if part.strip()]
    return {str(kind): count for kind, count in enumerate(counts) if count}
