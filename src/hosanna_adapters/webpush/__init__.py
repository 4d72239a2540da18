"""Web Push.

`WebPusher` needs the package `webpush`, and is not imported before somebody asks for it: `webpush.pusher`.
"""

from hosanna_adapters.webpush.nowhere import NoPusher

__all__ = ["NoPusher"]
