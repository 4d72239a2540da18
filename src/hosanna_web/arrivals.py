"""What comes in, unjudged and bounded: headers, query, and a body that is judged when the use case asks."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec

from hosanna_core.errors import Flaw, Invalid, Unauthenticated
from hosanna_core.model.session import Origin
from hosanna_core.model.withheld import withheld
from hosanna_core.usecases.jobs import IfMatch
from hosanna_core.usecases.judging import Unparsed, judge_query
from hosanna_core.usecases.queries import NoQuery
from hosanna_web.problems import TooLarge, UnsupportedMediaType
from hosanna_web.proxies import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from litestar.types import HTTPReceiveMessage, HTTPScope, Receive

    from hosanna_core.usecases.judging import F
    from hosanna_web.proxies import Proxies

LARGEST_BODY: Final = 1024 * 1024
LARGEST_HEADERS: Final = 32 * 1024
LONGEST_AGENT: Final = 200
LONGEST_QUERY: Final = 8 * 1024
LONGEST_PATH: Final = 8 * 1024
MOST_HEADERS: Final = 100
JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_READ: Final = frozenset(
    {
        b"authorization",
        b"content-type",
        b"content-length",
        b"content-encoding",
        b"if-match",
        b"idempotency-key",
        b"host",
        b"origin",
        b"last-event-id",
        b"traceparent",
        b"tracestate",
        b"user-agent",
        b"x-request-id",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"access-control-request-method",
    }
)
_PLAIN: Final = b"identity"
_KEY = re.compile(rb"[!-~]{1,255}")
_TAG = re.compile(rb'(W/)?"([^"]*)"')
_VERSION = re.compile(rb"0|[1-9]\d{0,17}")
_CHARSET = re.compile(r'charset="?utf-8"?')
_NO_QUERY: Final[Mapping[str, Sequence[str]]] = {}


class Disconnected(Exception):  # it is what happened
    """The client has gone before it had said everything: nobody waits for an answer."""


class Arrival(msgspec.Struct, frozen=True):
    """The head of a request. *parts* are what stands between the slashes of its path, each decoded by itself."""

    method: str
    parts: tuple[str, ...]
    query_string: bytes
    headers: Mapping[bytes, bytes]
    size: int
    """Bytes of all headers together."""
    count: int = 0
    """How many headers there are."""
    path_size: int = 0
    """Bytes of the path as it came."""
    client: str | None = None
    """The address of whoever asks, as far as anybody says whom we trust; None where the server knows none."""
    secure: bool = False
    """Whether it came by HTTPS, at least as far as the proxy."""
    relayed: bool = False
    """Whether a proxy that we trust handed it to us."""

    def __repr__(self) -> str:
        return withheld(self, "headers", "query_string")

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        return Origin(self.client, _visible(self.headers.get(b"user-agent")))

    @property
    def path(self) -> str:
        """The path decoded, for those who know that it is a route's."""
        return "/" + "/".join(self.parts)

    def demand_small(self) -> None:
        """Raise TooLarge for a head, or an announced body, that is larger than anything that is read here."""
        if self.size > LARGEST_HEADERS:
            raise TooLarge(f"The headers are larger than {LARGEST_HEADERS // 1024} KiB together.")
        if self.count > MOST_HEADERS:
            raise TooLarge(f"There are more than {MOST_HEADERS} headers.")
        if self.path_size > LONGEST_PATH:
            raise TooLarge(f"The path is longer than {LONGEST_PATH // 1024} KiB.")
        if len(self.query_string) > LONGEST_QUERY:
            raise TooLarge(f"The query is longer than {LONGEST_QUERY // 1024} KiB.")
        announced = self.headers.get(b"content-length", b"")
        if announced.isdigit() and (len(announced) > 9 or int(announced) > LARGEST_BODY):
            _refuse_body()

    def token(self) -> str:
        """The bearer token; raises Unauthenticated where there is none, or something else."""
        scheme, _, given = self.headers.get(b"authorization", b"").partition(b" ")
        token = given.lstrip(b" ")
        # Split by hand: this is done at every request, and a pattern takes ten times as long over a long token.
        if (
            scheme.lower() != b"bearer"
            or not token.isascii()
            or len(token.split()) != 1
            or token != token.strip()
        ):
            raise Unauthenticated
        return token.decode("ascii")

    def query(self) -> Mapping[str, Sequence[str]]:
        """The query's parameters; bytes that are no UTF-8 become what no form accepts."""
        if not self.query_string:
            return _NO_QUERY
        found: dict[str, list[str]] = {}
        text = self.query_string.decode("utf-8", "surrogateescape")
        for name, value in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
            found.setdefault(name, []).append(value)
        return found

    def if_match(self) -> IfMatch | None:
        """The versions that the caller accepts. Weak tags, and those we never gave, fit none (RFC 9110, 13.1.1)."""
        given = self.headers.get(b"if-match")
        if given is None:
            return None
        if given.strip() == b"*":
            return IfMatch(None)
        strong = [tag for weak, tag in _TAG.findall(given) if not weak]
        return IfMatch(frozenset(int(tag) for tag in strong if _VERSION.fullmatch(tag)))

    def key(self) -> str | None:
        """The Idempotency-Key; raises Invalid where it is none."""
        given = self.headers.get(b"idempotency-key")
        if given is None:
            return None
        if _KEY.fullmatch(given) is None:
            raise Invalid((Flaw("/Idempotency-Key", "must be 1 to 255 visible ASCII characters"),))
        return given.decode("ascii")


