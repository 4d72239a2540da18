"""The routes of a plan on a map: places, ways, homes, a scale and north. No tiles: nobody else learns of them."""

from __future__ import annotations

from math import cos, hypot, radians
from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_web.drawing.apart import moved_apart
from hosanna_web.drawing.svg import INK, LATE, PALE, Markup, box, line, picture, said, tag, words
from hosanna_web.drawing.wording import clock, headline, lasting, look_of, moment, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.usecases.plan_showing import LeftOutDocument, PlanDocument, RouteDocument, StopDocument
    from hosanna_web.drawing.wording import Look

LEFT, TOP, SIDE = 24, 64, 720
"""Where the map is, and how large."""
LEGEND: Final = LEFT + SIDE + 24
WIDTH: Final = LEGEND + 320
MARGIN: Final = 36
RADIUS: Final = 8.0
MOST_LABELS: Final = 400
"""With more visits than that each is a dot."""
KILOMETRES_A_DEGREE: Final = 111.195
_LINE: Final = 22


class Spot(NamedTuple):
    """A point of the picture."""

    x: float
    y: float


class Projection:
    """Equirectangular: a degree of longitude is as long as it is in the middle of the map."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        norths, easts = [point[0] for point in points] or [0.0], [point[1] for point in points] or [0.0]
        middle = (min(norths) + max(norths)) / 2
        self._squeeze = max(cos(radians(middle)), 0.01)
        wide = (max(easts) - min(easts)) * self._squeeze
        high = max(norths) - min(norths)
        self.scale = (SIDE - 2 * MARGIN) / max(wide, high, 0.01)
        """Pixels a degree of latitude."""
        self._north = middle + (SIDE / 2) / self.scale
        self._west = (min(easts) + max(easts)) / 2 * self._squeeze - (SIDE / 2) / self.scale

    def spot(self, latitude: float, longitude: float) -> Spot:
        """Where a place is."""
        x = LEFT + (longitude * self._squeeze - self._west) * self.scale
        return Spot(x, TOP + (self._north - latitude) * self.scale)


def plan_map(plan: PlanDocument) -> str:
    """The map of a plan."""
    title, told = headline(plan)
    drawing = _Map(plan)
    height = max(TOP + SIDE + 40, TOP + _LINE * (len(plan.routes) + 9))
    return picture(WIDTH, height, f"Map. {title}", told, drawing.parts(title, told))


class _Map:
    def __init__(self, plan: PlanDocument) -> None:
        self._plan = plan
        self._positions = {each.id: number for number, each in enumerate(plan.crew)}
        self._homes = {each.id: each.home for each in plan.crew}
        homes = [self._homes[route.technician_id] for route in plan.routes]
        points = [(home.latitude, home.longitude) for home in homes if home is not None]
        points += [place for route in plan.routes for stop in route.stops if (place := _place(stop))]
        points += [place for left in plan.left_out if (place := _place(left))]
        self._projection = Projection(points)
        self._nothing = not points

    def parts(self, title: str, told: str) -> Iterator[str]:
        yield words(LEFT, 30, title, size=20, font_weight="600")
        yield words(LEFT, 50, told, size=13, fill=PALE)
        yield box(LEFT, TOP, SIDE, SIDE, fill="#f6f5f1", stroke="#bbbbbb")
        if self._nothing:
            yield words(LEFT + SIDE / 2, TOP + SIDE / 2, "No place is known.", size=14, text_anchor="middle")
        for route in self._plan.routes:
            yield self._way(route, look_of(self._positions[route.technician_id]))
        yield from self._markers()
        yield from self._scale()
        yield from self._legend()

    def _spot(self, stop: StopDocument | LeftOutDocument) -> Spot | None:
        place = _place(stop)
        return None if place is None else self._projection.spot(*place)

    def _home(self, route: RouteDocument) -> Spot | None:
        home = self._homes.get(route.technician_id)
        return None if home is None else self._projection.spot(home.latitude, home.longitude)

    def _way(self, route: RouteDocument, look: Look) -> Markup:
        home = self._home(route)
        spots = [home, *(self._spot(stop) for stop in route.stops), home]
        corners = " ".join(f"{spot.x:.1f},{spot.y:.1f}" for spot in spots if spot is not None)
        return tag(
            "polyline",
            said(f"The way of {self._name(route)}"),
            points=corners,
            fill="none",
            stroke=look.colour,
            stroke_width=2,
            stroke_opacity=0.75,
            stroke_linejoin="round",
            stroke_dasharray=look.dash,
        )

    def _name(self, route: RouteDocument) -> str:
        return short(self._plan.crew[self._positions[route.technician_id]].full_name)

    def _left_out(self, x: float, y: float, left: LeftOutDocument) -> Markup:
        reasons = "; ".join(dict.fromkeys(reason.text for reason in left.reasons))
        return tag(
            "path",
            said(f"{left.number}, {left.street}: left out. {reasons}"),
            d=f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8",
            stroke=PALE,
            stroke_width=2,
            fill="none",
        )

    def _markers(self) -> Iterator[Markup]:
        """Homes, and each visit by its number in the route; what would cover each other is moved a little apart."""
        found = [
            (spot, number, stop, route)
            for route in self._plan.routes
            for number, stop in enumerate(route.stops, start=1)
            if (spot := self._spot(stop)) is not None
        ]
        labelled = len(found) <= MOST_LABELS
        radius = RADIUS if labelled else 3.0
        homes = self._homes_named()
        lost = [(spot, left) for left in self._plan.left_out if (spot := self._spot(left)) is not None]
        if len(lost) > MOST_LABELS:
            yield from (self._left_out(spot.x, spot.y, left) for spot, left in lost)
            lost = []
        true = [*homes, *(spot for spot, _ in lost), *(spot for spot, _, _, _ in found)]
        bounds = (LEFT + radius, TOP + radius, LEFT + SIDE - radius, TOP + SIDE - radius)
        shown = moved_apart(true, 2 * radius + 1, bounds) if labelled else true
        for was, (x, y) in zip(true, shown, strict=True):
            if hypot(x - was[0], y - was[1]) > radius:
                yield line(was[0], was[1], x, y, stroke=PALE, stroke_width=0.8)
                yield tag("circle", cx=was[0], cy=was[1], r=1.5, fill=INK)
        for names, (x, y) in zip(homes.values(), shown, strict=False):
            yield _house(Spot(x, y), f"Home of {', '.join(names)}")
        for (_, left), (x, y) in zip(lost, shown[len(homes) :], strict=False):
            yield self._left_out(x, y, left)
        for (_, number, stop, route), (x, y) in zip(found, shown[len(homes) + len(lost) :], strict=True):
            yield self._marker(x, y, number if labelled else None, stop, route)

    def _marker(
        self, x: float, y: float, number: int | None, stop: StopDocument, route: RouteDocument
    ) -> Markup:
        look = look_of(self._positions[route.technician_id])
        zone = self._plan.timezone
        times = f"{clock(moment(stop.start), zone)} to {clock(moment(stop.end), zone)}"
        late = f", {stop.minutes_late} min late" if stop.minutes_late else ""
        circle = tag(
            "circle",
            cx=x,
            cy=y,
            r=RADIUS if number is not None else 3.0,
            fill=look.colour,
            stroke=LATE if stop.minutes_late else "#ffffff",
            stroke_width=2 if stop.minutes_late else 1.2,
        )
        label = (
            ""
            if number is None
            else words(x, y + 3.2, str(number), size=9, fill=look.on_it, text_anchor="middle")
        )
        return tag(
            "g", said(f"{stop.number}, {stop.street}: {self._name(route)}, {times}{late}"), circle, label
        )

    def _homes_named(self) -> dict[Spot, list[str]]:
        """Whose home is where; several at one place are one."""
        homes: dict[Spot, list[str]] = {}
        for route in self._plan.routes:
            home = self._home(route)
            if home is not None:
                homes.setdefault(home, []).append(self._name(route))
        return homes

    def _scale(self) -> Iterator[Markup]:
        per_km = self._projection.scale / KILOMETRES_A_DEGREE
        length = _round_length(SIDE / 5 / per_km)
        x, y, wide = LEFT + 16, TOP + SIDE - 16, length * per_km
        label = f"{length:g} km" if length >= 1 else f"{length * 1000:g} m"
        yield box(x - 8, y - 22, max(wide, 40) + 16, 32, fill="#ffffff", fill_opacity=0.8)
        yield tag("path", d=f"M{x} {y - 5}v5h{wide:.1f}v-5", fill="none", stroke=INK, stroke_width=1.5)
        yield words(x, y - 8, label)
        north = LEFT + SIDE - 26
        yield tag("path", said("North is up"), d=f"M{north} {TOP + 12}l7 20l-7 -5l-7 5z", fill=INK)
        yield words(north, TOP + 46, "N", size=12, text_anchor="middle", font_weight="600")

    def _legend(self) -> Iterator[Markup]:
        y = TOP + 12
        yield words(LEGEND, y, "Technicians", size=13, font_weight="600")
        for route in self._plan.routes:
            y += _LINE
            look = look_of(self._positions[route.technician_id])
            yield line(
                LEGEND,
                y - 4,
                LEGEND + 28,
                y - 4,
                stroke=look.colour,
                stroke_width=4,
                stroke_dasharray=look.dash,
            )
            yield words(LEGEND + 36, y, self._name(route), size=12)
            told = f"{len(route.stops)} visits, {route.travel_metres / 1000:.0f} km, {lasting(route.travel_seconds)}"
            yield words(WIDTH - 16, y, told, text_anchor="end", fill=PALE)
        y += _LINE + 14
        yield tag("circle", cx=LEGEND + 14, cy=y - 4, r=RADIUS, fill=PALE)
        yield words(LEGEND + 14, y - 0.8, "3", size=9, fill="#ffffff", text_anchor="middle")
        yield words(LEGEND + 36, y, "a visit, by its turn in the route")
        y += _LINE
        yield tag("circle", cx=LEGEND + 14, cy=y - 4, r=RADIUS, fill=PALE, stroke=LATE, stroke_width=2)
        yield words(LEGEND + 36, y, "later than was promised")
        y += _LINE
        yield _house(Spot(LEGEND + 14, y - 4), "A home")
        yield words(LEGEND + 36, y, "where a day begins and ends")
        y += _LINE
        yield tag("path", d=f"M{LEGEND + 10} {y - 8}l8 8m0 -8l-8 8", stroke=PALE, stroke_width=2, fill="none")
        yield words(LEGEND + 36, y, f"left out ({len(self._plan.left_out)})")
        lost = sum(_place(stop) is None for route in self._plan.routes for stop in route.stops)
        lost += sum(_place(left) is None for left in self._plan.left_out)
        if lost:
            yield words(
                LEGEND, y + _LINE, f"{lost} jobs have no coordinates and are not on the map.", fill=PALE
            )


def _place(stop: StopDocument | LeftOutDocument) -> tuple[float, float] | None:
    if stop.latitude is None or stop.longitude is None:
        return None
    return stop.latitude, stop.longitude


def _house(spot: Spot, told: str) -> Markup:
    x, y = spot
    return tag(
        "path",
        said(told),
        d=f"M{x:.1f} {y - 9:.1f}l9 8h-3v8h-12v-8h-3z",
        fill="#ffffff",
        stroke=INK,
        stroke_width=1.6,
        stroke_linejoin="round",
    )


def _round_length(most: float) -> float:
    """The longest of 1, 2 and 5 times a power of ten that is no longer.

    >>> _round_length(7.3), _round_length(0.04), _round_length(30)
    (5.0, 0.02, 20.0)
    """
    power = 10.0**-9
    while power * 10 <= most:
        power *= 10
    return float(f"{max(n * power for n in (1, 2, 5) if n * power <= most * (1 + 1e-9)):.6g}")
