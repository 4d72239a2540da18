"""Every route, in the order of the specification's page."""

from __future__ import annotations

from typing import Any, Final

from hosanna_core.errors import (
    BadCredentials,
    EmailTaken,
    HardRuleBroken,
    IllegalTransition,
    JobClosed,
    LastAdministrator,
    NotFound,
    PermissionDenied,
    PreconditionFailed,
    PreconditionRequired,
    VersionConflict,
    WindowLocked,
)
from hosanna_core.model.documents import JobDocument, UserDocument
from hosanna_core.model.roster import AvailabilityDocument
from hosanna_core.usecases.access import Login
from hosanna_core.usecases.forms import ORDER_FORMS, JobForm
from hosanna_core.usecases.queries import JobQuery, JobsQuery, NoQuery, TechniciansQuery, UsersQuery
from hosanna_core.usecases.user_forms import (
    AccountForm,
    AvailabilityForm,
    LoginForm,
    ProfileForm,
    RegisterForm,
    RoleForm,
    UserForm,
)
from hosanna_web.api import auth, jobs, outside, people
from hosanna_web.api.answers import (
    ActionList,
    EntryList,
    Health,
    JobList,
    Registered,
    TechnicianList,
    UserList,
)
from hosanna_web.api.operations import BASE, Lane, Operation

_SEEN: Final = (NotFound,)
_MANAGED: Final = (PermissionDenied, NotFound)
_MOVED: Final = (PermissionDenied, NotFound, PreconditionFailed, VersionConflict)


def _area(area: str, **given: Any) -> Operation:
    path = given.pop("path")
    return Operation(area=area, path=f"{BASE}{path}", **given)


def _auth(method: str, path: str, **given: Any) -> Operation:
    return _area("auth", method=method, path=path, **given)


def _jobs(method: str, path: str, **given: Any) -> Operation:
    return _area("jobs", method=method, path=path, **given)


def _users(method: str, path: str, **given: Any) -> Operation:
    return _area("users", method=method, path=path, **given)


def _outside(path: str, **given: Any) -> Operation:
    return Operation(method="GET", path=path, area="outside", public=True, **given)


