"""Putting a backup into the store that the settings name, under the secret that they give."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, TypeAlias

from hosanna_adapters import keywrap
from hosanna_adapters.aesgcm import AesGcmEncryption
from hosanna_core.errors import BackupUnusable
from hosanna_core.model.snapshot import NAMES, Keys
from hosanna_core.rules.keys import derive
from hosanna_web.composition.backups import backup_file
from hosanna_web.composition.secret import former_secrets, signing_secret
from hosanna_web.composition.stores import open_store
from hosanna_web.data_folder import CannotStart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hosanna_adapters.backupfile import BackupFile
    from hosanna_core.model.backup import Made, Manifest
    from hosanna_core.model.snapshot import Record
    from hosanna_core.ports import Snapshots
    from hosanna_web.settings import Settings


Counting: TypeAlias = "Callable[[str, int], AbstractContextManager[Callable[[int], None]]]"
"""Shows how far one of several long works is: gives, of so many of what, what is told how many are done."""


def restore(settings: Settings, path: Path, counting: Counting) -> Made:
    """Verify a backup to its end, then load it into an empty store, and count what is there afterwards.

    Raises BackupUnusable, NotEmpty and CannotStart, and has changed nothing then.
    """
    backup = backup_file(settings, path)
    late = _LateKey()
    encryption = AesGcmEncryption(settings.ring, late) if settings.ring else None
    current = signing_secret(settings, memory=False)
    store = open_store(settings, encryption, memory=False, restoring=True)
    try:
        snapshots = store.ports.snapshots
        snapshots.demand_empty()
        with counting("bytes", path.stat().st_size) as read:
            made = backup.verify(read)
        secret = _secret_of(backup, settings, current, made.manifest)
        late.key = derive(secret).searches
        wrapped = keywrap.wrap(secret, current)
        with counting("values", made.manifest.records) as loaded:
            snapshots.load(_counted(backup, wrapped, loaded, made.manifest.counts))
        _check(snapshots, made.manifest)
    finally:
        store.close()
    return made


class _LateKey:
    """The key of the tokens by which encrypted values are found derives from what the backup brings."""

    def __init__(self) -> None:
        self.key = b""

    def __call__(self) -> bytes:
        return self.key


def _secret_of(backup: BackupFile, settings: Settings, current: bytes, manifest: Manifest) -> bytes:
    """The store's secret, by whichever secret of ours it was wrapped under, or the one that the backup brings."""
    with closing(backup.records()) as records:
        first = next(records, None)
    if not isinstance(first, Keys) or first.wrapped is None:
        raise BackupUnusable("The backup does not begin with the secret of its store.")
    brought = () if manifest.signing_secret is None else (manifest.signing_secret,)
    for under in (current, *former_secrets(settings), *brought):
        try:
            return keywrap.unwrap(first.wrapped, under)
        except keywrap.WrongKey:
            continue
    raise CannotStart(
        "The backup was made under another JWT_SECRET. Set JWT_SECRET to the one that was in force where it was made, "
        "or give that as JWT_SECRET_PREVIOUS for the restore. Nothing was changed."
    )


def _counted(
    backup: BackupFile, wrapped: bytes, loading: Callable[[int], None], counts: Mapping[str, int]
) -> Iterator[Record]:
    """The values, the secret among them as it is wrapped here; raises where there are others than were verified."""
    found: Counter[str] = Counter()
    with closing(backup.records()) as records:
        for done, record in enumerate(records, start=1):
            found[NAMES[type(record)]] += 1
            yield Keys(wrapped=wrapped, mark=record.mark) if isinstance(record, Keys) else record
            loading(done)
    if found != Counter(counts):
        raise BackupUnusable("The backup was changed while it was restored.")


def _check(snapshots: Snapshots, manifest: Manifest) -> None:
    held = Counter({name: count for name, count in snapshots.census().items() if count})
    if held != Counter(manifest.counts):
        raise CannotStart(
            f"The store does not hold what the backup does: {dict(held)} in the place of {manifest.counts}. "
            "Somebody wrote into it meanwhile: empty it, and restore again."
        )
