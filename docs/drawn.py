"""The pictures of the documentation, drawn from the code: a page needs no script to show them, nor a network."""

from hosanna_core.model.status import Status
from hosanna_core.rules.lifecycle import MAIN_LINE, STANDARD
from hosanna_web.drawing.svg import PALE, Markup, box, line, picture, said, tag, words

S = Status
WIDE, HIGH = 112, 36
GAP = 70
LINE_Y, HOLD_Y, CANCELLED_Y = 140, 260, 346
STRAIGHT = [step.target for step in MAIN_LINE]
LEFT = 76
PLACES = {status: (LEFT + number * (WIDE + GAP), LINE_Y) for number, status in enumerate(STRAIGHT)}
PLACES[S.ON_HOLD] = (PLACES[S.IN_PROGRESS][0], HOLD_Y)
PLACES[S.CANCELLED] = (PLACES[S.DISPATCHED][0], CANCELLED_Y)
LANES = {S.ASSIGNED: 102, S.DISPATCHED: 102, S.IN_PROGRESS: 66, S.COMPLETED: 30}
"""How high a way back runs above the line, by where it begins: the longer it is, the higher."""
SOLID, FAINT = "#222222", "#6b6b6b"


def edges() -> dict[tuple[Status, Status], list[str]]:
    """The actions that lead from one status to another, in the order of the tables."""
    found: dict[tuple[Status, Status], list[str]] = {}
    for step in STANDARD.steps:
        for source in step.sources:
            found.setdefault((source, step.target or source), []).append(str(step.action))
    return found


def lifecycle() -> str:
    """The standard lifecycle: the main line, the ways back above it, the hold and the end beneath."""
    y = LINE_Y + HIGH / 2
    parts = [*_path([(24, y), (LEFT, y)], SOLID), *_on(44, y - 7, str(MAIN_LINE[0].action))]
    parts += [_name(source, target, actions) for (source, target), actions in edges().items()]
    parts += [_status(status) for status in Status]
    told = "The main line from TENTATIVE to BILLED, the ways back above it, ON_HOLD and CANCELLED beneath."
    return picture(LEFT + len(STRAIGHT) * (WIDE + GAP) - GAP + 24, 406, "The lifecycle of a job", told, parts)


def _status(status: Status) -> Markup:
    x, y = PLACES[status]
    final = STANDARD.final(status)
    frame = box(
        x,
        y,
        WIDE,
        HIGH,
        rx=8,
        fill="#eeeaf8" if final else "#ffffff",
        stroke=SOLID,
        stroke_width=2.5 if final else 1.2,
    )
    return tag("g", frame, words(x + WIDE / 2, y + 23, status, size=13, text_anchor="middle"))


def _name(source: Status, target: Status, actions: list[str]) -> Markup:
    """One way with what is said of it."""
    return tag(
        "g", said(f"{source} → {target}: {', '.join(actions)}"), *_way(source, target, ", ".join(actions))
    )


def _way(source: Status, target: Status, told: str) -> list[Markup]:
    (x, y), (to_x, to_y) = PLACES[source], PLACES[target]
    middle = x + WIDE / 2
    if source == target:
        foot = y + HIGH
        lines = [
            each
            for number, name in enumerate(told.split(", "))
            for each in _on(x, foot + 34 + 15 * number, name, "start")
        ]
        return [*_path([(x + 24, foot), (x + 24, foot + 20), (x + 10, foot + 20), (x + 10, foot)]), *lines]
    if target is S.CANCELLED:
        return _cancelled(source, middle + 44, told)
    if S.ON_HOLD in (source, target):
        return _held(source, target, told)
    if STRAIGHT.index(target) > STRAIGHT.index(source):
        return [
            *_path([(x + WIDE, y + HIGH / 2), (to_x, y + HIGH / 2)], SOLID),
            *_on(x + WIDE + GAP / 2, y + HIGH / 2 - 7, told),
        ]
    lane, end = LANES[source], to_x + WIDE - 24 * (STRAIGHT.index(source) - STRAIGHT.index(target))
    return [
        *_path([(middle, y), (middle, lane), (end, lane), (end, to_y)]),
        *_on((middle + end) / 2, lane - 6, told),
    ]


