"""Writes the tables and pictures of the reference from the code: `python docs/generate.py`.

A page holds its prose, and blocks between `<!-- made: name -->` and `<!-- end -->` that are replaced as a whole.
A test fails while a block is older than the code.
"""

import inspect
import re
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec

from hosanna_core.model.details import Order
from hosanna_core.model.event import Event
from hosanna_core.model.people import Actor, Capability, Duty, Role
from hosanna_core.model.place import Place
from hosanna_core.model.status import Action, Standing, Status
from hosanna_core.rules import decisions
from hosanna_core.rules.lifecycle import MAIN_LINE, OFF_THE_MAIN_LINE, STANDARD, Step
from hosanna_core.rules.permissions import BESIDE, MATRIX, Grant
from hosanna_core.rules.views import View, view
from hosanna_core.rules.visibility import scope_of
from hosanna_core.testing.samples import START, a_calendar, a_job
from hosanna_core.usecases.forms import ORDER_FORMS
from hosanna_web.cli.config import reference_table
from hosanna_web.plugins.hooks import Hooks

PAGES = Path(__file__).parent
sys.path.insert(0, str(PAGES))
import drawn  # they lie beside this page, which is no package
import told
from recorded import MEANING, played

played = cache(played)
BLOCK = re.compile(r"<!-- made: (\w+) -->\n.*?<!-- end -->", re.DOTALL)
TITLES = {
    Role.ADMINISTRATOR: "Administrator",
    Role.OFFICE_MANAGER: "Office Manager",
    Role.TECHNICIAN: "Technician",
}
ANN, BOB = a_calendar("ann"), a_calendar("bob")
ACTORS = {role: Actor(f"the {title}", role) for role, title in TITLES.items()}


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def diagram() -> str:
    """The lifecycle, which `drawn` draws."""
    return "![The main line from TENTATIVE to BILLED, the ways back, the hold, and the end](lifecycle.svg)"


def who(step: Step) -> str:
    """The role that holds a step's capability."""
    (role,) = [role for role in Role if MATRIX[role, step.capability] is not Grant.NONE]
    return f"the assigned {TITLES[role]}" if MATRIX[role, step.capability] is Grant.ASSIGNED else TITLES[role]


def steps(rows: tuple[Step, ...]) -> str:
    """The rows of a lifecycle table."""
    return table(
        ("action", "from", "to", "clears", "body", "capability", "who"),
        [
            (
                f"`{step.action}`",
                ", ".join(step.sources) or "(none)",
                step.target or "the same",
                ", ".join(f"`{name}`" for name in step.clears),
                body(step),
                step.capability,
                who(step),
            )
            for step in rows
        ],
    )


def body(step: Step) -> str:
    """What a transition is told, optional parts with a question mark."""
    if step.action is Action.CREATE:
        return "the job"
    fields = ORDER_FORMS[step.action].model_fields
    return ", ".join(f"`{name}`" + ("" if field.is_required() else "?") for name, field in fields.items())


def matrix() -> str:
    """The permission matrix."""
    return table(
        ("capability", *TITLES.values()),
        [(key, *(MATRIX[role, key].value for role in TITLES)) for key in Capability],
    )


def duties() -> str:
    """What the matrix does not list."""
    return table(
        ("duty", *TITLES.values()), [(key, *(BESIDE[role, key].value for role in TITLES)) for key in Duty]
    )


def standings() -> str:
    """Who sees a job in each standing."""
    rows = []
    for standing in Standing:
        sees = [scope_of(actor).admits(Place(standing, actor.id)) for actor in ACTORS.values()]
        own = ["yes" if each else "no" for each in sees]
        rows.append((f"`{standing}`", *own[:2], "own only" if sees[2] else "no"))
    return table(("standing", *TITLES.values()), rows)


def moved(step: Step, source: Status) -> Event:
    """The event of a step from *source*, taken from the decision itself; the job is Ann's, where it is anybody's."""
    to = {Action.ASSIGN: ANN.technician_id, Action.REASSIGN: BOB.technician_id}.get(step.action)
    before = None if source in (Status.TENTATIVE, Status.CONFIRMED) else ANN.technician_id
    job = a_job(1, status=source, standing=Standing(source.value), technician_id=before)
    known = {each.technician_id: each for each in (ANN, BOB)}
    order = Order(reason="so", technician_id=to)
    return decisions.transition(job, step.action, order, known, actor_id="nobody", now=START).event


