"""Everything in this process's memory: for tests, for trying out, and for work that need not outlive the process."""

from hosanna_adapters.memory.cache import MemoryCache
from hosanna_adapters.memory.store import MemoryStore

__all__ = ["MemoryCache", "MemoryStore"]
