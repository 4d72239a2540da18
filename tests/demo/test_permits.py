"""Real permits: each ends where the city says that it ended, on the days of its year."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from hosanna_adapters.memory import MemoryStore
from hosanna_adapters.system import SteppedOutside
from hosanna_core.model.ids import DAY
from hosanna_core.model.query import JobFilter, Sort, UserFilter
from hosanna_core.ports import Store
from hosanna_core.rules import history
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.doubles import ports_on
from hosanna_web.demo.diary import at
from hosanna_web.demo.people import addresses
from hosanna_web.demo.permits import read_permits
from hosanna_web.demo.showing import Report
from hosanna_web.demo.staging import stage
from hosanna_web.importing.records import UnfitFile

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "austin_electrical_permits_2014.csv"
HEADER = (
    "permit_number,sub_type,work_type,permit_location,date_issued,work_description,status,contractor,lat,lng"
)
ENDS = {
    "Final": "BILLED",
    "Closed": "BILLED",
    "Active": "IN_PROGRESS",
    "Inactive Pending Revision": "IN_PROGRESS",
    "On Hold": "ON_HOLD",
    "Withdrawn": "CANCELLED",
    "VOID": "CANCELLED",
    "Expired": "CANCELLED",
    "Cancelled - Contractor Required": "CANCELLED",
}
"""As the year is to be read, restated by hand."""


def written(folder: Path, *rows: str) -> Path:
    path = folder / "permits.csv"
    path.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    return path


def row(number: str, state: str, contractor: str = "Ace Electric", day: str = "01/02/2014") -> str:
    return f"{number},Residential,Remodel,1 MAIN ST,{day},,{state},{contractor},,"


def played(store: Store, path: Path) -> Report:
    permits = read_permits(path)
    clock = SteppedOutside(at(permits.played[0].issued, 0) - DAY)
    return stage(replace(ports_on(store), outside=clock), clock, permits, "a store")


@pytest.mark.parametrize(("state", "status"), ENDS.items())
def test_a_permit_ends_where_its_state_says(tmp_path: Path, state: str, status: str) -> None:
    store = MemoryStore().ports()
    assert played(store, written(tmp_path, row("1", state))).jobs == {status: 1}
    (only,) = store.jobs.page(SEES_ALL, JobFilter(), Sort.OLDEST, None, 2).rows
    last = history.documents(store.jobs.history(only.id))[-1]
    if status in ("CANCELLED", "ON_HOLD"):
        assert last.reason == state


def test_the_dates_are_those_of_the_permits(tmp_path: Path) -> None:
    store = MemoryStore().ports()
    played(store, written(tmp_path, row("2", "Final", day="07/01/2014"), row("1", "Final", day="01/02/2014")))
    rows = store.jobs.page(SEES_ALL, JobFilter(), Sort.OLDEST, None, 9).rows
    documents = [msgspec.json.decode(row.body) for row in rows]
    assert [job["external_ref"] for job in documents] == ["1", "2"]
    assert [job["created_at"][:10] for job in documents] == ["2014-01-02", "2014-07-01"]
    assert all(job["window"]["start"] == job["stages"]["IN_PROGRESS"] for job in documents)


def test_names_that_differ_are_different_contractors_and_no_name_is_the_house(tmp_path: Path) -> None:
    store = MemoryStore().ports()
    names = ("A.B. Electric", "AB Electric", "A B Electric", "AB Electric", "")
    report = played(store, written(tmp_path, *(row(str(n), "Final", name) for n, name in enumerate(names))))
    emails = {user.full_name: user.email for user in store.users.page(UserFilter(), None, 50).rows}
    assert report.users == 1 + 3 + 3 + 10
    assert len(set(emails.values())) == report.users
    assert {"A.B. Electric", "AB Electric", "A B Electric"} < set(emails)


def test_addresses_stay_short_and_never_meet() -> None:
    names = ["x" * 300, "x" * 301, "¾", "!!", "X", "x", "x-2", "x 2", "Admin", "House 01", "house01"]
    made = [address for _, address in addresses(names)]
    assert len(set(made)) == len(names)
    assert max(map(len, made)) < 80


def test_a_number_that_comes_twice_is_one_job_and_told(tmp_path: Path) -> None:
    report = played(MemoryStore().ports(), written(tmp_path, row("1", "Final"), row("1", "VOID")))
    assert report.jobs == {"BILLED": 1}
    assert report.not_played == ("1 is there already",)


def test_rows_that_cannot_be_played_are_told(tmp_path: Path) -> None:
    rows = (row("1", "Final"), row("2", "Lost"), row("3", "Final", day="02/30/2014"), "4,short")
    permits = read_permits(written(tmp_path, *rows))
    assert len(permits.played) == 1
    assert [text.split()[1] for text in permits.unplayable] == ["3", "4", "5"]


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UnfitFile, match="permit_number"):
        read_permits(path)


@pytest.mark.deep
@pytest.mark.skipif(not REAL.is_file(), reason="the permits of 2014 are not beside the project")
def test_the_year_2014_ends_as_it_ended() -> None:
    # On a disk it waits for a hundred thousand commits; of the stores the month tells.
    store = MemoryStore().ports()
    report = played(store, REAL)
    assert report.jobs == {"IN_PROGRESS": 613, "ON_HOLD": 1, "BILLED": 15_330, "CANCELLED": 1_201}
    assert report.not_played == ()
    assert report.accepted > 100_000
    # An Administrator, the office, every spelling of a contractor, and the house.
    assert report.users == 1 + 3 + 722 + 10
    verified = Counter[str]()
    for sort in (Sort.OLDEST, Sort.NEWEST, Sort.WINDOW):
        for listed in store.jobs.page(SEES_ALL, JobFilter(), sort, None, 200).rows:
            job = store.jobs.get(listed.id, SEES_ALL)
            assert job is not None
            history.verify(job, store.jobs.history(job.id))
            verified[job.status] += 1
    assert verified.total() == 600
