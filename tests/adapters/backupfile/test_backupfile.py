"""A backup is read as it was written or not at all, and is there whole or not at all."""

import os
import random
import signal
import stat
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from hosanna_adapters.backupfile import BackupFile, FolderBackups, reading
from hosanna_adapters.backupfile.form import FRAME
from hosanna_core.errors import BackupUnusable
from hosanna_core.model.backup import About, Made, Manifest
from hosanna_core.model.snapshot import NAMES, Record
from hosanna_core.testing.samples import START
from hosanna_core.testing.snapshot_samples import a_snapshot, sorted_by_kind

KEY = "a passphrase of some length"
ABOUT = About(product="1.2.3", store="SQLite", created_at=START)
CLEAR_AND_ENCRYPTED = pytest.mark.parametrize("key", [None, KEY], ids=["in clear", "encrypted"])


def counts_of(records: list[Record]) -> dict[str, int]:
    names = [NAMES[type(record)] for record in records]
    return {name: names.count(name) for name in names}


def written(folder: Path, key: str | None, records: list[Record] | None = None) -> Made:
    records = a_snapshot(3) if records is None else records
    manifest = Manifest(about=ABOUT, epoch=b"e" * 16, counts=counts_of(records))
    return FolderBackups(folder, key).write(ABOUT, iter(records), lambda: manifest)


def blocks_of(data: bytes) -> list[bytes]:
    """The first line, then each block with its frame."""
    end = data.index(b"\n") + 1
    found = [data[:end]]
    while end < len(data):
        _, length = FRAME.unpack_from(data, end)
        found.append(data[end : end + FRAME.size + length])
        end += FRAME.size + length
    return found


@CLEAR_AND_ENCRYPTED
def test_what_was_written_is_read_value_by_value(tmp_path: Path, key: str | None) -> None:
    made = written(tmp_path, key, a_snapshot(3_000))
    backup = BackupFile(Path(made.path), key)
    assert backup.verify() == made
    assert sorted_by_kind(backup.records()) == sorted_by_kind(a_snapshot(3_000))
    assert len(blocks_of(Path(made.path).read_bytes())) > 4


@CLEAR_AND_ENCRYPTED
def test_a_backup_is_one_file_for_its_owner_alone(tmp_path: Path, key: str | None) -> None:
    made = written(tmp_path / "new" / "folder", key)
    (path,) = (tmp_path / "new" / "folder").iterdir()
    assert str(path) == made.path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == made.size


def test_the_first_line_says_what_the_file_is_and_no_more(tmp_path: Path) -> None:
    made = written(tmp_path, KEY)
    line, _, rest = Path(made.path).read_bytes().partition(b"\n")
    assert line.startswith(b'HOSANNA-BACKUP 1 {"about":{"product":"1.2.3","store":"SQLite"')
    assert b"Unmistakable" not in rest
    assert b"example.com" not in rest


def test_two_encrypted_backups_of_the_same_values_share_nothing(tmp_path: Path) -> None:
    one, other = (blocks_of(Path(written(tmp_path / each, KEY).path).read_bytes()) for each in "ab")
    assert [len(each) for each in one] == [len(each) for each in other]
    assert not set(one) & set(other)


def spoilt(path: Path, key: str | None) -> Callable[[bytes], bool]:
    """Whether a file of these bytes is refused, both by who verifies it and in the end by who reads it."""
    backup = BackupFile(path, key)

    def refused(data: bytes) -> bool:
        path.write_bytes(data)
        try:
            backup.verify()
        except BackupUnusable:
            return True
        return False

    return refused


@CLEAR_AND_ENCRYPTED
@pytest.mark.parametrize("step", [61, pytest.param(1, marks=pytest.mark.deep)])
def test_a_flipped_bit_is_found_wherever_it_is(tmp_path: Path, key: str | None, step: int) -> None:
    path = Path(written(tmp_path, key).path)
    good, refused = path.read_bytes(), spoilt(path, key)
    chance = random.Random(1)
    line = good.index(b"\n") + 1
    # Each bit of another salt costs a scrypt: of the first line a few are tried.
    places = [*chance.sample(range(line), 12), *range(line, line + 40), *range(line + 40, len(good), step)]
    for place in [*places, *range(len(good) - 60, len(good))]:
        flipped = bytearray(good)
        flipped[place] ^= 1 << chance.randrange(8)
        assert refused(bytes(flipped)), place
    assert not refused(good)


