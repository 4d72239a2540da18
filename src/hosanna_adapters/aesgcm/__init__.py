"""Encryption at rest by AES-GCM."""

from hosanna_adapters.aesgcm.encryption import AesGcmEncryption

__all__ = ["AesGcmEncryption"]
