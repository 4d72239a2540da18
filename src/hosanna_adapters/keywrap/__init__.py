"""A secret wrapped under another, so that what a store holds opens nothing by itself.

>>> wrapped = wrap(bytes(32), b"the key of the house")
>>> unwrap(wrapped, b"the key of the house") == bytes(32)
True
"""

from hosanna_adapters.keywrap.rfc3394 import WrongKey, unwrap, wrap

__all__ = ["WrongKey", "unwrap", "wrap"]
