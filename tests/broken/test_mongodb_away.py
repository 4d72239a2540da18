"""MongoDB is stopped, killed, refusing or silent: all are told within two seconds, and served again within five."""

import json
import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.broken.house import (
    ALIVE,
    AT_ONCE,
    Answer,
    House,
    crowd,
    house,
    kinds,
    slowest,
    together,
    well_after,
)
from tests.broken.wired import WAYS, Wired, wired
from tests.cli.lines import Gone, Line

pytestmark = pytest.mark.deep

AWAY = 4.0
"""Seconds that it stays away: longer than anything waits."""
TOLD = 10.0
"""Seconds after its return in which whoever listens has heard what happened."""
RESUME = {1012, 4409}


@dataclass
class Outage:
    """What was heard, and when the store went and was back."""

    house: House
    lines: list[Line]
    before: int
    """So many jobs were there when they began to listen."""
    heard: list[Answer]
    went: float
    away: list[Answer]
    back: float


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wired]:
    with wired(tmp_path_factory.mktemp("wire")) as found:
        yield found


@pytest.fixture(scope="module")
def served(store: Wired, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house"), MONGODB_URI=store.uri) as found:
        yield found


@pytest.fixture(scope="module", params=WAYS)
def outage(request: pytest.FixtureRequest, store: Wired, served: House) -> Outage:
    """One outage, from well to well, while a crowd asks."""
    break_it, mend_it = WAYS[request.param]
    lines = [served.listen(events=False), served.listen(events=True)]
    assert [line.take()["type"] for line in lines] == ["hello", "hello"]
    before = len(served.jobs)
    questions = (served.list, served.log_in, served.make, served.move, served.ready, served.knock)
    with crowd(*questions, *[served.list] * 4, served.live) as heard:
        time.sleep(1)
        went = time.monotonic()
        break_it(store)
        time.sleep(AWAY)
        away = together(*questions, served.follow)
        mend_it(store)
        back = time.monotonic()
        again = (served.list, served.log_in, served.make, served.ready)
        recovered = {each.__name__: well_after(each, back) for each in again}
        time.sleep(1)
    print(request.param, slowest(heard), slowest(away), recovered)
    return Outage(served, lines, before, heard, went, away, back)


def test_everybody_is_told_within_two_seconds_to_come_back(outage: Outage) -> None:
    assert all(each.refused for each in outage.away), outage.away
    assert max(slowest(outage.away).values()) < AT_ONCE, slowest(outage.away)


def test_whoever_was_being_served_when_it_went_is_told_within_two_seconds(outage: Outage) -> None:
    assert max(slowest(outage.heard).values()) < AT_ONCE, slowest(outage.heard)
    assert all(each.status in {101, 200, 201, 409} or each.refused for each in outage.heard), kinds(
        outage.heard
    )


def test_the_process_says_that_it_lives_all_the_while(outage: Outage) -> None:
    alive = [each for each in outage.heard if each.what == "live"]
    assert {each.status for each in alive} == {200}
    assert max(each.seconds for each in alive) < ALIVE
    assert [each for each in alive if outage.went < each.asked_at < outage.back]


def test_readiness_names_the_store(outage: Outage) -> None:
    (told,) = [json.loads(each.body) for each in outage.away if each.what == "ready"]
    assert told["code"] == "not_ready"
    assert told["dependencies"][0]["name"] == "store"
    assert told["dependencies"][0]["mode"] == "away"


def test_what_was_acknowledged_is_there(outage: Outage) -> None:
    for job_id in outage.house.jobs:
        assert outage.house.ask("get", "GET", f"/api/v1/jobs/{job_id}").status == 200


def test_who_listened_is_told_what_happened_or_comes_back_and_is(outage: Outage) -> None:
    last = outage.house.make()
    assert last.status == 201
    for line, events in zip(outage.lines, (False, True), strict=True):
        seen = told(outage.house, line, outage.house.jobs[-1], events=events)
        made = outage.house.jobs[outage.before :]
        missed = [place for place, job_id in enumerate(made) if job_id not in seen]
        assert not missed, f"of {len(made)} these were not told of: {missed}"


def test_in_the_end_all_is_well(outage: Outage) -> None:
    until = time.monotonic() + TOLD
    while (found := json.loads(outage.house.ready().body))["status"] != "ok":
        assert time.monotonic() < until, found
        time.sleep(0.2)


def told(house: House, line: Line, last: str, *, events: bool) -> set[str]:
    """The jobs that were told of as made, each once, until the *last*."""
    seen: list[str] = []
    codes: list[int | None] = []
    cursor, until = None, time.monotonic() + TOLD
    while last not in seen:
        try:
            message = line.take(max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise AssertionError(f"{last} is not told of; {len(seen)} others are") from None
        except Gone as gone:
            codes.append(gone.code)
            line = house.listen(cursor, events=events)
            assert line.take()["recovered"]
            continue
        cursor = message["cursor"]
        if message["type"] == "job.created":
            seen.append(message["job"]["id"])
    line.hang_up()
    assert events or RESUME.issuperset(codes), codes
    assert len(seen) == len(set(seen)), "told twice"
    return set(seen)
