"""The settings: what an Administrator changes while the system runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import PermissionDenied, PreconditionFailed, VersionConflict
from hosanna_core.model.settings import SettingsDocument, settings_document
from hosanna_core.usecases import settling
from hosanna_core.usecases.settling_forms import SettingsForm
from hosanna_web.api.answers import document, etag
from hosanna_web.api.operations import BASE, Operation

if TYPE_CHECKING:
    from hosanna_core.model.firm import Firm
    from hosanna_web.api.operations import Call
    from hosanna_web.replies import Reply


def get(call: Call) -> Reply:
    """The settings that hold."""
    return _reply(settling.get_settings(call.ports, call.actor, call.query))


def put(call: Call) -> Reply:
    """Put the settings whole."""
    firm = settling.put_settings(call.ports, call.actor, call.body, call.origin, if_match=call.if_match)
    return _reply(firm)


def _reply(firm: Firm) -> Reply:
    return document(settings_document(firm), headers=(etag(firm),))


_route = partial(Operation, path=BASE + "/settings", area="settings", answer=SettingsDocument, tagged=True)
SETTINGS: Final[tuple[Operation, ...]] = (
    _route(
        method="GET",
        name="get_settings",
        summary="Read the settings",
        run=get,
        refusals=(PermissionDenied,),
    ),
    _route(
        method="PUT",
        name="put_settings",
        summary="Put the settings whole",
        run=put,
        body=(SettingsForm,),
        refusals=(PermissionDenied, PreconditionFailed, VersionConflict),
    ),
)
