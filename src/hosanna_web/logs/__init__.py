"""The log of a server: one line for each thing that is told, as JSON or for a terminal, and no line that slows anybody.

Loggers are Python's own. Here is only where their lines go, and what they may say.
"""

from hosanna_web.logs.keeping import LogSettings, keeping_log, log_settings, tell_at_once

__all__ = ["LogSettings", "keeping_log", "log_settings", "tell_at_once"]
