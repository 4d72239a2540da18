"""What stores answer, and what is found in them."""

from __future__ import annotations

from typing import Final

from hosanna_core.errors.base import HosannaError

NOBODY_KNOWS: Final = "The store went away in the middle: whether the change was made is not known."
"""What Busy says where a store could not find out what became of a change."""


class Busy(HosannaError):
    """Too much at once; unless it says `NOBODY_KNOWS`, nothing was changed. Ask again in *retry_after* seconds."""

    code = "busy"

    def __init__(self, detail: str = "The store is busy: nothing was changed.", retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class PlannerFailed(Busy):
    """The planner ended without an answer: nothing was kept."""

    code = "planner_failed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after=5)


class PluginFailed(Busy):
    """A plugin did not answer, or not as it should: nothing was changed."""

    code = "plugin_failed"

    def __init__(self, plugin: str) -> None:
        super().__init__(
            f"The plugin '{plugin}' does not work as it should: nothing was changed.", retry_after=5
        )
        self.plugin = plugin


class CursorLost(HosannaError):
    """What came behind a place of the feed is not there any more, or never was: begin anew from what is stored."""

    code = "cursor_lost"

    def __init__(self) -> None:
        super().__init__("The feed cannot be followed on from there.")


class SchemaTooNew(HosannaError):
    """A newer Hosanna than this one wrote the store: its form is of version *found*, this one reads *known* at most."""

    code = "schema_too_new"

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"The database has schema version {found}, this Hosanna knows {known} at most: start the newer one."
        )
        self.found = found
        self.known = known


class NotEmpty(HosannaError):
    """A store is restored only into one that has no jobs and no users."""

    code = "not_empty"

    def __init__(self) -> None:
        super().__init__(
            "This store holds jobs or users already, and nothing was changed. Restore into an empty one: another "
            "HOSANNA_DATA, or another database in MONGODB_URI."
        )


class RestoreUnfinished(HosannaError):
    """A restore into this store was cut short: it holds a part of what it should."""

    code = "restore_unfinished"

    def __init__(self) -> None:
        super().__init__(
            "A restore into this store was cut short, or is still running. Run `hosanna restore` again: it begins anew."
        )


class RestoreUnderWay(HosannaError):
    """Somebody else is restoring into this store."""

    code = "restore_under_way"

    def __init__(self) -> None:
        super().__init__(
            "Somebody else is restoring into this store, or was cut short a moment ago: try again in a minute."
        )


class SnapshotLost(HosannaError):
    """The store could not keep showing one instant for as long as copying it took."""

    code = "snapshot_lost"


class BackupUnusable(HosannaError):
    """A backup cannot be read: it is damaged, cut short, of another form, or under another key."""

    code = "backup_unusable"


class BackupInClear(HosannaError):
    """A store is encrypted, and its backup would not be."""

    code = "backup_in_clear"

    def __init__(self) -> None:
        super().__init__(
            "The store is encrypted and its backup would not be: set HOSANNA_BACKUP_KEY or HOSANNA_BACKUP_KEY_FILE, or "
            "call `hosanna backup --allow-clear` if you mean it."
        )


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
