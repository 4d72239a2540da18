"""A copy that is right whatever comes late, twice, or not at all."""

import json
import random
from typing import Any

import pytest
from tests.client.devices import session_at
from tests.web.firm import Firm

from hosanna_web.client import LocalCopy, LoggedOut, MemoryShelf, Session


@pytest.fixture
def session() -> Session:
    shelf = MemoryShelf()
    shelf.change("notes", put={"user_id": "tess"})
    return Session("http://hosanna.example", shelf=shelf)


@pytest.fixture
def copy(session: Session) -> LocalCopy:
    return LocalCopy(session)


def job(job_id: str, version: int) -> dict[str, Any]:
    return {"id": job_id, "version": version, "title": f"{job_id} at {version}"}


def changed(job_id: str, version: int) -> dict[str, Any]:
    return {"type": "job.updated", "job_id": job_id, "job": job(job_id, version)}


def left(job_id: str) -> dict[str, Any]:
    return {"type": "job.left_view", "job_id": job_id}


def page(*jobs: dict[str, Any], removed: tuple[str, ...] = (), reset: bool = False) -> dict[str, Any]:
    return {"jobs": list(jobs), "removed": list(removed), "reset": reset}


def versions(copy: LocalCopy) -> dict[str, int]:
    return {job_id: each["version"] for job_id, each in copy.jobs.items()}


def test_of_a_job_the_highest_version_wins_in_whatever_order_they_come(session: Session) -> None:
    messages = [changed("a", version) for version in (1, 2, 3, 3, 2)]
    for seed in range(20):
        copy = LocalCopy(session)
        random.Random(seed).shuffle(messages)
        for message in messages:
            copy.apply(message)
        assert versions(copy) == {"a": 3}
        copy.forget()


def test_what_left_the_view_is_removed_and_may_come_back_at_any_version(copy: LocalCopy) -> None:
    copy.apply(changed("a", 5))
    copy.apply(left("a"))
    copy.apply(left("a"))
    assert copy.jobs == {}
    copy.apply({"type": "job.entered_view", "job_id": "a", "job": job("a", 4)})
    assert versions(copy) == {"a": 4}


def test_a_page_puts_and_removes_and_one_that_resets_replaces_all(copy: LocalCopy) -> None:
    copy.apply_page(page(job("a", 3), job("b", 3), reset=True))
    copy.apply_page(page(job("a", 2), job("c", 1), removed=("b", "z")))
    assert versions(copy) == {"a": 3, "c": 1}
    # Of a store that was put back the versions may be lower.
    copy.apply_page(page(job("a", 1), reset=True))
    assert versions(copy) == {"a": 1}


@pytest.mark.parametrize(
    "kind", ["hello", "heartbeat", "user.updated", "notification.created", "job.something_new", "unknown"]
)
def test_what_is_about_no_job_changes_no_job(copy: LocalCopy, kind: str) -> None:
    copy.apply(changed("a", 1))
    copy.apply({"type": kind, "cursor": "c"})
    assert versions(copy) == {"a": 1}
    assert copy.cursor is None


def test_an_answer_improves_what_is_here_and_adds_nothing(copy: LocalCopy) -> None:
    copy.apply(changed("a", 2))
    copy.improve(job("a", 3))
    copy.improve(job("a", 1))
    copy.improve(job("b", 9))
    assert versions(copy) == {"a": 3}
    copy.apply(left("a"))
    copy.improve(job("a", 4))
    assert copy.jobs == {}


def test_the_next_copy_on_the_same_shelf_is_the_same(session: Session, copy: LocalCopy) -> None:
    copy.apply_page(page(job("a", 1), job("b", 1), reset=True))
    copy.apply(changed("b", 2))
    copy.apply(left("a"))
    copy.advance("here")
    again = LocalCopy(session)
    assert (again.jobs, again.cursor) == (copy.jobs, "here")
    assert again.get("b") == job("b", 2)
    again.forget()
    assert (LocalCopy(session).jobs, LocalCopy(session).cursor) == ({}, None)


class Broken(MemoryShelf):
    """A shelf that is full."""

    full = False

    def change(self, *given: Any, **more: Any) -> None:
        if self.full:
            raise OSError("no space left")
        super().change(*given, **more)


def test_what_could_not_be_kept_is_not_shown_either() -> None:
    shelf = Broken()
    shelf.change("notes", put={"user_id": "tess"})
    copy = LocalCopy(Session("http://hosanna.example", shelf=shelf))
    copy.apply(changed("a", 1))
    shelf.full = True
    for work in (
        lambda: copy.apply(changed("a", 2)),
        lambda: copy.apply(left("a")),
        lambda: copy.advance("there"),
        copy.forget,
    ):
        with pytest.raises(OSError, match="no space"):
            work()
    assert (versions(copy), copy.cursor) == ({"a": 1}, None)


def test_what_somebody_else_kept_on_the_same_shelf_is_not_mine(firm: Firm, port: int) -> None:
    shelf = MemoryShelf()
    firm.job("DISPATCHED")
    with session_at(port, "tess", shelf=shelf) as session:
        tess = LocalCopy(session)
        tess.apply_page(session.get("/sync"))
        tess.advance("here")
        session.log_in("theo@example.com", "a long enough password")
        theo = LocalCopy(session)
        assert (theo.jobs, theo.cursor) == ({}, None)
        session.log_in("tess@example.com", "a long enough password")
        assert LocalCopy(session).jobs == tess.jobs != {}


def test_nobodys_copy_is_none() -> None:
    with pytest.raises(LoggedOut):
        LocalCopy(Session("http://hosanna.example"))


def test_what_is_shown_is_json(copy: LocalCopy) -> None:
    copy.apply(changed("a", 1))
    assert json.loads(json.dumps(copy.jobs)) == copy.jobs
