"""The server, put together from ports that somebody else has opened."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from litestar import Litestar

from hosanna_core.errors import NOBODY_KNOWS
from hosanna_core.usecases.access import Registration
from hosanna_web import backups, deliveries, hooks, housekeeping, key_uses
from hosanna_web.api.operations import Lane
from hosanna_web.api.table import OPERATIONS
from hosanna_web.checkpoints import EVERY, checkpoints
from hosanna_web.door import Door
from hosanna_web.executors import Pool
from hosanna_web.gauges import Gauges
from hosanna_web.key_uses import KeyUses
from hosanna_web.measuring import Measures
from hosanna_web.plugins import telling
from hosanna_web.plugins.figures import PluginFigures
from hosanna_web.plugins.routes import operations_of
from hosanna_web.realtime.hub import Hub
from hosanna_web.restored import watch_for_a_restore
from hosanna_web.threshold import Threshold
from hosanna_web.watching import UNCHANGED, Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from litestar.types import LifeSpanScope, Scope

    from hosanna_core.model.condition import Condition
    from hosanna_core.model.ids import Millis
    from hosanna_core.ports import Ports
    from hosanna_web.plugins.plugin import Plugin
    from hosanna_web.tracing import Tracing

HASHING_THREADS: Final = 2
MOST_WAITING_TO_HASH: Final = 32
"""At 40 ms a hash the last one waits for less than a second."""
MOST_WAITING: Final = 1_000
PLANS_AT_ONCE: Final = 2
"""Each may keep a core or two busy for a minute: whoever asks for a third is told to come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """What the server needs to know beside its ports.

    So many *threads* read, and as many write: few for SQLite, where the disk is the bound, many for MongoDB, which
    answers from afar. A store that is *near* (in this process, or a local file) answers short reads on the event loop.
    """

    registration: Registration = Registration.APPROVAL
    cors_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] | None = None
    """The hosts that requests may name; None: any."""
    trusted_proxies: tuple[str, ...] = ()
    """The networks of the proxies whose word on the client is believed."""
    own_origin: str | None = None
    """The origin under which people find this server; None: the one that a request's Host names."""
    https_required: bool = False
    """Whether plain HTTP is refused, as in production."""
    threads: int = 4
    near: bool = True
    public_keys: tuple[dict[str, str], ...] = ()
    """What verifies our access tokens elsewhere, as JWKs."""
    checkpoint_every: float = EVERY
    forget_every: float = housekeeping.EVERY
    """Seconds between two checkpoints of the audit trail."""
    deliver_every: float = deliveries.EVERY
    """Seconds between two looks at what is to be told by e-mail and Web Push."""
    tell_every: float = hooks.EVERY
    """Seconds between two looks at what webhooks are to be told."""
    tell_plugins_every: float = telling.EVERY
    """Seconds between two looks at what plugins are to be told."""
    note_uses_every: float = key_uses.EVERY
    """Seconds between two times that the use of API keys is put down."""
    backup_every: Millis = 0
    """How old the newest backup may grow; 0: this server makes none."""
    look_for_backups_every: float = backups.EVERY
    """Seconds between two looks at how old it is."""
    metrics_token: str | None = None
    """What whoever reads /metrics must bring; None: nothing."""
    tracing: Tracing | None = None
    """What is told of each request and its parts; None: nobody wants to know."""

    def threshold(self) -> Threshold:
        """What holds before anything else, and on every answer."""
        return Threshold(
            hosts=self.allowed_hosts,
            proxies=self.trusted_proxies,
            origins=self.cors_origins,
            own_origin=self.own_origin,
            https_required=self.https_required,
        )


class Application(Litestar):
    """Litestar with our door in the place of its router: what is asked goes there straight.

    The framework keeps the application's start and its end; its router costs a list of jobs a tenth of its time.
    """

    def __init__(
        self,
        door: Door,
        hub: Hub,
        *,
        lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]],
        interrupt: Callable[[], None],
        watch: Watch,
    ) -> None:
        super().__init__(lifespan=[lifespan], openapi_config=None, logging_config=None)
        self._door = door
        self._hub = hub
        self._interrupt = interrupt
        self._watch = watch

    async def end_streams(self) -> None:
        """Tell everybody who listens to come back, and end what would take long.

        To be called before the server waits for its connections.
        """
        self._watch.stopping = True
        self._interrupt()
        await self._hub.close()

    async def __call__(self, scope: Scope | LifeSpanScope, receive: Any, send: Any) -> None:
        """Answer a request, or start and end with the server."""
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
        else:
            await self._door.answer(scope, receive, send)


