"""What is shown or told to many is read in as many goes as what is for two: nothing is read one by one."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from tests.usecases.planners import DATE, PlanningFirm, site, window

from hosanna_core.model.dayplan import DayPlan
from hosanna_core.model.ids import Id
from hosanna_core.model.people import Actor
from hosanna_core.usecases import (
    announcing,
    api_keys,
    calendar_links,
    candidates,
    following,
    housekeeping,
    inbox,
    job_chains,
    jobs,
    operating,
    plan_showing,
    planning,
    privacy,
    reporting,
    roster,
    sessions,
    streams,
    syncing,
    telling,
    trail,
    users,
    webhook_deliveries,
    webhook_news,
    webhook_sending,
    webhooks,
)
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.work_exports import EXPORTS

PERIOD = {"from": [DATE], "to": ["2026-03-03"]}


class Counted:
    """A port that notes what it is asked."""

    def __init__(self, name: str, inner: Any, asked: Counter[str]) -> None:
        self._name, self._inner, self._asked = name, inner, asked

    def __getattr__(self, method: str) -> Any:
        answer = getattr(self._inner, method)
        if not callable(answer):
            return answer

        def noting(*args: Any, **kwargs: Any) -> Any:
            self._asked[f"{self._name}.{method}"] += 1
            return answer(*args, **kwargs)

        return noting


class CrowdedFirm(PlanningFirm):
    """There are so many of everything."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.hooks: list[Id] = []
        self.crew = [self.hire(f"extra{number}@example.com", "TECHNICIAN") for number in range(count)]
        self.waiting = [self.confirmed(site=site(number % 3 + 1)) for number in range(count)]
        for number, who in enumerate(self.crew):
            self.available(who)
            self.announce(f"Number {number}")
            self.assigned(who, window=window("08:00", "09:00"))
            self.completed_by(who, window=window("11:00", "12:00"))
            self.log_in(f"extra{number}@example.com")
            self.hooks.append(self.tell_elsewhere(number))
            self.make_key(number)
        # By now: the clock goes on with each step, and a token does not last.
        self.session_id = self.identify(self.log_in()).session_id
        self.agenda = self.calendar_link().path.removeprefix("/calendar/")
        self.planned = self.plan_all()
        self.moving = self.dispatched()
        for who in self.crew:
            manager = self.hire(f"manager.of.{who.id}@example.com", "OFFICE_MANAGER")
            following.follow_job(self.ports, manager, self.moving.id, Unparsed.of({}))

    def announce(self, title: str) -> None:
        body = Unparsed.of({"title": title, "body": "To everybody"})
        announcing.make_announcement(self.ports, self.administrator, body)

    def tell_elsewhere(self, number: int) -> Id:
        body = Unparsed.of({"url": f"https://hooks.example.com/{number}", "role": "ADMINISTRATOR"})
        hook_id = webhooks.create_webhook(self.ports, self.administrator, body).webhook.id
        for _ in range(number):
            webhook_deliveries.send_test(self.ports, self.administrator, hook_id, Unparsed.of({}))
        return hook_id

    def make_key(self, number: int) -> None:
        body = Unparsed.of({"name": f"Key {number}", "role": "ADMINISTRATOR", "scopes": ["jobs:read"]})
        api_keys.create_api_key(self.ports, self.administrator, body)

    def calendar_link(self) -> calendar_links.CalendarLink:
        who = self.technician
        return calendar_links.make_calendar_link(self.ports, who, who.id, Unparsed.of({}))

    def completed_by(self, who: Actor, **fields: Any) -> None:
        job = self.do(self.office, self.assigned(who, **fields), "dispatch")
        self.do(who, self.do(who, job, "start"), "complete")

    def plan_all(self) -> DayPlan:
        crew, waiting = [each.id for each in self.crew], [each.id for each in self.waiting]
        return self.plan(technician_ids=crew, job_ids=waiting, date=DATE)

    def reads(self, act: Callable[["CrowdedFirm"], object]) -> Counter[str]:
        """How often each port of the store is asked by what *act* does."""
        asked: Counter[str] = Counter()
        plain = self.ports
        names = [each.name for each in dataclasses.fields(plain.store)]
        counted = {name: Counted(name, getattr(plain.store, name), asked) for name in names}
        self.ports = self.ports_with(**counted)
        try:
            act(self)
        finally:
            self.ports = plain
        return asked


def exported(name: str) -> Callable[[CrowdedFirm], object]:
    return lambda firm: list(EXPORTS[name](firm.ports, firm.administrator, {"format": ["json"]}).pieces)


