"""The planner over PyVRP, for those who want the last per cent.

`PyvrpPlanner` needs the package `pyvrp`, and is not imported before somebody asks for it: `pyvrp.planner`.
"""
