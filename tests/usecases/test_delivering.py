"""What waits in the inboxes goes out by e-mail and Web Push: what its receiver may see then, and not for ever."""

import dataclasses
import json

import pytest
from tests.usecases.firm import MINUTE, REASON
from tests.usecases.people import devices, subscribe

from hosanna_core.model.ids import DAY, HOUR
from hosanna_core.model.instants import to_text
from hosanna_core.model.notice import Channel
from hosanna_core.ports import Pushed
from hosanna_core.testing.doubles import Letterbox
from hosanna_core.testing.samples import a_notice, a_subscription, id_of
from hosanna_core.usecases import announcing, delivering, inbox, privacy, users
from hosanna_core.usecases.delivering import deliver_due
from hosanna_core.usecases.judging import Unparsed

NOTHING = Unparsed.of({})
BY_EMAIL = {"email": True, "push": False}


class Services:
    """A `Pusher` whose services answer as they are told, by endpoint; *meanwhile* is done while one is asked."""

    public_key = "kit"

    def __init__(self):
        self.answers = {}
        self.pushed = []
        self.meanwhile = lambda: None

    def push(self, subscription, message):
        self.pushed.append((subscription.endpoint, json.loads(message)))
        assert len(message) <= 3_000
        self.meanwhile()
        return self.answers.get(subscription.endpoint, Pushed.TAKEN)

    @property
    def reached(self):
        return [endpoint for endpoint, _ in self.pushed]


@pytest.fixture
def services(firm):
    made = Services()
    firm.ports = dataclasses.replace(firm.ports, pusher=made)
    return made


def choose(firm, actor, kind="job.dispatched", **ways):
    body = {"preferences": {"notifications": {kind: ways}}}
    users.edit_own_profile(firm.ports, actor, Unparsed.of(body))


def waiting(firm, actor):
    """What of somebody's newest notice is left to do, and in how long."""
    notice = firm.ports.store.inboxes.notices(actor.id, None, 1)[0]
    return notice.channels, None if notice.due_at is None else notice.due_at - firm.clock.now()


def letters(firm):
    return firm.ports.mailer.letters


def test_a_letter_goes_to_who_chose_it_and_says_what_the_inbox_does(firm):
    choose(firm, firm.technician, **BY_EMAIL)
    firm.dispatched()
    assert letters(firm) == []
    assert deliver_due(firm.ports) == 1
    (letter,) = letters(firm)
    assert (letter.to, letter.subject) == ("tess@example.com", "J-000001 was dispatched to you")
    assert letter.text.startswith("Replace main panel\n1 Main St, Austin\n\nYou get this letter because")
    assert waiting(firm, firm.technician) == ((), None)
    assert deliver_due(firm.ports) == 0
    assert len(letters(firm)) == 1


def test_a_letter_waits_in_the_inbox_while_the_mailer_would_keep_it_waiting(firm):
    class Wary(Letterbox):
        ready = False

    firm.ports = dataclasses.replace(firm.ports, mailer=Wary())
    choose(firm, firm.technician, **BY_EMAIL)
    firm.dispatched()
    deliver_due(firm.ports)
    assert (letters(firm), waiting(firm, firm.technician)) == ([], ((Channel.EMAIL,), MINUTE))
    firm.ports.mailer.ready = True
    firm.clock.step(MINUTE)
    deliver_due(firm.ports)
    assert len(letters(firm)) == 1
    assert waiting(firm, firm.technician) == ((), None)


def test_a_push_goes_to_every_device(firm, services):
    for number in (1, 2, 3):
        subscribe(firm, firm.technician, number)
    subscribe(firm, firm.another, 4)
    job = firm.dispatched()
    deliver_due(firm.ports)
    assert sorted(services.reached) == [f"https://push.example.com/s/{n}" for n in (1, 2, 3)]
    (item,) = inbox.list_notifications(firm.ports, firm.technician, {}).items
    assert services.pushed[0][1] == {
        "id": item.id, "kind": "job.dispatched", "title": item.title, "body": item.body, "job_id": job.id,
    }  # fmt: skip
    assert waiting(firm, firm.technician) == ((), None)


def test_who_has_no_device_is_not_waited_for(firm, services):
    firm.dispatched()
    assert waiting(firm, firm.technician)[0] == (Channel.PUSH,)
    assert deliver_due(firm.ports) == 1
    assert (services.pushed, waiting(firm, firm.technician)) == ([], ((), None))


def test_a_device_that_does_not_want_it_any_more_is_forgotten(firm, services):
    for number in (1, 2):
        subscribe(firm, firm.technician, number)
    services.answers["https://push.example.com/s/1"] = Pushed.GONE
    firm.dispatched()
    deliver_due(firm.ports)
    assert devices(firm, firm.technician) == ["2"]
    assert waiting(firm, firm.technician) == ((), None)


