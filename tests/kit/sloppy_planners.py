"""Planners with one fault each that the suite must find."""

from typing import Any, ClassVar

import msgspec

from hosanna_adapters.insertion import InsertionPlanner
from hosanna_core.model.planning import Plan, Problem
from hosanna_core.rules.assignment.plans import plan_of

Seen = dict[str, Any]


class Sloppy:
    """Solves another problem than it was asked, or spoils the answer."""

    def plan(self, problem: Problem, seconds: float, **more: Any) -> Plan:
        plan = InsertionPlanner(iterations=20).plan(self.seen(problem), seconds, **more)
        return self.told(problem, plan)

    def seen(self, problem: Problem) -> Problem:
        return problem

    def told(self, problem: Problem, plan: Plan) -> Plan:
        return plan


class Nothing(Sloppy):
    """No fault at all."""


class OfVisits(Sloppy):
    """Overlooks something of every visit."""

    without: ClassVar[Seen] = {}

    def seen(self, problem: Problem) -> Problem:
        visits = tuple(msgspec.structs.replace(visit, **self.without) for visit in problem.visits)
        return msgspec.structs.replace(problem, visits=visits)


class OverlooksSlots(OfVisits):
    without: ClassVar[Seen] = {"slots": ()}


class OverlooksSkills(OfVisits):
    without: ClassVar[Seen] = {"skills": frozenset()}


class OverlooksPins(OfVisits):
    without: ClassVar[Seen] = {"pin": None}


class OverlooksWhoMay(OfVisits):
    without: ClassVar[Seen] = {"members": None}


class OverlooksTools(OfVisits):
    without: ClassVar[Seen] = {"tools": frozenset()}


class OverlooksParts(OfVisits):
    without: ClassVar[Seen] = {"parts": {}}


class OverlooksLoads(OfVisits):
    without: ClassVar[Seen] = {"demand": 0}


class OverlooksPenalties(OfVisits):
    without: ClassVar[Seen] = {"penalty": None}


class OverlooksSoftCosts(OfVisits):
    without: ClassVar[Seen] = {"soft": {}}


class HurriesThroughItsVisits(OfVisits):
    without: ClassVar[Seen] = {"duration": 1}


class OfCrew(Sloppy):
    """Overlooks something of every member."""

    without: ClassVar[Seen] = {}

    def seen(self, problem: Problem) -> Problem:
        crew = tuple(msgspec.structs.replace(member, **self.without) for member in problem.crew)
        return msgspec.structs.replace(problem, crew=crew)


class OverlooksTheMost(OfCrew):
    without: ClassVar[Seen] = {"most": None}


class OverlooksWhatIsBooked(OfCrew):
    without: ClassVar[Seen] = {"booked": ()}


class WorksThroughBreaks(Sloppy):
    def seen(self, problem: Problem) -> Problem:
        crew = tuple(
            msgspec.structs.replace(
                member, shifts=tuple(type(s)(member.shifts[0].start, s.end) for s in member.shifts[-1:])
            )
            for member in problem.crew
        )
        return msgspec.structs.replace(problem, crew=crew)


class ForgetsTheWeightOfTheCrew(Sloppy):
    def seen(self, problem: Problem) -> Problem:
        return msgspec.structs.replace(problem, weights=msgspec.structs.replace(problem.weights, crew=0))


class NeedsSomebody(Sloppy):
    def told(self, problem: Problem, plan: Plan) -> Plan:
        if not problem.crew:
            raise ValueError("nobody to plan for")
        return plan


class SaysNothingOfWhatIsLeftOut(Sloppy):
    def told(self, problem: Problem, plan: Plan) -> Plan:
        return msgspec.structs.replace(plan, left_out=())


class GivesNoReasons(Sloppy):
    def told(self, problem: Problem, plan: Plan) -> Plan:
        left = tuple(msgspec.structs.replace(each, reasons=()) for each in plan.left_out)
        return msgspec.structs.replace(plan, left_out=left)


class NamesOnlyTheFirstRule(Sloppy):
    def told(self, problem: Problem, plan: Plan) -> Plan:
        left = tuple(msgspec.structs.replace(each, reasons=each.reasons[:1]) for each in plan.left_out)
        return msgspec.structs.replace(plan, left_out=left)


class SaysItCostsLess(Sloppy):
    def told(self, problem: Problem, plan: Plan) -> Plan:
        cheap = msgspec.structs.replace(plan.objective, travel=plan.objective.travel - 1)
        return msgspec.structs.replace(plan, objective=cheap)


class LeavesTooEarly(Sloppy):
    def told(self, problem: Problem, plan: Plan) -> Plan:
        routes = tuple(
            msgspec.structs.replace(route, leaving=problem.crew[route.member].shifts[0].start)
            for route in plan.routes
        )
        return msgspec.structs.replace(plan, routes=routes)


class GivesUpAtOnce(Sloppy):
    def told(self, problem: Problem, plan: Plan) -> Plan:
        return plan_of(problem, {})


class ForgetsThePlanToBeginWith(Sloppy):
    def plan(self, problem: Problem, seconds: float, **more: Any) -> Plan:
        if more.pop("start", None) is not None:
            return plan_of(problem, {})
        return super().plan(problem, seconds, **more)


class TrustsThePlanToBeginWith(Sloppy):
    def plan(self, problem: Problem, seconds: float, **more: Any) -> Plan:
        return more.get("start") or super().plan(problem, seconds, **more)


class NeverSaysHowFarItIs(Sloppy):
    def plan(self, problem: Problem, seconds: float, **more: Any) -> Plan:
        more.pop("progress", None)
        return super().plan(problem, seconds, **more)
