"""All ports at once."""

from __future__ import annotations

from typing import Final

from hosanna_core.model.dayplan import BUILT_IN
from hosanna_core.ports import Ports, Store
from hosanna_core.rules.access import AccessPolicy
from hosanna_core.rules.keys import derive
from hosanna_core.rules.lifecycle import STANDARD, Lifecycle
from hosanna_core.testing.doubles.clock import StandingClock
from hosanna_core.testing.doubles.counting import PlainThrottles
from hosanna_core.testing.doubles.keys import PlainSignatures
from hosanna_core.testing.doubles.letterbox import Letterbox
from hosanna_core.testing.doubles.passwords import PlainPasswords
from hosanna_core.testing.doubles.planner import PlainPlanner
from hosanna_core.testing.doubles.pushes import PlainPusher
from hosanna_core.testing.doubles.senders import PlainSender
from hosanna_core.testing.doubles.tokens import PlainTokens
from hosanna_core.testing.doubles.travel import PlainTravel
from hosanna_core.testing.samples import id_of

COMMON_PASSWORDS: Final = frozenset({"password1234"})
"""What the kit's people are told not to choose: lower case, as the port says."""
DEFAULT_POLICY: Final = AccessPolicy()


def ports_on(
    store: Store,
    *,
    lifecycle: Lifecycle = STANDARD,
    clock: StandingClock | None = None,
    policy: AccessPolicy = DEFAULT_POLICY,
) -> Ports:
    """Everything that use cases need, over a store of yours and the stand-ins of this module."""
    outside = clock or StandingClock()
    return Ports(
        store=store,
        outside=outside,
        passwords=PlainPasswords(),
        tokens=PlainTokens(),
        keys=derive(b"a secret of the kit, 32 bytes ok"),
        throttles=PlainThrottles(outside),
        mailer=Letterbox(),
        pusher=PlainPusher(),
        sender=PlainSender(),
        signatures=PlainSignatures(),
        travel=PlainTravel(),
        planners={BUILT_IN: PlainPlanner()},
        process_id=id_of(0),
        common_passwords=COMMON_PASSWORDS,
        policy=policy,
        lifecycle=lifecycle,
    )
