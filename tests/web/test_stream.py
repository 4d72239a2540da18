"""The WebSocket: what each sees of what happens, and how they go on after they were away."""

import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.cli.listening import listening
from tests.web.firm import API, Firm
from tests.web.listeners import listens, refused
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from hosanna_adapters.memory import feed
from hosanna_core.model.feed import Stretch
from hosanna_core.rules.access import AccessPolicy
from hosanna_web.app import WebSettings, create_app
from hosanna_web.realtime import catching_up, hub, ring
from hosanna_web.realtime.follower import TURN
from hosanna_web.threshold import Threshold

MINUTE = 60_000
SOON = 10.0
"""Seconds; far less on a machine that has nothing else to do, and far more where nobody is cut off."""


@pytest.fixture
def port(firm: Firm) -> Iterator[int]:
    with listening(firm.app) as found:
        yield found


def test_the_first_message_is_hello_and_without_a_cursor_nothing_is_recovered(firm: Firm, port: int) -> None:
    with listens(firm, port, "tess") as tess:
        hello = tess.next()
        assert (hello["type"], hello["recovered"]) == ("hello", False)


def test_each_role_sees_of_a_job_on_its_way_what_it_may(firm: Firm, port: int) -> None:
    with (
        listens(firm, port, "admin") as admin,
        listens(firm, port, "office") as office,
        listens(firm, port, "tess") as tess,
        listens(firm, port, "theo") as theo,
    ):
        everybody = (admin, office, tess, theo)
        assert [each.next()["type"] for each in everybody] == ["hello"] * 4
        job = firm.job("DISPATCHED")
        # A job is shown as it is when it is sent: to whom it is gone again by then its entry is not told.
        while tess.next()["type"] != "job.entered_view":
            assert tess.heard[-1]["type"].startswith("notification.")
        firm.move(job, "recall")
        assert admin.kinds() == [
            "job.created", "job.status_changed", "job.assigned", "job.status_changed", "job.status_changed",
        ]  # fmt: skip
        assert office.kinds() == [
            "job.entered_view", "job.assigned", "job.status_changed", "job.status_changed",
        ]  # fmt: skip
        assert [kind for kind in tess.kinds() if kind.startswith("job.")] == ["job.left_view"]
        assert theo.kinds() == []
        left = tess.heard[-1]
        assert left == {"type": "job.left_view", "job_id": job, "cursor": left["cursor"]}
        entered = next(each for each in tess.heard if each["type"] == "job.entered_view")
        assert entered["job"]["title"] == "Replace main panel"


def test_a_plain_event_tells_what_changed_and_by_whom_and_shows_the_job(firm: Firm, port: int) -> None:
    job = firm.job("CONFIRMED")
    with listens(firm, port, "office") as office:
        office.next()
        firm.move(job, "assign")
        told = office.next()
    assert (told["type"], told["job_id"], told["version"]) == ("job.assigned", job, 3)
    assert told["actor_id"] == firm.ids["admin"]
    assert "technician_id" in told["fields"]
    assert told["job"] == firm.read(job).json


def test_who_comes_back_gets_all_that_was_missed_once_and_in_order(firm: Firm, port: int) -> None:
    job = firm.job("CONFIRMED")
    with listens(firm, port, "admin") as admin:
        admin.next()
        cursor = admin.cursor
    for title in ("One", "Two", "Three"):
        firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": title}, if_match="*")
    with listens(firm, port, "admin", f"?cursor={cursor}") as admin:
        hello = admin.next()
        missed = admin.until_quiet()
        firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": "Four"}, if_match="*")
        live = admin.until_quiet()
    assert hello["recovered"] is True
    assert [each["version"] for each in (*missed, *live)] == [3, 4, 5, 6]
    assert {each["job"]["title"] for each in missed} == {"Three"}, "a job is shown as it is when it is sent"


def test_every_cursor_on_the_way_leads_on_exactly_from_there(firm: Firm, port: int) -> None:
    with listens(firm, port, "office") as office:
        office.next()
        firm.job("BILLED")
        told = office.until_quiet()
    for n, message in enumerate(told):
        with listens(firm, port, "office", f"?cursor={message['cursor']}") as again:
            assert again.next()["recovered"] is True
            rest = again.until_quiet()
        assert [(each["type"], each["job_id"]) for each in rest] == [
            (each["type"], each["job_id"]) for each in told[n + 1 :]
        ]


