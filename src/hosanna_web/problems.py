"""From what Hosanna refuses to what HTTP says: one table, and problem details of RFC 9457."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import msgspec

from hosanna_core.errors import (
    Busy,
    Conflict,
    HardRuleBroken,
    HosannaError,
    IllegalTransition,
    Invalid,
    NoCandidate,
    NotFound,
    PermissionDenied,
    PlanOutdated,
    PluginFailed,
    PluginRefused,
    PreconditionFailed,
    PreconditionRequired,
    TooManyRequests,
    Unauthenticated,
    Unreadable,
)
from hosanna_web.asking import ASKING
from hosanna_web.replies import Header, Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hosanna_core.errors import Flaw
    from hosanna_core.model.condition import Condition

MEDIA_TYPE: Final = "application/problem+json"
MOST_FLAWS: Final = 100
"""So many are named; a body of a megabyte could have a hundred thousand."""
LONGEST_POINTER: Final = 200
_log = logging.getLogger("hosanna.web")


class TooLarge(HosannaError):
    """The request is larger than anything that Hosanna takes."""

    code = "too_large"


class UnsupportedMediaType(HosannaError):
    """The body is not said to be JSON."""

    code = "unsupported_media_type"

    def __init__(self, accepted: Iterable[str]) -> None:
        super().__init__(f"Send the body as {' or '.join(accepted)}, in UTF-8 and not compressed.")
        self.accepted = tuple(accepted)


class MethodNotAllowed(HosannaError):
    """The path is known, and does not answer to this method."""

    code = "method_not_allowed"

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = tuple(allowed)
        super().__init__(f"Here there is {', '.join(self.allowed)}.")


class Misaddressed(HosannaError):
    """The framework could not make out what is asked, such as a Host header that is none."""

    code = "bad_request"


class UnknownHost(HosannaError):
    """The request names a host that is not this one, or none."""

    code = "unknown_host"

    def __init__(self) -> None:
        super().__init__("This server is not asked under that name: send a Host that ALLOWED_HOSTS allows.")


class HttpsRequired(HosannaError):
    """The request came in the clear."""

    code = "https_required"

    def __init__(self) -> None:
        super().__init__("Only HTTPS is answered here. What this request said may have been read: change it.")


class ForeignOrigin(HosannaError):
    """A page of another origin wants to open a connection in its visitor's name."""

    code = "foreign_origin"

    def __init__(self) -> None:
        super().__init__(
            "Pages of this origin may not connect: it is not the server's own, nor in CORS_ORIGIN."
        )


class UpgradeRequired(HosannaError):
    """A path that speaks WebSocket was asked by plain HTTP."""

    code = "upgrade_required"

    def __init__(self) -> None:
        super().__init__("Here WebSocket is spoken: open the connection with a WebSocket client.")


class TooSlow(HosannaError):
    """The request did not come to its end in time."""

    code = "too_slow"

    def __init__(self) -> None:
        super().__init__("The request did not come to its end in time: nothing was changed.")


class NotReady(Busy):
    """Something that every request needs is away, or the server is about to stop."""

    code = "not_ready"

    def __init__(self, detail: str, dependencies: tuple[Condition, ...]) -> None:
        super().__init__(detail, retry_after=2)
        self.dependencies = dependencies


STATUSES: Final[dict[type[HosannaError], HTTPStatus]] = {
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    NotFound: HTTPStatus.NOT_FOUND,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    PermissionDenied: HTTPStatus.FORBIDDEN,
    Misaddressed: HTTPStatus.BAD_REQUEST,
    UnknownHost: HTTPStatus.BAD_REQUEST,
    HttpsRequired: HTTPStatus.FORBIDDEN,
    ForeignOrigin: HTTPStatus.FORBIDDEN,
    UpgradeRequired: HTTPStatus.UPGRADE_REQUIRED,
    TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    Unreadable: HTTPStatus.BAD_REQUEST,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    PreconditionRequired: HTTPStatus.PRECONDITION_REQUIRED,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    Conflict: HTTPStatus.CONFLICT,
}
"""The status of an error, and of every kind of it. An error that is not here is a bug: 500."""