def _held(source: Status, target: Status, told: str) -> list[Markup]:
    left = PLACES[S.ON_HOLD][0]
    if {source, target} == {S.IN_PROGRESS, S.ON_HOLD}:
        down = target is S.ON_HOLD
        x = left + (28 if down else WIDE - 28)
        ends = [(x, LINE_Y + HIGH), (x, HOLD_Y)]
        return [*_path(ends if down else ends[::-1]), *_on(x + 6, HOLD_Y - 18, told, "start")]
    x = PLACES[target][0] + WIDE / 2 + 22
    y = HOLD_Y + HIGH / 2
    return [
        *_path([(left, y), (x, y), (x, LINE_Y + HIGH)]),
        *_on(PLACES[S.DISPATCHED][0] - GAP / 2, y - 6, told),
    ]


def _cancelled(source: Status, x: float, told: str) -> list[Markup]:
    left, y = PLACES[S.CANCELLED][0], CANCELLED_Y + HIGH / 2
    if source is S.ON_HOLD:
        return [*_path([(x, HOLD_Y + HIGH), (x, y), (left + WIDE, y)]), *_on(x - 50, y - 6, told)]
    if source is S.DISPATCHED:
        return _path([(x, LINE_Y + HIGH), (x, CANCELLED_Y)])
    return [
        *_path([(x, LINE_Y + HIGH), (x, y), (left, y)]),
        *(_on(left - 36, y - 6, told) if source is S.ASSIGNED else []),
    ]


def _path(points: list[tuple[float, float]], colour: str = FAINT) -> list[Markup]:
    """A way with its head at the end."""
    found = [line(*a, *b, stroke=colour, stroke_width=1.3) for a, b in zip(points, points[1:], strict=False)]
    (from_x, from_y), (x, y) = points[-2:]
    along, across = ((x > from_x) - (x < from_x), (y > from_y) - (y < from_y))
    back = (x - 8 * along, y - 8 * across)
    head = [(x, y), (back[0] + 4 * across, back[1] + 4 * along), (back[0] - 4 * across, back[1] - 4 * along)]
    return [*found, tag("polygon", points=" ".join(f"{a:g},{b:g}" for a, b in head), fill=colour)]


def _on(x: float, y: float, told: str, anchor: str = "middle") -> list[Markup]:
    return [words(x, y, told, size=12, text_anchor=anchor)]


def architecture() -> str:
    """The hexagon: who imports whom."""
    core = box(256, 24, 500, 200, rx=12, fill="#eeeaf8", stroke=FAINT)
    parts = [
        core,
        words(272, 46, "hosanna_core", size=13, fill=PALE),
        *_room(16, 84, 200, "hosanna_web", "HTTP, WebSocket, command line"),
        *_room(280, 84, 130, "usecases", "load, decide, save"),
        *_room(450, 84, 130, "rules", "pure decisions"),
        *_room(620, 84, 116, "model", "frozen values"),
        *_room(280, 162, 130, "ports", "Protocols"),
        *_room(16, 262, 394, "hosanna_adapters", "memory, SQLite, MongoDB, JWT, Argon2, SMTP, …"),
        *_path([(216, 108), (280, 108)], SOLID),
        *_path([(410, 108), (450, 108)], SOLID),
        *_path([(580, 108), (620, 108)], SOLID),
        *_path([(345, 132), (345, 162)], SOLID),
        *_path([(345, 262), (345, 210)]),
        words(354, 250, "fulfil", size=12),
    ]
    told = "hosanna_web calls the use cases; these ask the rules and the ports, which the adapters fulfil; all know the model."
    return picture(780, 330, "The architecture", told, parts)


def _room(x: float, y: float, width: float, name: str, what: str) -> list[Markup]:
    return [
        box(x, y, width, 48, rx=8, fill="#ffffff", stroke=SOLID, stroke_width=1.2),
        words(x + width / 2, y + 21, name, size=14, text_anchor="middle"),
        words(x + width / 2, y + 38, what, size=11, fill=PALE, text_anchor="middle"),
    ]


PICTURES = {"reference/lifecycle.svg": lifecycle, "explanation/architecture.svg": architecture}
