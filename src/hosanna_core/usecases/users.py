"""Administering users: making them, and changing what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hosanna_core.errors import (
    EmailTaken,
    GuardRefused,
    LastAdministrator,
    NotFound,
    StaleCalendar,
    StaleVersion,
    Taken,
    UserErased,
)
from hosanna_core.model.event import Ref
from hosanna_core.model.people import Capability, Duty, Role, User
from hosanna_core.model.query import UserFilter
from hosanna_core.model.schedule import Availability
from hosanna_core.rules.keys import normal_email
from hosanna_core.rules.membership import changed, revised
from hosanna_core.rules.permissions import may
from hosanna_core.rules.preferences import readable
from hosanna_core.usecases.auditing import NOWHERE, about_user
from hosanna_core.usecases.cursors import judge_page
from hosanna_core.usecases.judging import F, Unparsed, judge_query
from hosanna_core.usecases.merging import merge_fields
from hosanna_core.usecases.performing import Once, answered_once, decided_again, receipt_of
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import NoQuery, UsersQuery
from hosanna_core.usecases.user_forms import (
    COMMON_PASSWORDS,
    OWN_ADDRESS,
    AccountForm,
    AvailabilityForm,
    ProfileForm,
    RoleForm,
    UserForm,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.audit import AuditFacts
    from hosanna_core.model.change import Change, Receipt
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import Actor
    from hosanna_core.model.session import Origin
    from hosanna_core.ports import Ports

PROFILE: Final = ("full_name", "phone", "preferences")
ACCOUNT: Final = ("email", *PROFILE)
FREE: Final = frozenset({"preferences"})


def new_user(ports: Ports, *, email: str, full_name: str, role: Role, password: str, active: bool) -> User:
    """A user who is not stored yet. Hashes the password, which is slow on purpose."""
    now = ports.outside.now()
    return User(
        id=ports.outside.mint(),
        version=1,
        email=email,
        full_name=full_name,
        role=role,
        active=active,
        password_hash=ports.passwords.hash(password),
        created_at=now,
        updated_at=now,
    )


def judged(ports: Ports, body: Unparsed, form: type[F], email: str | None = None) -> F:
    """The body as a form with a new password in it: one that everybody tries first is a flaw like any other.

    *email* is the address of the account, where the form does not have it.
    """
    return body.judge(form, {COMMON_PASSWORDS: ports.common_passwords, OWN_ADDRESS: email})


def store_new(
    ports: Ports,
    user: User,
    actor_id: UserId | None,
    once: Once | None = None,
    *,
    origin: Origin = NOWHERE,
    audit: tuple[AuditFacts, ...] = (),
) -> User:
    """Commit a new user; raises EmailTaken. *audit* takes the place of the entry that says who made them."""
    receipt = receipt_of(once, Ref("user", user.id), 1, user.created_at)
    if not audit:
        details = {"role": user.role.value}
        audit = (
            about_user(ports, user.id, "user.created", actor_id=actor_id, origin=origin, details=details),
        )
    change = changed(None, user, "user.created", None, actor_id=actor_id, receipt=receipt, audit=audit)
    try:
        ports.store.ledger.commit(change)
    except Taken:
        raise EmailTaken from None
    return user


def create_user(
    ports: Ports, actor: Actor, body: Unparsed, origin: Origin = NOWHERE, *, once: Once | None = None
) -> User:
    """Make a user who may log in at once. Raises PermissionDenied, Unreadable, Invalid, EmailTaken."""

    def work() -> User:
        demand(may(actor, Capability.MANAGE_USERS))
        form = judged(ports, body, UserForm)
        if ports.store.users.by_email(form.email) is not None:
            raise EmailTaken
        user = new_user(
            ports,
            email=form.email,
            full_name=form.full_name,
            role=form.role,
            password=form.password,
            active=True,
        )
        return store_new(ports, user, actor.id, once, origin=origin)

    return answered_once(ports, once, work, lambda receipt: user_answered(ports, actor, receipt))


def user_answered(ports: Ports, actor: Actor, receipt: Receipt) -> User:
    """The user that a request was about, if the caller still manages users."""
    demand(may(actor, Capability.MANAGE_USERS))
    return user_found(ports, receipt.subject.id)


def user_found(ports: Ports, user_id: UserId) -> User:
    """The user; NotFound if there is none."""
    user = ports.store.users.get(user_id)
    if user is None:
        raise NotFound
    return user


def user_with(ports: Ports, email: str) -> User:
    """The user with that address; NotFound if there is none."""
    user = ports.store.users.by_email(normal_email(email))
    if user is None or user.erased:
        raise NotFound
    return user


def get_user(ports: Ports, actor: Actor, user_id: UserId, query: Mapping[str, Sequence[str]]) -> User:
    """One user, for those who manage users."""
    demand(may(actor, Capability.MANAGE_USERS))
    user = user_found(ports, user_id)
    judge_query(NoQuery, query)
    return user


def list_users(
    ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]
) -> tuple[Sequence[User], str | None]:
    """A page of the users, oldest first, and the cursor that goes on from it."""
    demand(may(actor, Capability.MANAGE_USERS))
    asked, position = judge_page(UsersQuery, query, ports.keys.cursors, actor, "users")
    wanted = UserFilter(role=asked.role, active=asked.active)
    page = ports.store.users.page(wanted, position.after, asked.limit)
    return page.rows, position.cursor(page.next)


def edit_user(ports: Ports, actor: Actor, user_id: UserId, patch: Unparsed, origin: Origin = NOWHERE) -> User:
    """Change e-mail, name, phone or preferences by a merge patch. Raises EmailTaken among others."""
    demand(may(actor, Capability.MANAGE_USERS))
    return _revise(
        ports,
        actor,
        user_id,
        "user.updated",
        lambda user: _patched(user, patch, AccountForm, ACCOUNT),
        origin=origin,
    )


def edit_own_profile(ports: Ports, actor: Actor, patch: Unparsed, origin: Origin = NOWHERE) -> User:
    """Change one's own name, phone or preferences by a merge patch."""
    demand(may(actor, Duty.OWN_PROFILE))
    return _revise(
        ports,
        actor,
        actor.id,
        "user.updated",
        lambda user: _patched(user, patch, ProfileForm, PROFILE),
        origin=origin,
    )