def test_what_entered_and_left_again_meanwhile_is_silent_and_what_left_is_told_once(
    firm: Firm, port: int
) -> None:
    seen = firm.job("DISPATCHED")
    with listens(firm, port, "tess") as tess:
        tess.next()
        cursor = tess.cursor
    unseen = firm.job("DISPATCHED")
    for action in ("recall", "dispatch", "recall"):
        firm.move(seen, action)
    firm.move(unseen, "recall")
    with listens(firm, port, "tess", f"?cursor={cursor}") as tess:
        assert tess.next()["recovered"] is True
        jobs = [each for each in tess.until_quiet() if each["type"].startswith("job.")]
    assert [(each["type"], each["job_id"]) for each in jobs] == [("job.left_view", seen)]


@pytest.mark.parametrize("cursor", ["", "x", "%00%ff", "A" * 70, "A" * 3000])
def test_a_cursor_that_is_none_recovers_nothing_and_is_no_error(firm: Firm, port: int, cursor: str) -> None:
    with listens(firm, port, "tess", f"?cursor={cursor}") as tess:
        hello = tess.next()
        assert (hello["type"], hello["recovered"]) == ("hello", False)


def test_somebody_elses_cursor_recovers_nothing_even_of_the_same_role(firm: Firm, port: int) -> None:
    with listens(firm, port, "office") as office:
        office.next()
        firm.job("CONFIRMED")
        office.until_quiet()
    for who in ("owen", "admin", "tess"):
        with listens(firm, port, who, f"?cursor={office.cursor}") as other:
            assert other.next()["recovered"] is False


def test_a_cursor_of_before_a_change_of_role_recovers_nothing_even_once_the_role_is_back(
    firm: Firm, port: int
) -> None:
    with listens(firm, port, "theo") as theo:
        theo.next()
    for role in ("OFFICE_MANAGER", "TECHNICIAN"):
        firm.ask("PUT", f"/users/{firm.ids['theo']}/role", "admin", {"role": role})
        firm.tokens["theo"] = firm.log_in("theo")
        with listens(firm, port, "theo", f"?cursor={theo.cursor}") as again:
            assert again.next()["recovered"] is False


