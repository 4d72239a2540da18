"""Everything that Hosanna refuses, in one tree; errors carry fields and know nothing of HTTP.

```
HosannaError
├── Unauthenticated          nobody is known to be calling
│   ├── BadCredentials       address and password do not open an account
│   ├── CodeRequired         the password is right; a one-time code must come with it
│   ├── BadCode              the password is right, the one-time code is not
│   ├── BadRefreshToken      no session goes on from this token
│   └── BadResetToken        no password is reset by this token
├── NotFound                 absent, or not to be seen: the two are never told apart
├── PermissionDenied         seen, but not allowed; names the rule
├── TooManyRequests          wait for *retry_after* seconds; nothing was looked at
├── Unreadable               the body is not JSON at all
├── Invalid                  the input is readable and wrong; names every bad field
│   └── KeyReused            one idempotency key, two different bodies
├── PreconditionRequired     an edit must say which version it edits
├── PreconditionFailed       it edits a version that is no longer the current one
├── Conflict                 right input, wrong moment
│   ├── IllegalTransition    the lifecycle has no such step from here
│   ├── VersionConflict      somebody else's change came first
│   ├── JobClosed            a final job is not edited
│   ├── WindowLocked         the window of a confirmed job is moved by reschedule, not by an edit
│   ├── HardRuleBroken       the technician cannot take the visit; carries the verdict
│   │   ├── DoubleBooking    another visit is in the way
│   │   ├── NotQualified     a skill is lacking, or has expired
│   │   └── NotAvailable     not active, away, off duty, or fully booked that day
│   ├── EmailTaken           the address belongs to a user already
│   ├── LastAdministrator    somebody must stay able to manage users
│   ├── SecondFactorSet      there is one already, or none yet
│   └── InProgress           the same idempotency key is being worked on
├── Busy                     try again in *retry_after* seconds
├── BrokenChain              a history, or a stream of the audit trail, does not verify
├── Undecipherable           what is stored does not decrypt under the keys that are given
├── EncryptionMismatch       the store is encrypted and no keys are given, or the other way round
└── CommitRefused            what a store answers; use cases turn each into one of the above
    ├── StaleVersion         the root has moved on since it was read
    ├── StaleCalendar        a technician's calendar has
    ├── GuardRefused         the change would remove the last Administrator
    ├── Taken                a claimed value belongs to somebody else
    └── Replayed             a receipt of the same key exists already
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class HosannaError(Exception):
    """The root of the tree; *code* is stable and meant for programs, *detail* for people."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Unauthenticated(HosannaError):
    """No valid token, or one whose owner may not act any more."""

    code = "unauthenticated"

    def __init__(
        self, detail: str = "This needs a valid access token: log in and send it as 'Bearer'."
    ) -> None:
        super().__init__(detail)


class BadCredentials(Unauthenticated):
    """The address and the password do not open an account; which of the two is never told."""

    code = "bad_credentials"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong, or the account is not active.")


class CodeRequired(Unauthenticated):
    """The account has a second factor: log in again with its present code."""

    code = "second_factor_required"

    def __init__(self) -> None:
        super().__init__(
            "Send the present code of your second factor as 'code', or one of your recovery codes."
        )


class BadCode(Unauthenticated):
    """The one-time code is wrong, or was used before."""

    code = "invalid_code"

    def __init__(self) -> None:
        super().__init__("This code is wrong, too old, or was used before: wait for the next one.")


class BadRefreshToken(Unauthenticated):
    """The token is none of ours, or its session is over: log in again."""

    code = "invalid_refresh_token"

    def __init__(self) -> None:
        super().__init__("This refresh token is not valid any more: log in again.")


class BadResetToken(Unauthenticated):
    """The token is none of ours, older than ten minutes, or was used already."""

    code = "invalid_reset_token"

    def __init__(self) -> None:
        super().__init__("This link is not valid any more: ask for a new one.")


class NotFound(HosannaError):
    """Absent, or hidden from the caller: the words are the same on purpose."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("There is nothing here that you may see.")


class PermissionDenied(HosannaError):
    """The caller may see the thing but not do this to it; *rule* says which rule refused."""

    code = "permission_denied"

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule


class TooManyRequests(HosannaError):
    """More than may be asked within that time; nothing was looked at, nothing was changed."""

    code = "too_many_requests"

    def __init__(self, most: int, seconds: int, retry_after: int) -> None:
        super().__init__(
            f"At most {most} of these are taken in {seconds} seconds: try again in {retry_after}."
        )
        self.retry_after = retry_after


class Unreadable(HosannaError):
    """The body cannot be read as JSON."""

    code = "malformed_json"


class Flaw:
    """One thing that is wrong with an input: where (a JSON pointer) and what would be right."""

    __slots__ = ("message", "pointer")

    def __init__(self, pointer: str, message: str) -> None:
        self.pointer = pointer
        self.message = message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Flaw) and (self.pointer, self.message) == (other.pointer, other.message)

    def __hash__(self) -> int:
        return hash((self.pointer, self.message))

    def __repr__(self) -> str:
        return f"Flaw({self.pointer!r}, {self.message!r})"


class Invalid(HosannaError):
    """The input has flaws; all of them are named at once."""

    code = "invalid"

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__(f"{len(flaws)} of the input's values cannot be accepted; see errors.")
        self.flaws = tuple(flaws)


class KeyReused(Invalid):
    """An idempotency key came again with another body."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__((Flaw("", "This Idempotency-Key was used with another body: use a new key."),))


