"""Plans of days: the summary as fields, the rest as MessagePack: a document holds 16 MB, a plan many reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hosanna_adapters.mongo.ageing import forget
from hosanna_adapters.mongo.batches import at_once
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import DAY_PLANS
from hosanna_core.model.dayplan import DayPlan, PlanSummary, summary_of
from hosanna_core.model.ids import Id, Version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.veils import Veil

_plan_from = msgspec.msgpack.Decoder(DayPlan).decode


class KeptPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it lies in its collection."""

    id: Id
    version: Version
    summary: PlanSummary
    plan: bytes


class MongoDayPlans:
    """The plans of a `MongoStore`."""

    def __init__(self, archive: Archive) -> None:
        self._veil = archive.veil
        self._plans = archive[DAY_PLANS]

    @in_time()
    def get(self, plan_id: Id) -> DayPlan | None:
        document = self._plans.find_one({"_id": plan_id})
        return None if document is None else plan_of(self._veil, document)

    @in_time()
    def page(self, after: Id | None, limit: int) -> Sequence[PlanSummary]:
        wanted = {} if after is None else {"_id": {"$lt": after}}
        found = at_once(self._plans.find(wanted, {"summary": 1}).sort("_id", -1), limit)
        return [msgspec.convert(document["summary"], PlanSummary) for document in found]

    @in_time()
    def sweep(self, before: str, limit: int) -> int:
        return forget(self._plans, {"summary.date": {"$lt": before}}, limit)


def plan_fields(veil: Veil, plan: DayPlan) -> Document:
    """A plan without its id."""
    fields: Document = {
        "version": plan.version,
        "summary": msgspec.to_builtins(summary_of(plan)),
        "plan": msgspec.msgpack.encode(plan),
    }
    return veil.hide(DAY_PLANS, plan.id, fields)


def plan_of(veil: Veil, document: Document) -> DayPlan:
    """The plan of a stored document."""
    shown = veil.show(DAY_PLANS, document["_id"], {**document, "id": document["_id"]})
    return _plan_from(msgspec.convert(shown, KeptPlan).plan)