def test_a_cursor_behind_which_events_were_dropped_recovers_nothing(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listens(firm, port, "admin") as admin:
        admin.next()
    log = firm.ports.store.feed._log
    firm.job("DISPATCHED")
    while len(log.events) > 1:
        log.events.popleft()
    # Another server, which has none of it in memory.
    with (
        listening(create_app(firm.ports)) as other,
        listens(firm, other, "admin", f"?cursor={admin.cursor}") as again,
    ):
        assert again.next()["recovered"] is False
    assert feed.KEPT > 1


def test_a_change_made_by_one_server_reaches_the_clients_of_another_and_so_do_their_cursors(
    firm: Firm, port: int
) -> None:
    job = firm.job("CONFIRMED")
    with listening(create_app(firm.ports)) as other:
        with listens(firm, other, "office") as there, listens(firm, port, "office") as here:
            there.next()
            here.next()
            firm.move(job, "assign")
            assert there.next()["version"] == here.next()["version"] == 3
        firm.move(job, "dispatch")
        with listens(firm, other, "office", f"?cursor={here.cursor}") as there:
            assert there.next()["recovered"] is True
            assert there.next()["version"] == 4


def test_who_was_away_for_longer_than_memory_reaches_is_told_from_the_store(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring, "KEPT", 4)
    monkeypatch.setattr(ring, "_DROPPED_AT_ONCE", 1)
    job = firm.job("CONFIRMED")
    with listens(firm, port, "admin") as admin, listens(firm, port, "office") as office:
        admin.next()
        office.next()
        admin.connection.close()
        for n in range(20):
            firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": f"Title {n}"}, if_match="*")
        assert len(office.until_quiet()) == 20
    with listens(firm, port, "admin", f"?cursor={admin.cursor}") as again:
        assert again.next()["recovered"] is True
        assert [each["version"] for each in again.until_quiet()] == list(range(3, 23))


def test_who_missed_more_than_is_ever_told_fetches_anew(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listens(firm, port, "admin") as admin:
        admin.next()
    monkeypatch.setattr("hosanna_core.usecases.streams.MOST_MISSED", 2)
    firm.job("BILLED")
    with (
        listening(create_app(firm.ports)) as other,
        listens(firm, other, "admin", f"?cursor={admin.cursor}") as again,
    ):
        assert again.next()["recovered"] is False


@pytest.mark.parametrize(("most", "recovered"), [(5, False), (6, True)])
def test_what_is_in_memory_counts_among_what_was_missed(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch, most: int, *, recovered: bool
) -> None:
    monkeypatch.setattr(ring, "KEPT", 4)
    monkeypatch.setattr(ring, "_DROPPED_AT_ONCE", 0)
    job = firm.job("CONFIRMED")
    with listens(firm, port, "admin") as admin, listens(firm, port, "office") as office:
        admin.next()
        office.next()
        admin.connection.close()
        for n in range(6):
            firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": f"Title {n}"}, if_match="*")
        assert len(office.until_quiet()) == 6
    monkeypatch.setattr("hosanna_core.usecases.streams.MOST_MISSED", most)
    with listens(firm, port, "admin", f"?cursor={admin.cursor}") as again:
        assert again.next()["recovered"] is recovered


def test_who_takes_nothing_has_nothing_fetched_for_them(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody can be told yet is not read again and again."""
    monkeypatch.setattr(ring, "KEPT", 2)
    monkeypatch.setattr(ring, "_DROPPED_AT_ONCE", 0)
    job = firm.job("CONFIRMED")
    with listens(firm, port, "admin") as admin:
        admin.next()
    monkeypatch.setattr(catching_up, "BEHIND", 0)
    fetched: list[object] = []
    monkeypatch.setattr(catching_up, "missed", lambda *_, **__: fetched.append(1) or [])
    with listens(firm, port, "office") as office, listens(firm, port, "admin", f"?cursor={admin.cursor}"):
        office.next()
        for n in range(6):
            firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": f"Title {n}"}, if_match="*")
        assert len(office.until_quiet()) == 6
    assert not fetched


def test_nobody_keeps_all_others_out(firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MOST_OF_ONE", 2)
    with listens(firm, port, "tess") as first, listens(firm, port, "tess") as second:
        first.next()
        second.next()
        status, problem = refused(firm, port, "tess")
        assert (status, problem["code"]) == (503, "busy")
        with listens(firm, port, "theo") as another:
            assert another.next()["type"] == "hello"
        first.connection.close()
        with listens(firm, port, "tess") as again:
            assert again.next()["type"] == "hello"


@pytest.mark.parametrize("more", [True, False], ids=["where more happened", "where nothing more happened"])
def test_a_place_that_another_server_knows_already_is_waited_for(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch, *, more: bool
) -> None:
    """This one's follower sleeps; the other's client brings a cursor from ahead of it."""
    job = firm.job("CONFIRMED")
    memory = firm.ports.store.feed
    sleeping = [True]
    after = memory.after

    def sleepy(cursor: bytes, limit: int) -> object:
        if sleeping[0]:
            time.sleep(0.01)
            return Stretch((), cursor)
        return after(cursor, limit)

    awake = SimpleNamespace(epoch=memory.epoch, head=memory.head, after=after, wait=memory.wait)
    ports = replace(firm.ports, store=replace(firm.ports.store, feed=awake))  # type: ignore[arg-type]
    with listening(create_app(ports)) as other, listens(firm, port, "office") as here:
        here.next()
        monkeypatch.setattr(memory, "after", sleepy)
        # What it reads already it reads awake.
        time.sleep(2 * TURN)
        with listens(firm, other, "office") as there:
            there.next()
            firm.move(job, "assign")
            ahead = there.next()["cursor"]
        if more:
            firm.move(job, "dispatch")
        with listens(firm, port, "office", f"?cursor={ahead}") as back:
            time.sleep(0.2)
            sleeping[0] = False
            assert back.next()["recovered"] is True
            if not more:
                firm.move(job, "dispatch")
            assert back.next()["version"] == 4
    assert catching_up.PATIENCE == 2.0


def test_an_event_shows_at_most_what_a_get_shows_at_the_moment_of_sending(firm: Firm, port: int) -> None:
    """Tess was shown nothing of a job that was dispatched to her and recalled before the follower looked."""
    job = firm.job("ASSIGNED")
    with listens(firm, port, "tess") as before:
        before.next()
    with (
        listens(firm, port, "tess", f"?cursor={before.cursor}") as tess,
        listens(firm, port, "office") as office,
    ):
        assert tess.next()["recovered"]
        office.next()
        dispatched_and_recalled_unseen(firm, job)
        assert office.kinds() == ["job.status_changed"] * 2
        assert [kind for kind in tess.kinds() if kind.startswith("job.")] == []


def test_who_fetched_anew_may_have_what_was_withheld_and_is_told_that_it_left(firm: Firm, port: int) -> None:
    """The list that she fetched, behind the greeting's back, may have shown the job."""
    job = firm.job("ASSIGNED")
    with listens(firm, port, "tess") as tess:
        assert not tess.next()["recovered"]
        dispatched_and_recalled_unseen(firm, job)
        assert [kind for kind in tess.kinds() if kind.startswith("job.")] == ["job.left_view"]


def dispatched_and_recalled_unseen(firm: Firm, job: str) -> None:
    """Recalled when the follower has read that it was dispatched, and not looked yet."""
    memory = firm.ports.store.feed
    after, held = memory.after, []

    def late(cursor: bytes, limit: int) -> object:
        stretch = after(cursor, limit)
        if stretch.told and not held:
            held.append(firm.move(job, "recall").status)
        return stretch

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(memory, "after", late)
        firm.move(job, "dispatch")
        while not held:
            time.sleep(0.01)
    assert held == [200]


def test_changes_of_users_are_for_administrators_and_the_user(firm: Firm, port: int) -> None:
    with (
        listens(firm, port, "admin") as admin,
        listens(firm, port, "tess") as tess,
        listens(firm, port, "office") as office,
    ):
        for each in (admin, tess, office):
            each.next()
        firm.ask("PATCH", "/auth/me", "tess", {"phone": "512 555 0100"})
        assert [(each["type"], each["user"]["phone"]) for each in tess.until_quiet()] == [
            ("user.updated", "512 555 0100")
        ]
        assert admin.kinds() == ["user.updated"]
        assert office.kinds() == []
        assert "password" not in str(tess.heard).lower()


def test_a_ticket_opens_one_connection_in_place_of_a_token(firm: Firm, port: int) -> None:
    made = firm.ask("POST", "/stream/tickets", "tess")
    assert (made.status, made.json["expires_in"]) == (201, 30)
    ticket = made.json["ticket"]
    with listens(firm, port, None, f"?ticket={ticket}") as tess:
        assert tess.next()["type"] == "hello"
    assert refused(firm, port, None, f"?ticket={ticket}")[0] == 401


def test_a_ticket_is_good_for_thirty_seconds(firm: Firm, port: int) -> None:
    ticket = firm.ask("POST", "/stream/tickets", "tess").json["ticket"]
    firm.clock.step(30_000)
    assert refused(firm, port, None, f"?ticket={ticket}")[0] == 401


def test_a_ticket_of_a_session_that_was_ended_opens_nothing(firm: Firm, port: int) -> None:
    ticket = firm.ask("POST", "/stream/tickets", "tess").json["ticket"]
    firm.ask("POST", "/auth/logout", "tess")
    assert refused(firm, port, None, f"?ticket={ticket}")[0] == 401


@pytest.mark.parametrize("ticket", ["", "x", "A" * 200, "A" * 3000, "%ff"])
def test_a_ticket_that_is_none_opens_nothing(firm: Firm, port: int, ticket: str) -> None:
    assert refused(firm, port, None, f"?ticket={ticket}")[0] == 401


def test_an_access_token_in_an_address_is_refused(firm: Firm, port: int) -> None:
    for name in ("token", "access_token", "ticket"):
        assert refused(firm, port, None, f"?{name}={firm.tokens['tess']}")[0] == 401
    assert refused(firm, port, "tess", f"?access_token={firm.tokens['tess']}")[0] == 401


def test_who_has_no_valid_token_is_refused_in_the_handshake(firm: Firm, port: int) -> None:
    assert refused(firm, port, None)[0] == 401
    status, problem = refused(firm, port, None, token="not.a.token")
    assert (status, problem["code"]) == (401, "unauthenticated")
    firm.ask("POST", "/auth/logout", "tess")
    assert refused(firm, port, "tess")[0] == 401


def test_an_unknown_parameter_is_named(firm: Firm, port: int) -> None:
    status, problem = refused(firm, port, "tess", "?cursr=x")
    assert (status, [each["pointer"] for each in problem["errors"]]) == (422, ["/cursr"])


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1", "https://127.0.0.1:{port}"]
)
def test_a_page_of_a_foreign_origin_is_refused(firm: Firm, port: int, origin: str) -> None:
    status, problem = refused(firm, port, "tess", origin=origin.format(port=port))
    assert (status, problem["code"]) == (403, "foreign_origin")


def test_a_page_of_the_servers_own_origin_may_connect(firm: Firm, port: int) -> None:
    with listens(firm, port, "tess", origin=f"http://127.0.0.1:{port}") as tess:
        assert tess.next()["type"] == "hello"


def test_elsewhere_no_websocket_is_spoken(firm: Firm, port: int) -> None:
    bearer = {"Authorization": f"Bearer {firm.tokens['tess']}"}
    for path, headers, status in (
        (API + "/jobs", bearer, 404),
        (API + "/jobs", {}, 401),
        ("/health/live", {}, 404),
    ):
        with (
            pytest.raises(InvalidStatus) as caught,
            connect(f"ws://127.0.0.1:{port}{path}", additional_headers=headers),
        ):
            pass
        assert caught.value.response.status_code == status
    plain = firm.ask("GET", "/stream", "tess")
    assert (plain.status, plain.json["code"]) == (426, "upgrade_required")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (("POST", "/auth/logout", "tess"), 4401),
        (("POST", "/auth/logout-all", "tess"), 4401),
        (("POST", "/users/{tess}/deactivate", "admin"), 4401),
        (("PUT", "/users/{tess}/role", "admin", {"role": "OFFICE_MANAGER"}), 4401),
    ],
)
def test_who_may_not_go_on_is_cut_off_at_once(firm: Firm, port: int, end: tuple[str, ...], code: int) -> None:
    method, path, *rest = end
    with listens(firm, port, "tess") as tess, listens(firm, port, "theo") as theo:
        tess.next()
        theo.next()
        began = time.monotonic()
        assert firm.ask(method, path.format(**firm.ids), *rest).status < 300
        assert tess.close_code() == code
        assert time.monotonic() - began < SOON
        assert theo.until_quiet() == []
        theo.say({"type": "ping"})
        assert theo.next()["type"] == "pong"


