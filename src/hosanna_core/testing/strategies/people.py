"""Users, their calendars, and what decides whether a visit fits."""

from __future__ import annotations

from hypothesis import strategies as st

from hosanna_core.model.ids import Id
from hosanna_core.model.people import Caller, Revoked, Role, SecondFactor, User
from hosanna_core.model.query import UserFilter
from hosanna_core.model.schedule import WEEKDAYS, Availability, Calendar, Skill, Visit
from hosanna_core.model.travel import Point
from hosanna_core.testing.strategies.basics import (
    emails,
    ids,
    instants,
    json_values,
    phones,
    roles,
    texts,
    windows,
)


def users(role: st.SearchStrategy[Role] | None = None) -> st.SearchStrategy[User]:
    """Users, active or not."""
    letters = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)
    return st.builds(
        User,
        id=ids(),
        version=st.integers(1, 1000),
        email=emails(),
        full_name=texts(),
        phone=st.none() | phones(),
        role=roles() if role is None else role,
        active=st.booleans(),
        preferences=st.dictionaries(letters, json_values(), max_size=3),
        password_hash=texts(),
        session_epoch=st.integers(0, 100),
        revoked=st.lists(st.builds(Revoked, ids(), instants()), max_size=3).map(tuple),
        second_factor=st.none() | _second_factors(),
        created_at=instants(),
        updated_at=instants(),
    )


def _second_factors() -> st.SearchStrategy[SecondFactor]:
    digests = st.binary(min_size=16, max_size=16)
    return st.builds(
        SecondFactor,
        nonce=digests,
        confirmed=st.booleans(),
        last_step=st.integers(0, 2**40),
        recovery=st.lists(digests, max_size=10).map(tuple),
    )


def callers() -> st.SearchStrategy[Caller]:
    """Those whose token may act or not."""
    return users().map(lambda user: user.caller)


def skills() -> st.SearchStrategy[Skill]:
    """Skills held, with or without a level and a last day."""
    days = st.dates().map(lambda day: f"{day:%Y-%m-%d}".rjust(10, "0"))
    return st.builds(Skill, texts(60), st.none() | st.integers(1, 5), st.none() | days)


def _stretches() -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    """A weekday's hours: in order, none touching the next."""
    ends = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(sorted)
    return ends.map(lambda cut: tuple(zip(cut[::2], cut[1::2], strict=False)))


def availabilities() -> st.SearchStrategy[Availability]:
    """When a technician works."""
    homes = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))
    return st.builds(
        Availability,
        timezone=st.sampled_from(("UTC", "America/Chicago", "Europe/Vienna", "Pacific/Auckland")),
        hours=st.dictionaries(st.sampled_from(WEEKDAYS), _stretches(), max_size=7),
        time_off=st.lists(windows(), max_size=3).map(lambda off: tuple(sorted(off))),
        home=st.none() | homes,
        daily_maximum=st.none() | st.integers(1, 20),
        skills=st.lists(skills(), max_size=3, unique_by=lambda skill: skill.name).map(tuple),
        service_area_km=st.none() | st.floats(0.1, 500),
    )


def visits() -> st.SearchStrategy[Visit]:
    """Bookings."""
    return st.builds(Visit, ids(), windows(), st.booleans())


def calendars(technician_id: st.SearchStrategy[Id] | None = None) -> st.SearchStrategy[Calendar]:
    """Calendars, their visits in order."""
    booked = st.lists(visits(), max_size=4).map(
        lambda them: tuple(sorted(them, key=lambda visit: (visit.window, visit.job_id)))
    )
    return st.builds(
        Calendar,
        technician_id=ids() if technician_id is None else technician_id,
        version=st.integers(1, 1000),
        active=st.booleans(),
        availability=availabilities(),
        visits=booked,
    )


def user_filters() -> st.SearchStrategy[UserFilter]:
    """Filters of the users' list."""
    return st.builds(UserFilter, role=st.none() | roles(), active=st.none() | st.booleans())
