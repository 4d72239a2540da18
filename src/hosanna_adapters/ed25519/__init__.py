"""Signatures by Ed25519."""

from hosanna_adapters.ed25519.signatures import Ed25519Signatures

__all__ = ["Ed25519Signatures"]
