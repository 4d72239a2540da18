"""A small firm on the memory store, whose ledger can be meddled with."""

import dataclasses

import pytest

from hosanna_adapters.memory import MemoryStore
from hosanna_core.errors import Busy
from hosanna_core.model.audit import AuditFilter
from hosanna_core.model.people import Actor
from hosanna_core.model.session import Origin
from hosanna_core.testing.doubles import StandingClock, ports_on
from hosanna_core.testing.samples import id_of
from hosanna_core.testing.trails import check_trail, walk_entries
from hosanna_core.usecases import access, fieldwork, jobs, sessions, users
from hosanna_core.usecases.jobs import IfMatch
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.performing import Once
from hosanna_core.usecases.user_forms import UserForm

PASSWORD = "a long enough password"
NOBODY = id_of(987_654_321)
MINUTE = 60_000
HERE = Origin("203.0.113.9", "Firefox on the tablet")
THERE = Origin("198.51.100.7", "curl")
ERASED = AuditFilter(action="privacy.erased")
VISIT = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T10:00:00Z"}
TOUCHING = {"start": "2026-03-02T10:00:00Z", "end": "2026-03-02T12:00:00Z"}
OVERLAPPING = {"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T11:00:00Z"}
FIELDS = {
    "title": "Replace main panel",
    "customer": {"name": "Ann Lee", "phone": "+1 512 555 0100", "email": "ann@example.com"},
    "site": {"street": "1 Main St", "city": "Austin"},
    "priority": "NORMAL",
    "required_skills": [],
    "duration_minutes": 60,
}
REASON = {"reason": "Because"}
A_DEVICE = {
    "endpoint": "https://push.example.com/s/1",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
"""A browser's push subscription, with the keys of RFC 8291's example."""


class MeddledLedger:
    """The ledger beneath, and whatever a test wants to happen just before the next commits."""

    def __init__(self, ledger):
        self._ledger = ledger
        self.before = []
        """Functions, one for each of the next commits; what one raises is raised by that commit."""
        self.always = None
        self.commits = 0
        self.records = 0
        self.failing = False
        """Whether what belongs to no change cannot be put down."""

    def commit(self, change):
        self.commits += 1
        if self.before:
            self.before.pop(0)()
        elif self.always:
            self.always()
        self._ledger.commit(change)

    def record(self, audit):
        self.records += 1
        if self.failing:
            raise Busy
        self._ledger.record(audit)

    def commit_each(self, changes):
        return self._ledger.commit_each(changes)


class MeddledReceipts:
    """The receipts beneath, and what a test wants to happen right after the next look-ups."""

    def __init__(self, receipts):
        self._receipts = receipts
        self.after = []

    def get(self, key, now):
        found = self._receipts.get(key, now)
        if self.after:
            self.after.pop(0)()
        return found


def refused(error, function, *args, **kwargs):
    """What *function* is refused with."""
    with pytest.raises(error) as caught:
        function(*args, **kwargs)
    return caught.value


def pointers(invalid):
    """Where the flaws of an input are."""
    return sorted(flaw.pointer for flaw in invalid.flaws)


def raising(error):
    """A function that raises *error*."""

    def fail():
        raise error

    return fail


class Firm:
    """An Administrator, an Office Manager, two technicians, and the ports that they work through."""

    def __init__(self, **parts):
        self.memory = MemoryStore()
        self.clock = StandingClock()
        plain = ports_on(self.memory.ports(), clock=self.clock)
        self.ledger = MeddledLedger(plain.store.ledger)
        self.receipts = MeddledReceipts(plain.store.receipts)
        store = dataclasses.replace(plain.store, ledger=self.ledger, receipts=self.receipts)
        self.ports = dataclasses.replace(plain, store=store, **parts)
        form = {
            "email": "admin@example.com",
            "password": PASSWORD,
            "full_name": "Ada",
            "role": "ADMINISTRATOR",
        }
        first = users.install_administrator(self.ports, UserForm.model_validate_json(Unparsed.of(form).raw))
        self.administrator = Actor(first.id, first.role)
        self.office = self.hire("office@example.com", "OFFICE_MANAGER")
        self.technician = self.hire("tess@example.com", "TECHNICIAN")
        self.another = self.hire("theo@example.com", "TECHNICIAN")

    def ports_with(self, **parts):
        """The ports over a store of which some parts are other ones."""
        return dataclasses.replace(self.ports, store=dataclasses.replace(self.ports.store, **parts))

    def hire(self, email, role, once=None):
        """A new user, as an actor."""
        form = {"email": email, "password": PASSWORD, "full_name": email.split("@")[0], "role": role}
        user = users.create_user(self.ports, self.administrator, Unparsed.of(form), once=once)
        return Actor(user.id, user.role)

    def log_in(self, email="tess@example.com", password=PASSWORD, *, origin=HERE, **more):
        """A login, as its user gets it."""
        form = Unparsed.of({"email": email, "password": password, **more})
        return access.log_in(self.ports, form, origin)

    def refresh(self, login, *, origin=HERE):
        """What a refresh token, or that of a login, is exchanged for."""
        form = Unparsed.of({"refresh_token": getattr(login, "refresh_token", login)})
        return sessions.refresh(self.ports, form, origin)

    def session_of(self, login):
        """The stored session that a login opened."""
        return self.ports.store.sessions.get(self.identify(login).session_id)

    def identify(self, login):
        """Whom an access token, or that of a login, belongs to."""
        return access.identify(self.ports, getattr(login, "access_token", login))

    def told(self, action=None):
        """What the audit trail has of an action, oldest first; every chain of it is whole."""
        erased = {entry.subject.id for entry in walk_entries(self.ports.store, ERASED)}
        found = reversed(check_trail(self.ports.store, erased))
        return [entry for entry in found if action in (None, entry.action)]

    def user(self, actor):
        """The stored user."""
        return self.ports.store.users.get(actor.id)

    def actor(self, name):
        """Who is meant by the name of an attribute."""
        return getattr(self, name)

    def create(self, once=None, by=None, **fields):
        """A new job."""
        body = {name: value for name, value in {**FIELDS, **fields}.items() if value is not ...}
        return jobs.create_job(self.ports, by or self.administrator, Unparsed.of(body), once=once)

    def do(self, actor, job, action, *, if_match=None, key=None, **body):
        """One transition; *if_match* is a version, *key* an idempotency key."""
        self.clock.step(MINUTE)
        return fieldwork.transition_job(
            self.ports,
            actor,
            job if isinstance(job, str) else job.id,
            action,
            Unparsed.of(body),
            if_match=None if if_match is None else IfMatch(frozenset({if_match})),
            once=None if key is None else self.once(actor, f"{action} {job}", key, body),
        )

    def once(self, actor, operation, key, body):
        """What an Idempotency-Key becomes."""
        return Once.of(self.ports.keys, actor.id, operation, key, Unparsed.of(body).raw)

    def patch(self, actor, job, patch, *, if_match=...):
        """A merge patch; on the job's own version unless told otherwise (None: no If-Match)."""
        version = job.version if if_match is ... else if_match
        match = None if version is None else IfMatch(frozenset({version}))
        return jobs.edit_job(self.ports, actor, job.id, Unparsed.of(patch), if_match=match)

    def patch_raw(self, actor, job, raw):
        """A patch of any bytes, on the job's own version."""
        match = IfMatch(frozenset({job.version}))
        return jobs.edit_job(self.ports, actor, job.id, Unparsed(raw), if_match=match)

    def get(self, actor, job, **query):
        """The job as *actor* sees it."""
        asked = {name: [value] for name, value in query.items()}
        return jobs.get_job(self.ports, actor, job if isinstance(job, str) else job.id, asked)

    def confirmed(self, **fields):
        """A CONFIRMED job."""
        return self.do(self.administrator, self.create(**fields), "confirm")

    def assigned(self, technician=None, **fields):
        """An ASSIGNED job."""
        wanted = (technician or self.technician).id
        return self.do(self.administrator, self.confirmed(**fields), "assign", technician_id=wanted)

    def dispatched(self, technician=None, **fields):
        """A DISPATCHED job."""
        return self.do(self.office, self.assigned(technician, **fields), "dispatch")

    def started(self, **fields):
        """A job that is IN_PROGRESS."""
        return self.do(self.technician, self.dispatched(**fields), "start")

    def held(self, **fields):
        """A job that is ON_HOLD."""
        return self.do(self.technician, self.started(**fields), "hold", **REASON)

    def completed(self, **fields):
        """A COMPLETED job."""
        return self.do(self.technician, self.started(**fields), "complete")

    def billed(self, **fields):
        """A BILLED job."""
        return self.do(self.office, self.completed(**fields), "bill")

    def in_status(self, status, **fields):
        """A job in *status*; a cancelled one was cancelled in the field."""
        if status == "CANCELLED":
            return self.do(self.administrator, self.dispatched(**fields), "cancel", **REASON)
        made = {"TENTATIVE": self.create, "IN_PROGRESS": self.started, "ON_HOLD": self.held}
        return made.get(status, getattr(self, status.lower(), None))(**fields)

    def calendar(self, actor):
        """A technician's calendar."""
        return self.ports.store.calendars.of([actor.id])[actor.id]

    def booked(self, actor):
        """The ids of the jobs in a technician's calendar."""
        return [visit.job_id for visit in self.calendar(actor).visits]

    def state(self):
        """Everything that is stored, to be compared: a refused action changes nothing."""
        state = self.memory._state
        plain = (state.jobs, state.histories, state.users, state.calendars, state.receipts, state.inboxes)
        return tuple(dict(each) for each in plain), state.log.end, set(state.administrators)
