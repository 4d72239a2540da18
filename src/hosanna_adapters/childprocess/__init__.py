"""Planning in processes of its own: whoever serves people meanwhile loses nothing but a core."""

from hosanna_adapters.childprocess.planner import ChildProcessPlanner, Children

__all__ = ["ChildProcessPlanner", "Children"]
