"""Who is calling is kept for a moment, and nobody acts by a right that was taken away."""

from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.database import Database
from tests.adapters.mongo.conftest import Operations
from tests.web.firm import REASON, Firm

from hosanna_adapters.mongo import MongoStore
from hosanna_adapters.mongo.callers import KEPT, MOST_KEPT, Callers
from hosanna_adapters.mongo.queries import Driver
from hosanna_adapters.mongo.rarity import MOST, REMEMBERED, Rarity
from hosanna_core.model.change import Change, Receipt
from hosanna_core.model.event import Ref
from hosanna_core.model.people import Caller, Role
from hosanna_core.ports import Store
from hosanna_core.testing.contracts.base import stored_user
from hosanna_core.testing.samples import START, a_user, after, id_of


class Steps:
    """Processes with callers of their own, one user, and a clock that each of them reads for itself."""

    def __init__(self, processes: int) -> None:
        self.now = 0.0
        self.epoch = 0
        self.processes = [
            Callers(self._read, KEPT, clock=lambda: self.now, sleep=self._sleep) for _ in range(processes)
        ]
        self.takes = 0.0
        self.changes_in_between = False

    def _read(self, user_id: str) -> Caller:
        """What is read was so at the beginning; the answer comes later, and something may have changed by then."""
        read = Caller(id=user_id, role=Role.TECHNICIAN, active=True, session_epoch=self.epoch)
        self.now += self.takes
        self.epoch += self.changes_in_between
        return read

    def _sleep(self, seconds: float) -> None:
        self.now += seconds


@given(st.data())
def test_what_was_answered_is_known_everywhere_whatever_was_read_when(data: st.DataObject) -> None:
    steps = Steps(3)
    answered = 0
    for _ in range(data.draw(st.integers(1, 25))):
        process = data.draw(st.sampled_from(steps.processes))
        steps.now += data.draw(st.floats(0, 0.3))
        steps.takes = data.draw(st.sampled_from([0.0, 0.01, 0.2, 0.4]))
        if data.draw(st.booleans()):
            steps.changes_in_between = data.draw(st.booleans())
            found = process.get("u")
            assert found is not None
            assert found.session_epoch >= answered
        else:
            steps.epoch += 1
            changed = steps.epoch
            process.outlive()
            answered = changed


def test_however_many_call_few_are_kept_and_nobody_who_is_not_there() -> None:
    asked = []

    def read(user_id: str) -> Caller | None:
        asked.append(user_id)
        if user_id == "nobody":
            return None
        return Caller(id=user_id, role=Role.TECHNICIAN, active=True, session_epoch=0)

    callers = Callers(read, KEPT, clock=lambda: 0.0)
    for number in range(3 * MOST_KEPT):
        callers.get(str(number))
    assert len(callers._known) <= MOST_KEPT
    asked.clear()
    for _ in range(2):
        callers.get("nobody")
        callers.get(str(3 * MOST_KEPT - 1))
    assert asked == ["nobody", "nobody"]


@pytest.fixture
def keeping(watched_database: Database[dict[str, Any]]) -> MongoStore:
    """A store that keeps who is calling, as a server's does, and whose operations are written down."""
    return MongoStore(watched_database, callers_kept=KEPT)


def test_the_next_request_of_another_process_is_refused_once_a_change_was_answered(
    keeping: MongoStore, wire_database: Database[dict[str, Any]]
) -> None:
    here, there = keeping.ports(), MongoStore(wire_database, callers_kept=KEPT).ports()
    user = stored_user(here, a_user(1))
    stopped: list[bool] = []
    asking = Thread(target=_ask_until, args=(there, user.id, stopped))
    asking.start()
    try:
        for number in range(1, 6):
            user = stored_user(here, after(user, session_epoch=number), user)
            caller = there.users.calling(user.id)
            assert caller is not None
            assert caller.session_epoch == number
    finally:
        stopped.append(True)
        asking.join()


def _ask_until(store: Store, user_id: str, stopped: list[bool]) -> None:
    """Keep the answer as fresh, and so as misleading, as can be."""
    while not stopped:
        store.users.calling(user_id)


def test_a_change_that_is_asked_for_again_answers_as_late(keeping: MongoStore) -> None:
    store, waited = keeping.ports(), []
    keeping.users.callers._sleep = waited.append
    user = stored_user(store, a_user(1))
    receipt = Receipt(key="k", body="b", subject=Ref("user", user.id), version=2, at=START)
    store.ledger.commit(Change(root=after(user, active=False), expected=user.version, receipt=receipt))
    assert store.receipts.get("k", START) == receipt
    assert waited == [KEPT, KEPT]


def test_who_calls_again_and_again_is_read_once(keeping: MongoStore, operations: Operations) -> None:
    store = keeping.ports()
    user = stored_user(store, a_user(1))
    operations.forget()
    assert {store.users.calling(user.id) for _ in range(20)} == {user.caller}
    assert store.users.calling(id_of(2)) is None
    assert operations.names == ["find", "find"]


def test_a_request_costs_one_operation(keeping: MongoStore, operations: Operations) -> None:
    firm = Firm(keeping.ports())
    job = firm.job("DISPATCHED")
    keeping.users.callers._kept = 60.0  # longer than this test may be held up for
    keeping.users.callers._known.clear()  # who was read before would be read again in the midst of it
    firm.ask("GET", "/users/me", "tess")
    for method, path, sent in (
        ("GET", "/jobs", ["find"]),
        ("GET", f"/jobs/{job}", ["find"]),
        ("GET", "/jobs?status=DISPATCHED&sort=window", ["find"]),
        ("GET", f"/jobs/{job}/transitions", ["find"]),
    ):
        operations.forget()
        assert firm.ask(method, path, "tess").status == 200
        assert operations.names == sent, path
    firm.ask("GET", "/jobs", "admin")
    for path, sent in (
        ("/jobs?q=panel", ["aggregate", "find"]),  # how rare the word is, and what has it
        ("/jobs?q=panel&limit=1", ["find"]),
        ("/jobs?q=panel&priority=NORMAL", ["find"]),
    ):
        operations.forget()
        assert firm.ask("GET", path, "admin").status == 200
        assert operations.names == sent, path
    for action, body in (("start", {}), ("hold", REASON), ("resume", REASON)):
        operations.forget()
        assert firm.move(job, action, "tess", body).status == 200
        assert [next(iter(each.items())) for each in operations.sent] == [
            ("find", "jobs"), ("find", "followers"), ("update", "jobs"),
        ]  # fmt: skip


def test_how_rare_a_word_is_is_remembered_for_a_moment() -> None:
    now, counted = [0.0], []

    def count(driver: Driver) -> bool:
        counted.append(driver.query["words"])
        return driver.query["words"] == "rare"

    rarity = Rarity(count, clock=lambda: now[0])
    rare, common = (Driver({"words": word}, "words") for word in ("rare", "common"))
    for _ in range(3):
        assert (rarity.is_rare(rare), rarity.is_rare(common)) == (True, False)
    now[0] = REMEMBERED
    assert rarity.is_rare(rare)
    assert counted == ["rare", "common", "rare"]
    for number in range(MOST + 1):
        rarity.is_rare(Driver({"words": str(number)}, "words"))
    assert len(rarity._known) <= MOST