def test_another_session_of_the_same_user_goes_on(firm: Firm, port: int) -> None:
    other = firm.log_in("tess")
    with listens(firm, port, "tess") as one, listens(firm, port, None, token=other) as two:
        one.next()
        two.next()
        firm.ask("POST", "/auth/logout", "tess")
        assert one.close_code() == 4401
        firm.job("DISPATCHED")
        assert "job.entered_view" in two.kinds()


def test_a_connection_ends_with_its_token_unless_a_new_one_is_sent() -> None:
    firm = Firm(policy=AccessPolicy(access_lifetime=5 * MINUTE))
    with (
        listening(firm.app) as port,
        listens(firm, port, "tess") as tess,
        listens(firm, port, "theo") as theo,
    ):
        tess.next()
        theo.next()
        firm.clock.step(5 * MINUTE - 30_000)
        warned = tess.next()
        assert warned["type"] == "token.expiring"
        assert 25 <= warned["expires_in"] <= 30
        tess.say({"type": "authenticate", "token": firm.log_in("tess")})
        renewed = tess.next()
        assert (renewed["type"], renewed["expires_in"]) == ("authenticated", 300)
        firm.clock.step(60_000)
        assert theo.close_code() == 4401
        tess.say({"type": "ping"})
        assert tess.next()["type"] == "pong"


