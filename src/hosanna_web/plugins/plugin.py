"""One plugin, as the house knows it: what it implements, and how it is doing."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hosanna_core.errors import Busy, HosannaError, PluginFailed
from hosanna_core.model.condition import Condition, Mode
from hosanna_web.plugins.hands import Hands

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
LOADING: Final = "loading"
"""What fails where a plugin is not loaded at all, beside the names of the hooks."""
_log = logging.getLogger("hosanna.plugins")


class Plugin:
    """A plugin; *reason* is why it is not loaded, None where it is. Any thread may ask it."""

    def __init__(
        self,
        name: str,
        origin: str = "",
        implements: Mapping[str, Callable[..., Any]] | None = None,
        *,
        reason: str | None = None,
        error: str | None = None,
    ) -> None:
        self.name = name
        self.origin = origin
        """The distribution that brings it, and its version."""
        self.implements: Mapping[str, Callable[..., Any]] = implements or {}
        """By hook; called with all that the hook gives."""
        self.reason = reason
        self.failures: dict[str, int] = {}
        """How often each hook has failed."""
        self._failing: dict[str, str] = {}
        self._hands = {hook: Hands(f"{name}.{hook}") for hook in self.implements}
        self._lock = threading.Lock()
        if reason is not None:
            self._failing[LOADING] = error or "NotLoaded"
            _log.error("The plugin '%s' is not loaded: %s", name, reason)

    @property
    def loaded(self) -> bool:
        """Whether it is asked at all."""
        return self.reason is None

    def has(self, hook: str) -> bool:
        """Whether it implements that hook."""
        return hook in self.implements

    def ask(
        self,
        hook: str,
        work: Callable[[], T],
        seconds: float,
        *,
        passing: type[HosannaError] = Busy,
    ) -> T:
        """What *work*, which calls the plugin, answers within so many seconds. Raises PluginFailed, and *passing*.

        This is the one place where what a plugin raises is caught: it is logged, counted, and told by `condition`.
        What is *passing* is no failure of the plugin: it asked the house, and was refused.
        """
        try:
            answer = self._hands[hook].do(work, seconds)
        except passing:
            raise
        except Exception as error:  # it is somebody else's code: whatever it is, the house goes on
            self._fails(hook, error)
            raise PluginFailed(self.name) from None
        with self._lock:
            self._failing.pop(hook, None)
        return answer

    def condition(self) -> Condition:
        """How it is doing: degraded from the failure of a hook until that hook works again."""
        with self._lock:
            error = next(iter(self._failing.values()), None)
        mode = Mode.OK if error is None else Mode.DEGRADED
        return Condition(name=f"plugin:{self.name}", mode=mode, error=error)

    def _fails(self, hook: str, error: Exception) -> None:
        kind = type(error).__name__
        with self._lock:
            self.failures[hook] = self.failures.get(hook, 0) + 1
            news = self._failing.get(hook) != kind
            self._failing[hook] = kind
        if news:
            # Once, not at every request until somebody has seen to it: how often is counted.
            _log.error("The plugin '%s' failed in %s.", self.name, hook, exc_info=error)
