"""`hosanna audit`: the trail verifies here, and with the recipe of the documentation anywhere."""

import hashlib
import json
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.cli.here import home, hosanna

from hosanna_core.errors import BadCredentials
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.session import Origin
from hosanna_core.ports import Ports
from hosanna_core.usecases import access, privacy, users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.trail import checkpoint
from hosanna_core.usecases.user_forms import UserForm
from hosanna_web.composition import open_system
from hosanna_web.settings import load_settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "verify-the-audit-trail.md"
PASSWORD = "a long enough password"
HERE = Origin("192.0.2.7", 'Téléphone \u2028 "quoted" \\ \x7f')
CSV = (
    "external_ref,title,customer.name,site.street\nR-1,Visit,Ann Lee,1 Main St\nR-2,Visit,Bob Ray,2 Main St\n"
)

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def somebody(name: str, role: Role) -> UserForm:
    return UserForm(email=f"{name}@example.com", full_name=name, password=PASSWORD, role=role)


def log_in(ports: Ports, name: str, password: str = PASSWORD) -> None:
    access.log_in(ports, Unparsed.of({"email": f"{name}@example.com", "password": password}), HERE)


def a_life(ports: Ports) -> None:
    """Everything that a trail may hold: logins, a failure, somebody who was erased, checkpoints between."""
    ann = users.install_administrator(ports, somebody("ann", Role.ADMINISTRATOR))
    body = Unparsed.of({**somebody("tess", Role.TECHNICIAN).model_dump(), "role": "TECHNICIAN"})
    tess = users.create_user(ports, Actor(ann.id, ann.role), body)
    log_in(ports, "ann")
    log_in(ports, "tess")
    with pytest.raises(BadCredentials):
        log_in(ports, "ann", "not the password")
    checkpoint(ports)
    privacy.erase_person(ports, Actor(ann.id, ann.role), privacy.Person(user_id=tess.id))
    log_in(ports, "ann")
    checkpoint(ports)
    log_in(ports, "ann")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a trail and two jobs, to be copied: hashing takes its time."""
    folder = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as monkeypatch:
        home(folder, monkeypatch)
        with open_system(load_settings()) as system:
            a_life(system.ports)
        (folder / "jobs.csv").write_text(CSV)
        assert hosanna("import", "jobs.csv").exit_code == 0
    return folder / "store"


@pytest.fixture
def folder(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(template, tmp_path / "store")
    return home(tmp_path, monkeypatch)


def sql(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "store" / "hosanna.db")) as db, db:
        for statement in statements:
            db.execute(statement)


def test_an_honest_store_verifies_and_says_how_much_there_was(folder: Path) -> None:
    verified = hosanna("audit", "verify", "--json")
    assert verified.exit_code == 0, verified.output
    found = json.loads(verified.stdout)
    assert found["intact"] is True
    assert (found["checkpoints"], found["jobs"]) == (2, 2)
    assert found["entries"] > found["streams"] > 2
    shown = hosanna("audit", "verify")
    assert shown.exit_code == 0
    assert "streams" in shown.stdout
    assert found["public_key"] in shown.stdout


def test_without_the_histories_only_the_trail_is_verified(folder: Path) -> None:
    sql(folder, "DELETE FROM entries WHERE version = 1")
    assert "jobs" not in json.loads(hosanna("audit", "verify", "--no-histories", "--json").stdout)
    broken = hosanna("audit", "verify")
    assert broken.exit_code == 1
    assert "job " in broken.stderr


ANN = "stream = (SELECT stream FROM audit WHERE action = 'login' AND stream LIKE 'user|%' GROUP BY stream ORDER BY count(*) DESC)"  # noqa: E501  # one statement


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        ([f"UPDATE audit SET sealed = replace(sealed, 'login', 'logim') WHERE {ANN} AND n = 2"], "entry 2 "),
        ([f"UPDATE audit SET sealed = CAST(sealed AS BLOB) || x'20' WHERE {ANN} AND n = 2"], "entry 2 "),
        ([f"UPDATE audit SET personal = x'c1' WHERE {ANN} AND n = 3"], "entry 3 "),
        ([f"UPDATE audit SET outcome = 'odd' WHERE {ANN} AND n = 3"], "entry 3 "),
        ([f"UPDATE audit SET action = 'logout' WHERE {ANN} AND n = 2"], "entry 2 "),
        ([f"UPDATE audit SET hash = zeroblob(32) WHERE {ANN} AND n = 3"], "entry 3 "),
        ([f"UPDATE audit SET personal = x'' WHERE {ANN} AND n = 2"], "entry 2 "),
        ([f"DELETE FROM audit WHERE {ANN} AND n = 2"], "entry 2 "),
        ([f"DELETE FROM audit WHERE {ANN} AND n = 4"], "entry 4 "),
        (
            [
                f"UPDATE audit SET n = 99 WHERE {ANN} AND n = 2",
                f"UPDATE audit SET n = 2 WHERE {ANN} AND n = 3",
                f"UPDATE audit SET n = 3 WHERE {ANN} AND n = 99",
            ],
            "entry 2 ",
        ),
    ],
    ids=[
        "no bytes",
        "bytes",
        "personal",
        "outcome",
        "beside the seal",
        "hash",
        "erased in secret",
        "dropped",
        "cut off",
        "moved",
    ],
)
def test_whoever_meddles_is_found_at_the_first_entry(folder: Path, statements: list[str], told: str) -> None:
    sql(folder, *statements)
    broken = hosanna("audit", "verify")
    assert broken.exit_code == 1
    assert broken.stdout == ""
    assert f"broken: {told}of stream 'user|" in broken.stderr
    as_json = hosanna("audit", "verify", "--json")
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["intact"] is False


def test_a_tail_that_was_cut_off_with_its_head_is_found_by_the_checkpoint_before(folder: Path) -> None:
    sql(
        folder,
        f"CREATE TEMP TABLE ann AS SELECT stream FROM audit WHERE {ANN} LIMIT 1",
        "DELETE FROM audit WHERE stream = (SELECT stream FROM ann) AND n > 1",
        "UPDATE audit_heads SET n = 1, hash = (SELECT hash FROM audit WHERE audit.stream = audit_heads.stream) "
        "WHERE stream = (SELECT stream FROM ann)",
    )
    broken = hosanna("audit", "verify")
    assert broken.exit_code == 1
    assert "entry 2 of stream 'user|" in broken.stderr
    assert "a checkpoint knows 3 entries" in broken.stderr


def test_a_whole_stream_that_is_gone_is_found_by_the_checkpoint_before(folder: Path) -> None:
    sql(
        folder,
        "DELETE FROM audit_heads WHERE stream LIKE 'process|%'",
        "DELETE FROM audit WHERE stream LIKE 'process|%'",
    )
    broken = hosanna("audit", "verify")
    assert broken.exit_code == 1
    assert "entry 1 of stream 'process|" in broken.stderr


# The export.


def exported(folder: Path) -> list[bytes]:
    done = hosanna("audit", "export", "--out", "trail.jsonl", "--json")
    assert done.exit_code == 0, done.output
    lines = (folder / "trail.jsonl").read_bytes().splitlines()
    assert json.loads(done.stdout)["entries"] == len(lines) - 2
    return lines


def recipe() -> str:
    """The block of the page, as a reader copies it."""
    text = PAGE.read_text(encoding="utf-8")
    return text.partition("```python\n")[2].partition("```\n")[0]


def verified(folder: Path, lines: list[bytes]) -> "subprocess.CompletedProcess[str]":
    script, file = folder / "verify.py", folder / "given.jsonl"
    script.write_text(recipe(), encoding="utf-8")
    file.write_bytes(b"\n".join(lines) + b"\n")
    return subprocess.run(
        [sys.executable, "-I", script, file], capture_output=True, text=True, check=False, timeout=60
    )


def test_an_export_is_for_its_owner_alone_and_is_recorded_before_it_begins(folder: Path) -> None:
    lines = [json.loads(line) for line in exported(folder)]
    assert stat.S_IMODE((folder / "trail.jsonl").stat().st_mode) == 0o600
    assert {path.name for path in folder.iterdir()} == {"store", "trail.jsonl"}
    assert lines[0]["format"] == "hosanna-audit-1"
    assert any('"audit.exported"' in line["sealed"] for line in lines[1:-1])
    assert any(HERE.agent in line["open"].values() for line in lines[1:-1])
    assert lines[-1].keys() == {*lines[0], "heads", "erased", "signature"}


def test_whoever_may_not_see_the_trail_exports_nothing(folder: Path) -> None:
    with open_system(load_settings()) as system:
        ann = users.user_with(system.ports, "ann@example.com")
        body = Unparsed.of({**somebody("olive", Role.OFFICE_MANAGER).model_dump(), "role": "OFFICE_MANAGER"})
        users.create_user(system.ports, Actor(ann.id, ann.role), body)
    for email in ("olive@example.com", "nobody@example.com"):
        refused = hosanna("audit", "export", "--out", "trail.jsonl", "--as", email)
        assert refused.exit_code == 1
        assert list(folder.iterdir()) == [folder / "store"]


def test_where_the_file_cannot_be_written_nothing_is_recorded(folder: Path) -> None:
    assert hosanna("audit", "export", "--out", "nowhere/trail.jsonl").exit_code == 1
    assert sum(b'\\"audit.exported\\"' in line for line in exported(folder)) == 1


@needs_openssl
def test_an_export_verifies_with_the_recipe_of_the_page_and_no_hosanna(folder: Path) -> None:
    lines = exported(folder)
    done = verified(folder, lines)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(lines[0])["public_key"] in done.stdout


def entries_of_the_longest(lines: list[bytes]) -> list[int]:
    """The places in the file of the stream with the most entries: Ann's."""
    streams: dict[str, list[int]] = {}
    for place, line in enumerate(lines[1:-1], 1):
        streams.setdefault(json.loads(line)["stream"], []).append(place)
    return max((places for stream, places in streams.items() if stream.startswith("user|")), key=len)


