"""The pictures of plans: everything is on them, nothing breaks out of them, and nobody needs more than them."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_adapters.memory import MemoryStore
from hosanna_core.model.dayplan import Omission, WhyNot
from hosanna_core.model.ids import HOUR, MINUTE
from hosanna_core.model.schedule import Window
from hosanna_core.model.travel import Point
from hosanna_core.testing.doubles import ports_on
from hosanna_core.testing.samples import START, a_plan
from hosanna_core.usecases.plan_showing import CrewDocument, PlanDocument, plan_document
from hosanna_web.drawing.apart import moved_apart
from hosanna_web.drawing.gantt import gantt
from hosanna_web.drawing.map import Projection, plan_map
from hosanna_web.drawing.svg import escaped, tag
from hosanna_web.drawing.wording import COLOURS, look_of

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<script>alert('&\"x')</script>\x00\ud800"
DRAWN = {"map": plan_map, "gantt": gantt}


def a_document(*, name: str = "Tess Ohm", street: str = "1 Main St", **parts: Any) -> PlanDocument:
    """A plan of one technician's two visits, as it is shown; the places are the tests' own."""
    plan = a_plan(1, **parts)
    document = plan_document(ports_on(MemoryStore().ports()), plan)
    crew = [CrewDocument(id=each, full_name=name, home=Point(30.27, -97.74)) for each in plan.crew]
    routes = [
        msgspec.structs.replace(
            route,
            stops=[
                msgspec.structs.replace(
                    stop, number=f"J-00000{n}", street=street, latitude=30.3 + n / 50, longitude=-97.7
                )
                for n, stop in enumerate(route.stops, start=1)
            ],
        )
        for route in document.routes
    ]
    return msgspec.structs.replace(document, crew=crew, routes=routes)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def titles(svg: str) -> str:
    return " ".join(element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}title"))


@pytest.mark.parametrize("kind", DRAWN)
def test_a_picture_says_what_it_shows_to_whoever_cannot_see_it(kind: str) -> None:
    root = ET.fromstring(DRAWN[kind](a_document()))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title description"
    assert "2026-01-01 (UTC)" in (root.findtext(f"{SVG}title") or "")
    assert "1 of 2 technicians, 2 visits, 1 left out" in (root.findtext(f"{SVG}desc") or "")


@pytest.mark.parametrize("kind", DRAWN)
def test_a_picture_needs_nothing_from_elsewhere_and_no_style_sheet(kind: str) -> None:
    svg = DRAWN[kind](a_document())
    assert not re.search(r"(href|url\(|<style|style=|<script|<image|<foreignObject)", svg)
    assert set(re.findall(r"https?://[^\"]+", svg)) == {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("kind", DRAWN)
def test_names_and_streets_cannot_break_out_of_a_picture(kind: str) -> None:
    svg = DRAWN[kind](a_document(name=NASTY, street=NASTY))
    root = ET.fromstring(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert "<script>alert" in "".join(root.itertext())


@given(text=st.text(st.characters()))
def test_any_text_is_held_by_a_document(text: str) -> None:
    shown = ET.fromstring(tag("text", text, x=text))
    kept = re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    assert (shown.text or "").replace("\r\n", "\n").replace("\r", "\n") == kept.replace("\r\n", "\n").replace(
        "\r", "\n"
    )


def test_what_is_svg_already_is_not_escaped_twice() -> None:
    assert escaped(escaped("a & b")) == "a &amp; b"


def test_the_map_has_a_scale_north_homes_and_a_line_for_everybody() -> None:
    svg = plan_map(a_document())
    assert "N" in texts(svg)
    assert any(re.fullmatch(r"[\d.]+ k?m", text) for text in texts(svg))
    assert "Home of Tess Ohm" in titles(svg)
    assert "The way of Tess Ohm" in titles(svg)
    assert {"1", "2"} <= set(texts(svg))


def test_what_is_not_on_the_map_is_said() -> None:
    document = a_document()
    lost = [msgspec.structs.replace(left, latitude=None, longitude=None) for left in document.left_out]
    svg = plan_map(msgspec.structs.replace(document, left_out=lost))
    assert any("1 jobs have no coordinates" in text for text in texts(svg))


def test_a_plan_of_nothing_is_drawn_too() -> None:
    document = a_document(routes=(), left_out=())
    assert "No place is known." in texts(plan_map(document))
    assert "Nobody has anything to do." in texts(gantt(document))


def test_the_hours_show_visits_breaks_waiting_promises_and_who_is_late() -> None:
    plan = a_plan(1)
    (route,) = plan.routes
    first, second = route.stops
    promised = Window(first.start - HOUR, first.start - 20 * MINUTE)
    stops = (
        msgspec.structs.replace(first, promised=promised, minutes_late=20, pinned=True),
        msgspec.structs.replace(second, booked=True, arrival=second.start - 10 * MINUTE),
    )
    shifts = (Window(START, second.start + 30 * MINUTE), Window(second.start + HOUR, START + 8 * HOUR))
    svg = gantt(a_document(routes=(msgspec.structs.replace(route, stops=stops, shifts=shifts),)))
    assert "J-000001" in texts(svg)
    assert "+20" in texts(svg)
    told = titles(svg)
    for words in (
        "20 min late",
        "pinned",
        "in the calendar already",
        "Break until 03:00",
        "was promised for",
    ):
        assert words in told
    assert {f"{hour:02d}:00" for hour in range(4)} <= set(texts(svg))


def test_hours_are_those_of_the_office_also_when_the_clock_changes() -> None:
    spring = 1_772_953_200_000  # 2026-03-08T01:00:00-06:00
    plan = a_plan(1, timezone="America/Chicago", start=spring, end=spring + 23 * HOUR)
    (route,) = plan.routes
    moved = msgspec.structs.replace(
        route,
        leaving=spring,
        back=spring + 3 * HOUR,
        shifts=(Window(spring, spring + 3 * HOUR),),
        stops=tuple(
            msgspec.structs.replace(
                stop, arrival=spring + n * HOUR, start=spring + n * HOUR, end=spring + (n + 1) * HOUR
            )
            for n, stop in enumerate(route.stops)
        ),
    )
    hours = [
        text
        for text in texts(gantt(a_document(timezone="America/Chicago", routes=(moved,))))
        if re.fullmatch(r"\d\d:00", text)
    ]
    assert hours == ["01:00", "03:00", "04:00", "05:00"]


def test_no_two_of_twenty_four_technicians_look_alike() -> None:
    assert len({look_of(number)[:2] for number in range(3 * len(COLOURS))}) == 24


def test_north_is_up_east_is_right_and_a_kilometre_is_one_in_every_direction() -> None:
    projection = Projection([(30.0, -98.0), (30.5, -97.5)])
    here, north, east = (projection.spot(*place) for place in ((30.2, -97.8), (30.3, -97.8), (30.2, -97.7)))
    assert north.y < here.y
    assert east.x > here.x
    assert (east.x - here.x) / (here.y - north.y) == pytest.approx(0.864, abs=0.01)


@pytest.mark.parametrize("place", [(90.0, 180.0), (-90.0, -180.0), (0.0, 0.0)])
def test_places_at_the_ends_of_the_globe_are_drawn(place: tuple[float, float]) -> None:
    x, y = Projection([place, (10.0, 10.0)]).spot(*place)
    assert 0 <= x <= 1_000
    assert 0 <= y <= 1_000


def test_marks_that_would_cover_each_other_are_moved_apart_and_stay_on_the_map() -> None:
    placed = moved_apart([(200.0, 200.0)] * 30 + [(300.0, 300.0)], 17, (8, 8, 700, 700))
    assert placed[-1] == pytest.approx((300.0, 300.0), abs=0.1)
    near = [
        ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 for n, (ax, ay) in enumerate(placed) for bx, by in placed[:n]
    ]
    assert min(near) > 12
    assert all(8 <= x <= 700 and 8 <= y <= 700 for x, y in placed)


def test_thousands_that_are_left_out_are_drawn_as_they_lie() -> None:
    reason = (WhyNot(rule="capacity", text="Too much."),)
    document = a_document(left_out=tuple(Omission(f"{n}", reason) for n in range(3_000)))
    spread = [
        msgspec.structs.replace(left, latitude=30 + n / 10_000, longitude=-98.0)
        for n, left in enumerate(document.left_out)
    ]
    assert plan_map(msgspec.structs.replace(document, left_out=spread)).count("<path") > 3_000
