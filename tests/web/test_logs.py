"""The log: what a line tells and what none ever does, who writes it, and what becomes of full files."""

import contextlib
import gzip
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.web.asgi import Ask
from tests.web.firm import API, JOB, PASSWORD, Firm

from hosanna_web.data_folder import CannotStart
from hosanna_web.logs import LogSettings, keeping_log, scribe
from hosanna_web.logs.archive import LogFile
from hosanna_web.logs.lines import TextLines
from hosanna_web.logs.tracebacks import told_of

CANARY = "canary7Qx"
"""In everything that somebody says, and in no line of the log."""
DAY = 86_400


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(each) for each in path.read_text(encoding="utf-8").splitlines()]


def requests_of(path: Path) -> list[dict[str, Any]]:
    return [each for each in lines_of(path) if each["logger"] == "hosanna.access"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "hosanna.log"


def settings(file: Path, **other: Any) -> LogSettings:
    return LogSettings(file=file, **other)


def packed(file: Path) -> list[Path]:
    return sorted(file.parent.glob("*.gz"))


def closed(log: LogFile) -> None:
    """Let it go, once what was put away is compressed."""
    if log._packing is not None:
        log._packing.join()
    log.close()


def test_a_request_is_one_line_that_says_who_asked_what_and_what_came_of_it(firm: Firm, file: Path) -> None:
    job_id = firm.job("CONFIRMED")
    with keeping_log(settings(file)):
        firm.ask("GET", f"/jobs/{job_id}", "tess", x_request_id="9c1f")
        firm.ask("GET", "/jobs", "admin")
        firm.ask("GET", "/nothing/here", None)
    refused, listed, lost = requests_of(file)
    took = refused.pop("duration_ms")
    assert isinstance(took, float)
    assert took > 0
    assert refused.pop("time").endswith("Z")
    assert refused == {
        "level": "info",
        "logger": "hosanna.access",
        "message": "request",
        "request_id": "9c1f",
        "actor_id": firm.ids["tess"],
        "route": f"{API}/jobs/{{id}}",
        "method": "GET",
        "status": 404,
        "code": "not_found",
    }
    assert (listed["status"], listed["route"], listed["actor_id"]) == (200, f"{API}/jobs", firm.ids["admin"])
    assert "code" not in listed
    assert (lost["status"], lost["code"]) == (401, "unauthenticated")
    assert "actor_id" not in lost
    assert "route" not in lost
    assert listed["request_id"] != lost["request_id"]


def test_nothing_that_anybody_says_is_in_the_log(
    firm: Firm, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = f"{CANARY}@example.com"
    person = {"name": CANARY, "phone": f"+1 512 {CANARY}", "email": someone}
    job_id = firm.job(title=CANARY, customer=person)
    with keeping_log(settings(file, level="debug")):
        firm.ask("POST", "/auth/login", None, {"email": someone, "password": CANARY})
        firm.ask(
            "POST", "/auth/register", None, {"email": someone, "password": PASSWORD, "full_name": CANARY}
        )
        firm.ask("POST", "/auth/password/forgot", None, {"email": someone})
        firm.ask("POST", "/auth/refresh", None, {"refresh_token": CANARY})
        firm.ask("GET", f"/jobs?q={CANARY}&{CANARY}=1", "admin")
        firm.ask("GET", f"/jobs/{CANARY}", "admin")
        firm.ask("GET", f"/calendars/{CANARY}.ics", None)
        firm.ask("POST", "/jobs", "admin", {**JOB, "title": CANARY, CANARY: 1}, idempotency_key=CANARY)
        firm.ask("PATCH", f"/jobs/{job_id}", "tess", {"title": CANARY}, if_match=f'"{CANARY}"')
        firm.ask("POST", f"/jobs/{job_id}/transitions/{CANARY}", "admin", {"reason": CANARY})
        firm.ask("POST", f"/jobs/{job_id}/transitions/cancel", "admin", {"reason": CANARY})
        firm.ask("POST", "/sync", "tess", {"commands": [{"key": CANARY, "job_id": CANARY, "action": CANARY}]})
        firm.send(Ask(CANARY, f"/{CANARY}", CANARY, raw=CANARY.encode(), host=CANARY.encode()))
        firm.ask("GET", "/jobs", "admin", user_agent=CANARY, x_request_id=f'"{CANARY}"', origin=CANARY)

        def fails(*_: Any) -> Any:
            try:
                raise KeyError(someone)
            except KeyError as error:
                raise ValueError(f"duplicate key {CANARY}") from error

        monkeypatch.setattr(type(firm.ports.store.jobs), "page", fails)
        assert firm.ask("GET", "/jobs", "admin").status == 500
    told = file.read_text(encoding="utf-8")
    assert CANARY not in told
    for secret in (*firm.tokens.values(), PASSWORD, "Ann Lee", "tess@example.com", "192.0.2.1"):
        assert secret not in told
    assert len(requests_of(file)) == 15
    (fault,) = (each for each in lines_of(file) if "traceback" in each)
    assert (fault["level"], fault["error"], fault["route"]) == ("error", "ValueError", f"{API}/jobs")
    assert fault["request_id"] == requests_of(file)[-1]["request_id"]
    assert fault["traceback"].count("withheld") == 2
    assert "list_jobs" in fault["traceback"], "where it happened is told"


def test_what_an_error_says_is_told_where_it_quotes_nobody_or_where_nobody_minds() -> None:
    class Quoting(OSError):
        """A kind of an error whose words are plain, with words that are not."""

    with pytest.raises(TimeoutError) as raised:
        raise TimeoutError("the store is silent") from ExceptionGroup("two", [Quoting(CANARY)])
    told = told_of(raised.value, words=False)
    assert CANARY in told_of(raised.value, words=True)
    assert told.endswith("TimeoutError: the store is silent")
    assert CANARY not in told
    assert "which caused" in told
    assert "1 of 1" in told


def test_a_chain_of_errors_without_end_is_told_to_some_depth() -> None:
    error: Exception = ValueError("first")
    for _ in range(5_000):
        behind, error = error, ValueError("next")
        error.__context__ = behind
    assert told_of(error, words=True).count("ValueError") < 20


def test_nobody_writes_a_line_of_their_own() -> None:
    record = logging.LogRecord("hosanna.web", logging.ERROR, "", 0, "a\nb\x1b[2J\ud800", (), None)
    assert TextLines(words=True).format(record).endswith(r"ERROR    hosanna.web: a\nb\x1b[2J\ud800")


def test_loggers_that_are_none_of_ours_tell_only_what_they_warn_of(file: Path) -> None:
    before = logging.getLogger().handlers[:], logging.getLogger("hosanna").level
    with keeping_log(settings(file, level="debug")):
        logging.getLogger("pymongo.command").debug("find %s", CANARY)
        logging.getLogger("asyncio").warning("slow", extra={"person": CANARY})
        logging.getLogger("hosanna.web").debug("half a pair: %s", "\ud800")
    assert [each["message"] for each in lines_of(file)] == ["slow", "half a pair: \\ud800"]
    assert CANARY not in file.read_text(encoding="utf-8")
    assert (logging.getLogger().handlers, logging.getLogger("hosanna").level) == before


def test_a_level_above_info_leaves_requests_out(firm: Firm, file: Path) -> None:
    with keeping_log(settings(file, level="warning")):
        firm.ask("GET", "/jobs", "admin")
        logging.getLogger("hosanna.web").warning("Look here.")
    assert [each["message"] for each in lines_of(file)] == ["Look here."]


def test_who_reads_no_log_holds_nobody_up_and_what_is_lost_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scribe, "MOST_WAITING", 50)
    monkeypatch.setattr(scribe, "LAST_WORDS", 0.05)
    stuck = threading.Event()
    lost: list[int] = []
    hand = scribe.Scribe(lambda _: _none(stuck.wait(60)), lost.append)
    for number in range(200):
        hand.handle(logging.LogRecord("x", logging.INFO, "", 0, "%d", (number,), None))
    assert sum(lost) >= 149
    before = sum(lost)
    hand.handle(logging.LogRecord("x", logging.INFO, "", 0, "%d %d", (1,), None))
    assert sum(lost) == before + 1, "a call that is wrong is no reason to fail"
    hand.close()
    stuck.set()


def test_a_full_disk_loses_lines_and_no_more(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.write
    lost: list[int] = []
    with keeping_log(settings(file), lost.append):
        log = logging.getLogger("hosanna.web")
        log.info("before")
        _drained()
        monkeypatch.setattr(os, "write", lambda descriptor, data: really(descriptor, data[:9]))
        log.info("torn")
        _drained()
        monkeypatch.undo()
        log.info("after")
    whole = [each for each in file.read_text().splitlines() if each.endswith("}")]
    assert [json.loads(each)["message"] for each in whole] == ["before", "after"]
    assert lost == [1]


def _none(_: object) -> None:
    return None


def _drained() -> None:
    """Come back once the thread has written all that it was given."""
    (hand,) = (each for each in logging.getLogger().handlers if isinstance(each, scribe.Scribe))
    hand.flush()


def test_a_file_that_cannot_be_opened_is_found_out_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="LOG_FILE"), keeping_log(settings(tmp_path)):
        pass


def test_a_file_that_is_large_is_put_away_compressed_and_the_oldest_go(file: Path) -> None:
    log = LogFile(file, most=100, keep=3)
    for number in range(10):
        log.write(f"{number}" * 60 + "\n")
        if log._packing is not None:
            log._packing.join()
    log.close()
    assert [gzip.decompress(each.read_bytes())[:1] for each in packed(file)] == [b"6", b"7", b"8"]
    assert file.read_text().startswith("9")
    assert len(list(file.parent.iterdir())) == 4
    assert {each.stat().st_mode & 0o777 for each in file.parent.iterdir()} == {0o600}


def test_a_file_of_yesterday_is_put_away_and_what_a_kill_left_is_compressed(file: Path) -> None:
    log = LogFile(file, most=None, keep=9)
    log.write("yesterday\n")
    log.write("still\n")
    left = file.with_name(f"{file.name}.20200101T000000.000Z")
    left.write_text("left\n")
    file.with_name(f"{left.name}.gz.part").write_text("half")
    os.utime(file, (time.time() - DAY, time.time() - DAY))
    log.write("today\n")
    closed(log)
    assert [gzip.decompress(each.read_bytes()) for each in packed(file)] == [b"left\n", b"yesterday\nstill\n"]
    assert file.read_text() == "today\n"
    assert not list(file.parent.glob("*.part"))


def test_what_is_put_away_last_has_the_last_name_however_quickly_it_comes_and_where_the_clock_was_set_back(
    file: Path,
) -> None:
    file.parent.mkdir()
    tomorrow = time.strftime("%Y%m%dT%H%M%S", time.gmtime(time.time() + DAY))
    file.with_name(f"{file.name}.{tomorrow}.999Z").write_text("of a clock that was ahead\n")
    log = LogFile(file, most=20, keep=2)
    for number in range(6):
        log.write(f"{number}" * 19 + "\n")
        if log._packing is not None:
            log._packing.join()
    log.close()
    assert [gzip.decompress(each.read_bytes())[:1] for each in packed(file)] == [b"3", b"4"]


def test_of_a_link_the_file_that_it_leads_to_is_put_away_and_the_link_stays(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("before\n")
    link = file.with_name("link.log")
    link.symlink_to(file)
    log = LogFile(link, most=20, keep=3)
    log.write("no room for this one\n")
    closed(log)
    assert (link.is_symlink(), link.read_text()) == (True, "no room for this one\n")
    assert [gzip.decompress(each.read_bytes()) for each in packed(file)] == [b"before\n"]


def test_what_somebody_else_moves_away_is_made_anew(file: Path) -> None:
    log = LogFile(file, most=None, keep=9)
    log.write("before\n")
    file.rename(file.with_suffix(".1"))
    log.write("after\n")
    file.unlink()
    log.write("anew\n")
    closed(log)
    assert file.read_text() == "anew\n"
    assert file.with_suffix(".1").read_text() == "before\n"


WRITER = """
import sys
from pathlib import Path
from hosanna_web.logs.archive import LogFile
log = LogFile(Path(sys.argv[1]), most=20_000, keep=1_000)
for number in range(1_000):
    log.write(f"{sys.argv[2]} {number:06} {'x' * 80}\\n")
if log._packing is not None:
    log._packing.join()
log.close()
"""


@contextlib.contextmanager
def writers(file: Path, count: int) -> Iterator[None]:
    started = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(file), str(number)]) for number in range(count)
    ]
    yield
    assert [each.wait(120) for each in started] == [0] * count


@pytest.mark.deep
def test_processes_that_share_a_file_lose_no_line_of_each_other_while_it_is_put_away_again_and_again(
    file: Path,
) -> None:
    with writers(file, 3):
        pass
    put_away = sorted(each for each in file.parent.iterdir() if each != file)
    found = [
        line
        for each in (*put_away, file)
        for line in (
            gzip.decompress(each.read_bytes()) if each.suffix == ".gz" else each.read_bytes()
        ).splitlines()
    ]
    assert len(put_away) > 10
    assert len(found) == 3_000
    assert {(*line.split()[:2], len(line)) for line in found} == {
        (b"%d" % who, b"%06d" % number, 89) for who in range(3) for number in range(1_000)
    }
