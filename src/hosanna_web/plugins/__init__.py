"""What plugins are written with: mark what implements a hook with `hookimpl`, and say `HOSANNA_API = 1`.

A plugin is a module, or any other object, that an installed distribution names as an entry point of the group
`hosanna.plugins`. The hooks are the methods of `hooks.Hooks`.
"""

from hosanna_core.usecases.forms import Form
from hosanna_core.usecases.reading_on import Moved
from hosanna_web.plugins.hooks import API_VERSION, hookimpl
from hosanna_web.plugins.values import Asked, Crew, Route, Score

__all__ = ["API_VERSION", "Asked", "Crew", "Form", "Moved", "Route", "Score", "hookimpl"]
