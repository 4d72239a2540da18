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
│   └── PluginRefused        a plugin has narrowed the policy
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
│   ├── NoCandidate          nobody can take the visit; carries the sets of rules in conflict
│   ├── EmailTaken           the address belongs to a user already
│   ├── LastAdministrator    somebody must stay able to manage users
│   ├── UserErased           the account is nobody's any more
│   ├── SecondFactorSet      there is one already, or none yet
│   ├── PlanOutdated         some of a plan cannot be applied any more
│   ├── WebhookState         a webhook is disabled, or there are as many as there may be
│   └── InProgress           the same idempotency key is being worked on
├── Busy                     try again in *retry_after* seconds
│   ├── PlannerFailed        the planner ended without an answer
│   └── PluginFailed         a plugin does not answer, or not as it should
├── CursorLost               the feed cannot be followed on from there
├── SchemaTooNew             a store was written by a newer Hosanna
├── NotEmpty                 a store that is to be restored into holds jobs or users
├── RestoreUnfinished        a restore was cut short: the store holds a part
├── RestoreUnderWay          somebody else is restoring
├── SnapshotLost             the store could not show one instant for so long
├── BackupUnusable           a backup is damaged, of another form, or under another key
├── BackupInClear            the store is encrypted, its backup would not be
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

from hosanna_core.errors.access import (
    BadCode,
    BadCredentials,
    BadRefreshToken,
    BadResetToken,
    CodeRequired,
    PermissionDenied,
    PluginRefused,
    TooManyRequests,
    Unauthenticated,
)
from hosanna_core.errors.base import Flaw, HosannaError
from hosanna_core.errors.conflicts import (
    Conflict,
    DoubleBooking,
    EmailTaken,
    HardRuleBroken,
    IllegalTransition,
    InProgress,
    JobClosed,
    LastAdministrator,
    NoCandidate,
    NotAvailable,
    NotQualified,
    PlanOutdated,
    SecondFactorSet,
    UserErased,
    VersionConflict,
    WebhookState,
    WindowLocked,
)
from hosanna_core.errors.requests import (
    Invalid,
    KeyReused,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Unreadable,
)
from hosanna_core.errors.stores import (
    NOBODY_KNOWS,
    BackupInClear,
    BackupUnusable,
    BrokenChain,
    Busy,
    CommitRefused,
    CursorLost,
    EncryptionMismatch,
    GuardRefused,
    NotEmpty,
    PlannerFailed,
    PluginFailed,
    Replayed,
    RestoreUnderWay,
    RestoreUnfinished,
    SchemaTooNew,
    SnapshotLost,
    StaleCalendar,
    StaleVersion,
    Taken,
    Undecipherable,
)

__all__ = [
    "NOBODY_KNOWS",
    "BackupInClear",
    "BackupUnusable",
    "BadCode",
    "BadCredentials",
    "BadRefreshToken",
    "BadResetToken",
    "BrokenChain",
    "Busy",
    "CodeRequired",
    "CommitRefused",
    "Conflict",
    "CursorLost",
    "DoubleBooking",
    "EmailTaken",
    "EncryptionMismatch",
    "Flaw",
    "GuardRefused",
    "HardRuleBroken",
    "HosannaError",
    "IllegalTransition",
    "InProgress",
    "Invalid",
    "JobClosed",
    "KeyReused",
    "LastAdministrator",
    "NoCandidate",
    "NotAvailable",
    "NotEmpty",
    "NotFound",
    "NotQualified",
    "PermissionDenied",
    "PlanOutdated",
    "PlannerFailed",
    "PluginFailed",
    "PluginRefused",
    "PreconditionFailed",
    "PreconditionRequired",
    "Replayed",
    "RestoreUnderWay",
    "RestoreUnfinished",
    "SchemaTooNew",
    "SecondFactorSet",
    "SnapshotLost",
    "StaleCalendar",
    "StaleVersion",
    "Taken",
    "TooManyRequests",
    "Unauthenticated",
    "Undecipherable",
    "Unreadable",
    "UserErased",
    "VersionConflict",
    "WebhookState",
    "WindowLocked",
]