def test_a_service_that_is_away_is_tried_again_after_pauses_that_double_up_to_an_hour_for_a_day(
    firm, services
):
    subscribe(firm, firm.technician)
    services.answers["https://push.example.com/s/1"] = Pushed.LATER
    firm.dispatched()
    pauses = []
    while True:
        deliver_due(firm.ports)
        channels, pause = waiting(firm, firm.technician)
        if pause is None:
            break
        assert channels == (Channel.PUSH,)
        pauses.append(pause // MINUTE)
        firm.clock.step(pause - 1)
        assert deliver_due(firm.ports) == 0
        firm.clock.step(1)
    assert pauses[:8] == [1, 1, 2, 4, 8, 16, 32, 60]
    assert set(pauses[7:]) == {60}
    assert sum(pauses) * MINUTE >= DAY > (sum(pauses) - 60) * MINUTE
    assert channels == ()
    assert devices(firm, firm.technician) == ["1"]


def test_once_a_device_has_it_nobody_is_told_again_for_the_sake_of_another(firm, services):
    for number in (1, 2):
        subscribe(firm, firm.technician, number)
    services.answers["https://push.example.com/s/2"] = Pushed.LATER
    firm.dispatched()
    deliver_due(firm.ports)
    assert len(services.pushed) == 2
    assert waiting(firm, firm.technician) == ((), None)


def test_what_went_out_by_e_mail_is_not_sent_again_while_push_is_tried_again(firm, services):
    choose(firm, firm.technician, email=True)
    subscribe(firm, firm.technician)
    services.answers["https://push.example.com/s/1"] = Pushed.LATER
    firm.dispatched()
    for _ in range(3):
        deliver_due(firm.ports)
        firm.clock.step(HOUR)
    assert (len(letters(firm)), len(services.pushed)) == (1, 3)


def deactivated(firm):
    users.set_active(firm.ports, firm.administrator, firm.technician.id, active=False, body=NOTHING)


def erased(firm):
    privacy.erase_person(firm.ports, firm.administrator, privacy.Person(user_id=firm.technician.id))
    # As one does that was decided before the erasure and stored after it.
    late = a_notice(1, firm.technician.id, channels=(Channel.EMAIL, Channel.PUSH), due_at=0)
    firm.ports.store.inboxes.notify(late)
    firm.ports.store.subscriptions.keep(a_subscription(1, firm.technician.id))


def read(firm):
    inbox.read_all_notifications(firm.ports, firm.technician, NOTHING)


def recalled(firm):
    job_id = firm.ports.store.inboxes.notices(firm.technician.id, None, 1)[0].job_id
    firm.do(firm.office, job_id, "recall", **REASON)


def chosen_otherwise(firm):
    choose(firm, firm.technician, email=False, push=False)


@pytest.mark.parametrize("meanwhile", [deactivated, erased, read, recalled, chosen_otherwise])
def test_what_is_not_to_be_told_any_more_when_its_time_comes_is_not(firm, services, meanwhile):
    choose(firm, firm.technician, email=True)
    subscribe(firm, firm.technician)
    firm.dispatched()
    meanwhile(firm)
    assert deliver_due(firm.ports) == 1
    assert (letters(firm), services.pushed) == ([], [])
    assert waiting(firm, firm.technician) == ((), None)


def test_what_has_expired_is_not_told_any_more(firm, services):
    choose(firm, firm.technician, "announcement", email=True)
    subscribe(firm, firm.technician)
    end = firm.clock.now() + MINUTE
    body = {"title": "Closed", "body": "Today.", "expires_at": to_text(end)}
    announcing.make_announcement(firm.ports, firm.administrator, Unparsed.of(body))
    firm.clock.step(MINUTE)
    assert deliver_due(firm.ports) == 4
    assert (letters(firm), services.pushed) == ([], [])


def test_an_announcement_goes_out_but_not_to_who_wrote_it(firm, services):
    for number, actor in enumerate((firm.administrator, firm.office, firm.technician)):
        choose(firm, actor, "announcement", email=True)
        subscribe(firm, actor, number)
    body = Unparsed.of({"title": "Closed", "body": "On Monday."})
    announcing.make_announcement(firm.ports, firm.administrator, body)
    deliver_due(firm.ports)
    assert sorted(letter.to for letter in letters(firm)) == ["office@example.com", "tess@example.com"]
    assert {letter.subject for letter in letters(firm)} == {"Closed"}
    assert sorted(services.reached) == ["https://push.example.com/s/1", "https://push.example.com/s/2"]
    assert {message["title"] for _, message in services.pushed} == {"Closed"}


@pytest.mark.parametrize("letter", ["x", "é", "光", "🔌", '"', "\n", "\\"])
def test_a_message_is_cut_so_that_every_service_takes_it(firm, services, letter):
    subscribe(firm, firm.technician)
    text = f"a{letter * 4_998}z"
    body = Unparsed.of({"title": "Closed", "body": text, "role": "TECHNICIAN"})
    announcing.make_announcement(firm.ports, firm.administrator, body)
    deliver_due(firm.ports)
    ((_, message),) = services.pushed
    assert message["title"] == "Closed"
    assert message["body"].endswith("…")
    assert text.startswith(message["body"][:-1])
    assert len(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()) > 2_900


def test_it_is_told_as_the_job_is_when_it_goes_out(firm):
    choose(firm, firm.technician, **BY_EMAIL)
    job = firm.dispatched()
    firm.patch(firm.administrator, job, {"title": "Another panel"})
    deliver_due(firm.ports)
    assert letters(firm)[0].text.startswith("Another panel\n")


def test_whoever_is_killed_while_delivering_leaves_it_to_be_delivered_after_two_minutes(firm, services):
    subscribe(firm, firm.technician)
    firm.dispatched()

    def killed():
        raise KeyboardInterrupt

    services.meanwhile = killed
    with pytest.raises(KeyboardInterrupt):
        deliver_due(firm.ports)
    services.meanwhile = lambda: None
    assert deliver_due(firm.ports) == 0
    firm.clock.step(2 * MINUTE)
    assert deliver_due(firm.ports) == 1
    assert (len(services.pushed), waiting(firm, firm.technician)) == (2, ((), None))


def test_of_two_who_deliver_at_once_each_notice_goes_to_one(firm, services):
    subscribe(firm, firm.technician)
    firm.dispatched()
    services.meanwhile = lambda: counted.append(deliver_due(firm.ports))
    counted = []
    counted.append(deliver_due(firm.ports))
    assert (sorted(counted), len(services.pushed)) == ([0, 1], 1)


def test_a_notice_that_is_read_while_it_is_delivered_stays_read(firm, services):
    subscribe(firm, firm.technician)
    services.answers["https://push.example.com/s/1"] = Pushed.LATER
    firm.dispatched()
    services.meanwhile = lambda: read(firm)
    deliver_due(firm.ports)
    assert inbox.list_notifications(firm.ports, firm.technician, {}).unread == 0
    firm.clock.step(HOUR)
    deliver_due(firm.ports)
    assert (len(services.pushed), waiting(firm, firm.technician)) == (1, ((), None))


def test_services_that_stand_still_hold_it_up_for_a_minute_at_most_and_the_rest_waits(firm, services):
    for number in range(20):
        subscribe(firm, firm.technician, number)
        services.answers[f"https://push.example.com/s/{number}"] = Pushed.LATER
    for _ in range(2):
        firm.dispatched()
    services.meanwhile = lambda: firm.clock.step(10_000)
    began = firm.clock.now()
    assert deliver_due(firm.ports) == 2
    assert firm.clock.now() - began <= MINUTE + 10_000
    assert len(services.pushed) <= 7
    left = [each.channels for each in firm.ports.store.inboxes.notices(firm.technician.id, None, 9)]
    assert left == [(Channel.PUSH,)] * 2


def test_a_server_that_stops_asks_one_device_at_most_before_it_does(firm, services):
    for number in range(3):
        subscribe(firm, firm.technician, number)
        services.answers[f"https://push.example.com/s/{number}"] = Pushed.LATER
    for _ in range(3):
        firm.dispatched()
    deliver_due(firm.ports, stopping=lambda: len(services.pushed) >= 1)
    assert len(services.pushed) == 1
    firm.clock.step(2 * MINUTE)
    services.answers.clear()
    deliver_due(firm.ports)
    assert {message["id"] for _, message in services.pushed} == {
        each.id for each in firm.ports.store.inboxes.notices(firm.technician.id, None, 9)
    }


def test_a_bounded_number_is_delivered_at_once_the_longest_due_first(firm):
    choose(firm, firm.office, "job.status_changed", **BY_EMAIL)
    job = firm.started()
    deliver_due(firm.ports)
    for number in range(1, delivering.AT_ONCE + 6):
        firm.ports.store.inboxes.notify(
            a_notice(
                number, firm.office.id, kind="job.status_changed", job_id=job.id, channels=(Channel.EMAIL,),
                due_at=firm.clock.now() - number,
            )
        )  # fmt: skip
    assert deliver_due(firm.ports) == delivering.AT_ONCE
    left = [each.id for each in firm.ports.store.inboxes.notices(firm.office.id, None, 99) if each.due_at]
    assert left == [id_of(number) for number in (5, 4, 3, 2, 1)]
