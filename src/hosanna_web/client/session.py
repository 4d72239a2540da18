"""Talking to a server as one user: tokens that renew themselves, refusals as exceptions, nothing done twice."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import httpx

from hosanna_web.client.answers import answered, bearer
from hosanna_web.client.backing_off import tried
from hosanna_web.client.refusals import LoggedOut, Offline, Refused
from hosanna_web.client.shelves import MemoryShelf

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from types import TracebackType

    from hosanna_web.client.shelves import Shelf

API: Final = "/api/v1"
PATIENCE: Final = 30.0
"""Seconds in which a request is tried again that can be."""
EARLY: Final = 30.0
"""So many seconds before its end an access token is renewed; one that lives for less than a minute at half its time."""
GRACE: Final = 25.0
"""Seconds in which a refresh whose answer was lost is repeated: the server answers it again for 30."""
NOTES: Final = "notes"
"""The kind under which a session keeps what it must not forget."""
_UNAUTHENTICATED: Final = 401
_AGAIN: Final = frozenset({"GET", "POST", "PUT"})
"""What may be sent again though it may have been done: a POST carries a key under which it is done once."""


class Session:
    """One user at one server; any thread may use it.

    What it must not forget it keeps on *shelf*: with a `SqliteShelf` a device stays logged in when it starts anew.
    *device* is what the list of sessions calls it. *tls* is for a server whose certificate this machine does not know.
    """

    def __init__(
        self,
        url: str,
        *,
        shelf: Shelf | None = None,
        device: str | None = None,
        timeout: float = 10.0,
        patience: float = PATIENCE,
        tls: ssl.SSLContext | None = None,
        trust_env: bool = True,
    ) -> None:
        self.url = url.rstrip("/")
        self.shelf: Shelf = MemoryShelf() if shelf is None else shelf
        self.timeout = timeout
        self.tls = tls
        self.trust_env = trust_env
        """Whether proxies that the environment names are used."""
        self._device = device
        self._patience = patience
        self._renewing = threading.Lock()
        self._access: str | None = None
        self._renew_at = 0.0
        self._http = httpx.Client(
            base_url=self.url + API,
            timeout=timeout,
            trust_env=trust_env,
            verify=True if tls is None else tls,
        )

    def __repr__(self) -> str:
        return f"Session({self.url!r})"

    @property
    def logged_in(self) -> bool:
        """Whether there is a session, as far as anybody knows here."""
        return "refresh_token" in self.shelf.all(NOTES)

    @property
    def user_id(self) -> str:
        """Who is, or was last, logged in. Raises LoggedOut where nobody ever was, Offline while that is not known."""
        found = self.shelf.all(NOTES).get("user_id")
        return str(self._look_who_it_is()["id"] if found is None else found)

    def demand(self, user_id: str) -> None:
        """Raise LoggedOut where it is somebody else who is logged in by now."""
        if self.user_id != user_id:
            raise LoggedOut

    def log_in(self, email: str, password: str, *, code: str | None = None) -> dict[str, Any]:
        """Open a session; answers the user. Raises Refused (`second_factor_required` asks for *code*), Offline."""
        notes = self.shelf.all(NOTES)
        # It shows that the device is known, so that nobody else's failures shut it out; it need not be good any more.
        shown = notes.get("refresh_token", notes.get("last_refresh_token"))
        given = {"code": code, "device": self._device, "refresh_token": shown}
        body = {"email": email, "password": password}
        body |= {name: value for name, value in given.items() if value is not None}
        with self._renewing:
            tokens = self._send("POST", "/auth/login", body)
            # It may be another user than before: until it is known who, it is nobody.
            self.shelf.change(NOTES, remove=["user_id"])
            self._keep(tokens)
        return self._look_who_it_is()

    def _look_who_it_is(self) -> dict[str, Any]:
        user: dict[str, Any] = self.get("/auth/me")
        self.shelf.change(NOTES, put={"user_id": user["id"]})
        return user

    def log_out(self) -> None:
        """End the session, at the server and here. Raises Offline: then it still goes on."""
        if self.logged_in:
            try:
                self.post("/auth/logout", {})
            except LoggedOut:
                return
            with self._renewing:
                self._forget()

    def get(self, path: str, **params: Any) -> Any:
        """What the server shows; *params* is the query."""
        return self.request("GET", path, params=params)

    def post(
        self, path: str, body: Any = None, *, key: str | None = None, if_match: int | None = None
    ) -> Any:
        """Do something, once: under *key*, or one that is made up, however often the network makes us send it."""
        return self.request("POST", path, body=body, key=key, if_match=if_match)

    def put(self, path: str, body: Any) -> Any:
        """Replace something."""
        return self.request("PUT", path, body=body)

    def patch(self, path: str, body: Any, *, if_match: int | None = None) -> Any:
        """Change some fields; of a job only at the version *if_match*."""
        return self.request("PATCH", path, body=body, if_match=if_match)

    def delete(self, path: str) -> Any:
        """End or remove something."""
        return self.request("DELETE", path)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        key: str | None = None,
        if_match: int | None = None,
        patience: float | None = None,
    ) -> Any:
        """Any request; what was answered, None where that is nothing.

        A 401 renews the token and tries once more. A 429 or 503 is tried again as the server says, and so is what got
        no answer, for *patience* seconds in all, where nothing can be done twice by it. Raises Refused, Offline,
        LoggedOut.
        """
        headers = {"Idempotency-Key": key or str(uuid4())} if method == "POST" else {}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'

        def may_be_tried_again(error: Offline | Refused) -> bool:
            if isinstance(error, Refused):
                return error.retry_after is not None
            return method in _AGAIN or not error.sent

        return tried(
            lambda: self._authorised(method, path, body, params, headers),
            may_be_tried_again,
            self._patience if patience is None else patience,
        )

    def _authorised(
        self,
        method: str,
        path: str,
        body: Any,
        params: Mapping[str, Any] | None,
        headers: dict[str, str],
    ) -> Any:
        token = self.fresh()
        try:
            return self._send(method, path, body, params, headers | bearer(token))
        except Refused as refused:
            if refused.status != _UNAUTHENTICATED:
                raise
        return self._send(method, path, body, params, headers | bearer(self.fresh(stale=token)))

    def fresh(self, stale: str | None = None) -> str:
        """An access token that is good for a while, and is not *stale*: that one was refused, or is about to end.

        However many ask at once, one renews it. Raises LoggedOut, Offline, Refused.
        """
        with self._renewing:
            if self._access is None or self._access == stale or time.monotonic() >= self._renew_at:
                self._renew()
            return str(self._access)

    def _renew(self) -> None:
        """Exchange the refresh token; again where the answer is lost, as long as the server answers it again."""
        tried(
            self._exchange,
            lambda error: error.retry_after is not None if isinstance(error, Refused) else error.sent,
            GRACE,
        )

    def _exchange(self) -> None:
        # Whoever shares the shelf may have exchanged it: the newest is always read from there.
        while (token := self.shelf.all(NOTES).get("refresh_token")) is not None:
            try:
                self._keep(self._send("POST", "/auth/refresh", {"refresh_token": token}))
                return
            except Refused as refused:
                # Whatever stands between may ask for a login of its own: that ends nothing here.
                if refused.status != _UNAUTHENTICATED or not refused.code:
                    raise
            if self.shelf.all(NOTES).get("refresh_token") == token:
                self._forget()
        raise LoggedOut

    def _keep(self, tokens: dict[str, Any]) -> None:
        # First what would be lost for good.
        self.shelf.change(NOTES, put={"refresh_token": tokens["refresh_token"]})
        lifetime = float(tokens["expires_in"])
        self._renew_at = time.monotonic() + max(lifetime - EARLY, lifetime / 2)
        self._access = str(tokens["access_token"])

    def _forget(self) -> None:
        token = self.shelf.all(NOTES).get("refresh_token")
        self._access = None
        self.shelf.change(NOTES, remove=["refresh_token"], put={"last_refresh_token": token})

    def _send(
        self,
        method: str,
        path: str,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        try:
            response = self._http.request(method, path, json=body, params=params, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Offline(str(error), sent=False) from error
        except httpx.RequestError as error:
            raise Offline(str(error), sent=True) from error
        return answered(response)

    def listen(self, path: str, params: Mapping[str, str], token: str, silence: float) -> httpx.Response:
        """An answer that goes on, read until it is closed or nothing comes for *silence* seconds.

        Raises Refused, Offline.
        """
        request = self._http.build_request("GET", path, params=params, headers=bearer(token))
        try:
            response = self._http.send(request, stream=True)
            if not response.is_success:
                response.read()
        except httpx.RequestError as error:
            raise Offline(str(error), sent=True) from error
        if not response.is_success:
            answered(response)
        # That it begins is waited for like any answer; from here on it may be silent for longer.
        request.extensions["timeout"]["read"] = silence
        return response

    def close(self) -> None:
        """Close the connections; the session at the server goes on."""
        self._http.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