def _patched(user: User, patch: Unparsed, form: type[ProfileForm], names: tuple[str, ...]) -> dict[str, Any]:
    fields = {name: getattr(user, name) for name in names}
    fields["preferences"] = readable(user.preferences)
    merged = merge_fields(fields, patch.members(), free=FREE)
    return Unparsed.of(merged).judge(form).value()


def set_role(ports: Ports, actor: Actor, user_id: UserId, body: Unparsed, origin: Origin = NOWHERE) -> User:
    """Give a user another role, which ends their sessions. Raises LastAdministrator."""
    demand(may(actor, Capability.MANAGE_USERS))
    return _revise(
        ports,
        actor,
        user_id,
        "user.role_changed",
        lambda _: {"role": body.judge(RoleForm).role},
        origin=origin,
        ends_sessions=True,
    )


def set_active(
    ports: Ports,
    actor: Actor,
    user_id: UserId,
    *,
    active: bool,
    body: Unparsed,
    origin: Origin = NOWHERE,
    once: Once | None = None,
) -> User:
    """Let a user in, or shut them out at once. Raises LastAdministrator."""
    demand(may(actor, Capability.MANAGE_USERS))
    kind = "user.activated" if active else "user.deactivated"

    def values(_: User) -> dict[str, Any]:
        body.judge(NoQuery)
        return {"active": active}

    return answered_once(
        ports,
        once,
        lambda: _revise(
            ports, actor, user_id, kind, values, origin=origin, ends_sessions=not active, once=once
        ),
        lambda receipt: user_answered(ports, actor, receipt),
    )


