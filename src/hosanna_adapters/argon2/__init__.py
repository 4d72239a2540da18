"""Passwords hashed by Argon2id."""

from hosanna_adapters.argon2.passwords import Argon2Passwords

__all__ = ["Argon2Passwords"]
