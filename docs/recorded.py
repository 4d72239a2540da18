"""Does once everything that the audit trail records, and notes what becomes of it: `generate.py` makes tables of that."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from hosanna_adapters.backupfile import FolderBackups
from hosanna_adapters.memory import MemoryStore
from hosanna_core.errors import CommitRefused, HosannaError, PermissionDenied
from hosanna_core.model.audit import AuditEntry, AuditFacts, AuditFilter
from hosanna_core.model.change import AnyChange, Change
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.session import Origin
from hosanna_core.ports import Ledger, Ports
from hosanna_core.rules.refreshing import GRACE
from hosanna_core.rules.second_factors import STEP, code_at, secret_of
from hosanna_core.testing.doubles import Letterbox, PlainSender, StandingClock, ports_on
from hosanna_core.usecases import access, api_keys, auditing, backing_up, calendar_links, jobs, passwords, privacy, second_factor, sessions, settling, trail, users, webhook_deliveries, webhook_news, webhook_sending, webhooks, work_exports
from hosanna_core.usecases.exporting import export_trail
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.sessions import Login
from hosanna_core.usecases.user_forms import UserForm

PASSWORD = "a long enough one"
HERE = Origin("203.0.113.9", "a telephone")
MEANING = {
    ("login", "success"): "A session was opened.",
    ("login", "failure"): "The address, the password or the account was not right. Of an address that nobody has there is no subject: people type passwords into the wrong field.",
    ("second_factor", "failure"): "The password was right, the code was not.",
    ("logout", "success"): "A session ended itself.",
    ("logout.everywhere", "success"): "All sessions of a user were ended by that user.",
    ("session.ended", "success"): "One session was ended from the list of sessions.",
    ("session.replayed", "success"): "A spent refresh token came too late: the session was ended.",
    ("password", "failure"): "Somebody who was logged in showed a wrong present password.",
    ("password.changed", "success"): "By its owner; every session was ended.",
    ("password.forgotten", "success"): "A letter was asked for. Whether one was sent is not said; of an unknown address there is no subject.",
    ("password.reset", "success"): "By the letter's token, or from the command line (no actor); every session was ended.",
    ("password.reset", "failure"): "By a token that was not good.",
    ("second_factor.begun", "success"): "A secret was given out.",
    ("second_factor.enabled", "success"): "The first code was right.",
    ("second_factor.disabled", "success"): "By its owner.",
    ("second_factor.reset", "success"): "By an Administrator, or from the command line (no actor); every session was ended.",
    ("user.registered", "success"): "Somebody asked for an account.",
    ("user.registered", "failure"): "The address belonged to somebody already.",
    ("user.created", "success"): "By an Administrator, or from the command line (no actor).",
    ("user.adopted", "success"): "The account is older than the audit trail: its stream begins here.",
    ("user.updated", "success"): "Address, name, phone or preferences; what they became is not said.",
    ("user.role_changed", "success"): "Every session was ended.",
    ("user.activated", "success"): "Let in.",
    ("user.deactivated", "success"): "Shut out; every session was ended.",
    ("access.denied", "denied"): "A rule refused somebody who is known; `operation` is the name that the OpenAPI document has for it.",
    ("audit.exported", "success"): "Somebody asked for the whole trail as a file.",
    ("privacy.exported", "success"): "All that is known of a person was handed out.",
    ("privacy.erased", "success"): "A user was erased; from here on their entries may lack what could tell of them.",
    ("privacy.customer_erased", "success"): "A customer was erased from so many jobs; which customer is not said.",
    ("api_key.created", "success"): "By an Administrator: a machine may act.",
    ("api_key.revoked", "success"): "By an Administrator; its open connections ended.",
    ("settings.changed", "success"): "By an Administrator: `fields` are the names of the settings that became others, `version` that of the whole.",
    ("webhook.created", "success"): "By an Administrator. Its address may hold a secret, and is not said.",
    ("webhook.updated", "success"): "By an Administrator.",
    ("webhook.secret_rotated", "success"): "By an Administrator; the former secret signs, too, for a day.",
    ("webhook.tested", "success"): "An Administrator sent a message that tells nothing.",
    ("webhook.replayed", "success"): "An Administrator sent a message again.",
    ("webhook.deleted", "success"): "By an Administrator.",
    ("webhook.gave_up", "success"): "Nothing came through for three days, or its receiver said that it is gone: it was disabled.",
    ("webhook.news_lost", "success"): "The feed had less than webhooks had yet to be told: some of it was told to none.",
    ("calendar_link.made", "success"): "A secret address for a technician's calendar; the one before leads nowhere.",
    ("calendar_link.revoked", "success"): "There is no address of that calendar any more.",
    ("work.exported", "success"): "Jobs, completed work or customers were asked for as a file.",
    ("backup.begun", "success"): "A backup of the whole store was begun, by the command or by the schedule of a server.",
    ("backup.made", "success"): "It is there, whole: its name, and the hash that `hosanna backup verify` says.",
    ("backup.made", "failure"): "It is not; why, `error` says.",
    ("backup.restored", "success"): "The store was empty, and was restored from that backup: cursors of before lead nowhere.",
    ("checkpoint", "success"): "How far every stream had come that moved since the last one, signed.",
}


class Watched:
    """A ledger, and what went through it: the kinds of the users' events."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.kinds: dict[str, None] = {}

    def commit(self, change: AnyChange) -> None:
        """As the port."""
        self._ledger.commit(change)
        self.kinds.update(dict.fromkeys(each.kind for each in change.events if each.subject.kind == "user"))

    def record(self, audit: Sequence[AuditFacts]) -> None:
        """As the port."""
        self._ledger.record(audit)

    def commit_each(self, changes: Sequence[AnyChange]) -> list[CommitRefused | None]:
        """As the port."""
        return self._ledger.commit_each(changes)


