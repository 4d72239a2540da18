"""A running system: a store, and everything around it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hosanna_adapters.aesgcm import AesGcmEncryption
from hosanna_adapters.argon2 import Argon2Passwords
from hosanna_adapters.childprocess import Children
from hosanna_adapters.ed25519 import Ed25519Signatures
from hosanna_adapters.greatcircle import GreatCircleTravel
from hosanna_adapters.jwt import Algorithm, JwtTokens, KeyRing
from hosanna_adapters.system import Disk, SteppedOutside, SystemOutside
from hosanna_adapters.zxcvbn import CommonPasswords
from hosanna_core.ports import Ports
from hosanna_core.rules.keys import derive
from hosanna_web.composition.planners import planners_with
from hosanna_web.composition.secret import former_secrets, signing_secret, store_secret
from hosanna_web.composition.services import (
    open_cache,
    open_mailer,
    open_pusher,
    open_throttles,
    open_tracing,
    sender_with,
)
from hosanna_web.composition.stores import open_store
from hosanna_web.data_folder import CannotStart
from hosanna_web.env_file import read_env_file
from hosanna_web.plugins.adding import added_to
from hosanna_web.plugins.finding import load
from hosanna_web.watching import Watched

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from hosanna_core.model.condition import Condition
    from hosanna_core.model.ids import Millis
    from hosanna_core.ports import Mailer, Outside, Reencryption, Throttles
    from hosanna_web.composition.stores import OpenedStore
    from hosanna_web.plugins.plugin import Plugin
    from hosanna_web.settings import Settings
    from hosanna_web.tracing import Tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A running system: its ports, and what else a delivery wants to know. Closes its store when it is left."""

    ports: Ports
    settings: Settings
    store: str
    """What the store is, for a person."""
    threads: int
    """How many use cases may usefully run at once."""
    durable: bool
    """Whether the store outlives the process, and so is worth a backup."""
    near: bool
    """Whether a short read takes less time than handing it to a thread."""
    public_keys: list[dict[str, str]]
    """What verifies our access tokens elsewhere, as JWKs; empty where only the secret does."""
    reencryption: Reencryption | None
    """What brings the store under the first key; only where it was asked for."""
    conditions: tuple[Callable[[], Condition | None], ...]
    """Each tells how something beside the store is."""
    plugins: tuple[Plugin, ...]
    """What is installed beside us and was let in, whether or not it could be loaded."""
    tracing: Tracing | None
    """What tells a collector of each request; None where there is none."""
    interrupt: Callable[[], None]
    """Ends work that would take long; none begins afterwards."""
    close: Callable[[], None]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _LateTokens:
    """The key of the tokens by which encrypted values are found derives from a secret that lies in the store itself."""

    def __init__(self) -> None:
        self.key: bytes | None = None

    def __call__(self) -> bytes:
        if self.key is None:
            raise RuntimeError("the store asked for a token before it was open")
        return self.key


def open_system(
    settings: Settings, *, memory: bool = False, converting: bool = False, outside: Outside | None = None
) -> System:
    """Open the store that the settings name (or an empty one in memory) and put the rest around it.

    With *converting* it is opened to be brought under the first key of HOSANNA_ENCRYPTION_KEYS, encrypted yet or not.
    Raises CannotStart.
    """
    outside = outside or SystemOutside()
    secret = signing_secret(settings, memory=memory)
    late = _LateTokens()
    encryption = AesGcmEncryption(settings.ring, late) if settings.ring else None
    with ExitStack() as opened:
        store = open_store(settings, encryption, memory=memory, converting=converting)
        opened.callback(store.close)
        children = Children()
        opened.callback(children.close)
        keys = derive(store_secret(store.ports.keystore, settings, secret, outside))
        late.key = keys.searches
        ring = KeyRing(secret, former=former_secrets(settings), algorithm=Algorithm(settings.jwt_algorithm))
        throttles = open_throttles(settings, opened, memory=memory)
        tracing = open_tracing(settings, opened)
        mailer = open_mailer(settings, opened, tracing)
        ports = Ports(
            store=store.ports,
            outside=outside,
            passwords=Argon2Passwords(),
            tokens=JwtTokens(ring),
            keys=keys,
            throttles=throttles,
            mailer=mailer,
            pusher=open_pusher(settings, keys),
            sender=sender_with(settings, tracing),
            signatures=Ed25519Signatures(keys.checkpoints),
            travel=GreatCircleTravel(road_factor=settings.travel_road_factor, speed=settings.travel_speed),
            planners=planners_with(children),
            process_id=outside.mint(),
            common_passwords=CommonPasswords(),
            cache=open_cache(settings, opened, keys),
            policy=settings.policy,
        )
        plugins = _plugins(settings)
        return System(
            ports=added_to(ports, plugins),
            settings=settings,
            store=store.name,
            threads=store.threads,
            durable=not memory,
            near=store.near and settings.redis_url is None,
            public_keys=ring.public_keys(),
            reencryption=_reencryption(store, encryption) if converting else None,
            conditions=_conditions(
                throttles, mailer, None if memory or settings.mongodb_uri else settings.data
            ),
            plugins=plugins,
            tracing=tracing,
            interrupt=children.close,
            close=opened.pop_all().close,
        )


def _plugins(settings: Settings) -> tuple[Plugin, ...]:
    """Raises CannotStart where one is missing without which nobody wants to start."""
    plugins = load(settings.plugins, read_env_file().environment())
    there = {each.name for each in plugins if each.loaded}
    for name in settings.plugins_required:
        if name not in there:
            why = next((each.reason for each in plugins if each.name == name), None)
            told = why or "It is not installed, or PLUGINS does not let it in."
            raise CannotStart(f"PLUGINS_REQUIRED names the plugin '{name}', which is not loaded. {told}")
    return plugins


def _conditions(
    throttles: Throttles, mailer: Mailer, folder: Path | None
) -> tuple[Callable[[], Condition | None], ...]:
    beside = (throttles, mailer, None if folder is None else Disk(folder))
    return tuple(each.condition for each in beside if isinstance(each, Watched))


def _reencryption(store: OpenedStore, encryption: AesGcmEncryption | None) -> Reencryption:
    if encryption is None or store.reencryption is None:
        raise CannotStart("HOSANNA_ENCRYPTION_KEYS is not set: there is no key to encrypt under.")
    return store.reencryption(encryption)


def stepped_outside(start: Millis) -> SteppedOutside:
    """A clock that is moved by hand, for `open_system(outside=...)`: who plays a year does not wait for it."""
    return SteppedOutside(start)
