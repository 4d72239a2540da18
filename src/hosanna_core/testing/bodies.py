"""Strategies for what callers send: bodies as JSON values, sound but for a few that a use case must refuse."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from hosanna_core.model.ids import DAY, HOUR
from hosanna_core.model.instants import to_text
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Priority
from hosanna_core.testing.samples import START, TRADE_WORDS

SLOTS: Final = 6
"""Windows that overlap their neighbours, so that a few jobs soon get in one another's way."""


class Wish(msgspec.Struct, frozen=True):
    """All that any transition could be told; each takes its own part."""

    technician: int
    slot: int | None
    override: bool
    reason: str


def slot_window(slot: int) -> Window:
    """The window of a slot: two hours long, beginning an hour after the one before."""
    start = START + 30 * DAY + slot * HOUR
    return Window(start, start + 2 * HOUR)


def window_body(slot: int | None) -> dict[str, str] | None:
    """A slot's window as JSON has it."""
    if slot is None:
        return None
    window = slot_window(slot)
    return {"start": to_text(window.start), "end": to_text(window.end)}


def slots() -> st.SearchStrategy[int | None]:
    """A slot, or none."""
    return st.none() | st.integers(0, SLOTS - 1)


def wishes() -> st.SearchStrategy[Wish]:
    """What a caller may want of a transition."""
    seldom = st.sampled_from((False, False, False, True))
    return st.builds(Wish, st.integers(0, 7), slots(), seldom, st.sampled_from(TRADE_WORDS))


@st.composite
def job_bodies(draw: Any) -> dict[str, Any]:
    """Bodies of new jobs that are to be accepted."""
    slot = draw(slots())
    longest = 120 if slot is not None else 180
    word = st.sampled_from(TRADE_WORDS)
    return {
        "title": f"{draw(word)} {draw(word)}",
        "description": draw(st.none() | word),
        "customer": {"name": draw(word), "phone": draw(st.none() | st.just("+1 512 555 0100"))},
        "site": {"street": f"1 {draw(word)} St", **draw(_coordinates())},
        "priority": draw(st.sampled_from(Priority)).value,
        "required_skills": [],
        "duration_minutes": draw(st.sampled_from((60, longest))),
        "window": window_body(slot),
    }


def _coordinates() -> st.SearchStrategy[dict[str, float]]:
    return st.just({}) | st.fixed_dictionaries(
        {"latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)}
    )


def patches() -> st.SearchStrategy[dict[str, Any]]:
    """Merge patches of a job's details, one of which empties a field."""
    word = st.sampled_from(TRADE_WORDS)
    return st.fixed_dictionaries(
        {},
        optional={
            "title": word,
            "description": st.none() | word,
            "customer": st.fixed_dictionaries({"name": word}),
            "priority": st.sampled_from([priority.value for priority in Priority]),
        },
    )
