"""What a reader costs SQLite: as many statements in a large firm as in a small one, and none that walks a table."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.web.firm import JOB, REASON, WAYS, WHO, Firm

from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.ports import Store
from hosanna_web.api.table import OPERATIONS

PERIOD = "?from=2026-03-01&to=2026-03-30"
DAY = "2026-06-01"
HOURS = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
QUERIES = {
    "list_jobs": ("", "?limit=200", "?q=panel", "?sort=priority&status=CONFIRMED", f"?window_from={DAY}T00:00:00Z"),
    "list_technicians": ("", f"?available_from={DAY}T09:00:00Z&available_to={DAY}T10:00:00Z&skill=panel"),
    "list_audit_entries": ("", "?action=auth.login"),
    "list_notifications": ("", "?unread=true"),
    "get_job": ("", f"?as_of={DAY}T00:00:00Z"),
    "report_workload": (PERIOD,),
    "report_operations": (PERIOD,),
}  # fmt: skip
FOLLOWED = {"open_stream", "listen_to_events"}
"""These do not end."""
READS = [
    each
    for each in OPERATIONS
    if each.method == "GET" and each.area != "outside" and each.name not in FOLLOWED
]
IN_PART = re.compile(r"SCAN (CONSTANT ROW|groups|[a-z]|\(subquery-\d+\))( VIRTUAL TABLE INDEX \d+:\d*)?$")
"""What is given by the statement itself: its own parts, each cut off by LIMIT, and its list of ids."""
IN_ORDER = re.compile(r"SCAN (jobs USING COVERING INDEX jobs_created|audit USING INDEX audit_ids)$")
"""Whoever sees everything reads so much of the whole order as LIMIT lets them."""


class FullFirm(Firm):
    """A firm that has so many of everything."""

    def __init__(self, store: Store, count: int) -> None:
        super().__init__(store)
        for number in range(count):
            self.hire(f"tech{number}", "TECHNICIAN")
        self.crew = [self.ids[name] for name in self.ids if name.startswith("te")]
        for each in self.crew:
            body = {"timezone": "UTC", "hours": HOURS, "skills": [{"name": "panel"}]}
            self.ask("PUT", f"/technicians/{each}/availability", "admin", body)
        self.jobs = [self.moved(way, number) for number in range(count) for way in WAYS]
        self.of = {"jobs": self.busy(count), "users": self.ids["tess"], "technicians": self.ids["tess"]}
        self.of["webhooks"] = [self.webhook(number) for number in range(count)][-1]
        self.of["plans"] = [self.plan() for _ in range(count)][-1]
        link = self.made("POST", f"/technicians/{self.ids['tess']}/calendar-link", {})["path"]
        self.of["calendar"] = link.removeprefix("/calendar/")

    def made(self, method: str, target: str, body: Any, who: str = "admin", **headers: str) -> Any:
        answer = self.ask(method, target, who, body, **headers)
        assert answer.status < 300, answer.body
        return answer.json if answer.body else None

    def moved(self, way: str, number: int) -> str:
        """A job that went this way, each in an hour of its own."""
        job: str = self.made("POST", "/jobs", {**JOB, "title": f"{way} {number}"})["id"]
        for action in WAYS[way]:
            body: Any = REASON if action in {"cancel", "hold"} else {}
            if action == "assign":
                body = {"technician_id": self.ids["tess"], "override": True}
            self.made("POST", f"/jobs/{job}/transitions/{action}", body, WHO[action])
        return job

    def busy(self, count: int) -> str:
        """A job that everybody sees, with a long history, and which is followed."""
        job = self.moved("IN_PROGRESS", count)
        self.made("PUT", f"/jobs/{job}/follow", {}, "tess")
        for number in range(count):
            etag = self.ask("GET", f"/jobs/{job}", "admin").header("etag") or ""
            self.made("PATCH", f"/jobs/{job}", {"title": f"Panel {number}"}, if_match=etag)
            self.made("POST", "/announcements", {"title": f"Number {number}", "body": "To everybody"})
            self.log_in("tess")
        return job

    def webhook(self, number: int) -> str:
        body = {"url": f"https://hooks.example.com/{number}", "role": "ADMINISTRATOR"}
        hook: str = self.made("POST", "/webhooks", body)["webhook"]["id"]
        for _ in range(number):
            self.made("POST", f"/webhooks/{hook}/test", {})
        return hook

    def plan(self) -> str:
        confirmed = self.made("GET", "/jobs?status=CONFIRMED", None)["items"]
        body = {"date": DAY, "job_ids": [each["id"] for each in confirmed], "technician_ids": self.crew}
        return str(self.made("POST", "/plans", {**body, "seconds": 1})["id"])

    def read(self, path: str, query: str, who: str) -> None:
        """Ask for what is there, of one of those that are there."""
        room = path.removeprefix("/api/v1").split("/")[1]
        target = re.sub(r"\{\w+\}", lambda _: self.of[room], path)
        answer = self.ask("GET", target + query, who, base="")
        assert answer.status in {200, 403, 404}, answer.body


class StoredFirm(FullFirm):
    """Such a firm on a file."""

    def __init__(self, path: Path, count: int) -> None:
        self._opened = SqliteStore.open(path)
        self._path = path
        self.asked: list[tuple[str, Any]] = []
        super().__init__(self._opened.ports(), count)
        self._listen()

    def _listen(self) -> None:
        readers, rows = self._opened._readers, self._opened._readers.rows

        def listening(sql: str, values: Any = ()) -> list[Any]:
            self.asked.append((sql, values))
            return rows(sql, values)

        readers.rows = listening  # type: ignore[method-assign]

    def reads(self, path: str, query: str, who: str) -> list[tuple[str, Any]]:
        """What the store is asked for one request."""
        self.asked.clear()
        self.read(path, query, who)
        return list(self.asked)

    def walks(self, asked: list[tuple[str, Any]]) -> list[tuple[str, str]]:
        """The statements that walk more than they show, and how SQLite would."""
        with sqlite3.connect(self._path) as planner:
            plans = [(sql, planner.execute(f"EXPLAIN QUERY PLAN {sql}", values)) for sql, values in asked]
            steps = [(sql, row[3]) for sql, plan in plans for row in plan]
        planner.close()
        return [
            (sql, step)
            for sql, step in steps
            if "AUTOMATIC" in step
            or ("SCAN" in step and not IN_PART.match(step) and not (IN_ORDER.match(step) and "LIMIT" in sql))
        ]

    def close(self) -> None:
        self._opened.close()


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredFirm]:
    firm = StoredFirm(tmp_path_factory.mktemp("few") / "few.sqlite", 1)
    yield firm
    firm.close()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredFirm]:
    firm = StoredFirm(tmp_path_factory.mktemp("many") / "many.sqlite", 8)
    yield firm
    firm.close()


@pytest.mark.parametrize("operation", READS, ids=lambda each: each.name)
def test_a_reader_asks_as_much_of_a_large_store_as_of_a_small_one_and_walks_no_table(
    few: StoredFirm, many: StoredFirm, operation: Any
) -> None:
    for query in QUERIES.get(operation.name, ("",)):
        for who in ("admin", "office", "tess"):
            asked = many.reads(operation.path, query, who)
            assert asked, "whoever asks is looked up at least"
            assert many.walks(asked) == []
            once = Counter(kind(sql) for sql, _ in few.reads(operation.path, query, who))
            assert Counter(kind(sql) for sql, _ in asked) == once


def kind(sql: str) -> str:
    """A statement without the number of what it lists."""
    return re.sub(r"\?(, \?)*", "?", sql)