class Play:
    """An Administrator, a Technician, and everything about access that can happen between them."""

    def __init__(self) -> None:
        self.clock = StandingClock()
        ports = ports_on(MemoryStore().ports(), clock=self.clock)
        self.watched = Watched(ports.store.ledger)
        self.letters = Letterbox()
        self.ports: Ports = replace(ports, mailer=self.letters, store=replace(ports.store, ledger=self.watched))
        form = UserForm(email="ada@example.com", full_name="Ada", role=Role.ADMINISTRATOR, password=PASSWORD)
        self.ada = Actor(users.install_administrator(self.ports, form).id, Role.ADMINISTRATOR)
        access.register(self.ports, _body(email="tess@example.com", full_name="Tess", password=PASSWORD), access.Registration.APPROVAL, HERE)
        self.tess = Actor(self._user("tess@example.com"), Role.TECHNICIAN)
        users.set_active(self.ports, self.ada, self.tess.id, active=True, body=_body())

    def _user(self, email: str) -> str:
        user = self.ports.store.users.by_email(email)
        assert user is not None
        return user.id

    def log_in(self, password: str = PASSWORD, **more: str) -> Login:
        """Tess logs in."""
        return access.log_in(self.ports, _body(email="tess@example.com", password=password, **more), HERE)

    def session(self) -> str:
        """A new session of Tess."""
        return access.identify(self.ports, self.log_in().access_token).session_id

    def code(self) -> str:
        """The present code of Tess' authenticator, a step later than the last one."""
        self.clock.step(STEP)
        tess = users.user_found(self.ports, self.tess.id)
        return code_at(secret_of(tess, self.ports.keys.second_factors), self.clock.now() // STEP)

    def accounts(self) -> None:
        """Registering twice, another name, a wrong password, a refusal."""
        with _refused():
            self.log_in("not this one")
        access.register(self.ports, _body(email="tess@example.com", full_name="Tess", password=PASSWORD), access.Registration.APPROVAL, HERE)
        users.edit_own_profile(self.ports, self.tess, _body(full_name="Tess Ohm"))
        denied = PermissionDenied("matrix.create_jobs", "no")
        auditing.record_denial(self.ports, self.tess, denied, "create_job", origin=HERE)

    def sessions(self) -> None:
        """Ending them, in every way."""
        sessions.log_out(self.ports, self.tess, self.session(), _body(), HERE)
        sessions.end_own_session(self.ports, self.tess, self.session(), _body(), HERE)
        spent = self.log_in().refresh_token
        sessions.refresh(self.ports, _body(refresh_token=spent), HERE)
        self.clock.step(GRACE + 1)
        with _refused():
            sessions.refresh(self.ports, _body(refresh_token=spent), HERE)
        sessions.log_out_everywhere(self.ports, self.tess, _body(), HERE)

    def passwords(self) -> None:
        """Changing and resetting one, and failing to."""
        new = "another long one"
        for given in ("not this one", PASSWORD):
            with _refused():
                passwords.change_password(self.ports, self.tess, _body(current_password=given, new_password=new), HERE)
        passwords.forgot_password(self.ports, _body(email="tess@example.com"), HERE)
        token = self.letters.letters[-1].text.partition("#token=")[2].split()[0]
        for _ in range(2):
            with _refused():
                passwords.reset_password(self.ports, _body(token=token, password=PASSWORD), HERE)

    def second_factor(self) -> None:
        """Setting one up twice: one is given up, one is taken away."""
        second_factor.set_up(self.ports, self.tess, _body(password=PASSWORD), HERE)
        codes = second_factor.confirm(self.ports, self.tess, _body(code=self.code()), HERE).recovery_codes
        with _refused():
            self.log_in(code="000 000")
        second_factor.take_away(self.ports, self.tess, _body(password=PASSWORD, code=codes[0]), HERE)
        second_factor.set_up(self.ports, self.tess, _body(password=PASSWORD), HERE)
        second_factor.reset(self.ports, self.ada, self.tess.id, _body(), HERE)

    def integrations(self) -> None:
        """A key for a machine, made and revoked."""
        wanted = {"name": "Books", "role": "OFFICE_MANAGER", "scopes": ["jobs:read"]}
        key = api_keys.create_api_key(self.ports, self.ada, _body(**wanted), HERE).api_key
        api_keys.revoke_api_key(self.ports, self.ada, key.id, _body(), HERE)
        calendar_links.make_calendar_link(self.ports, self.ada, self.tess.id, _body(), HERE)
        calendar_links.revoke_calendar_link(self.ports, self.ada, self.tess.id, _body(), HERE)
        work_exports.export_jobs(self.ports, self.ada, {}, HERE)
        wanted = {"url": "https://books.example.com/in", "role": "ADMINISTRATOR"}
        hook = webhooks.create_webhook(self.ports, self.ada, _body(**wanted), HERE).webhook
        webhooks.edit_webhook(self.ports, self.ada, hook.id, _body(description="Books"), HERE)
        webhooks.rotate_secret(self.ports, self.ada, hook.id, _body(), HERE)
        tested = webhook_deliveries.send_test(self.ports, self.ada, hook.id, _body(), HERE)
        sender = PlainSender(410)
        webhook_sending.send_due(replace(self.ports, sender=sender), hook.id)
        webhooks.edit_webhook(self.ports, self.ada, hook.id, _body(enabled=True), HERE)
        webhook_deliveries.replay_delivery(self.ports, self.ada, hook.id, tested.id, _body(), HERE)
        place = self.ports.store.deliveries.place()
        self.ports.store.deliveries.queue((), place, b"of another store")
        webhook_news.queue_news(self.ports)
        webhooks.delete_webhook(self.ports, self.ada, hook.id, _body(), HERE)

    def settings(self) -> None:
        """Another name of the firm, and another weight."""
        settling.put_settings(self.ports, self.ada, _body(company={"name": "Lee Electric"}, scores={"travel": 60}), HERE)

    def backups(self) -> None:
        """One that is made, one that is not, and a store that was restored from it."""
        source = backing_up.Source(product="1", store="memory")
        with tempfile.TemporaryDirectory() as folder:
            made = backing_up.back_up(self.ports, FolderBackups(Path(folder)), source, "command")
        strict = backing_up.Source(product="1", store="memory", must_be_encrypted=True)
        with _refused():
            backing_up.back_up(self.ports, FolderBackups(Path(folder)), strict, "schedule")
        backing_up.note_restored(self.ports, made)

    def farewell(self) -> None:
        """A customer is erased, a user gets another role, leaves, and is erased."""
        order = {"title": "Panel", "customer": {"name": "Ann", "email": "ann@example.com"}, "site": {"street": "1 Main St"}}
        jobs.create_job(self.ports, self.ada, _body(**order, priority="NORMAL", required_skills=[], duration_minutes=60))
        privacy.erase_person(self.ports, self.ada, privacy.Person(email="ann@example.com"))
        privacy.export_person(self.ports, self.ada, privacy.Person(user_id=self.tess.id))
        users.set_role(self.ports, self.ada, self.tess.id, _body(role="OFFICE_MANAGER"))
        users.set_active(self.ports, self.ada, self.tess.id, active=False, body=_body())
        # Somebody who was there before there was a trail.
        tess = users.user_found(self.ports, self.tess.id)
        old = msgspec.structs.replace(tess, id=self.ports.outside.mint(), version=1, email="old@example.com")
        self.ports.store.ledger.commit(Change(root=old, expected=None))
        trail.checkpoint(self.ports)
        export_trail(self.ports, self.ada)

    def erasure(self) -> None:
        """The last thing: it takes away what the other entries showed."""
        privacy.erase_person(self.ports, self.ada, privacy.Person(user_id=self.tess.id))

    def entries(self) -> list[AuditEntry]:
        """What was recorded, oldest first."""
        return list(self.ports.store.audits.entries(AuditFilter(), None, 1000))[::-1]


def played() -> tuple[list[AuditEntry], list[str]]:
    """Every entry of the whole play, and the kinds of event that users had."""
    play = Play()
    for part in (play.accounts, play.sessions, play.passwords, play.second_factor, play.integrations, play.settings, play.backups, play.farewell):
        part()
    before = play.entries()
    play.erasure()
    known = {entry.id for entry in before}
    return [*before, *(entry for entry in play.entries() if entry.id not in known)], list(play.watched.kinds)


def _body(**members: object) -> Unparsed:
    return Unparsed.of(members)


@contextlib.contextmanager
def _refused() -> Iterator[None]:
    """What is done here may be refused, and is recorded all the same."""
    with contextlib.suppress(HosannaError):
        yield
