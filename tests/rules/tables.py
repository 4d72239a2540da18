"""The tables of the specification, restated by hand: nothing here is taken from the code that is tested."""

from hosanna_core.model.people import Actor, Role
from hosanna_core.model.status import Action, Standing, Status
from hosanna_core.testing.samples import a_job, id_of

ADMINISTRATOR = Actor(id_of(901), Role.ADMINISTRATOR)
OFFICE_MANAGER = Actor(id_of(902), Role.OFFICE_MANAGER)
TECHNICIAN = Actor(id_of(903), Role.TECHNICIAN)
ANOTHER = Actor(id_of(904), Role.TECHNICIAN)
ACTORS = (ADMINISTRATOR, OFFICE_MANAGER, TECHNICIAN, ANOTHER)

STATUSES = (
    "TENTATIVE", "CONFIRMED", "ASSIGNED", "DISPATCHED", "IN_PROGRESS", "ON_HOLD", "COMPLETED", "BILLED", "CANCELLED",
)  # fmt: skip

STEPS = {
    # (from, action): to
    ("TENTATIVE", "confirm"): "CONFIRMED",
    ("CONFIRMED", "assign"): "ASSIGNED",
    ("ASSIGNED", "dispatch"): "DISPATCHED",
    ("DISPATCHED", "start"): "IN_PROGRESS",
    ("IN_PROGRESS", "complete"): "COMPLETED",
    ("COMPLETED", "bill"): "BILLED",
    ("ASSIGNED", "reassign"): "ASSIGNED",
    ("ASSIGNED", "unassign"): "CONFIRMED",
    ("CONFIRMED", "reschedule"): "CONFIRMED",
    ("ASSIGNED", "reschedule"): "ASSIGNED",
    ("IN_PROGRESS", "return_visit"): "CONFIRMED",
    ("ON_HOLD", "return_visit"): "CONFIRMED",
    ("COMPLETED", "reopen"): "CONFIRMED",
    ("TENTATIVE", "cancel"): "CANCELLED",
    ("CONFIRMED", "cancel"): "CANCELLED",
    ("ASSIGNED", "cancel"): "CANCELLED",
    ("DISPATCHED", "cancel"): "CANCELLED",
    ("ON_HOLD", "cancel"): "CANCELLED",
    ("DISPATCHED", "recall"): "ASSIGNED",
    ("IN_PROGRESS", "hold"): "ON_HOLD",
    ("ON_HOLD", "resume"): "IN_PROGRESS",
}

WHO = {
    "create": "ADMINISTRATOR",
    "confirm": "ADMINISTRATOR",
    "assign": "ADMINISTRATOR",
    "dispatch": "OFFICE_MANAGER",
    "start": "the assigned TECHNICIAN",
    "complete": "the assigned TECHNICIAN",
    "bill": "OFFICE_MANAGER",
    "reassign": "ADMINISTRATOR",
    "unassign": "ADMINISTRATOR",
    "reschedule": "ADMINISTRATOR",
    "return_visit": "ADMINISTRATOR",
    "reopen": "ADMINISTRATOR",
    "cancel": "ADMINISTRATOR",
    "recall": "OFFICE_MANAGER",
    "hold": "the assigned TECHNICIAN",
    "resume": "the assigned TECHNICIAN",
}

NEEDS_A_REASON = {
    "reassign", "unassign", "reschedule", "return_visit", "reopen", "cancel", "recall", "hold", "resume",
}  # fmt: skip

MATRIX = """
Create Jobs           full    none                   none
Confirm Jobs          full    none                   none
Assign Technicians    full    none                   none
Dispatch to Field     none    full                   none
Start Field Work      none    none                   assigned jobs
Complete Work         none    none                   assigned jobs
Process Billing       none    full                   none
View All Jobs         full    confirmed and later    none
View Assigned Jobs    full    full                   dispatched and later, own only
Manage Users          full    none                   none
"""

# Which of the three see a job that is assigned to the technician who asks.
SEEN = """
TENTATIVE           Administrator
CONFIRMED           Administrator  Office-Manager
ASSIGNED            Administrator  Office-Manager
DISPATCHED          Administrator  Office-Manager  Technician
IN_PROGRESS         Administrator  Office-Manager  Technician
ON_HOLD             Administrator  Office-Manager  Technician
COMPLETED           Administrator  Office-Manager  Technician
BILLED              Administrator  Office-Manager  Technician
CANCELLED_UNSEEN    Administrator
CANCELLED_OFFICE    Administrator  Office-Manager
CANCELLED_FIELD     Administrator  Office-Manager  Technician
"""


def sees(actor, standing, technician_id):
    """The oracle of visibility, in the words of the page."""
    seers = next(line.split()[1:] for line in SEEN.strip().splitlines() if line.split()[0] == standing)
    name = {"ADMINISTRATOR": "Administrator", "OFFICE_MANAGER": "Office-Manager", "TECHNICIAN": "Technician"}
    return name[actor.role] in seers and (actor.role != "TECHNICIAN" or technician_id == actor.id)


def allowed_by_the_matrix(actor, action, technician_id):
    """Whether the table of actions names *actor*; *technician_id* is whose job it is."""
    who = WHO[action]
    if who == "the assigned TECHNICIAN":
        return actor.role == "TECHNICIAN" and technician_id == actor.id
    return actor.role == who


def job_in(status, technician_id=None, **parts):
    """A job of a status, in its standing; a cancelled one had been in the field."""
    standing = Standing("CANCELLED_FIELD" if status == "CANCELLED" else status)
    return a_job(1, status=Status(status), standing=standing, technician_id=technician_id, **parts)


OWNERS = (None, TECHNICIAN.id, ANOTHER.id)
ACTIONS = tuple(WHO)
assert set(ACTIONS) == set(Action)
assert set(STATUSES) == set(Status)
