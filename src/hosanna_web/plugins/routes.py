"""The routes of plugins: rows of the table of operations like our own, behind our own door."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.errors import Conflict, HosannaError, NotFound, PermissionDenied, PluginFailed
from hosanna_core.model.people import Role
from hosanna_core.usecases.forms import Form
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.queries import NoQuery
from hosanna_web.api.operations import BASE, PLUGINS, Operation
from hosanna_web.api.table import OPERATIONS
from hosanna_web.arrivals import JSON
from hosanna_web.openapi.document import describe
from hosanna_web.plugins.values import Asked, Route
from hosanna_web.problems import status_of
from hosanna_web.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.model.people import Actor
    from hosanna_web.api.operations import Call
    from hosanna_web.plugins.plugin import Plugin

ROUTES: Final = "hosanna_routes"
ANSWERING: Final = 10.0
"""Seconds that a route may take."""
_ONCE: Final = 10.0
_METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE"})
_BODIED: Final = frozenset({"POST", "PUT"})
_PATH: Final = re.compile(r"(/([a-z0-9][a-z0-9._-]{0,63}|\{id\}))+")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ROLES: Final = frozenset(Role)
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+(; ?[a-z0-9-]+=[A-Za-z0-9.+-]+)*")
_ENCODE: Final = msgspec.json.Encoder().encode


def operations_of(plugins: Sequence[Plugin]) -> tuple[Operation, ...]:
    """What the plugins add to the table. A plugin whose routes cannot be taken adds none, and is reported."""
    return tuple(each for plugin in plugins for each in _operations(plugin))


def _operations(plugin: Plugin) -> Iterator[Operation]:
    if not plugin.has(ROUTES):
        return
    try:
        routes = plugin.ask(ROUTES, lambda: _sound(plugin.name, plugin.implements[ROUTES]()), _ONCE)
    except PluginFailed:
        return
    yield from (_operation(plugin, each) for each in routes)


def _operation(plugin: Plugin, route: Route) -> Operation:
    return _row(plugin.name, route, partial(_answered, plugin, route))


def _row(name: str, route: Route, run: Any) -> Operation:
    return Operation(
        method=route.method,
        path=f"{BASE}/{PLUGINS}/{name}{route.path}",
        name=f"{name.replace('-', '_')}__{route.name}",
        summary=route.summary,
        area=PLUGINS,
        run=run,
        answer=route.answer,
        media_type=route.media_type,
        body=() if route.body is None else (route.body,),
        query=route.query,
        refusals=(PermissionDenied, NotFound, Conflict, PluginFailed),
    )


def _answered(plugin: Plugin, route: Route, call: Call) -> Reply:
    """Who may is asked first, then what was sent is judged: by the house, as everywhere."""
    _demand_role(plugin, route, call.actor)
    query = judge_query(route.query, call.query)
    body = None if route.body is None else call.body.judge(route.body)
    if route.body is None and route.method in _BODIED:
        call.body.judge(NoQuery)
    asked = Asked(actor=call.actor, ports=call.ports, path=dict(call.path), query=query, body=body)
    content = plugin.ask(ROUTES, lambda: _content(route, asked), ANSWERING, passing=HosannaError)
    return Reply(content, media_type=route.media_type.encode())


def _demand_role(plugin: Plugin, route: Route, actor: Actor) -> None:
    if actor.role not in route.roles:
        raise PermissionDenied(f"plugin.{plugin.name}.role", "This route of a plugin is not for your role.")


def _content(route: Route, asked: Asked) -> bytes:
    try:
        answer = route.run(asked)
    except HosannaError as refused:
        if status_of(type(refused)) is None:
            raise RuntimeError(f"{route.path} raises what is no answer") from refused
        raise
    if route.media_type == JSON:
        return _ENCODE(answer)
    if not isinstance(answer, bytes):
        raise TypeError(f"{route.path} answers bytes, where it is not JSON")
    return answer


def _sound(name: str, answer: Any) -> list[Route]:
    """The routes; raises where one could be mistaken for one of ours, or cannot be described."""
    routes = list(answer)
    for each in routes:
        if not isinstance(each, Route):
            raise TypeError(f"{ROUTES} answers Routes, not {type(each).__name__}")
        if (
            each.method not in _METHODS
            or _PATH.fullmatch(each.path) is None
            or not _NAME.fullmatch(each.name)
        ):
            raise ValueError(f"{each.method} {each.path} ({each.name}) is no route that a plugin can have")
        _demand_sound(each)
    if len({(each.method, each.path) for each in routes}) < len(routes):
        raise ValueError("two routes have one method and path")
    if len({each.name for each in routes}) < len(routes):
        raise ValueError("two routes have one name")
    _demand_own_shapes([_row(name, each, None) for each in routes])
    return routes


def _demand_sound(route: Any) -> None:
    """Raise where what the house itself asks a route for is not what it goes by: at a request it would be our fault."""
    if route.body is not None and route.method not in _BODIED:
        raise ValueError(f"{route.method} {route.path} takes no body")
    for form in (route.query, route.body or Form):
        if not (isinstance(form, type) and issubclass(form, Form)):
            raise TypeError(f"{route.method} {route.path} judges by what is no Form")
    if isinstance(route.roles, str) or not _ROLES.issuperset(route.roles):
        raise TypeError(f"{route.method} {route.path} is for what is no set of Roles")
    if not (isinstance(route.media_type, str) and _MEDIA_TYPE.fullmatch(route.media_type)):
        raise ValueError(f"{route.method} {route.path} answers with what is no media type")


def _demand_own_shapes(rows: Sequence[Operation]) -> None:
    """Raise ValueError where a form or document would change what the OpenAPI document says of one of ours."""
    ours = describe(OPERATIONS)["components"]["schemas"]
    both = describe((*OPERATIONS, *rows))["components"]["schemas"]
    if changed := [each for each, schema in ours.items() if both.get(each) != schema]:
        raise ValueError(f"the name of a form or document is one of ours: {', '.join(changed)}")