def status_of(kind: type[HosannaError]) -> HTTPStatus | None:
    """The status that errors of *kind* are answered with.

    >>> from hosanna_core.errors import EmailTaken
    >>> status_of(EmailTaken)
    <HTTPStatus.CONFLICT: 409>
    """
    return next((STATUSES[each] for each in kind.__mro__ if each in STATUSES), None)


def reply_to(error: Exception) -> Reply:
    """The answer to an error; what nobody foresaw is logged under an id, and answered with that id alone."""
    status, problem = problem_of(error)
    headers = tuple(_headers(error)) if isinstance(error, HosannaError) else ()
    return Reply(msgspec.json.encode(problem), status.value, headers, MEDIA_TYPE.encode())


def problem_of(error: Exception) -> tuple[HTTPStatus, dict[str, Any]]:
    """The status and the problem details of an error, where it is not the whole answer; logged as in `reply_to`."""
    status = status_of(type(error)) if isinstance(error, HosannaError) else None
    if status is None or not isinstance(error, HosannaError):
        return _unforeseen(error)
    return status, {**_problem(status, error.code, error.detail), **_members(error)}


def _unforeseen(error: Exception) -> tuple[HTTPStatus, dict[str, Any]]:
    asking = ASKING.get()
    request_id = str(uuid4()) if asking is None else asking.request_id
    _log.error("The request %s failed.", request_id, exc_info=error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    detail = "Something went wrong on our side. Whoever runs the server finds it in the log by request_id."
    return status, {**_problem(status, "internal_error", detail), "request_id": request_id}


def _problem(status: HTTPStatus, code: str, detail: str) -> dict[str, Any]:
    return {
        "type": f"urn:hosanna:problem:{code}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
    }


def _members(error: HosannaError) -> dict[str, Any]:
    """What a program needs beside the words."""
    match error:
        case Invalid():
            return {"errors": list(_named(error.flaws))}
        case PermissionDenied():
            return {"rule": error.rule, **_of_a_plugin(error)}
        case IllegalTransition():
            return {"from": error.status, "action": error.action, "allowed": error.allowed}
        case HardRuleBroken():
            return {"verdict": error.verdict}
        case PlanOutdated():
            return {"outcomes": error.outcomes}
        case NoCandidate():
            return {"conflicts": error.conflicts}
        case Busy() | TooManyRequests():
            more = {"dependencies": error.dependencies} if isinstance(error, NotReady) else {}
            return {"retry_after": error.retry_after, **more, **_of_a_plugin(error)}
        case _:
            return {}


def _of_a_plugin(error: HosannaError) -> dict[str, Any]:
    return {"plugin": error.plugin} if isinstance(error, PluginRefused | PluginFailed) else {}


def _named(flaws: tuple[Flaw, ...]) -> Iterable[dict[str, str]]:
    for flaw in flaws[:MOST_FLAWS]:
        yield {"pointer": _sound(flaw.pointer[:LONGEST_POINTER]), "message": _sound(flaw.message)}
    if len(flaws) > MOST_FLAWS:
        yield {"pointer": "", "message": f"and {len(flaws) - MOST_FLAWS} more"}


def _sound(text: str) -> str:
    """Text that JSON can hold: what came in may have been no UTF-8, and is told back."""
    return text.encode("utf-8", "replace").decode()


def _headers(error: HosannaError) -> Iterable[Header]:
    match error:
        case Unauthenticated():
            yield b"www-authenticate", b"Bearer"
        case Busy() | TooManyRequests():
            yield b"retry-after", str(error.retry_after).encode()
        case UpgradeRequired():
            yield b"upgrade", b"websocket"
        case MethodNotAllowed():
            yield b"allow", ", ".join(error.allowed).encode()
        case UnsupportedMediaType():
            yield b"accept-patch" if len(error.accepted) > 1 else b"accept-post", _listed(error)
        case TooLarge() | TooSlow():
            # The rest of the body is not read: the connection is of no more use.
            yield b"connection", b"close"


def _listed(error: UnsupportedMediaType) -> bytes:
    return ", ".join(error.accepted).encode()
