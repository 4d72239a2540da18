"""The WebSocket: what each sees of what happens, and when a connection ends."""

import time

import pytest
from tests.cli.listening import listening
from tests.web.firm import Firm
from tests.web.listeners import listens

from hosanna_core.rules.access import AccessPolicy

MINUTE = 60_000
SOON = 10.0
"""Seconds; far less on a machine that has nothing else to do, and far more where nobody is cut off."""


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
