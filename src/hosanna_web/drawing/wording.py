"""The words and colours that the pictures of a plan share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_core.rules.assignment.hours import zone

if TYPE_CHECKING:
    from hosanna_core.usecases.plan_showing import PlanDocument

COLOURS: Final = ("#332288", "#88ccee", "#117733", "#cc6677", "#44aa99", "#882255", "#999933", "#aa4499")
"""By Paul Tol: they can be told apart by people who see colours otherwise."""
DASHES: Final = (None, "9 4", "3 3")
_DARK: Final = frozenset({"#332288", "#117733", "#882255", "#aa4499"})
LONGEST_NAME: Final = 22


class Look(NamedTuple):
    """How somebody is drawn: no two of 24 alike."""

    colour: str
    dash: str | None
    on_it: str
    """The colour of writing on it."""


def look_of(position: int) -> Look:
    """How the technician at a position is drawn."""
    colour = COLOURS[position % len(COLOURS)]
    dash = DASHES[position // len(COLOURS) % len(DASHES)]
    return Look(colour, dash, "#ffffff" if colour in _DARK else "#000000")


def short(text: str | None) -> str:
    """A name that fits.

    >>> short("Maximiliane Hochstetter-Wagner"), short(None)
    ('Maximiliane Hochstett…', '(unknown)')
    """
    text = text or "(unknown)"
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1].rstrip()}…"


def moment(text: str) -> float:
    """An instant of a document in seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def clock(at: float, timezone: str) -> str:
    """What the clock shows there."""
    return f"{datetime.fromtimestamp(at, UTC).astimezone(zone(timezone)):%H:%M}"


def lasting(seconds: float) -> str:
    """A length of time.

    >>> lasting(4000), lasting(600)
    ('1 h 07', '10 min')
    """
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d}" if minutes >= 60 else f"{minutes} min"


def headline(plan: PlanDocument) -> tuple[str, str]:
    """The title of a picture, and the line beneath."""
    stops = sum(len(route.stops) for route in plan.routes)
    seconds = sum(route.travel_seconds for route in plan.routes)
    metres = sum(route.travel_metres for route in plan.routes)
    told = (
        f"{len(plan.routes)} of {len(plan.crew)} technicians, {stops} visits, {len(plan.left_out)} left out, "
        f"{lasting(seconds)} and {metres / 1000:.0f} km on the road"
    )
    return f"Plan for {plan.date} ({plan.timezone})", told
