"""The real clock and the real chance, and a clock that is moved by hand."""

from hosanna_adapters.system.outside import SteppedOutside, SystemOutside

__all__ = ["SteppedOutside", "SystemOutside"]