ACTS: dict[str, Callable[[CrowdedFirm], object]] = {
    "a list of jobs": lambda firm: jobs.list_jobs(firm.ports, firm.administrator, {}),
    "a list of users": lambda firm: users.list_users(firm.ports, firm.administrator, {}),
    "the roster": lambda firm: roster.list_technicians(firm.ports, firm.administrator, {}),
    "an inbox": lambda firm: inbox.list_notifications(firm.ports, firm.technician, {}),
    "candidates": lambda firm: candidates.job_candidates(
        firm.ports, firm.administrator, firm.waiting[0].id, {}
    ),
    "the workload": lambda firm: reporting.report_workload(firm.ports, firm.administrator, PERIOD),
    "the report": lambda firm: operating.report_operations(firm.ports, firm.administrator, PERIOD),
    "the making of a plan": lambda firm: firm.plan_all(),
    "a plan": lambda firm: plan_showing.plan_document(firm.ports, firm.planned),
    "a list of plans": lambda firm: planning.list_plans(firm.ports, firm.administrator, {}),
    "a list of sessions": lambda firm: sessions.list_sessions(
        firm.ports, firm.technician, firm.session_id, {}
    ),
    "a list of announcements": lambda firm: announcing.list_announcements(firm.ports, firm.technician, {}),
    "a list of webhooks": lambda firm: webhooks.list_webhooks(firm.ports, firm.administrator, {}),
    "a list of keys": lambda firm: api_keys.list_api_keys(firm.ports, firm.administrator, {}),
    "what a webhook was told": lambda firm: webhook_deliveries.list_deliveries(
        firm.ports, firm.administrator, firm.hooks[-1], {}
    ),
    "the audit trail": lambda firm: trail.list_entries(firm.ports, firm.administrator, {}),
    "an agenda": lambda firm: calendar_links.agenda_at(firm.ports, firm.agenda, {}),
    "a sync": lambda firm: syncing.sync(firm.ports, firm.administrator, {}),
    "an inbox that is read at once": lambda firm: inbox.read_all_notifications(
        firm.ports, firm.another, Unparsed.of({})
    ),
    "whom news are for": lambda firm: webhook_sending.webhooks_with_news(firm.ports),
    "the queueing of news": lambda firm: webhook_news.queue_news(firm.ports),
    "the forgetting of what is old": lambda firm: housekeeping.forget_old(firm.ports),
    "the file of a customer": lambda firm: privacy.export_person(
        firm.ports, firm.administrator, privacy.Person(email="ann@example.com")
    ),
    "the file of a user": lambda firm: privacy.export_person(
        firm.ports, firm.administrator, privacy.Person(user_id=firm.technician.id)
    ),
    "the verification of histories": lambda firm: job_chains.verify_histories(firm.ports),
    "a step that many follow": lambda firm: firm.do(firm.technician, firm.moving, "start"),
    **{f"the export of {name}": exported(name) for name in EXPORTS},
}
FOR_EACH = {"the making of a plan": "jobs.of_customer"}
"""Who knows the customer is a bounded read for each job, of five hundred at most."""


@pytest.fixture(scope="module")
def few() -> CrowdedFirm:
    return CrowdedFirm(2)


@pytest.fixture(scope="module")
def many() -> CrowdedFirm:
    return CrowdedFirm(12)


@pytest.mark.parametrize("name", ACTS)
def test_as_often_as_for_two_the_store_is_asked_for_twelve_by(
    few: CrowdedFirm, many: CrowdedFirm, name: str
) -> None:
    for_two, for_twelve = few.reads(ACTS[name]), many.reads(ACTS[name])
    for asked in (for_two, for_twelve):
        asked.pop(FOR_EACH.get(name, ""), None)
    assert for_twelve == for_two
    assert for_two.total()


def test_what_is_told_to_a_webhook_costs_a_look_at_it_and_a_note_each(many: CrowdedFirm) -> None:
    told = 3
    hook = many.tell_elsewhere(told)
    asked = many.reads(lambda firm: webhook_sending.send_due(firm.ports, hook))
    assert asked == {"deliveries.due": 1, "webhooks.get": told, "deliveries.keep": told}


def told_to_the_crew(firm: CrowdedFirm) -> Counter[str]:
    """What is read to tell each of them of news, of a job, and of what they read on another device."""
    feed, place = firm.ports.store.feed, firm.ports.store.feed.head()
    firm.announce("News")
    for who in firm.crew:
        job = firm.do(firm.office, firm.assigned(who), "dispatch")
        (notice, *_) = firm.ports.store.inboxes.notices(who.id, None, 1)
        assert notice.job_id == job.id
        firm.ports.store.inboxes.mark_read(who.id, notice.id, notice.created_at)
    followed = feed.after(place, 1_000).told
    present = {who.id: who.role for who in firm.crew}
    sealer = streams.sealer_of(firm.ports)
    return firm.reads(lambda same: telling.look(same.ports, sealer, followed, present))


def test_what_is_told_to_many_is_read_in_as_many_goes_as_for_two(few: CrowdedFirm, many: CrowdedFirm) -> None:
    for_two, for_twelve = told_to_the_crew(few), told_to_the_crew(many)
    assert for_twelve == for_two
    assert for_two["inboxes.unread_of"] == for_two["inboxes.get_many"] == 1
