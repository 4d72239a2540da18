"""Web Push."""

from hosanna_adapters.webpush.nowhere import NoPusher

__all__ = ["NoPusher"]
