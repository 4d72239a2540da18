"""Bringing a device up to date: whatever happens meanwhile, its copy is what a list shows once all is quiet."""

import dataclasses
import json
import random

import pytest
from tests.rules.tables import STEPS, WHO
from tests.usecases.firm import REASON, Firm
from tests.usecases.test_refusals import MAY

from hosanna_core.model.people import Actor, Role
from hosanna_core.usecases import jobs, streams, syncing

ACTORS = ("administrator", "office", "technician", "another")


class Device:
    """A client that keeps a copy as it is told to."""

    def __init__(self, ports, actor, limit=None):
        self.ports = ports
        self.actor = actor
        self.limit = limit
        self.copy = {}
        self.cursor = None

    def step(self):
        """One page; whether there is more at once."""
        query = {"limit": [str(self.limit)]} if self.limit else {}
        if self.cursor is not None:
            query["cursor"] = [self.cursor]
        page = syncing.sync(self.ports, self.actor, query)
        if page.reset:
            self.copy.clear()
        for body in page.jobs:
            self._keep(json.loads(body))
        for job_id in page.removed:
            self.copy.pop(job_id, None)
        self.cursor = page.cursor
        return page.more

    def catch_up(self):
        """To the end of what it was in the middle of, and from there to now."""
        for _ in range(2):
            while self.step():
                pass

    def listen(self, messages=1000):
        """Follow the stream until nothing comes, or for so many messages; False if nothing was recovered."""
        stream = streams.follow(self.ports, self.actor, self.cursor, patience=0)
        if not json.loads(next(stream))["recovered"]:
            return False
        for _ in range(messages):
            said = next(stream)
            if said is None:
                break
            self._hear(json.loads(said))
        return True

    def _hear(self, message):
        if message["type"] == "job.left_view":
            self.copy.pop(message["job_id"], None)
        elif message["type"].startswith("job."):
            self._keep(message["job"])
        self.cursor = message["cursor"]

    def _keep(self, job):
        if job["version"] >= self.copy.get(job["id"], job)["version"]:
            self.copy[job["id"]] = job


class Meddled:
    """A port beneath, and somebody who may come in before or after each of its answers."""

    def __init__(self, port, happen):
        self._port = port
        self._happen = happen

    def __getattr__(self, name):
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*given):
            self._happen()
            answer = found(*given)
            self._happen()
            return answer

        return call


class Restless:
    """A firm where things happen, also in the middle of what a device asks."""

    def __init__(self, seed, chance=0.3):
        self.firm = Firm()
        self.random = random.Random(seed)
        self.chance = chance
        self.ids = []
        self._busy = False
        store = self.firm.ports.store
        meddled = {
            "jobs": Meddled(store.jobs, self.perhaps),
            "feed": Meddled(store.feed, self.perhaps),
        }
        self.ports = dataclasses.replace(self.firm.ports, store=dataclasses.replace(store, **meddled))

    def perhaps(self):
        while not self._busy and self.random.random() < self.chance:
            self.happen()

    def happen(self):
        """One action of somebody."""
        self._busy = True
        try:
            self._act()
        finally:
            self._busy = False

    def _act(self):
        if len(self.ids) < 3 or (len(self.ids) < 12 and self.random.random() < 0.1):
            self.ids.append(self.firm.create().id)
            return
        job = self.firm.get(self.firm.administrator, self.random.choice(self.ids))
        if self.random.random() < 0.1 and job.status not in {"BILLED", "CANCELLED"}:
            self.firm.patch(self.firm.administrator, job, {"title": f"Title {self.random.random()}"})
            return
        actions = sorted(action for status, action in STEPS if status == job.status)
        if actions:
            self._move(job, self.random.choice(actions))

    def _move(self, job, action):
        crew = [self.firm.technician, self.firm.another]
        actor = self.firm.actor(MAY[WHO[action]])
        body = {} if action in {"confirm", "dispatch", "start", "complete", "bill"} else dict(REASON)
        if MAY[WHO[action]] == "technician":
            actor = Actor(job.technician_id, Role.TECHNICIAN)
        if action == "assign":
            body = {"technician_id": self.random.choice(crew).id, "override": True}
        if action == "reassign":
            body["technician_id"] = next(each.id for each in crew if each.id != job.technician_id)
            body["override"] = True
        if action == "reschedule":
            body["window"] = {"start": "2026-05-02T08:00:00Z", "end": "2026-05-02T10:00:00Z"}
            body["override"] = True
        if action in {"cancel", "bill"} and self.random.random() < 0.8:
            return
        self.firm.do(actor, job, action, **body)

    def seen_by(self, actor):
        found, cursor = jobs.list_jobs(self.firm.ports, actor, {"limit": ["200"]})
        assert cursor is None
        return {each["id"]: each for each in (json.loads(row.body) for row in found.rows)}


seeds = pytest.mark.parametrize(
    "seed", [*range(16, 28), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(100, 300))]
)


