"""The technicians' calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from hosanna_adapters.mongo.batches import at_once
from hosanna_adapters.mongo.documents import calendar_document, calendar_of
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import CALENDARS
from hosanna_core.errors import StaleCalendar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.units import Unit
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.schedule import Calendar


class MongoCalendars:
    """The calendars of a `MongoStore`."""

    def __init__(self, archive: Archive) -> None:
        self._veil = archive.veil
        self._calendars = archive[CALENDARS]

    @in_time()
    def of(self, technician_ids: Sequence[UserId]) -> Mapping[UserId, Calendar]:
        if not technician_ids:
            return {}
        ids = list(technician_ids)
        found = at_once(self._calendars.find({"_id": {"$in": ids}}), len(ids))
        return {document["_id"]: calendar_of(self._veil, document) for document in found}


def write_calendar(archive: Archive, unit: Unit, calendar: Calendar) -> None:
    """Store a calendar's next state. Raises StaleCalendar unless what is stored is the version before it."""
    unit.touch(CALENDARS, calendar.technician_id)
    calendars, document = archive[CALENDARS], calendar_document(archive.veil, calendar)
    if calendar.version != 1:
        of_the_version_before = {"_id": calendar.technician_id, "version": calendar.version - 1}
        if not calendars.replace_one(of_the_version_before, document, session=unit.session).matched_count:
            raise StaleCalendar
        return
    try:
        calendars.insert_one(document, session=unit.session)
    except DuplicateKeyError:
        raise StaleCalendar from None
