"""Where nobody fits: small worlds at random, judged by hand, and what is said to help is done and asked again."""

from datetime import UTC, datetime, timedelta
from itertools import chain, combinations
from math import asin, cos, radians, sin, sqrt
from random import Random
from zoneinfo import ZoneInfo

import pytest
from tests.usecases.firm import Firm

from hosanna_core.usecases import candidates, users
from hosanna_core.usecases.judging import Unparsed

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = ("UTC", "Europe/Vienna", "America/Chicago", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu")
HOURS = ((), (("08:00", "17:00"),), (("07:30", "12:00"), ("12:30", "18:15")), (("00:00", "24:00"),))
NIGHTS = (
    datetime(2026, 3, 8, tzinfo=UTC),
    datetime(2026, 3, 29, tzinfo=UTC),
    datetime(2026, 4, 4, tzinfo=UTC),
)
"""Nights in which one of the zones, or another, puts its clock forward or back."""
RULES = ("skills", "hours", "time_off", "overlap", "daily_maximum", "service_area")
EARTH = 6_371_008.8


def text(at):
    return at.isoformat().replace("+00:00", "Z")


def span(start, minutes):
    return {"start": text(start), "end": text(start + timedelta(minutes=minutes))}


class World:
    """A crew of up to four, what each has booked, and one job."""

    def __init__(self, seed):
        self.random, self.firm = Random(seed), Firm()
        self.start = self.random.choice(NIGHTS) + timedelta(minutes=15 * self.random.randrange(-40, 160))
        self.minutes = self.random.choice((30, 60, 90, 600))
        self.window = (self.start, self.start + timedelta(minutes=self.minutes))
        self.place = self.somewhere()
        self.skills = self.random.choice(([], ["lift"], ["lift >= 2", "gas"]))
        crew = [self.firm.technician, self.firm.another]
        crew += [self.firm.hire(f"t{n}@example.com", "TECHNICIAN") for n in range(self.random.randrange(3))]
        self.crew = {each.id: each for each in crew}
        self.told = {each.id: self.availability() for each in crew}
        self.visits = {
            each.id: [self.booking(each) for _ in range(self.random.randrange(3))] for each in crew
        }
        for each in crew:
            self.put(each.id)
        self.job = self.confirmed(self.start, self.minutes, required_skills=self.skills, site=self.place)

    def somewhere(self):
        """Round the date line and a pole, where numbers leap."""
        return {
            "street": "1 Main St",
            "latitude": self.random.choice((89.9, 0.0, -89.9)) + self.random.choice((0.0, 0.05)),
            "longitude": self.random.choice((179.95, -179.95, 0.0)),
        }

    def confirmed(self, start, minutes, **fields):
        created = self.firm.create(window=span(start, minutes), duration_minutes=minutes, **fields)
        return self.firm.do(self.firm.administrator, created, "confirm")

    def booking(self, technician):
        start = self.start + timedelta(minutes=15 * self.random.randrange(-12, 12))
        minutes = self.random.choice((15, 60))
        job = self.confirmed(start, minutes, site={"street": "2 Main St"})
        order = {"technician_id": technician.id, "override": True}
        self.firm.do(self.firm.administrator, job, "assign", **order)
        return start, start + timedelta(minutes=minutes), job

    def availability(self):
        draw = self.random
        away = self.start + timedelta(minutes=self.minutes) - timedelta(minutes=draw.randrange(3))
        home = self.somewhere()
        held = draw.choice(
            ([], [{"name": "lift", "level": 1}], [{"name": "lift", "level": 2}, {"name": "gas"}])
        )
        expires = (self.start + timedelta(days=draw.randrange(-1, 3))).date().isoformat()
        return {
            "timezone": draw.choice(ZONES),
            "hours": {day: draw.choice(HOURS) for day in WEEKDAYS} if draw.random() < 0.6 else {},
            "time_off": [span(away, 30)] if draw.random() < 0.4 else [],
            "daily_maximum": draw.choice((None, None, 1, 2)),
            "skills": [{**skill, "expires_on": expires} if draw.random() < 0.3 else skill for skill in held],
            "home": {name: home[name] for name in ("latitude", "longitude")},
            "service_area_km": draw.choice((None, 3.0, 12.0)),
        }

    def put(self, technician_id):
        body = Unparsed.of(self.told[technician_id])
        users.set_availability(self.firm.ports, self.firm.administrator, technician_id, body)

    def asked(self):
        return candidates.job_candidates(
            self.firm.ports, self.firm.administrator, self.job.id, {"limit": ["200"]}
        )

    def broken(self, technician_id):
        """The hard rules that a technician breaks, minute by minute; the way aside."""
        told, (start, end) = self.told[technician_id], self.window
        clock = ZoneInfo(told["timezone"])
        moments = [start + timedelta(minutes=n) for n in range(int((end - start).total_seconds()) // 60)]
        found = {
            "skills": not all(self.held(told, skill) for skill in self.skills),
            "hours": bool(told["hours"])
            and not all(works(told["hours"], at.astimezone(clock)) for at in moments),
            "time_off": any(meets(read(off), (start, end)) for off in told["time_off"]),
            "overlap": any(meets((a, b), (start, end)) for a, b, _ in self.visits[technician_id]),
            "daily_maximum": told["daily_maximum"] is not None
            and any(
                sum(day in days(a, b, clock) for a, b, _ in self.visits[technician_id])
                >= told["daily_maximum"]
                for day in days(start, end, clock)
            ),
            "service_area": told["service_area_km"] is not None
            and apart(told["home"], self.place) > told["service_area_km"] * 1000,
        }
        return {rule for rule, breaks in found.items() if breaks}

    def held(self, told, wanted):
        name, _, level = wanted.partition(" >= ")
        day = (self.window[1] - timedelta(milliseconds=1)).astimezone(ZoneInfo(told["timezone"])).date()
        return any(
            skill["name"] == name
            and skill.get("level", 0) >= int(level or 0)
            and skill.get("expires_on", "9999-12-31") >= day.isoformat()
            for skill in told["skills"]
        )

    def give(self, technician_id, rule, words):
        """Do what is said to help, by the numbers in the words."""
        told = self.told[technician_id]
        if rule == "skills":
            told["skills"] = [{"name": "lift", "level": 2}, {"name": "gas"}]
        elif rule == "hours":
            told["hours"] = {}
        elif rule == "time_off":
            told["time_off"] = []
        elif rule == "daily_maximum":
            told["daily_maximum"] = int(words.split("daily maximum to ")[1].split()[0])
        elif rule == "service_area":
            told["service_area_km"] = float(words.split("service area to ")[1].split()[0])
        self.put(technician_id)

    def clear(self, technician_id, words):
        """Take back the visits that are named."""
        for start, end, job in list(self.visits[technician_id]):
            if f"J-{job.number:06d}" in words:
                self.firm.do(self.firm.administrator, job, "unassign", reason="Made room")
                self.visits[technician_id].remove((start, end, job))


def read(off):
    return tuple(datetime.fromisoformat(off[name]) for name in ("start", "end"))


def meets(one, other):
    return one[0] < other[1] and other[0] < one[1]


def works(hours, local):
    at = f"{local:%H:%M}"
    return any(opens <= at < closes for opens, closes in hours[WEEKDAYS[local.weekday()]])


def days(start, end, clock):
    minutes = int((end - start).total_seconds()) // 60
    return {(start + timedelta(minutes=n)).astimezone(clock).date() for n in range(minutes)}


def apart(here, there):
    a, b, c, d = (radians(place[name]) for place in (here, there) for name in ("latitude", "longitude"))
    half = sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2
    return 2 * EARTH * asin(sqrt(half))


def smallest(sets):
    return {each for each in sets if not any(other < each for other in sets)}


@pytest.mark.parametrize("seed", range(12))
def test_what_is_said_to_help_helps_and_nothing_less_of_it_is_in_conflict(seed):
    world = World(seed)
    found = world.asked()
    broken = {}
    for each in found.items:
        rules = {told.rule for told in each.verdicts if not told.holds}
        assert rules - {"travel"} == world.broken(each.technician.id)
        assert each.fits == (not rules)
        broken[each.technician.id] = frozenset(rules)
    if not all(broken.values()):
        assert (found.conflicts, found.relaxations) == ([], [])
        return
    every = chain.from_iterable(combinations((*RULES, "travel"), size) for size in range(1, 8))
    met = {frozenset(some) for some in every if all(broken_by & set(some) for broken_by in broken.values())}
    assert {frozenset(each.rules) for each in found.conflicts} == smallest(met)
    assert {frozenset(each.rules) for each in found.relaxations} == smallest(set(broken.values()))
    for each in found.relaxations:
        who = each.technician.id
        for rule in each.rules:
            world.give(who, rule, each.words)
        world.clear(who, each.words)
        (now,) = [one for one in world.asked().items if one.technician.id == who]
        assert {told.rule for told in now.verdicts if not told.holds} <= {"travel"} & set(each.rules)