@seeds
def test_whatever_happens_between_and_within_its_questions_the_copy_is_right_in_the_end(seed):
    restless = Restless(seed)
    for _ in range(30):
        restless.happen()
    devices = [
        Device(restless.ports, restless.firm.actor(name), restless.random.choice([1, 2, 5, None]))
        for name in ACTORS
    ]
    for _ in range(40):
        restless.happen()
        device = restless.random.choice(devices)
        more = device.step()
        if not more and restless.random.random() < 0.3:
            device.listen(restless.random.randrange(4))
    restless.chance = 0
    for device in devices:
        device.catch_up()
        assert device.copy == restless.seen_by(device.actor)


@seeds
def test_the_cursor_of_the_last_page_leads_on_in_the_stream(seed):
    restless = Restless(seed)
    for _ in range(40):
        restless.happen()
    devices = [Device(restless.ports, restless.firm.actor(name), 3) for name in ACTORS]
    for device in devices:
        device.catch_up()
        for _ in range(restless.random.randrange(6)):
            restless.happen()
        assert device.listen(restless.random.choice([0, 1, 1000]))
    restless.chance = 0
    for device in devices:
        assert device.listen()
        assert device.copy == restless.seen_by(device.actor)


@pytest.mark.parametrize("onwards", ["catch_up", "listen"])
def test_what_comes_into_view_in_the_middle_of_a_snapshot_and_leaves_it_again_is_not_kept(firm, onwards):
    for _ in range(2):
        firm.dispatched()
    later = firm.assigned()
    device = Device(firm.ports, firm.technician, limit=1)
    assert device.step()
    firm.do(firm.office, later, "dispatch")
    while device.step():
        pass
    firm.do(firm.office, later, "recall", **REASON)
    getattr(device, onwards)()
    assert later.id not in device.copy
    assert len(device.copy) == 2


@pytest.mark.parametrize("onwards", ["catch_up", "listen"])
def test_what_comes_into_view_behind_the_end_of_what_is_folded_and_leaves_it_again_is_not_kept(firm, onwards):
    jobs_ = [firm.confirmed() for _ in range(3)]
    device = Device(firm.ports, firm.technician, limit=1)
    device.catch_up()
    for job in jobs_:
        firm.do(firm.administrator, job, "assign", technician_id=firm.technician.id)
    assert device.step()
    firm.do(firm.office, jobs_[2], "dispatch")
    while device.step():
        pass
    firm.do(firm.office, jobs_[2], "recall", **REASON)
    getattr(device, onwards)()
    assert device.copy == {}


class _Lagging:
    """The feed as a process sees it that has not heard of the end yet."""

    def __init__(self, feed, end):
        self._feed, self._end = feed, end

    def head(self):
        return self._end

    def __getattr__(self, name):
        return getattr(self._feed, name)


def test_a_process_that_is_a_little_behind_does_not_send_all_anew(firm):
    before = firm.ports.store.feed.head()
    job = firm.confirmed()
    device = Device(firm.ports, firm.administrator)
    device.catch_up()
    store = dataclasses.replace(firm.ports.store, feed=_Lagging(firm.ports.store.feed, before))
    behind = dataclasses.replace(firm.ports, store=store)
    page = syncing.sync(behind, firm.administrator, {"cursor": [device.cursor]})
    assert (page.reset, page.jobs, page.removed, page.more) == (False, (), (), False)
    assert set(device.copy) == {job.id}


@pytest.mark.parametrize(("most", "resets"), [(3, True), (4, False)])
def test_whether_it_was_too_much_is_said_at_once_and_not_in_the_middle(firm, monkeypatch, most, resets):
    device = Device(firm.ports, firm.administrator, limit=1)
    device.catch_up()
    for _ in range(2):
        firm.confirmed()
    for module in (streams, syncing):
        monkeypatch.setattr(module, "MOST_MISSED", most)
    pages = []
    while not pages or pages[-1].more:
        cursor = pages[-1].cursor if pages else device.cursor
        pages.append(syncing.sync(firm.ports, firm.administrator, {"limit": ["1"], "cursor": [cursor]}))
    assert [page.reset for page in pages] == [resets, False]


@pytest.mark.parametrize("changed", [0, 3])
def test_a_page_asks_the_feed_no_more_than_it_has_to(firm, monkeypatch, changed):
    device = Device(firm.ports, firm.administrator)
    job = firm.confirmed()
    feed, asked = firm.ports.store.feed, []
    for name in ("head", "after"):
        noted = getattr(feed, name)
        monkeypatch.setattr(
            feed, name, lambda *args, name=name, noted=noted: asked.append(name) or noted(*args)
        )
    device.step()
    assert asked == ["head", "after"]
    asked.clear()
    for number in range(changed):
        job = firm.patch(firm.administrator, job, {"title": f"Title {number}"})
    device.step()
    assert asked == ["after"]
