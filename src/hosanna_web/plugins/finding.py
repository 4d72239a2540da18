"""Finding and loading plugins: what cannot be loaded is reported, and stops nobody."""

from __future__ import annotations

import re
from functools import partial
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final

import pluggy

from hosanna_core.errors import PluginFailed
from hosanna_web.plugins.hooks import API_VERSION, GROUP, PROJECT, Hooks
from hosanna_web.plugins.plugin import Plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from importlib.metadata import EntryPoint

ON: Final = "on"
OFF: Final = "off"
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
VARIABLES: Final = "HOSANNA_PLUGIN_"
CONFIGURE: Final = "hosanna_configure"
_AT_THE_START: Final = 10.0
"""Seconds for what is asked once."""


class Unfit(Exception):
    """It is no plugin for this version of Hosanna; the text says why."""


def installed() -> dict[str, tuple[EntryPoint, ...]]:
    """The plugins that are installed here, by name, none of them loaded. More than one of a name are one too many."""
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for each in sorted(entry_points(group=GROUP), key=lambda each: (each.name, _origin(each))):
        found[each.name] = (*found.get(each.name, ()), each)
    return found


def wanted(switch: str, names: Iterable[str]) -> list[str]:
    """Which of those that are installed are to be loaded, and those that are asked for and not installed.

    >>> wanted("on", ["a", "b"]), wanted("off", ["a"]), wanted("b, c", ["a", "b"])
    (['a', 'b'], [], ['b', 'c'])
    """
    if switch == OFF:
        return []
    if switch == ON:
        return list(names)
    return list(dict.fromkeys(each.strip() for each in switch.split(",")))


def load(switch: str, environment: Mapping[str, str]) -> tuple[Plugin, ...]:
    """The plugins that *switch* (the variable PLUGINS) lets in, in the order of their names. Nothing is raised."""
    found = installed()
    names = sorted(wanted(switch, found))
    known = {*found, *names}
    return tuple(
        _loaded(name, found.get(name, ()), without_others(name, environment, known)) for name in names
    )


def _origin(entry: EntryPoint) -> str:
    return "" if entry.dist is None else f"{entry.dist.name} {entry.dist.version}"


def _loaded(name: str, entries: tuple[EntryPoint, ...], environment: Mapping[str, str]) -> Plugin:
    if not entries:
        return Plugin(name, reason="PLUGINS names it, and it is not installed.", error="NotInstalled")
    origin = ", ".join(map(_origin, entries))
    if len(entries) > 1:
        return Plugin(name, origin, reason="More than one distribution brings it.", error="Ambiguous")
    try:
        loaded = entries[0].load()
    except (
        BaseException
    ) as error:  # importing is running it: whatever it raises, SystemExit too, the house goes on
        if isinstance(error, KeyboardInterrupt):
            raise
        return Plugin(name, origin, reason=_told("imported", error), error=type(error).__name__)
    return made(name, loaded, environment, origin)


def made(name: str, loaded: object, environment: Mapping[str, str], origin: str = "") -> Plugin:
    """The plugin that an object is. Nothing is raised."""
    try:
        implements = implementations(name, loaded)
    except (Unfit, pluggy.PluginValidationError) as error:
        return Plugin(name, origin, reason=str(error), error=type(error).__name__)
    except Exception as error:  # to look at an object may run what it likes
        return Plugin(name, origin, reason=_told("looked at", error), error=type(error).__name__)
    plugin = Plugin(name, origin, implements)
    return _refused(plugin, environment) or plugin


def _refused(plugin: Plugin, environment: Mapping[str, str]) -> Plugin | None:
    """The plugin as one that is not loaded, where it says that it cannot work so."""
    if not plugin.has(CONFIGURE):
        return None
    told: list[str] = []

    def configure() -> None:
        try:
            plugin.implements[CONFIGURE](environment=variables_for(plugin.name, environment))
        except ValueError as error:
            told.append(str(error))

    try:
        plugin.ask(CONFIGURE, configure, _AT_THE_START)
    except PluginFailed as failed:
        told.append(f"It failed while it was configured: {failed}")
    if not told:
        return None
    return Plugin(plugin.name, plugin.origin, reason=told[0], error="Misconfigured")


def variables_for(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What the environment says to one plugin, and nothing that it says to anybody else.

    >>> variables_for("my-permits", {"HOSANNA_PLUGIN_MY_PERMITS_FILE": "told", "JWT_SECRET": "hidden"})
    {'FILE': 'told'}
    """
    begin = _begin(name)
    return {each.removeprefix(begin): value for each, value in environment.items() if each.startswith(begin)}


def without_others(name: str, environment: Mapping[str, str], names: Iterable[str]) -> Mapping[str, str]:
    """The environment without what it says to those of *names* that begin as this plugin's name and go on.

    >>> told = {"HOSANNA_PLUGIN_MY_FILE": "to my", "HOSANNA_PLUGIN_MY_PERMITS_KEY": "to my-permits"}
    >>> without_others("my", told, ["my", "my-permits"])
    {'HOSANNA_PLUGIN_MY_FILE': 'to my'}
    """
    begin = _begin(name)
    theirs = tuple(each for each in map(_begin, names) if each.startswith(begin) and each != begin)
    return {each: value for each, value in environment.items() if not each.startswith(theirs)}


def _begin(name: str) -> str:
    return f"{VARIABLES}{name.upper().replace('-', '_')}_"


def implementations(name: str, loaded: object) -> Mapping[str, Callable[..., Any]]:
    """What it implements, by hook. Raises Unfit or PluginValidationError."""
    if NAME.fullmatch(name) is None:
        raise Unfit(
            "Its name must begin with a small letter, and go on with letters, digits and hyphens, 32 in all."
        )
    version = getattr(loaded, "HOSANNA_API", None)
    if version != API_VERSION:
        raise Unfit(
            f"It is made for version {version!r} of the hooks (HOSANNA_API); here is version {API_VERSION}."
        )
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    manager.register(loaded, name)
    manager.check_pending()
    found: dict[str, Callable[..., Any]] = {}
    for caller in manager.get_hookcallers(loaded) or ():
        for each in caller.get_hookimpls():
            if each.hookwrapper or each.wrapper:
                raise Unfit(f"Its {caller.name} is a wrapper: there is nothing here to wrap.")
            found[caller.name] = partial(_called, each.function, tuple(each.argnames))
    return found


def _called(function: Callable[..., Any], names: tuple[str, ...], **given: Any) -> Any:
    """Call a plugin with those of a hook's arguments that it takes."""
    return function(**{each: given[each] for each in names})


def _told(what: str, error: BaseException) -> str:
    try:
        words = str(error)
    except Exception:  # an error whose words fail is told all the same
        words = "(its words failed)"
    return f"It cannot be {what}: {type(error).__name__}: {words}"
