"""Who plans: always in processes of their own, and more of them where PyVRP is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from hosanna_adapters.childprocess import ChildProcessPlanner
from hosanna_core.usecases.plan_forms import PlannerName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_adapters.childprocess import Children
    from hosanna_core.ports import Planner


def planners_with(children: Children) -> Mapping[str, Planner]:
    """The planners by name. The built-in one tries two chances at once; the best takes the best of all."""
    built_in, pyvrp = "built-in", "pyvrp"
    planners: dict[str, Planner] = {
        PlannerName.BUILT_IN: ChildProcessPlanner(children, (built_in, built_in)),
        PlannerName.BEST: ChildProcessPlanner(children, (built_in, built_in)),
    }
    # Looked for and not imported: it is large, and the child needs it alone.
    if find_spec("pyvrp") is not None:
        planners[PlannerName.PYVRP] = ChildProcessPlanner(children, (pyvrp,))
        planners[PlannerName.BEST] = ChildProcessPlanner(children, (built_in, pyvrp))
    return planners
