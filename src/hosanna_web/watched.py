"""The answers of whoever watches: they are put together when they are `opened`, which never takes long."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from hosanna_core.errors import Unauthenticated
from hosanna_core.model.condition import Mode
from hosanna_web.api.answers import Readiness, document
from hosanna_web.measuring import MEDIA_TYPE
from hosanna_web.problems import NotReady
from hosanna_web.replies import Reply

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call


class Asked(Reply, frozen=True, kw_only=True):
    """An answer for which somebody has to be asked first."""

    watch: Any

    async def opened(self) -> Reply:
        """The answer."""
        raise NotImplementedError


class ReadinessReply(Asked, frozen=True, kw_only=True):
    """Whether requests can be answered, and how everything is."""

    async def opened(self) -> Reply:
        """The answer; raises NotReady where the store is away or the server stops."""
        found = await self.watch.conditions()
        if self.watch.stopping:
            raise NotReady("The server is about to stop.", found)
        if found[0].mode is Mode.AWAY:
            raise NotReady("The store does not answer.", found)
        well = all(each.mode is Mode.OK for each in found)
        return document(Readiness("ok" if well else "degraded", list(found)))


class FiguresReply(Asked, frozen=True, kw_only=True):
    """What was counted."""

    async def opened(self) -> Reply:
        """The answer."""
        return Reply(await self.watch.figures(), media_type=MEDIA_TYPE.encode())


def demand_reader(call: Call) -> None:
    """Raise Unauthenticated for whoever may not read the figures."""
    wanted = None if call.watch is None else call.watch.metrics_token
    if wanted is not None and not hmac.compare_digest(call.arrival.token().encode(), wanted.encode()):
        raise Unauthenticated