def events() -> str:
    """The kind of event that each step becomes."""
    rows = [("`create`", f"`{decisions.CREATED}`"), ("an edit", f"`{decisions.UPDATED}`")]
    rows += [(f"`{step.action}`", f"`{moved(step, step.sources[0]).kind}`") for step in STANDARD.steps if step.sources]
    return table(("change", "event"), rows)


def views() -> str:
    """The steps by which a job enters and leaves the view of each role; of a Technician, whose job it is."""
    rows = []
    for role, title in TITLES.items():
        scope = scope_of(Actor(ANN.technician_id, role))
        seen: dict[View, dict[str, None]] = {View.ENTERED: {}, View.LEFT: {}}
        for step in STANDARD.steps:
            for source in step.sources:
                seen.get(view(moved(step, source), scope), {})[f"`{step.action}`"] = None
        rows.append((title, *(", ".join(actions) or "never" for actions in seen.values())))
    return table(("", "a job comes into view by", "and leaves it by"), rows)


def user_events() -> str:
    """The kinds of event that users have, as they come up when all that can happen to them happens."""
    return ", ".join(f"`{kind}`" for kind in played()[1]) + "."


def recorded() -> str:
    """Every action of the audit trail, as it looks when it is done. A KeyError tells of one without a meaning."""
    rows = {}
    for entry in played()[0]:
        details = msgspec.json.decode(entry.sealed)["details"]
        kind = entry.stream.partition("|")[0]
        shown = [f"`{name}`" + ("*" if name in entry.open else "") for name in details]
        rows[entry.action, entry.outcome.value] = (
            f"`{entry.action}`",
            entry.outcome.value,
            {"user": "the user's", "process": "the process'"}.get(kind, f"`{kind}`"),
            ", ".join(shown),
            MEANING[entry.action, entry.outcome.value],
        )
    if missing := MEANING.keys() - rows:
        raise KeyError(f"nobody does {missing}")
    order = list(MEANING)
    return table(
        ("action", "outcome", "stream", "details", "what happened"),
        [rows[key] for key in sorted(rows, key=order.index)],
    )


def plugin_hooks() -> str:
    """What a plugin may implement, in the words of the hooks themselves."""
    hooks = [(name, each) for name, each in vars(Hooks).items() if name.startswith("hosanna_")]
    rows = []
    for name, each in hooks:
        given = [f"`{given}`" for given in inspect.signature(each).parameters if given != "self"]
        rows.append((f"`{name}`", ", ".join(given), " ".join((inspect.getdoc(each) or "").split())))
    return table(("hook", "is given", "what it is, and what is promised"), rows)


BLOCKS = {
    "diagram": diagram,
    "main_line": lambda: steps(MAIN_LINE),
    "off_the_main_line": lambda: steps(OFF_THE_MAIN_LINE),
    "finals": lambda: " and ".join(status for status in Status if STANDARD.final(status)) + " are final.",
    "matrix": matrix,
    "duties": duties,
    "standings": standings,
    "events": events,
    "user_events": user_events,
    "views": views,
    "recorded": recorded,
    "told": lambda: table(("`type`", "carries", "what it says"), told.told()),
    "said": lambda: table(("`type`", "carries", "what it says"), told.said()),
    "closed": lambda: table(("code", "words", "what happened, and what to do"), told.closed()),
    "settings": reference_table,
    "plugin_hooks": plugin_hooks,
    "stream_limits": lambda: table(("what", "at most", "beyond it"), told.limits()),
}


def made(text: str) -> str:
    """A page with every block made anew; a KeyError tells of a block that nobody makes."""
    return BLOCK.sub(lambda found: f"<!-- made: {found[1]} -->\n{BLOCKS[found[1]]()}\n<!-- end -->", text)


def pages() -> list[Path]:
    """The pages that hold a block."""
    return [path for path in sorted(PAGES.rglob("*.md")) if BLOCK.search(path.read_text(encoding="utf-8"))]


if __name__ == "__main__":
    for page in pages():
        page.write_text(made(page.read_text(encoding="utf-8")), encoding="utf-8")
    for name, draw in drawn.PICTURES.items():
        (PAGES / name).write_text(draw(), encoding="utf-8")
