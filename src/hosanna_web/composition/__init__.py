"""Where the system is put together: the only room of the web that knows the adapters."""

from hosanna_web.composition.system import System, open_system, stepped_outside

__all__ = ["System", "open_system", "stepped_outside"]
