"""An ASGI entry point for platforms that run functions: `hosanna_web.serverless:app`.

Nothing is opened at import. The first request, or the start of the platform's lifespan, opens what the environment
names; it is kept for as long as the process lives. Between two requests a platform may freeze a process or end it, so
there are limits: no WebSocket and no server-sent events, and nothing that works by the clock (letters, Web Push,
checkpoints of the audit trail). Run one `hosanna serve` on the same MongoDB for those.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Final

from hosanna_core.errors import NotFound
from hosanna_web.api.operations import BASE
from hosanna_web.problems import reply_to
from hosanna_web.replies import HARDENED

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from litestar.types import LifeSpanReceive, LifeSpanSend

    from hosanna_web.app import Application
    from hosanna_web.composition import System

FOLLOWING: Final = frozenset({f"{BASE}/stream", f"{BASE}/events"})
"""What would stay open for longer than a function lives."""


class OnDemand:
    """An ASGI application that is put together when it is first asked. For one event loop, as the application is."""

    def __init__(self, opened: Callable[[], System]) -> None:
        self._opened = opened
        self._lock = threading.Lock()
        self._running: tuple[System, Application] | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Answer a request, or start and end with the platform."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            # Before it is accepted: the handshake is refused.
            await send({"type": "websocket.close", "code": 1000, "reason": ""})
        elif scope["path"] in FOLLOWING:
            await reply_to(NotFound()).send(send, method=scope["method"], also=HARDENED)
        else:
            app = await asyncio.to_thread(self._put_together)
            await app(scope, receive, send)  # type: ignore[arg-type]  # Litestar's scopes have more names

    def _put_together(self) -> Application:
        with self._lock:
            if self._running is None:
                # Not before somebody asks: importing them takes longer than a request.
                from hosanna_web.app import create_app
                from hosanna_web.serving import web_settings

                system = self._opened()
                app = create_app(
                    system.ports,
                    web=web_settings(system),
                    interrupt=system.interrupt,
                    conditions=system.conditions,
                    plugins=system.plugins,
                )
                self._running = system, app
            return self._running[1]

    async def _live(self, receive: LifeSpanReceive, send: LifeSpanSend) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await asyncio.to_thread(self._put_together)
                except Exception as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    raise
                await send({"type": "lifespan.startup.complete"})
            else:
                await asyncio.to_thread(self._close)
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _close(self) -> None:
        with self._lock:
            if self._running is not None:
                self._running[0].close()
            self._running = None


def from_environment() -> System:
    """The system that the environment names. Raises Misconfigured, CannotStart."""
    from hosanna_web.composition import open_system
    from hosanna_web.data_folder import CannotStart
    from hosanna_web.first_administrator import install_first
    from hosanna_web.logs import log_settings, tell_at_once
    from hosanna_web.settings import load_settings

    settings = load_settings()
    tell_at_once(log_settings(settings))
    if settings.production and settings.mongodb_uri is None:
        raise CannotStart("MONGODB_URI is not set: a function's own disk is gone when the function is.")
    system = open_system(settings)
    try:
        if settings.bootstrap_admin_email is not None:
            install_first(system)
    except BaseException:
        system.close()
        raise
    return system


app: Final = OnDemand(from_environment)
"""What a platform is told to serve."""
