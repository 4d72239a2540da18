"""Plugins made of plain functions, and a firm that has them."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.web.firm import Firm

from hosanna_web.app import WebSettings, create_app
from hosanna_web.plugins import API_VERSION, hookimpl
from hosanna_web.plugins.adding import added_to
from hosanna_web.plugins.finding import made
from hosanna_web.plugins.plugin import Plugin


def plugin(name: str = "permits", /, *, environment: Mapping[str, str] | None = None, **hooks: Any) -> Plugin:
    """A plugin that implements these hooks, each by a function of what it wants of the hook's arguments."""
    return made(name, thing(**hooks), environment or {}, f"hosanna-{name} 1.0")


def thing(version: object = API_VERSION, **hooks: Callable[..., Any]) -> object:
    """What an entry point could lead to."""
    marked = {name: staticmethod(hookimpl(function)) for name, function in hooks.items()}
    return type("Thing", (), {"HOSANNA_API": version, **marked})()


def raising(*_: Any, **given: Any) -> Any:
    """What no plugin should do."""
    raise RuntimeError("a plugin is broken")


class PluggedFirm(Firm):
    """A firm with plugins."""

    def __init__(self, *plugins: Plugin, web: WebSettings | None = None) -> None:
        super().__init__()
        self.plug(*plugins, web=web)

    def plug(self, *plugins: Plugin, web: WebSettings | None = None) -> None:
        """Begin anew with these."""
        self.plugins = plugins
        self.ports = added_to(self.ports, plugins)
        self.app = create_app(self.ports, web=web, plugins=plugins)

    def condition(self, name: str = "permits") -> dict[str, Any]:
        """What readiness tells of a plugin."""
        answer = self.ask("GET", "/health/ready", None, base="")
        assert answer.status == 200
        return next(each for each in answer.json["dependencies"] if each["name"] == f"plugin:{name}")