def altered(line: bytes, **members: Any) -> bytes:
    return json.dumps({**json.loads(line), **members}, ensure_ascii=False).encode()


def in_the_seal(lines: list[bytes], places: list[int]) -> None:
    lines[places[1]] = lines[places[1]].replace(b"login", b"logim")


def a_value(lines: list[bytes], places: list[int]) -> None:
    lines[places[1]] = lines[places[1]].replace(b"192.0.2.7", b"192.0.2.8")


def a_value_taken_away(lines: list[bytes], places: list[int]) -> None:
    lines[places[1]] = altered(lines[places[1]], open={}, salt="")


def a_line_removed(lines: list[bytes], places: list[int]) -> None:
    del lines[places[1]]


def lines_swapped(lines: list[bytes], places: list[int]) -> None:
    one, two = places[1:3]
    lines[one], lines[two] = lines[two], lines[one]


def sealed_anew(lines: list[bytes], places: list[int]) -> None:
    """The whole end of a stream, as only its head and the checkpoint know better."""
    before = json.loads(lines[places[0]])["hash"]
    for place in places[1:]:
        sealed = json.loads(lines[place])["sealed"].replace('"login"', '"logim"')
        before = hashlib.sha256(bytes.fromhex(before) + sealed.encode()).hexdigest()
        lines[place] = altered(lines[place], sealed=sealed, hash=before)