OPERATIONS: Final[tuple[Operation, ...]] = (
    _auth(
        "POST",
        "/auth/register",
        name="register",
        summary="Ask for a Technician's account",
        run=auth.register,
        status=201,
        answer=Registered,
        body=(RegisterForm,),
        public=True,
        refusals=(PermissionDenied,),
        where=Lane.HASHING,
    ),
    _auth(
        "POST",
        "/auth/login",
        name="log_in",
        summary="Get an access token",
        run=auth.log_in,
        answer=Login,
        body=(LoginForm,),
        public=True,
        refusals=(BadCredentials,),
        where=Lane.HASHING,
    ),
    _auth(
        "GET",
        "/auth/me",
        name="get_own_profile",
        summary="Read your own account",
        run=auth.own_profile,
        answer=UserDocument,
    ),
    _auth(
        "PATCH",
        "/auth/me",
        name="edit_own_profile",
        summary="Change your own name, phone or preferences (merge patch)",
        run=auth.edit_own_profile,
        answer=UserDocument,
        body=(ProfileForm,),
    ),
    _jobs(
        "POST",
        "/jobs",
        name="create_job",
        summary="Make a TENTATIVE job",
        run=jobs.create,
        status=201,
        answer=JobDocument,
        body=(JobForm,),
        once=True,
        tagged=True,
        # A repeated request shows what the first one made, as long as it may be seen.
        refusals=_MANAGED,
    ),
    _jobs(
        "GET",
        "/jobs",
        name="list_jobs",
        summary="List the jobs that you may see",
        run=jobs.page,
        answer=JobList,
        query=JobsQuery,
        where=Lane.SHORT,
        unless="q",
    ),
    _jobs(
        "GET",
        "/jobs/{id}",
        name="get_job",
        summary="Read a job, now or as it was",
        run=jobs.get,
        answer=JobDocument,
        query=JobQuery,
        tagged=True,
        refusals=_SEEN,
        where=Lane.SHORT,
        unless="as_of",
    ),
    _jobs(
        "PATCH",
        "/jobs/{id}",
        name="edit_job",
        summary="Edit a job's details (merge patch; needs If-Match)",
        run=jobs.edit,
        answer=JobDocument,
        body=(JobForm,),
        tagged=True,
        refusals=(*_MOVED, PreconditionRequired, JobClosed, WindowLocked),
    ),
    _jobs(
        "GET",
        "/jobs/{id}/transitions",
        name="list_transitions",
        summary="Ask what may be done with a job, and why not",
        run=jobs.actions,
        answer=ActionList,
        refusals=_SEEN,
    ),
    _jobs(
        "POST",
        "/jobs/{id}/transitions/{action}",
        name="transition_job",
        summary="Move a job on",
        run=jobs.transition,
        answer=JobDocument,
        body=tuple(dict.fromkeys(ORDER_FORMS.values())),
        once=True,
        tagged=True,
        refusals=(*_MOVED, IllegalTransition, HardRuleBroken),
    ),
    _jobs(
        "GET",
        "/jobs/{id}/history",
        name="get_job_history",
        summary="Read every change of a job",
        run=jobs.history,
        answer=EntryList,
        refusals=_SEEN,
    ),
    _users(
        "POST",
        "/users",
        name="create_user",
        summary="Make a user who may log in at once",
        run=people.create,
        status=201,
        answer=UserDocument,
        body=(UserForm,),
        once=True,
        refusals=(*_MANAGED, EmailTaken),
        where=Lane.HASHING,
    ),
    _users(
        "GET",
        "/users",
        name="list_users",
        summary="List the users",
        run=people.page,
        answer=UserList,
        query=UsersQuery,
        refusals=(PermissionDenied,),
    ),
    _users(
        "GET",
        "/users/{id}",
        name="get_user",
        summary="Read a user",
        run=people.get,
        answer=UserDocument,
        refusals=_MANAGED,
    ),
    _users(
        "PATCH",
        "/users/{id}",
        name="edit_user",
        summary="Change a user's address, name, phone or preferences (merge patch)",
        run=people.edit,
        answer=UserDocument,
        body=(AccountForm,),
        refusals=(*_MANAGED, EmailTaken),
    ),
    _users(
        "PUT",
        "/users/{id}/role",
        name="set_role",
        summary="Give a user another role, which ends their sessions",
        run=people.set_role,
        answer=UserDocument,
        body=(RoleForm,),
        refusals=(*_MANAGED, LastAdministrator),
    ),
    _users(
        "POST",
        "/users/{id}/activate",
        name="activate_user",
        summary="Let a user in",
        run=people.activate,
        answer=UserDocument,
        body=(NoQuery,),
        once=True,
        refusals=_MANAGED,
    ),
    _users(
        "POST",
        "/users/{id}/deactivate",
        name="deactivate_user",
        summary="Shut a user out at once",
        run=people.deactivate,
        answer=UserDocument,
        body=(NoQuery,),
        once=True,
        refusals=(*_MANAGED, LastAdministrator),
    ),
    _users(
        "GET",
        "/technicians",
        name="list_technicians",
        summary="List the active technicians, by skill and by who is free",
        run=people.technicians,
        answer=TechnicianList,
        query=TechniciansQuery,
        refusals=(PermissionDenied,),
    ),
    _users(
        "GET",
        "/technicians/{id}/availability",
        name="get_availability",
        summary="Read when and for what a technician can be booked",
        run=people.availability,
        answer=AvailabilityDocument,
        refusals=_MANAGED,
    ),
    _users(
        "PUT",
        "/technicians/{id}/availability",
        name="set_availability",
        summary="Put a technician's availability whole",
        run=people.set_availability,
        answer=AvailabilityDocument,
        body=(AvailabilityForm,),
        refusals=_MANAGED,
    ),
    _outside(
        "/health/live",
        name="get_liveness",
        summary="Whether the process answers",
        run=outside.live,
        answer=Health,
        where=Lane.HERE,
    ),
    _outside(
        "/health/ready",
        name="get_readiness",
        summary="Whether the store answers, too",
        run=outside.ready,
        answer=Health,
    ),
    _outside(
        "/openapi.json",
        name="get_openapi",
        summary="The OpenAPI document",
        run=outside.openapi,
        answer=dict[str, Any],
    ),
    _outside(
        "/docs",
        name="show_docs",
        summary="The documentation of the API, as a page",
        run=outside.docs,
        media_type="text/html",
        where=Lane.HERE,
    ),
    _outside(
        "/docs/{name}",
        name="get_docs_file",
        summary="A file of that page",
        run=outside.docs_file,
        media_type="*/*",
        refusals=_SEEN,
    ),
)