def arrival_of(scope: HTTPScope, proxies: Proxies) -> Arrival:
    """The head of a request; a header that comes twice reads as one with both values."""
    kept: dict[bytes, bytes] = {}
    size = count = 0
    for name, value in scope["headers"]:
        count += 1
        size += len(name) + len(value)
        if name in _READ:
            kept[name] = kept[name] + b", " + value if name in kept else value
    # Who serves us below a path of theirs leaves it on the raw one.
    raw = scope["raw_path"].removeprefix(scope.get("root_path", "").encode())
    peer = scope.get("client")
    client = None if peer is None else plain(peer[0])
    secure = scope.get("scheme") == "https"
    relayed = client is not None and bool(proxies) and proxies.trusts(client)
    if relayed and client is not None:
        if b"x-forwarded-for" in kept:
            client = proxies.client_of(client, kept[b"x-forwarded-for"])
        if b"x-forwarded-proto" in kept:
            secure = kept[b"x-forwarded-proto"].rpartition(b",")[2].strip().lower() == b"https"
    return Arrival(
        scope["method"],
        _parts(raw),
        scope["query_string"],
        kept,
        size,
        count,
        len(raw),
        client,
        secure,
        relayed,
    )


def _visible(agent: bytes | None) -> str | None:
    """What a client says that it is, cut to what anybody would read."""
    if agent is None:
        return None
    text = "".join(c for c in agent.decode("latin-1") if " " <= c <= "~")[:LONGEST_AGENT].strip()
    return text or None


def _parts(raw: bytes) -> tuple[str, ...]:
    """A path between its slashes. It is split before it is decoded: a slash that was encoded separates nothing.

    >>> _parts(b"/jobs/a%2Fb/"), _parts(b"//jobs?q=a/b")
    (('jobs', 'a/b', ''), ('', 'jobs'))
    """
    # Some servers leave the query on it.
    path = raw.partition(b"?")[0].removeprefix(b"/")
    return tuple(unquote_to_bytes(part).decode("utf-8", "replace") for part in path.split(b"/"))


async def body_of(receive: Receive) -> bytes:
    """The whole body; raises TooLarge as soon as it is, Disconnected if it never ends."""
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        try:
            message: HTTPReceiveMessage = await receive()  # type: ignore[assignment]  # HTTP brings no other messages
        except asyncio.CancelledError:
            # The server stops, and does not wait for the rest.
            raise Disconnected from None
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunks.append(message["body"])
        size += len(chunks[-1])
        if size > LARGEST_BODY:
            _refuse_body()
        more = message.get("more_body", False)
    return b"".join(chunks)


def _refuse_body() -> NoReturn:
    raise TooLarge(f"The body is larger than {LARGEST_BODY // 1024} KiB.")


class Body(Unparsed):
    """A body that says what is wrong with its request only when the use case judges it: after 404 and 403.

    The Idempotency-Key is judged with it where the route takes one (*once*), and ignored elsewhere.
    """

    __slots__ = ("_accepted", "_arrival", "_empty", "_once")

    def __init__(self, arrival: Arrival, raw: bytes, *, once: bool) -> None:
        super().__init__(raw)
        self._once = once
        self._arrival = arrival
        self._empty = not raw
        self._accepted = (JSON, MERGE_PATCH) if arrival.method == "PATCH" else (JSON,)

    def judge(self, form: type[F], context: Mapping[str, object] | None = None) -> F:
        """The body as *form*, the query's and the headers' flaws named with its own."""
        self._demand_json()
        flaws = self._flaws()
        try:
            judged = super().judge(form, context)
        except Invalid as error:
            raise Invalid([*flaws, *error.flaws]) from None
        if flaws:
            raise Invalid(flaws)
        return judged

    def members(self) -> dict[str, Any]:
        """The body as an object that is not judged any further."""
        self._demand_json()
        members = super().members()
        if flaws := self._flaws():
            raise Invalid(flaws)
        return members

    def _demand_json(self) -> None:
        headers = self._arrival.headers
        given = headers.get(b"content-type", b"").decode("latin-1").lower()
        kind, *parameters = (part.strip() for part in given.split(";"))
        charset = all(_CHARSET.fullmatch(each) for each in parameters if each.startswith("charset"))
        coded = headers.get(b"content-encoding", _PLAIN).strip().lower() != _PLAIN
        if not self._empty and (kind not in self._accepted or not charset or coded):
            raise UnsupportedMediaType(self._accepted)

    def _flaws(self) -> list[Flaw]:
        """What is wrong beside the body: routes that read one take no query."""
        flaws: list[Flaw] = []
        keys = (self._arrival.key,) if self._once else ()
        for check in (*keys, lambda: judge_query(NoQuery, self._arrival.query())):
            try:
                check()
            except Invalid as error:
                flaws.extend(error.flaws)
        return flaws