def set_availability(ports: Ports, actor: Actor, user_id: UserId, body: Unparsed) -> Availability:
    """Put a technician's availability whole. Raises PermissionDenied, NotFound, Unreadable, Invalid."""
    demand(may(actor, Duty.SET_AVAILABILITY, user_id))

    def attempt(_: CommitRefused | None) -> Availability:
        user = technician_found(ports, user_id)
        availability = body.judge(AvailabilityForm).value()
        after = revised(user, ports.outside.now())
        change = changed_by(ports, user, after, "user.updated", actor.id, availability=availability)
        ports.store.ledger.commit(change)
        return availability

    return decided_again(attempt, StaleVersion, StaleCalendar)


def get_availability(
    ports: Ports, actor: Actor, user_id: UserId, query: Mapping[str, Sequence[str]]
) -> Availability:
    """A technician's availability, for the office and that technician."""
    demand(may(actor, Duty.SEE_AVAILABILITY, user_id))
    technician_found(ports, user_id)
    judge_query(NoQuery, query)
    calendar = ports.store.calendars.of([user_id]).get(user_id)
    return calendar.availability if calendar else Availability()


def technician_found(ports: Ports, user_id: UserId) -> User:
    """The technician; NotFound if there is none, or if the user is none."""
    user = user_found(ports, user_id)
    if user.role is not Role.TECHNICIAN:
        raise NotFound
    return user


def _revise(
    ports: Ports,
    actor: Actor,
    user_id: UserId,
    kind: str,
    values: Callable[[User], dict[str, Any]],
    *,
    origin: Origin,
    ends_sessions: bool = False,
    once: Once | None = None,
) -> User:
    def attempt(_: CommitRefused | None) -> User:
        user = user_found(ports, user_id)
        if user.erased:
            raise UserErased
        wanted = values(user)
        same = all(getattr(user, name) == value for name, value in wanted.items())
        # With a key it is stored all the same: only a commit keeps the receipt that a repetition asks for.
        if once is None and same:
            return user
        after = revised(user, ports.outside.now(), wanted, ends_sessions=ends_sessions and not same)
        receipt = receipt_of(once, Ref("user", user_id), after.version, after.updated_at)
        audit = () if same else (_noted(ports, actor, user, after, kind, origin),)
        told = "user.updated" if same else kind
        ports.store.ledger.commit(
            changed_by(ports, user, after, told, actor.id, receipt=receipt, audit=audit)
        )
        return after

    try:
        return decided_again(attempt, StaleVersion, StaleCalendar)
    except GuardRefused:
        raise LastAdministrator from None
    except Taken:
        raise EmailTaken from None


def _noted(ports: Ports, actor: Actor, before: User, after: User, kind: str, origin: Origin) -> AuditFacts:
    """What the audit trail says of a change: names of fields, and of a role what it was and became."""
    names = [name for name in (*ACCOUNT, "role", "active") if getattr(before, name) != getattr(after, name)]
    details: dict[str, Any] = {"fields": names}
    if before.role is not after.role:
        details |= {"from": before.role.value, "to": after.role.value}
    return about_user(ports, after.id, kind, actor_id=actor.id, origin=origin, details=details)


def changed_by(
    ports: Ports, before: User, after: User, kind: str, actor_id: UserId | None, **parts: Any
) -> Change[User]:
    """The change from one state of a stored user to the next; *parts* are those of `rules.membership.changed`."""
    calendar = ports.store.calendars.of([after.id]).get(after.id)
    return changed(before, after, kind, calendar, actor_id=actor_id, **parts)


def install_administrator(ports: Ports, form: UserForm) -> User:
    """Make an Administrator with nobody's permission: for the command line and the first start. Raises EmailTaken."""
    user = new_user(
        ports,
        email=form.email,
        full_name=form.full_name,
        role=Role.ADMINISTRATOR,
        password=form.password,
        active=True,
    )
    return store_new(ports, user, None)


def nobody_yet(ports: Ports) -> bool:
    """Whether the store has no user at all."""
    return not ports.store.users.page(UserFilter(), None, 1).rows


def oldest_administrator(ports: Ports) -> User | None:
    """The active Administrator who was made first; who acts where nobody is named."""
    wanted = UserFilter(role=Role.ADMINISTRATOR, active=True)
    rows = ports.store.users.page(wanted, None, 1).rows
    return rows[0] if rows else None
