"""People of whom much is known, and what asks for all of it, takes it away, and looks for what is left."""

from tests.usecases.firm import A_DEVICE, THERE, VISIT, refused

from hosanna_core import errors
from hosanna_core.usecases import following, job_chains, jobs, privacy, pushing, trail, users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.privacy import Person

ANN = {"name": "Ann Lee", "phone": "+1 512 555 0100", "email": "ann@example.com"}
SECRETS = (
    "Ann Lee", "512 555 0100", "ann@example.com", "1 Hidden Lane", "Hidden", "78701",
    "Behind the false wall", "Replace Ann's panel", "Their mother is ill", "Found a safe", "INV-ANN",
)  # fmt: skip


def export(firm, **who):
    return privacy.export_person(firm.ports, firm.administrator, Person(**who))


def erase(firm, **who):
    return privacy.erase_person(firm.ports, firm.administrator, Person(**who))


def verify(firm):
    """Every chain of the firm is whole."""
    trail.verify_trail(firm.ports)
    return job_chains.verify_histories(firm.ports)


def of_ann(firm, **parts):
    """A job of Ann's that is full of what she would not have others read."""
    fields = {
        "title": "Replace Ann's panel",
        "description": "Behind the false wall",
        "customer": ANN,
        "site": {"street": "1 Hidden Lane", "city": "Austin", "postal_code": "78701"},
        **parts,
    }
    return firm.create(**fields)


def lived(firm):
    """A job of Ann's that went all the way."""
    job = of_ann(firm)
    firm.do(firm.administrator, job, "confirm")
    firm.do(firm.administrator, job, "assign", technician_id=firm.technician.id)
    firm.do(firm.office, job, "dispatch")
    firm.do(firm.technician, job, "start")
    firm.do(firm.technician, job, "hold", reason="Their mother is ill")
    firm.do(firm.technician, job, "resume", reason="Well again")
    firm.do(firm.technician, job, "complete", work_summary="Found a safe")
    return firm.do(firm.office, job, "bill", invoice_number="INV-ANN", amount="1250.00")


def of_somebody_else(firm):
    return firm.create(customer={"name": "Bo Diaz", "email": "bo@example.com", "phone": "512 555 0111"})


def everything(firm):
    """All that the firm holds about jobs, users and access, as text."""
    state = firm.memory._state
    access = [vars(state.doors), vars(state.trail)]
    told = [state.log.events, state.announcements, state.followers, state.subscriptions]
    return repr([*firm.state()[0], state.words, state.bodies, *access, *told])


def found(firm, question):
    page, _ = jobs.list_jobs(firm.ports, firm.administrator, {"q": [question]})
    return len(page.rows)


def subscribe(firm, actor, number=1):
    """A device of somebody's that is told by Web Push; the id of its subscription."""
    body = {**A_DEVICE, "endpoint": f"https://push.example.com/s/{number}"}
    return pushing.subscribe(firm.ports, actor, Unparsed.of(body))


def devices(firm, actor):
    """The numbers of somebody's devices."""
    return [each.endpoint.rpartition("/")[2] for each in firm.ports.store.subscriptions.of(actor.id)]


def busy_technician(firm):
    """Tess with a past: sessions, failures, a notice, hours, a device, a job, changes by others and of others."""
    firm.log_in(device="Tess's tablet")
    firm.log_in(origin=THERE)
    refused(errors.BadCredentials, firm.log_in, password="wrong")
    users.edit_own_profile(
        firm.ports,
        firm.technician,
        Unparsed.of({"phone": "+1 512 555 0177", "preferences": {"theme": "dark"}}),
    )
    hours = {"timezone": "America/Chicago", "home": {"latitude": 30.25, "longitude": -97.75}}
    users.set_availability(firm.ports, firm.technician, firm.technician.id, Unparsed.of(hours))
    subscribe(firm, firm.technician)
    job = firm.dispatched(window=VISIT)
    following.follow_job(firm.ports, firm.technician, job.id, Unparsed.of({}))
    return job
