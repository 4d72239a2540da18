"""Access tokens as JSON Web Tokens."""

from hosanna_adapters.jwt.keys import Algorithm, KeyRing
from hosanna_adapters.jwt.tokens import JwtTokens

__all__ = ["Algorithm", "JwtTokens", "KeyRing"]
