"""The built-in planner: insertion, ruin and recreate, in plain Python."""

from hosanna_adapters.insertion.planner import InsertionPlanner

__all__ = ["InsertionPlanner"]