class PreconditionRequired(HosannaError):
    """An edit must carry the version that it was made on."""

    code = "precondition_required"

    def __init__(self) -> None:
        super().__init__("Send If-Match with the ETag of the job that you edited.")


class PreconditionFailed(HosannaError):
    """The version that the caller named is not the current one."""

    code = "precondition_failed"

    def __init__(self, current: int) -> None:
        super().__init__(f"The job has changed: it is at version {current} now. Read it again, then repeat.")
        self.current = current


class Conflict(HosannaError):
    """The input is right, but the thing's present state does not allow it."""

    code = "conflict"


class IllegalTransition(Conflict):
    """The lifecycle has no such step from the job's status."""

    code = "illegal_transition"

    def __init__(self, status: str, action: str, allowed: Sequence[str]) -> None:
        steps = ", ".join(allowed) or "nothing: it is final"
        super().__init__(
            f"A job that is {status} cannot be moved by '{action}'. From {status} there is: {steps}."
        )
        self.status = status
        self.action = action
        self.allowed = tuple(allowed)


class VersionConflict(Conflict):
    """Another change of the same job was stored first."""

    code = "version_conflict"

    def __init__(self) -> None:
        super().__init__("Another change came first. Read it again, then decide again.")


class JobClosed(Conflict):
    """A billed or cancelled job is not edited."""

    code = "job_closed"

    def __init__(self, status: str) -> None:
        super().__init__(f"The job is {status}, which is final: it cannot be edited.")


class WindowLocked(Conflict):
    """An edit moves the window only while the job is TENTATIVE."""

    code = "window_locked"

    def __init__(self, status: str) -> None:
        super().__init__(
            f"The job is {status}: only a TENTATIVE job's window is edited. Use 'reschedule' or 'assign'."
        )


class HardRuleBroken(Conflict):
    """The technician cannot take the visit; *verdict* holds each rule that was looked at."""

    def __init__(self, detail: str, verdict: Sequence[object]) -> None:
        super().__init__(detail)
        self.verdict = tuple(verdict)


class DoubleBooking(HardRuleBroken):
    """The technician has another visit at that time."""

    code = "double_booking"


class NotQualified(HardRuleBroken):
    """The technician does not hold a skill that the job needs, or not any more on that day."""

    code = "not_qualified"


class NotAvailable(HardRuleBroken):
    """The technician is not active, is away or off duty, or has as many visits as a day may hold."""

    code = "not_available"


class EmailTaken(Conflict):
    """A user with this e-mail address exists."""

    code = "email_taken"

    def __init__(self) -> None:
        super().__init__("A user with this e-mail address exists already.")


class LastAdministrator(Conflict):
    """The last active Administrator cannot be demoted or deactivated."""

    code = "last_administrator"

    def __init__(self) -> None:
        super().__init__("This is the last active Administrator: make another one first.")


class SecondFactorSet(Conflict):
    """A second factor is set up once, and confirmed or taken away only where there is one."""

    code = "second_factor_state"


class InProgress(Conflict):
    """The first request with this idempotency key still runs."""

    code = "in_progress"

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key still runs: ask again in a moment.")


class Busy(HosannaError):
    """Too much at once; nothing was changed. Ask again in *retry_after* seconds."""

    code = "busy"

    def __init__(self, detail: str = "The store is busy: nothing was changed.", retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class BrokenChain(HosannaError):
    """An entry was altered, removed, reordered or cut off; *version* is the number of the first that does not fit."""

    code = "broken_chain"

    def __init__(self, version: int, detail: str) -> None:
        super().__init__(detail)
        self.version = version


class Undecipherable(HosannaError):
    """A stored value does not decrypt: the key is missing, or the value was changed or moved."""

    code = "undecipherable"


class EncryptionMismatch(HosannaError):
    """A store is encrypted whole or not at all, and was opened as the other kind."""

    code = "encryption_mismatch"

    def __init__(self, *, encrypted: bool) -> None:
        super().__init__(
            "It is encrypted: set HOSANNA_ENCRYPTION_KEYS to the keys that it was encrypted under."
            if encrypted
            else "HOSANNA_ENCRYPTION_KEYS is set, and the store is not encrypted yet: stop all servers, then run "
            "`hosanna encryption apply`."
        )


class CommitRefused(HosannaError):
    """A store refused a change whole."""

    code = "commit_refused"


class StaleVersion(CommitRefused):
    """The root's stored version is not the expected one (or the root exists already)."""

    code = "stale_version"

    def __init__(self) -> None:
        super().__init__("The stored version is not the expected one.")


class StaleCalendar(CommitRefused):
    """A calendar's stored version is not the one that the change was decided on."""

    code = "stale_calendar"

    def __init__(self) -> None:
        super().__init__("A technician's calendar has changed meanwhile.")


class GuardRefused(CommitRefused):
    """No Administrator would be left."""

    code = "guard_refused"

    def __init__(self) -> None:
        super().__init__("The change would remove the last Administrator.")


class Taken(CommitRefused):
    """Somebody else holds a value that must be unique; *kind* says of which kind."""

    code = "taken"

    def __init__(self, kind: str) -> None:
        super().__init__(f"This {kind} is taken.")
        self.kind = kind


class Replayed(CommitRefused):
    """The change carries a receipt whose key is stored already."""

    code = "replayed"

    def __init__(self) -> None:
        super().__init__("This request was done already.")
