"""A month of an electrical contractor's work, made up: the same one for the same seed."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

from hosanna_core.model.status import Status
from hosanna_web.demo.permits import Permit

if TYPE_CHECKING:
    from collections.abc import Mapping

JOBS: Final = 150
_FIRST_DAY: Final = date(2025, 3, 3)
_DAYS: Final = 26
_ENDS: Final = {
    Status.BILLED: 100,
    Status.COMPLETED: 10,
    Status.IN_PROGRESS: 9,
    Status.DISPATCHED: 5,
    Status.ASSIGNED: 6,
    Status.CONFIRMED: 5,
    Status.TENTATIVE: 5,
    Status.ON_HOLD: 3,
    Status.CANCELLED: 7,
}
_WORK: Final = {
    # what                                  minutes  priority
    "Panel upgrade to 200 A":              (240,     "NORMAL"),
    "EV charger installation":             (180,     "NORMAL"),
    "Kitchen rewire":                      (300,     "NORMAL"),
    "No power in half the house":          (60,      "EMERGENCY"),
    "Breaker trips":                       (60,      "HIGH"),
    "Outdoor lighting":                    (120,     "LOW"),
    "Smoke detectors, annual test":        (60,      "LOW"),
    "Meter base replacement":              (120,     "HIGH"),
    "Ceiling fans":                        (90,      "NORMAL"),
    "Solar inverter connection":           (240,     "NORMAL"),
}  # fmt: skip
_NAMES: Final = ("Lee", "Garcia", "Nguyen", "Okafor", "Smith", "Haddad", "Kowalski", "Silva", "Chen", "Novak")
_FIRST_NAMES: Final = ("Ann", "Luis", "Mai", "Chidi", "Jo", "Rana", "Piotr", "Bia", "Wei", "Eva")
_STREETS: Final = (
    "Navajo Path",
    "Burnet Rd",
    "E 44th St",
    "De Verne St",
    "Main St",
    "Lamar Blvd",
    "Oltorf St",
)
_CREWS: Final = (
    "Bright Side Electric",
    "Hill Country Power",
    "Two Wires Ltd.",
    "Colorado River Electric",
    None,
)
_STATES: Final = ("Withdrawn", "VOID", "Expired")


def invent(seed: int) -> list[Permit]:
    """`JOBS` jobs over a month, in the order of their days; every status is among the ends."""
    chance = Random(seed)  # noqa: S311  # repeatable on purpose
    ends = [end for end, count in _ENDS.items() for _ in range(count)]
    chance.shuffle(ends)
    days = sorted(chance.randrange(_DAYS) for _ in ends)
    return [
        _permit(number, day, end, chance) for number, (day, end) in enumerate(zip(days, ends, strict=True), 1)
    ]


def _permit(number: int, day: int, end: Status, chance: Random) -> Permit:
    return Permit(
        row=_row(number, chance),
        issued=_FIRST_DAY + timedelta(days=day),
        end=end,
        state=chance.choice(_STATES) if end is Status.CANCELLED else end.value,
        contractor=chance.choice(_CREWS),
    )


def _row(number: int, chance: Random) -> Mapping[str, Any]:
    what = chance.choice(tuple(_WORK))
    minutes, priority = _WORK[what]
    return {
        "external_ref": f"DEMO-{number:04d}",
        "title": what,
        "customer": {
            "name": f"{chance.choice(_FIRST_NAMES)} {chance.choice(_NAMES)}",
            "phone": f"+1 512 555 {chance.randrange(10_000):04d}",
        },
        "site": {
            "street": f"{chance.randrange(1, 9999)} {chance.choice(_STREETS)}",
            "city": "Austin",
            "latitude": round(30.27 + chance.uniform(-0.15, 0.15), 6),
            "longitude": round(-97.74 + chance.uniform(-0.15, 0.15), 6),
        },
        "priority": priority,
        "required_skills": [],
        "duration_minutes": minutes,
    }
