"""What holds before anything else: hosts, proxies, HTTPS; and what stands on every answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.web.asgi import Answer, Ask
from tests.web.firm import API, Firm

from hosanna_web.app import WebSettings, create_app
from hosanna_web.threshold import Threshold

HOST = b"hosanna.example.com"
FRIEND = "https://office.example.com"
PROXY = "10.0.0.1"
CLIENT = "198.51.100.7"
ALWAYS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "vary": "Origin",
}
REAL = WebSettings(
    cors_origins=(FRIEND,),
    allowed_hosts=("hosanna.example.com", "*.example.org", "[::1]"),
    trusted_proxies=("10.0.0.0/8", "fd00::/8"),
    https_required=True,
)


@dataclass(frozen=True)
class From(Ask):
    """A request from somebody over some connection."""

    peer: str = CLIENT
    scheme: str = "https"
    host: bytes = HOST

    def scope(self) -> dict[str, Any]:
        return {**super().scope(), "client": (self.peer, 1), "scheme": self.scheme}


@pytest.fixture
def real(firm: Firm) -> Firm:
    """A firm that is served as in production."""
    firm.app = create_app(firm.ports, web=REAL)
    return firm


def arrived(*headers: tuple[str, str], peer: str = PROXY, scheme: str = "http") -> Any:
    threshold = Threshold(proxies=REAL.trusted_proxies)
    return threshold.arrival(From("GET", "/", headers=headers, peer=peer, scheme=scheme).scope())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (PROXY, None, PROXY),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"203.0.113.9, {CLIENT}", CLIENT),
        (PROXY, f"203.0.113.9, {CLIENT}, 10.9.9.9,10.0.0.2", CLIENT),
        (PROXY, "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (PROXY, f"{CLIENT}, unknown", PROXY),
        (PROXY, f"{CLIENT},", PROXY),
        (PROXY, f"unknown, {CLIENT}", CLIENT),
        (PROXY, f"{CLIENT}:4711", CLIENT),
        (PROXY, "[2001:db8::1]:4711", "2001:db8::1"),
        (PROXY, "2001:DB8:0::1", "2001:db8::1"),
        (PROXY, f"::ffff:{CLIENT}", CLIENT),
        ("::ffff:10.0.0.1", CLIENT, CLIENT),
        ("fd00::7", CLIENT, CLIENT),
        ("::ffff:203.0.113.9", CLIENT, "203.0.113.9"),
        ("203.0.113.9", CLIENT, "203.0.113.9"),
    ],
)
def test_a_client_is_who_the_last_stranger_was_before_our_proxies(
    peer: str, forwarded: str | None, client: str
) -> None:
    headers = () if forwarded is None else (("x-forwarded-for", forwarded),)
    assert arrived(*headers, peer=peer).client == client


def test_two_headers_read_as_one_list() -> None:
    assert arrived(("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", CLIENT)).client == CLIENT


@pytest.mark.parametrize(
    ("peer", "scheme", "forwarded", "secure"),
    [
        (PROXY, "http", "https", True),
        (PROXY, "http", "http, HTTPS", True),
        (PROXY, "http", "https, http", False),
        (PROXY, "http", None, False),
        (PROXY, "https", "http", False),
        (CLIENT, "http", "https", False),
        (CLIENT, "https", None, True),
        (CLIENT, "https", "http", True),
    ],
)
def test_only_a_trusted_proxy_says_whether_it_was_https(
    peer: str, scheme: str, forwarded: str | None, secure: bool
) -> None:
    headers = () if forwarded is None else (("x-forwarded-proto", forwarded),)
    assert arrived(*headers, peer=peer, scheme=scheme).secure is secure


def test_without_proxies_nobody_is_believed() -> None:
    ask = From("GET", "/", headers=(("x-forwarded-for", CLIENT),), peer="127.0.0.1")
    assert Threshold().arrival(ask.scope()).client == "127.0.0.1"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "host",
    [
        HOST,
        b"HOSANNA.example.com:443",
        b"hosanna.example.com.",
        b"a.b.example.org",
        b"[::1]:5000",
        b"[0:0::1]",
    ],
)
def test_a_host_that_is_allowed_is_served(real: Firm, host: bytes) -> None:
    assert real.send(From("GET", "/health/live", host=host)).status == 200


@pytest.mark.parametrize(
    "host",
    [b"example.com", b"example.org", b"evilexample.org", b"hosanna.example.com.evil.example", b"192.0.2.1"],
)
def test_a_host_that_is_not_is_refused_whatever_is_asked(real: Firm, host: bytes) -> None:
    for target in ("/health/live", f"{API}/jobs", "/nothing"):
        refused = real.send(From("GET", target, host=host))
        assert (refused.status, refused.json["code"]) == (400, "unknown_host")


@pytest.mark.parametrize(
    "host", [b"", b"a b", b"hosanna.example.com, example.com", b"hosanna.example.com@evil"]
)
def test_a_host_that_is_none_is_refused(real: Firm, host: bytes) -> None:
    assert real.send(From("GET", "/health/live", host=host)).status == 400


def test_a_request_without_a_host_is_refused(real: Firm) -> None:
    class Nameless(From):
        def scope(self) -> dict[str, Any]:
            whole = super().scope()
            return {**whole, "headers": [each for each in whole["headers"] if each[0] != b"host"]}

    refused = real.send(Nameless("GET", "/health/live"))
    assert (refused.status, refused.json["code"]) == (400, "unknown_host")


def test_plain_http_is_refused_before_anything_else(real: Firm) -> None:
    for target, host in (("/health/live", HOST), (f"{API}/jobs", HOST), ("/docs", b"elsewhere.example")):
        refused = real.send(From("GET", target, host=host, scheme="http"))
        assert (refused.status, refused.json["code"]) == (403, "https_required")
        assert refused.header("strict-transport-security") is None


@pytest.mark.parametrize("target", ["/health/live", "/metrics"])
def test_who_is_trusted_may_ask_how_we_are_in_their_own_name(real: Firm, target: str) -> None:
    by_proxy = From("GET", target, peer=PROXY, scheme="http", host=b"10.0.0.9:5000")
    assert real.send(by_proxy).status == 200
    assert real.send(From("GET", target, scheme="http")).status == 403
    assert real.send(From("GET", "/docs", peer=PROXY, scheme="http")).status == 403


def test_who_asks_for_nothing_special_is_answered_anywhere(firm: Firm) -> None:
    assert firm.send(From("GET", "/health/live", host=b"any.example", scheme="http")).status == 200


Question = Callable[[Firm], Ask]
EVERY_KIND: dict[str, tuple[int, Question]] = {
    "a page": (200, lambda firm: From("GET", f"{API}/jobs", firm.tokens["admin"])),
    "health": (200, lambda _: From("GET", "/health/live")),
    "a preflight": (
        204,
        lambda _: From("OPTIONS", f"{API}/jobs", headers=(("access-control-request-method", "GET"),)),
    ),
    "a host that is none": (400, lambda _: From("GET", "/", host=b"a b")),
    "an unknown host": (400, lambda _: From("GET", "/", host=b"x.example")),
    "a stranger": (401, lambda _: From("GET", f"{API}/jobs")),
    "plain HTTP": (403, lambda _: From("GET", "/", scheme="http")),
    "nothing there": (404, lambda _: From("GET", "/nothing")),
    "another method": (405, lambda _: From("POST", "/health/live")),
    "too large": (413, lambda _: From("POST", f"{API}/auth/login", raw=b"x" * 1_100_000)),
    "not JSON": (415, lambda _: From("POST", f"{API}/auth/login", raw=b"x")),
    "a flaw": (422, lambda _: From("GET", "/health/live?x=1")),
}


def answers(real: Firm, kind: str) -> Answer:
    status, question = EVERY_KIND[kind]
    ask = question(real)
    with_origin = type(ask)(**{**ask.__dict__, "headers": (*ask.headers, ("origin", FRIEND))})
    answer = real.send(with_origin)
    assert answer.status == status
    return answer


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_answer_is_hardened(real: Firm, kind: str) -> None:
    answer = answers(real, kind)
    assert {name: answer.header(name) for name in ALWAYS} == ALWAYS
    assert answer.header("access-control-allow-origin") == FRIEND
    assert "RateLimit-Policy" in (answer.header("access-control-expose-headers") or "")
    assert "camera=()" in (answer.header("permissions-policy") or "")
    assert answer.header("cache-control") == "no-store"
    assert answer.header("server") is None
    secure = kind != "plain HTTP"
    strict = "max-age=31536000; includeSubDomains" if secure else None
    assert answer.header("strict-transport-security") == strict


def test_a_surprise_is_hardened_too(real: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Threshold, "preflight", broken)
    answer = real.send(From("GET", "/"))
    assert answer.status == 500
    assert answer.header("content-security-policy") == ALWAYS["content-security-policy"]


def test_the_documentation_may_load_its_own_files_and_nothing_else(real: Firm) -> None:
    policy = real.send(From("GET", "/docs")).header("content-security-policy") or ""
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert (
        real.send(From("GET", "/docs/start.js")).header("content-security-policy")
        == (ALWAYS["content-security-policy"])
    )


def test_browsers_are_told_to_insist_only_where_https_is_demanded(firm: Firm) -> None:
    assert firm.send(From("GET", "/health/live")).header("strict-transport-security") is None


@pytest.mark.parametrize(
    "ask",
    [
        From("GET", "/" + "a" * 8192),
        From("GET", "/?" + "a" * 8193),
        From("GET", "/", headers=tuple((f"x-{n}", "1") for n in range(100))),
        From("GET", "/", headers=(("x", "1" * 32768),)),
    ],
    ids=["path", "query", "number of headers", "headers"],
)
def test_a_head_has_bounds(real: Firm, ask: Ask) -> None:
    refused = real.send(ask)
    assert (refused.status, refused.json["code"]) == (413, "too_large")
