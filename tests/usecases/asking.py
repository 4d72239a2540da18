"""Jobs on their way to somebody, and what is answered to who asks for candidates."""

from tests.usecases.firm import VISIT

from hosanna_core.usecases import candidates, users
from hosanna_core.usecases.judging import Unparsed

AT = {"street": "1 Main St", "city": "Austin", "latitude": 30.0, "longitude": -97.0}
LATER = {"start": "2026-03-02T10:10:00Z", "end": "2026-03-02T12:00:00Z"}
TEN = {"start": "2026-03-02T10:00:00Z", "end": "2026-03-02T11:00:00Z"}


def available(firm, technician, **parts):
    body = Unparsed.of({"timezone": "UTC", **parts})
    return users.set_availability(firm.ports, firm.administrator, technician.id, body)


def asked(firm, job, by=None, **query):
    given = {name: [value] for name, value in query.items()}
    return candidates.job_candidates(firm.ports, by or firm.administrator, job.id, given)


def confirmed(firm, **fields):
    return firm.do(firm.administrator, firm.create(**{"window": VISIT, **fields}), "confirm")


def booked(firm, technician, **fields):
    return firm.do(firm.administrator, confirmed(firm, **fields), "assign", technician_id=technician.id)


def finished(firm, technician, **fields):
    job = booked(firm, technician, **fields)
    for actor, action in ((firm.office, "dispatch"), (technician, "start"), (technician, "complete")):
        job = firm.do(actor, job, action)
    return job


def of(found, technician):
    return next(each for each in found.items if each.technician.id == technician.id)


def verdict(found, technician, rule):
    return next(each for each in of(found, technician).verdicts if each.rule == rule)


def score(found, technician, name):
    return next(each for each in of(found, technician).scores if each.name == name)


def names(found):
    return [each.technician.full_name for each in found.items]
