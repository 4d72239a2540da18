"""One user at one server: tokens that renew themselves, and refusals as exceptions."""

import ssl
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.cli.listening import certificate, listening
from tests.client.cutting import Network
from tests.client.devices import session_at
from tests.web.firm import JOB, PASSWORD, Firm

from hosanna_core.model.people import Role
from hosanna_core.rules.access import AccessPolicy
from hosanna_web.client import LoggedOut, MemoryShelf, Offline, Refused, Session, SqliteShelf
from hosanna_web.client import session as module

MINUTE = 60_000


def refresh_token(session: Session) -> str:
    return str(session.shelf.all("notes")["refresh_token"])


def count_refreshes(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every refresh that reaches the server leaves a mark."""
    seen: list[str] = []
    commit = firm.ports.store.ledger.commit

    def counting(change: Any) -> None:
        commit(change)
        if type(change.root).__name__ == "Session" and change.expected is not None:
            seen.append(change.root.id)

    monkeypatch.setattr(firm.ports.store.ledger, "commit", counting)
    return seen


def test_who_logs_in_may_ask_and_is_told_who_they_are(firm: Firm, port: int) -> None:
    with session_at(port) as session:
        assert not session.logged_in
        user = session.log_in("tess@example.com", PASSWORD)
        assert (user["id"], session.user_id) == (firm.ids["tess"],) * 2
        assert session.logged_in
        assert session.get("/jobs", limit=1)["items"] == []


def test_a_wrong_password_is_a_refusal_with_its_problem(firm: Firm, port: int) -> None:
    with session_at(port) as session:
        with pytest.raises(Refused, match="wrong") as refused:
            session.log_in("tess@example.com", "not the one")
        assert (refused.value.status, refused.value.code) == (401, "bad_credentials")
        assert refused.value.problem["type"] == "urn:hosanna:problem:bad_credentials"
        assert not session.logged_in
        with pytest.raises(LoggedOut):
            session.get("/jobs")


def test_the_list_of_sessions_calls_the_device_by_its_name(firm: Firm, port: int) -> None:
    with session_at(port, "tess", device="Tess's phone") as session:
        (own,) = [each for each in session.get("/auth/sessions")["items"] if each["current"]]
        assert own["device"] == "Tess's phone"


def test_every_method_says_what_was_answered(firm: Firm, port: int) -> None:
    with session_at(port, "admin") as session:
        job = session.post("/jobs", JOB)
        assert session.get(f"/jobs/{job['id']}") == job
        edited = session.patch(f"/jobs/{job['id']}", {"title": "Other"}, if_match=1)
        assert (edited["title"], edited["version"]) == ("Other", 2)
        with pytest.raises(Refused) as refused:
            session.patch(f"/jobs/{job['id']}", {"title": "Again"}, if_match=1)
        assert refused.value.status == 412
        done = session.post(f"/jobs/{job['id']}/transitions/confirm", if_match=2)
        assert done["status"] == "CONFIRMED"
        role = session.put(f"/users/{firm.ids['theo']}/role", {"role": "OFFICE_MANAGER"})
        assert role["role"] == "OFFICE_MANAGER"
        (other, *_) = [each for each in session.get("/auth/sessions")["items"] if not each["current"]]
        assert session.delete(f"/auth/sessions/{other['id']}") is None


def test_a_refusal_names_what_is_wrong(firm: Firm, port: int) -> None:
    with session_at(port, "admin") as session, pytest.raises(Refused) as refused:
        session.post("/jobs", {**JOB, "title": 5, "priority": "HIGHEST"})
    assert refused.value.code == "invalid"
    assert {each["pointer"] for each in refused.value.problem["errors"]} == {"/title", "/priority"}
    assert not refused.value.passes


def test_a_token_that_is_refused_is_renewed_and_the_request_sent_again(firm: Firm, port: int) -> None:
    with session_at(port, "tess") as session:
        before = refresh_token(session)
        firm.clock.step(20 * MINUTE)
        assert session.get("/jobs")["items"] == []
        assert refresh_token(session) != before


def test_a_token_is_renewed_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    firm = Firm(policy=AccessPolicy(access_lifetime=2_000))
    refreshed = count_refreshes(firm, monkeypatch)
    with listening(firm.app) as port, session_at(port, "tess") as session:
        assert session.get("/jobs")["items"] == []
        assert refreshed == []
        time.sleep(1.1)
        session.get("/jobs")
        assert len(refreshed) == 1
        session.get("/jobs")
        assert len(refreshed) == 1


@pytest.mark.parametrize(("lifetime", "after"), [(900, 870.0), (60, 30.0), (40, 20.0), (2, 1.0)])
def test_it_is_renewed_half_a_minute_before_or_at_half_its_time(
    monkeypatch: pytest.MonkeyPatch, lifetime: int, after: float
) -> None:
    monkeypatch.setattr(module.time, "monotonic", lambda: 100.0)
    session = Session("http://hosanna.example")
    session._keep({"refresh_token": "r", "access_token": "a", "expires_in": lifetime})
    assert session._renew_at == 100.0 + after


def test_however_many_ask_at_once_one_renews_the_token(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_at(port, "tess") as session:
        refreshed = count_refreshes(firm, monkeypatch)
        firm.clock.step(20 * MINUTE)
        failed: list[Exception] = []

        def ask() -> None:
            try:
                session.get("/jobs")
            except Exception as error:
                failed.append(error)

        threads = [threading.Thread(target=ask) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert len(refreshed) == 1


def test_two_processes_that_share_a_shelf_use_the_newest_token(firm: Firm, port: int, tmp_path: Path) -> None:
    with (
        SqliteShelf(tmp_path / "kept.db") as one,
        SqliteShelf(tmp_path / "kept.db") as other,
        session_at(port, "tess", shelf=one) as first,
        session_at(port, shelf=other) as second,
    ):
        for session in (second, first, second):
            firm.clock.step(20 * MINUTE)
            assert session.get("/jobs")["items"] == []
        assert refresh_token(first) == refresh_token(second)


def test_a_refresh_whose_answer_is_lost_is_asked_for_again(
    firm: Firm, net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_at(net.port, "tess") as session:
        refreshed = count_refreshes(firm, monkeypatch)
        firm.clock.step(20 * MINUTE)
        net.losing = True
        mending = threading.Timer(1.0, net.mend)
        mending.start()
        assert session.get("/jobs")["items"] == []
        mending.join()
        # The exchange was made once, whoever heard of it.
        assert len(refreshed) == 1


def test_who_is_offline_spends_no_refresh_token(firm: Firm, net: Network) -> None:
    with session_at(net.port, "tess") as session:
        before = refresh_token(session)
        firm.clock.step(20 * MINUTE)
        net.cut()
        with pytest.raises(Offline):
            session.request("GET", "/jobs", patience=0)
        net.mend()
        firm.clock.step(MINUTE)
        assert session.get("/jobs")["items"] == []
        assert refresh_token(session) != before


def test_a_session_that_was_ended_elsewhere_is_over_here(firm: Firm, port: int) -> None:
    with session_at(port, "tess") as session:
        firm.ask("POST", "/auth/logout-all", "tess")
        for _ in range(2):
            with pytest.raises(LoggedOut):
                session.get("/jobs")
        assert not session.logged_in
        # Who it was is still known: what they queued is theirs.
        assert session.user_id == firm.ids["tess"]
        session.log_in("tess@example.com", PASSWORD)
        assert session.get("/jobs")["items"] == []


def test_who_logged_in_is_nobody_until_that_is_known_and_never_whoever_was_there_before(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_at(port, "tess", patience=0.0) as session:
        ask = session._http.request

        def failing(method: str, path: str, **more: Any) -> httpx.Response:
            if path == "/auth/me":
                raise httpx.ReadError("gone")
            return ask(method, path, **more)

        with monkeypatch.context() as patched:
            patched.setattr(session._http, "request", failing)
            with pytest.raises(Offline):
                session.log_in("theo@example.com", PASSWORD)
            with pytest.raises(Offline):
                _ = session.user_id
        assert session.user_id == firm.ids["theo"]


def test_logging_out_ends_the_session_on_both_sides(firm: Firm, port: int) -> None:
    with session_at(port, "tess") as session:
        spent = refresh_token(session)
        session.log_out()
        session.log_out()
        assert not session.logged_in
        answer = firm.ask("POST", "/auth/refresh", None, {"refresh_token": spent})
        assert answer.status == 401


def test_who_cannot_reach_the_server_is_not_logged_out_there(net: Network) -> None:
    with session_at(net.port, "tess", patience=0.2) as session:
        net.cut()
        with pytest.raises(Offline):
            session.log_out()
        net.mend()
        assert session.get("/jobs")["items"] == []


def test_a_device_that_starts_anew_is_still_logged_in(firm: Firm, port: int, tmp_path: Path) -> None:
    for turn in range(3):
        with (
            SqliteShelf(tmp_path / "kept.db") as shelf,
            session_at(port, None if turn else "tess", shelf=shelf) as session,
        ):
            assert session.user_id == firm.ids["tess"]
            assert session.get("/auth/me")["email"] == "tess@example.com"


def test_a_device_that_is_known_is_let_in_whatever_others_try_from_the_same_place(port: int) -> None:
    with session_at(port, "tess") as session, session_at(port, patience=0.0) as stranger:
        session.log_out()
        statuses = []
        for _ in range(12):
            with pytest.raises(Refused) as refused:
                stranger.log_in("tess@example.com", "not the one")
            statuses.append(refused.value.status)
        assert statuses == [401] * 10 + [429] * 2
        with pytest.raises(Refused):
            stranger.log_in("tess@example.com", PASSWORD)
        session.log_in("tess@example.com", PASSWORD)


def test_a_second_factor_is_asked_for() -> None:
    firm = Firm(policy=AccessPolicy(second_factor_roles=frozenset({Role.TECHNICIAN})))
    with listening(firm.app) as other, session_at(other, "tess") as session:
        with pytest.raises(Refused) as refused:
            session.get("/jobs")
        assert refused.value.problem["rule"] == "second_factor.required"


def test_a_server_below_a_path_and_over_tls_is_reached(firm: Firm, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    trusting = ssl.create_default_context(cafile=str(cert))
    with listening(firm.app, tls=server) as port:
        with Session(f"https://127.0.0.1:{port}/", tls=trusting, trust_env=False) as session:
            session.log_in("tess@example.com", PASSWORD)
            assert session.get("/jobs")["items"] == []
        with Session(f"https://127.0.0.1:{port}", trust_env=False) as careful, pytest.raises(Offline):
            careful.log_in("tess@example.com", PASSWORD)


def test_no_secret_stands_in_its_representation(firm: Firm, port: int) -> None:
    shelf = MemoryShelf()
    with session_at(port, "tess", shelf=shelf) as session:
        shown = f"{session!r} {shelf!r} {session}"
        for secret in (session.fresh(), refresh_token(session), PASSWORD):
            assert secret not in shown