def create_app(
    ports: Ports,
    *,
    web: WebSettings | None = None,
    close: Callable[[], None] | None = None,
    interrupt: Callable[[], None] = lambda: None,
    restored: Callable[[], None] | None = None,
    conditions: Sequence[Callable[[], Condition | None]] = (),
    measures: Measures | None = None,
    plugins: Sequence[Plugin] = (),
) -> Application:
    """The ASGI application. *close* is called once, after the last request: it closes what the ports stand on.

    *interrupt* is called before that, perhaps twice: it ends work that would take long, such as planning.
    *restored* is called where another process has restored the store: the application is to be made anew then, on
    ports that are opened anew. *conditions* tell how what stands beside the store is; *measures* are what is counted.
    *plugins* bring routes and are told what happens; what else they bring is in the ports already.
    """
    web = web or WebSettings()
    measures = measures or Measures()
    pools = _pools(web, measures)
    uses = KeyUses()
    hub = Hub(ports, pools[Lane.READ], uses=uses, measures=measures)
    measures.also(PluginFigures(plugins))
    watch = _watch(ports, measures, web, pools, hub, (*conditions, *(each.condition for each in plugins)))
    door = Door(
        (*OPERATIONS, *operations_of(plugins)),
        ports,
        registration=web.registration,
        threshold=web.threshold(),
        pools=pools,
        near=web.near,
        public_keys=web.public_keys,
        hub=hub,
        uses=uses,
        watch=watch,
    )

    @asynccontextmanager
    async def open_until_the_end(_: Litestar) -> AsyncIterator[None]:
        try:
            async with (
                _keeping_house(ports, pools[Lane.WRITE], web),
                watch.looking(),
                deliveries.deliveries(ports, web.deliver_every, measures),
                hooks.hooks(ports, web.tell_every, measures),
                telling.told(ports, plugins, web.tell_plugins_every),
                _backing_up(ports, pools[Lane.READ], web, measures),
                watch_for_a_restore(ports, pools[Lane.READ], restored),
                uses.put_down_now_and_then(ports, pools[Lane.WRITE], web.note_uses_every),
            ):
                yield
        finally:
            await hub.close()
            interrupt()
            for ended in (*(pool.close for pool in pools.values()), watch.close, close):
                if ended is not None:
                    await asyncio.to_thread(ended)

    return Application(door, hub, lifespan=open_until_the_end, interrupt=interrupt, watch=watch)


@asynccontextmanager
async def _keeping_house(ports: Ports, pool: Pool, web: WebSettings) -> AsyncIterator[None]:
    async with (
        checkpoints(ports, pool, web.checkpoint_every),
        housekeeping.housekeeping(ports, pool, web.forget_every),
    ):
        yield


def _backing_up(
    ports: Ports, pool: Pool, web: WebSettings, measures: Measures
) -> AbstractAsyncContextManager[None]:
    return backups.backups(ports, pool, web.backup_every, web.look_for_backups_every, measures=measures)


def _pools(web: WebSettings, measures: Measures) -> dict[Lane, Pool]:
    told = measures.turned_away
    most = MOST_WAITING
    return {
        Lane.READ: Pool("reading", threads=web.threads, most_waiting=most, turned_away=told),
        Lane.WRITE: Pool("writing", threads=web.threads, most_waiting=most, turned_away=told),
        Lane.HASHING: Pool(
            "hashing", threads=HASHING_THREADS, most_waiting=MOST_WAITING_TO_HASH, turned_away=told
        ),
        Lane.PLANNING: Pool("planning", threads=PLANS_AT_ONCE, most_waiting=0, turned_away=told),
    }


def _watch(
    ports: Ports,
    measures: Measures,
    web: WebSettings,
    pools: dict[Lane, Pool],
    hub: Hub,
    conditions: Sequence[Callable[[], Condition | None]],
) -> Watch:
    served = {
        pools[Lane.READ]: UNCHANGED,
        pools[Lane.WRITE]: NOBODY_KNOWS,
        pools[Lane.HASHING]: NOBODY_KNOWS,
    }
    watch = Watch(
        ports,
        measures,
        served=served,
        conditions=(hub.condition, *conditions),
        impatient=not web.near,
        metrics_token=web.metrics_token,
        tracing=web.tracing,
    )
    measures.also(Gauges(tuple(pools.values()), hub, watch))
    return watch
