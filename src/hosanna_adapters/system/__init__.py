"""The real clock, the real chance and the disk, and a clock that is moved by hand."""

from hosanna_adapters.system.disk import Disk
from hosanna_adapters.system.outside import SteppedOutside, SystemOutside

__all__ = ["Disk", "SteppedOutside", "SystemOutside"]
