"""The hooks: what a plugin may implement, what it is given, and what is promised of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import pluggy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    import click

    from hosanna_core.model.event import Event
    from hosanna_core.model.job import Job
    from hosanna_core.model.notification import NotificationDocument
    from hosanna_core.model.people import Actor, User
    from hosanna_core.model.status import Action
    from hosanna_core.ports import Planner, Ports, Store
    from hosanna_core.usecases.reading_on import Moved
    from hosanna_web.plugins.values import Route, Score

PROJECT: Final = "hosanna"
GROUP: Final = "hosanna.plugins"
"""The group of entry points by which plugins are found."""
API_VERSION: Final = 1
"""What a plugin says as `HOSANNA_API`; another number means other hooks."""
_hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as the implementation of the hook of its name."""


class Hooks(Protocol):
    """Every hook. A plugin has those that it wants, and takes of each one's arguments those that it wants."""

    @_hookspec
    def hosanna_configure(self, environment: Mapping[str, str]) -> None:
        """Asked once, before all others: what the environment says to this plugin.

        That is every variable `HOSANNA_PLUGIN_<NAME>_<WHAT>`, under its `<WHAT>`. Raise ValueError, in words for the
        operator, where it is not enough: the plugin is not loaded then.
        """

    @_hookspec
    def hosanna_refuse(self, actor: Actor, action: Action, job: Job | None, store: Store) -> str | None:
        """Why *actor* may not do *action* to *job* (None: to make one), in words for them; None: nothing is against it.

        Asked only where everything else allows it, so it may only narrow. It is asked again whenever somebody looks:
        be quick, and answer the same to the same. Within a second; who does not answer refuses: nothing is let through.
        """

    @_hookspec
    def hosanna_moved(self, moved: Moved, ports: Ports) -> None:
        """A job was made or moved on, and that is committed.

        At least once for each step, in the order of the commits, on one server of all. Within five seconds. What raises
        is tried again for some minutes, then left out.
        """

    @_hookspec
    def hosanna_follow(self, event: Event, ports: Ports) -> None:
        """Something happened: every event of the feed. Promised as for `hosanna_moved`."""

    @_hookspec
    def hosanna_scores(self) -> Sequence[Score]:
        """Asked once: soft scores for the ranking of candidates.

        Each is asked for a whole crew at once, within two seconds. One that does not work is left out, and the answer
        says so.
        """

    @_hookspec
    def hosanna_planners(self, planners: Mapping[str, Planner]) -> Mapping[str, Planner]:
        """Asked once: planners by name, offered as `<plugin>.<name>`. Those that are there already are given.

        What one answers is timed and judged anew: an order that breaks a hard rule is the plugin's failure.
        """

    @_hookspec
    def hosanna_tell(self, user: User, notification: NotificationDocument) -> None:
        """Somebody is to be told this, on a way of yours: as they may see it now, whatever ways they chose.

        At least once: the same `notification.id` may come again. Within five seconds. What raises is tried again, for
        a day at most.
        """

    @_hookspec
    def hosanna_routes(self) -> Sequence[Route]:
        """Asked once: routes of the API, for those who are logged in. Each is given ten seconds for an answer."""

    @_hookspec
    def hosanna_command(self, opened: Callable[[], AbstractContextManager[Ports]]) -> click.Command:
        """What `hosanna <plugin>` does. *opened* opens the system of the environment, and closes it again."""