TAMPERED = (in_the_seal, a_value, a_value_taken_away, a_line_removed, lines_swapped)


@needs_openssl
@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_the_recipe_names_the_first_entry_that_was_meddled_with(
    folder: Path, tamper: Callable[[list[bytes], list[int]], None]
) -> None:
    lines = exported(folder)
    tamper(lines, entries_of_the_longest(lines))
    done = verified(folder, lines)
    assert done.returncode == 1
    assert "entry 2 of user|" in done.stderr
    assert "Traceback" not in done.stderr


@needs_openssl
def test_the_recipe_names_the_entry_from_which_on_a_stream_was_cut_off_or_sealed_anew(folder: Path) -> None:
    lines = exported(folder)
    places = entries_of_the_longest(lines)
    cut = [line for place, line in enumerate(lines) if place not in places[2:]]
    assert "entry 3 of user|" in verified(folder, cut).stderr
    sealed_anew(lines, places)
    done = verified(folder, lines)
    assert done.returncode == 1
    assert " of user|" in done.stderr


@needs_openssl
def test_the_recipe_refuses_a_file_without_its_end_and_one_that_somebody_else_signed(folder: Path) -> None:
    lines = exported(folder)
    assert verified(folder, lines[:-1]).returncode == 1
    last = json.loads(lines[-1])
    forged = altered(
        lines[-1], signature=("0" if last["signature"][0] != "0" else "1") + last["signature"][1:]
    )
    done = verified(folder, [*lines[:-1], forged])
    assert (done.returncode, done.stderr) == (1, "the last line: is not signed by that key\n")


@needs_openssl
def test_no_byte_of_an_export_can_be_changed_unseen(folder: Path) -> None:
    whole = b"\n".join(exported(folder))
    chance = random.Random(3)
    for place in chance.sample(range(len(whole)), 40):
        flipped = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        done = verified(folder, flipped.split(b"\n"))
        assert done.returncode == 1, (place, whole[max(0, place - 30) : place + 30])
        assert "Traceback" not in done.stderr