@CLEAR_AND_ENCRYPTED
def test_a_file_that_was_cut_short_is_found_wherever_it_ends(tmp_path: Path, key: str | None) -> None:
    path = Path(written(tmp_path, key).path)
    good, refused = path.read_bytes(), spoilt(path, key)
    for end in {0, 1, 20, *range(21, len(good), 211), *range(len(good) - 60, len(good))}:
        assert refused(good[:end]), end
    assert refused(good + b"\0")


@CLEAR_AND_ENCRYPTED
def test_blocks_that_were_moved_left_out_or_doubled_are_found(tmp_path: Path, key: str | None) -> None:
    path = Path(written(tmp_path, key, a_snapshot(3_000)).path)
    refused = spoilt(path, key)
    line, first, second, *others = blocks_of(path.read_bytes())
    assert refused(b"".join((line, second, first, *others)))
    assert refused(b"".join((line, second, *others)))
    assert refused(b"".join((line, first, first, second, *others)))
    assert refused(b"".join((line, first, second, *others[:-2], others[-1])))


def test_a_block_of_another_file_under_the_same_key_is_found(tmp_path: Path) -> None:
    one, other = (Path(written(tmp_path / each, KEY, a_snapshot(3_000)).path) for each in "ab")
    (line, first, *rest), (_, foreign, *_) = (blocks_of(path.read_bytes()) for path in (one, other))
    assert len(first) == len(foreign)
    assert spoilt(one, KEY)(b"".join((line, foreign, *rest)))


