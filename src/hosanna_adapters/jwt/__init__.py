"""Access tokens as JSON Web Tokens."""

from hosanna_adapters.jwt.tokens import JwtTokens

__all__ = ["JwtTokens"]