def test_somebody_elses_token_renews_nothing(firm: Firm, port: int) -> None:
    with listens(firm, port, "tess") as tess:
        tess.next()
        tess.say({"type": "authenticate", "token": firm.tokens["admin"]})
        assert tess.close_code() == 4403


def test_a_token_that_is_none_ends_the_connection(firm: Firm, port: int) -> None:
    with listens(firm, port, "tess") as tess:
        tess.next()
        tess.say({"type": "authenticate", "token": "none"})
        assert tess.close_code() == 4401


def test_a_heartbeat_moves_the_cursor_on(firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hosanna_web.realtime.clients.HEARTBEAT", 0.5)
    with listens(firm, port, "theo") as theo:
        hello = theo.next()
        firm.job("DISPATCHED")
        firm.clock.step(25_000)
        beat = theo.next()
        assert beat["type"] == "heartbeat"
        assert beat["cursor"] != hello["cursor"]
    with listens(firm, port, "theo", f"?cursor={beat['cursor']}") as theo:
        assert theo.next()["recovered"] is True
        assert [kind for kind in theo.kinds() if kind != "heartbeat"] == []


def test_a_reason_is_not_told_over_the_stream(firm: Firm, port: int) -> None:
    job = firm.job("CONFIRMED")
    with listens(firm, port, "office") as office:
        office.next()
        firm.move(job, "cancel", body={"reason": "The customer moved to Nome"})
        assert "Nome" not in str(office.until_quiet())


def test_pages_at_the_public_address_are_the_servers_own_whatever_a_proxy_makes_of_the_host(
    firm: Firm,
) -> None:
    threshold = Threshold(own_origin="https://hosanna.example.com")
    app = create_app(firm.ports, web=WebSettings(own_origin="https://hosanna.example.com"))
    with (
        listening(app, threshold=threshold) as port,
        listens(firm, port, "tess", origin="https://Hosanna.example.com") as tess,
    ):
        assert tess.next()["type"] == "hello"
        assert refused(firm, port, "tess", origin="https://hosanna.example.org")[0] == 403