def test_a_manifest_that_counts_otherwise_is_found(tmp_path: Path) -> None:
    records = a_snapshot(3)
    lying = Manifest(about=ABOUT, epoch=b"e" * 16, counts={**counts_of(records), "job": 3})
    made = FolderBackups(tmp_path).write(ABOUT, iter(records), lambda: lying)
    with pytest.raises(BackupUnusable, match="manifest"):
        BackupFile(Path(made.path), None).verify()


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (b"PK\x03\x04", "no backup"),
        (b"HOSANNA-BACKUP 2 {", "form 2"),
        (b"HOSANNA-BACKUP x {", "damaged"),
        (b"HOSANNA-BACKUP 1 {]", "damaged"),
        (b"", "no backup"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words_that_help(tmp_path: Path, first: bytes, words: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(first + b"\n" + bytes(100))
    for asked in (BackupFile(path, None).header, BackupFile(path, None).verify):
        with pytest.raises(BackupUnusable, match=words):
            asked()


def test_without_the_key_or_under_another_one_nothing_is_read(tmp_path: Path) -> None:
    path = Path(written(tmp_path, KEY).path)
    with pytest.raises(BackupUnusable, match="HOSANNA_BACKUP_KEY"):
        BackupFile(path, None).verify()
    with pytest.raises(BackupUnusable, match="another key"):
        BackupFile(path, KEY + "!").verify()


def test_a_key_that_nobody_asks_for_is_no_hindrance(tmp_path: Path) -> None:
    assert not BackupFile(Path(written(tmp_path, None).path), KEY).verify().encrypted


def test_values_of_a_kind_that_is_not_known_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(written(tmp_path, None).path)
    monkeypatch.delitem(reading._DECODERS, "webhook")
    with pytest.raises(BackupUnusable, match=r"webhook.*newer"):
        BackupFile(path, None).verify()


def breaking_off() -> Iterator[Record]:
    yield from a_snapshot(2_000)
    raise OSError(28, "No space left on device")


def test_nothing_is_left_behind_where_the_values_end_in_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="space"):
        FolderBackups(tmp_path).write(ABOUT, breaking_off(), lambda: pytest.fail("it was asked for"))
    assert not list(tmp_path.iterdir())


WRITE = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.adapters.backupfile.test_backupfile import written
from hosanna_core.testing.snapshot_samples import a_snapshot
limit = int(sys.argv[2])
if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
records = a_snapshot(200)
print("begins", flush=True)
while True:
    written(Path(sys.argv[1]), None, records * 100)
    if limit:
        break
"""


def writer(folder: Path, limit: int = 0) -> "subprocess.Popen[str]":
    root = str(Path(__file__).resolve().parents[3])
    code = WRITE.format(root=root)
    command = [sys.executable, "-c", code, str(folder), str(limit)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("limit", [10, 5_000, 90_000])
def test_a_full_disk_leaves_no_backup_and_no_draft(tmp_path: Path, limit: int) -> None:
    with writer(tmp_path, limit) as process:
        _, error = process.communicate(timeout=120)
    assert process.returncode
    assert "File too large" in error
    assert not list(tmp_path.iterdir())


def test_a_writer_that_is_killed_leaves_no_backup_and_its_draft_goes_with_a_later_one(tmp_path: Path) -> None:
    drafts: list[Path] = []
    with writer(tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while not any(draft.stat().st_size for draft in tmp_path.glob(".*.part")):
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    drafts = list(tmp_path.glob(".*.part"))
    backups = FolderBackups(tmp_path)
    assert drafts
    for name in backups.good():
        BackupFile(tmp_path / name, None).verify()
    written(tmp_path, None)
    assert drafts[0].exists(), "somebody may still be writing it"
    os.utime(drafts[0], (time.time() - 7_200,) * 2)
    written(tmp_path, None)
    assert not drafts[0].exists()


def test_backups_of_one_millisecond_each_have_a_name(tmp_path: Path) -> None:
    def another() -> Iterator[Record]:
        inner.append(Path(written(tmp_path, None).path))
        yield from a_snapshot(1)

    inner: list[Path] = []
    manifest = Manifest(about=ABOUT, epoch=b"e" * 16, counts=counts_of(a_snapshot(1)))
    outer = FolderBackups(tmp_path).write(ABOUT, another(), lambda: manifest)
    last = written(tmp_path, None)
    names = [Path(outer.path), *inner, Path(last.path)]
    assert sorted(names) == sorted(tmp_path.iterdir())
    for each in names:
        BackupFile(each, None).verify()


def test_good_backups_are_listed_newest_first_and_broken_ones_left_out(tmp_path: Path) -> None:
    names = []
    for later in (0, 1, 2, 3):
        about = msgspec.structs.replace(ABOUT, created_at=START + later)
        manifest = Manifest(about=about, epoch=b"e" * 16, counts={})
        made = FolderBackups(tmp_path, KEY).write(about, iter(()), lambda said=manifest: said)
        names.append(Path(made.path).name)
    (tmp_path / names[1]).write_bytes((tmp_path / names[1]).read_bytes()[:-1])
    (tmp_path / "hosanna-not-one.backup").write_bytes(b"x")
    (tmp_path / names[2]).write_bytes(b"")
    backups = FolderBackups(tmp_path)
    assert list(backups.good()) == [names[3], names[0]]
    backups.remove(names[3])
    backups.remove(names[3])
    assert list(backups.good()) == [names[0]]


def test_what_somebody_has_named_or_put_there_otherwise_neither_counts_nor_goes(tmp_path: Path) -> None:
    made = Path(written(tmp_path, None).path)
    (tmp_path / "hosanna-before-the-upgrade.backup").write_bytes(made.read_bytes())
    (tmp_path / f"copy of {made.name}").write_bytes(made.read_bytes())
    (tmp_path / "hosanna-20300101T000000.000Z.backup").mkdir()
    (tmp_path / "hosanna-20300101T000000.001Z.backup").symlink_to(tmp_path / "gone")
    assert list(FolderBackups(tmp_path).good()) == [made.name]


def test_a_block_that_is_nested_too_deeply_is_refused_in_words(tmp_path: Path) -> None:
    first, *_ = blocks_of(Path(written(tmp_path, None).path).read_bytes())
    deep = zlib.compress(b"\x91\x92\xa1a" + b"\x91" * 100_000 + b"\xc0")
    path = tmp_path / "deep"
    path.write_bytes(first + FRAME.pack(b"R", len(deep)) + deep)
    with pytest.raises(BackupUnusable, match="damaged"):
        BackupFile(path, None).verify()


def test_a_backup_has_its_name_when_it_is_safe_and_so_has_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace

    def syncing(handle: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def replacing(draft: Path, path: Path) -> Path:
        steps.append("named")
        return replace(draft, path)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "replace", replacing)
    written(tmp_path, None)
    assert steps == ["file", "named", "folder"]


def test_nothing_hides_behind_what_a_block_says(tmp_path: Path) -> None:
    made = Path(written(tmp_path, None).path)
    first, block, *others = blocks_of(made.read_bytes())
    payload = block[FRAME.size :] + b"x"
    made.write_bytes(b"".join((first, FRAME.pack(b"R", len(payload)), payload, *others)))
    with pytest.raises(BackupUnusable, match="cannot be read"):
        BackupFile(made, None).verify()


def test_a_folder_that_is_not_there_yet_has_no_backups(tmp_path: Path) -> None:
    assert not FolderBackups(tmp_path / "none").good()
